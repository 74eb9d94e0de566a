//! One value of a column: from JSON into a cell and back.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
pub(crate) use synctable::testing::json::write_text;
use synctable::testing::value::{Decimal, format_date, format_time};
use synctable::testing::{ColumnType, Value, json};

use crate::Column;
use crate::body::BodyFault;
use crate::dialect::Generation;
use crate::store::{Cell, CellRef};

/// Returns what a column holds when a body does not name it: null, or the default of its type.
pub(crate) fn missing(column: &Column) -> Cell {
    into_cell(member(column).missing())
}

/// Reads the JSON text of a member by the type of its column.
pub(crate) fn read(column: &Column, json: &str) -> Result<Cell, BodyFault> {
    member(column).read(json).map(into_cell).map_err(|message| BodyFault::new(column.name(), message))
}

fn member(column: &Column) -> json::Column<'_> {
    json::Column { name: column.name(), column_type: column.column_type(), nullable: column.is_nullable() }
}

/// Writes a value as JSON.
pub(crate) fn write(out: &mut String, cell: CellRef<'_>, column_type: ColumnType, generation: Generation) {
    match (cell, column_type) {
        (CellRef::Int(number), ColumnType::Bool) => out.push_str(if number == 0 { "false" } else { "true" }),
        (CellRef::Int(ticks), ColumnType::Instant) => write_instant(out, ticks, generation),
        (CellRef::Int(days), ColumnType::Date) => write_plain(out, &format_date(days)),
        (CellRef::Int(ticks), ColumnType::Time) => write_plain(out, &generation.time_text(ticks)),
        (CellRef::Int(place), ColumnType::Enum(names)) => {
            match usize::try_from(place).ok().and_then(|place| names.get(place)) {
                Some(name) => write_text(out, name),
                None => out.push_str("null"),
            }
        }
        (CellRef::Real(number), ColumnType::Single) => write_single(out, number, generation),
        (CellRef::Int(number), ColumnType::Single | ColumnType::Double) => write_double(out, number as f64, generation),
        (CellRef::Int(number), _) => {
            let _ = write!(out, "{number}");
        }
        (CellRef::Real(number), _) => write_double(out, number, generation),
        (CellRef::Text(text), ColumnType::Decimal | ColumnType::Json) => out.push_str(text),
        (CellRef::Text(text), _) => write_text(out, text),
        (CellRef::Blob(bytes), _) => write_plain(out, &STANDARD.encode(bytes)),
        (CellRef::Null, _) => out.push_str("null"),
    }
}

fn write_plain(out: &mut String, text: &str) {
    out.push('"');
    out.push_str(text);
    out.push('"');
}

/// Writes an instant cut to milliseconds, with the zone as the generation writes it.
pub(crate) fn write_instant(out: &mut String, ticks: i64, generation: Generation) {
    write_plain(out, &generation.instant_text(ticks));
}

/// Writes the shortest text that reads back as the same number.
fn write_double(out: &mut String, number: f64, generation: Generation) {
    write_number(out, serde_json::to_string(&number), generation);
}

/// Writes the shortest text that reads back as the same number of 32 bits.
#[expect(clippy::cast_possible_truncation, reason = "the column holds numbers of 32 bits")]
fn write_single(out: &mut String, number: f64, generation: Generation) {
    write_number(out, serde_json::to_string(&(number as f32)), generation);
}

fn write_number(out: &mut String, text: serde_json::Result<String>, generation: Generation) {
    match text {
        Ok(text) => out.push_str(&generation.number_text(text)),
        Err(_) => out.push_str("null"),
    }
}

/// Cuts the fraction of a time of day to milliseconds.
pub(crate) fn time_ms(ticks: i64) -> String {
    format_time(ticks, 3)
}

/// Reads a cell into a value of an expression.
pub(crate) fn to_value(cell: CellRef<'_>, kind: synctable::testing::Kind) -> Value {
    use synctable::testing::Kind;
    match (cell, kind) {
        (CellRef::Int(number), Kind::Bool) => Value::Bool(number != 0),
        (CellRef::Int(number), Kind::Int) => Value::Int(number),
        (CellRef::Int(number), Kind::Double) => Value::Double(number as f64),
        (CellRef::Real(number), Kind::Double) => Value::Double(number),
        (CellRef::Int(number), Kind::Instant) => Value::Instant(number),
        (CellRef::Int(number), Kind::Date) => Value::Date(number),
        (CellRef::Int(number), Kind::Time) => Value::Time(number),
        (CellRef::Int(place), Kind::Enum(names)) => Value::Enum(names, place),
        (CellRef::Text(text), Kind::Decimal) => Decimal::parse(text).map_or(Value::Null, Value::Decimal),
        (CellRef::Text(text), Kind::Text) => Value::Text(text.to_owned()),
        (CellRef::Text(text), Kind::Guid) => Value::Guid(text.to_owned()),
        (CellRef::Blob(bytes), Kind::Bytes) => Value::Bytes(bytes.to_vec()),
        (CellRef::Text(text), Kind::Json) => Value::Json(text.to_owned()),
        _ => Value::Null,
    }
}

/// Turns a value of an expression into a cell.
pub(crate) fn to_cell(value: &Value) -> Cell {
    into_cell(value.clone())
}

fn into_cell(value: Value) -> Cell {
    match value {
        Value::Null => Cell::Null,
        Value::Bool(truth) => Cell::Int(i64::from(truth)),
        Value::Int(number)
        | Value::Instant(number)
        | Value::Date(number)
        | Value::Time(number)
        | Value::Enum(_, number) => Cell::Int(number),
        Value::Double(number) => Cell::Real(number),
        Value::Decimal(number) => Cell::Text(number.to_string()),
        Value::Text(text) | Value::Guid(text) | Value::Json(text) => Cell::Text(text),
        Value::Bytes(bytes) => Cell::Blob(bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TableDefinition;

    #[test]
    fn an_enumeration_takes_its_names_and_their_places() {
        const SIZES: ColumnType = ColumnType::Enum(&["small", "large"]);
        let table = TableDefinition::new("t").column("size", SIZES);
        let column = &table.columns()[0];
        assert_eq!(read(column, "\"large\""), Ok(Cell::Int(1)));
        assert_eq!(read(column, "null"), Ok(Cell::Null));
        assert_eq!(read(column, "1"), Ok(Cell::Int(1)));
        for refused in ["\"Large\"", "\"\"", "2", "-1", "\"1\"", "1.0", "\"huge\""] {
            let fault = read(column, refused).unwrap_err();
            assert!(fault.message.contains("one of small, large"), "{}", fault.message);
        }
        let mut out = String::new();
        write(&mut out, CellRef::Int(1), SIZES, Generation::Toolkit);
        assert_eq!(out, "\"large\"");
    }

    #[test]
    fn a_single_is_rounded_when_it_is_stored_and_sent_as_its_shortest_text() {
        let table = TableDefinition::new("t").required("share", ColumnType::Single);
        let column = &table.columns()[0];
        let sent = |cell: Cell, generation: Generation| {
            let mut out = String::new();
            write(&mut out, CellRef::from(&cell), ColumnType::Single, generation);
            out
        };
        assert_eq!(read(column, "0.1"), Ok(Cell::Real(f64::from(0.1_f32))));
        for (came, written) in [("0.1", "0.1"), ("0.10000000149011612", "0.1"), ("16777217", "16777216")] {
            assert_eq!(sent(read(column, came).unwrap(), Generation::Toolkit), written);
        }
        assert!(read(column, "1e39").unwrap_err().message.contains("a number of 32 bits"));
        assert_eq!(missing(column), Cell::Real(0.0));
    }
}
