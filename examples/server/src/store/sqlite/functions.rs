//! SQL functions and a collation by which SQLite computes exactly what the evaluator computes.

use rusqlite::functions::FunctionFlags;
use rusqlite::{Connection, Error};
use synctable::testing::eval::apply;
use synctable::testing::odata::Function;
use synctable::testing::typed::Operation;
use synctable::testing::value::Decimal;
use synctable::testing::{Kind, Value};

use crate::store::CellRef;
use crate::value::{to_cell, to_value};

/// The collation that orders decimal text by value.
pub(super) const DECIMAL: &str = "odata_decimal";

const KINDS: [(Kind, char); 11] = [
    (Kind::Null, 'n'),
    (Kind::Bool, 'b'),
    (Kind::Int, 'i'),
    (Kind::Double, 'f'),
    (Kind::Decimal, 'd'),
    (Kind::Text, 't'),
    (Kind::Instant, 's'),
    (Kind::Date, 'a'),
    (Kind::Time, 'o'),
    (Kind::Guid, 'g'),
    (Kind::Bytes, 'y'),
];

fn operations() -> Vec<Operation> {
    let mut all =
        vec![Operation::Add, Operation::Sub, Operation::Mul, Operation::Div, Operation::Mod, Operation::Negate];
    all.extend([Kind::Int, Kind::Double, Kind::Decimal, Kind::Date].map(Operation::Convert));
    all.extend(
        [
            Function::Contains,
            Function::StartsWith,
            Function::EndsWith,
            Function::Length,
            Function::IndexOf,
            Function::Substring,
            Function::ToLower,
            Function::ToUpper,
            Function::Trim,
            Function::Concat,
            Function::Replace,
            Function::Floor,
            Function::Ceiling,
            Function::Round,
            Function::Year,
            Function::Month,
            Function::Day,
            Function::Hour,
            Function::Minute,
            Function::Second,
            Function::FractionalSeconds,
            Function::Date,
            Function::Time,
        ]
        .map(Operation::Call),
    );
    all
}

/// Returns the name of the SQL function of an operation.
pub(super) fn name(operation: Operation) -> String {
    match operation {
        Operation::Call(function) => format!("odata_{function:?}"),
        Operation::Convert(kind) => format!("odata_to_{kind:?}"),
        other => format!("odata_{other:?}"),
    }
}

/// Returns the letters of operand kinds, the first argument of each function.
pub(super) fn letters(kinds: impl Iterator<Item = Kind>) -> String {
    kinds.map(|kind| KINDS.iter().find(|(known, _)| *known == kind).map_or('n', |(_, letter)| *letter)).collect()
}

/// Gives a connection the functions and the collation.
pub(super) fn register(connection: &Connection) -> Result<(), Error> {
    for operation in operations() {
        let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_DIRECTONLY;
        connection.create_scalar_function(name(operation).as_str(), -1, flags, move |context| {
            let letters = context.get_raw(0).as_str().map_err(|error| Error::UserFunctionError(Box::new(error)))?;
            let operands: Vec<Value> = letters
                .chars()
                .enumerate()
                .map(|(at, letter)| {
                    let kind = KINDS.iter().find(|(_, known)| *known == letter).map_or(Kind::Null, |(kind, _)| *kind);
                    if at + 1 < context.len() {
                        to_value(CellRef::from(context.get_raw(at + 1)), kind)
                    } else {
                        Value::Null
                    }
                })
                .collect();
            Ok(to_cell(&apply(operation, &operands)))
        })?;
    }
    // Text that is no decimal cannot be in such a column; it would order before every number.
    connection.create_collation(DECIMAL, |a, b| Decimal::parse(a).cmp(&Decimal::parse(b)))
}
