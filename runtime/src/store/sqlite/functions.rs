//! The functions of queries that SQLite lacks or computes otherwise.

use rusqlite::Connection;
use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::{ToSqlOutput, Value as SqlValue, ValueRef as SqlRef};

use crate::query::Function;
use crate::query::sql::function_name;
use crate::value::{Value, ValueRef};

/// Registers all functions on a connection.
pub(super) fn register(conn: &Connection) -> Result<(), rusqlite::Error> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_INNOCUOUS;
    for function in Function::ALL {
        // Any number of arguments: `substring` has two or three.
        conn.create_scalar_function(function_name(function).as_str(), -1, flags, move |call| {
            Ok(computed(function, call))
        })?;
    }
    Ok(())
}

fn computed(function: Function, call: &Context<'_>) -> ToSqlOutput<'static> {
    let arguments: Vec<ValueRef<'_>> = (0..call.len()).map(|place| argument(call.get_raw(place))).collect();
    ToSqlOutput::Owned(match function.apply(&arguments) {
        Value::Null => SqlValue::Null,
        Value::Integer(value) => SqlValue::Integer(value),
        Value::Real(value) => SqlValue::Real(value),
        Value::Text(value) => SqlValue::Text(value),
        Value::Blob(value) => SqlValue::Blob(value),
    })
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
