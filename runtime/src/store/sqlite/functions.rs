//! The functions of queries that SQLite lacks or computes otherwise.

use rusqlite::Connection;
use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::{ToSqlOutput, Value as SqlValue, ValueRef as SqlRef};

use crate::query::Function;
use crate::query::predicate::TextTest;
use crate::query::sql::{BYTES_FUNCTION, REAL_FUNCTION, function_name, test_name};
use crate::value::{Value, ValueRef};

type Output = ToSqlOutput<'static>;
type Answer = Result<Output, rusqlite::Error>;

/// Deterministic, so that SQLite computes what no row changes once.
const FLAGS: FunctionFlags =
    FunctionFlags::SQLITE_UTF8.union(FunctionFlags::SQLITE_DETERMINISTIC).union(FunctionFlags::SQLITE_INNOCUOUS);

/// Registers all functions on a connection.
pub(crate) fn register(conn: &Connection) -> Result<(), rusqlite::Error> {
    for function in Function::ALL {
        // Any number of arguments: `substring` has two or three.
        conn.create_scalar_function(function_name(function).as_str(), -1, FLAGS, move |call| -> Answer {
            Ok(computed(function, call))
        })?;
    }
    for test in TextTest::ALL {
        conn.create_scalar_function(test_name(test).as_str(), 2, FLAGS, move |call| -> Answer {
            Ok(ToSqlOutput::Owned(match (argument(call.get_raw(0)), argument(call.get_raw(1))) {
                (ValueRef::Text(text), ValueRef::Text(pattern)) => {
                    SqlValue::Integer(i64::from(test.holds(text, pattern)))
                }
                _ => SqlValue::Null,
            }))
        })?;
    }
    conn.create_scalar_function(REAL_FUNCTION, 1, FLAGS, |call| -> Answer {
        Ok(ToSqlOutput::Owned(match call.get_raw(0) {
            SqlRef::Integer(bits) => SqlValue::Real(f64::from_bits(bits.cast_unsigned())),
            _ => SqlValue::Null,
        }))
    })?;
    conn.create_scalar_function(BYTES_FUNCTION, 1, FLAGS, |call| -> Answer {
        Ok(ToSqlOutput::Owned(match call.get_raw(0) {
            SqlRef::Text(digits) => bytes(digits).map_or(SqlValue::Null, SqlValue::Blob),
            _ => SqlValue::Null,
        }))
    })
}

fn computed(function: Function, call: &Context<'_>) -> Output {
    let mut arguments = [ValueRef::Null; Function::MOST_ARGUMENTS];
    let Some(arguments) = arguments.get_mut(..call.len()) else { return ToSqlOutput::Owned(SqlValue::Null) };
    for (place, value) in arguments.iter_mut().enumerate() {
        *value = argument(call.get_raw(place));
    }
    if is_unchanged(function, arguments) {
        return ToSqlOutput::Arg(0);
    }
    ToSqlOutput::Owned(match function.apply(arguments) {
        Value::Null => SqlValue::Null,
        Value::Integer(value) => SqlValue::Integer(value),
        Value::Real(value) => SqlValue::Real(value),
        Value::Text(value) => SqlValue::Text(value),
        Value::Blob(value) => SqlValue::Blob(value),
    })
}

/// Whether a text comes out as it went in, which SQLite then keeps instead of a copy.
fn is_unchanged(function: Function, arguments: &[ValueRef<'_>]) -> bool {
    let [ValueRef::Text(text)] = arguments else { return false };
    match function {
        Function::ToLower => text.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase()),
        Function::ToUpper => text.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_lowercase()),
        Function::Trim => text.trim().len() == text.len(),
        _ => false,
    }
}

/// Text that is not UTF-8 is no text that this store wrote: it computes as null.
fn argument(value: SqlRef<'_>) -> ValueRef<'_> {
    match value {
        SqlRef::Null => ValueRef::Null,
        SqlRef::Integer(value) => ValueRef::Integer(value),
        SqlRef::Real(value) => ValueRef::Real(value),
        SqlRef::Text(value) => std::str::from_utf8(value).map_or(ValueRef::Null, ValueRef::Text),
        SqlRef::Blob(value) => ValueRef::Blob(value),
    }
}

fn bytes(digits: &[u8]) -> Option<Vec<u8>> {
    let digit = |digit: u8| char::from(digit).to_digit(16).map(|digit| digit as u8);
    digits
        .chunks(2)
        .map(|pair| match pair {
            [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
            _ => None,
        })
        .collect()
}
