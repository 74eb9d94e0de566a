//! One value of a column: from the JSON of a body, and into the JSON of an answer.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::table::Column;
use crate::testing::value::{
    Decimal, format_date, format_instant_ms, format_time, parse_date, parse_guid, parse_instant, parse_single,
    parse_time,
};
use crate::testing::{ColumnType, Value};

/// What a column holds that a body does not name: null, or what .NET has for its type.
pub(super) fn missing(column: &Column) -> Value {
    if column.nullable {
        return Value::Null;
    }
    match column.column_type {
        ColumnType::Text => Value::Text(String::new()),
        ColumnType::Bool => Value::Bool(false),
        ColumnType::Int32 | ColumnType::Int64 => Value::Int(0),
        ColumnType::Single | ColumnType::Double => Value::Double(0.0),
        ColumnType::Decimal => Value::Decimal(Decimal::from(0_i64)),
        // 0001-01-01
        ColumnType::Instant => Value::Instant(-621_355_968_000_000_000),
        ColumnType::Date => Value::Date(-719_162),
        ColumnType::Time => Value::Time(0),
        ColumnType::Guid => Value::Guid("00000000-0000-0000-0000-000000000000".to_owned()),
        ColumnType::Bytes => Value::Bytes(Vec::new()),
        ColumnType::Json => Value::Json("null".to_owned()),
        ColumnType::Enum(names) => Value::Enum(names, 0),
    }
}

/// Reads the JSON text of a member; the error says what was expected and what came.
pub(super) fn read(column: &Column, json: &str) -> Result<Value, String> {
    if json == "null" && column.nullable {
        return Ok(Value::Null);
    }
    read_typed(column.column_type, json).ok_or_else(|| {
        let mut came: String = json.chars().take(40).collect();
        if came.len() < json.len() {
            came.push('…');
        }
        format!("member '{}' must be {}, not {came}", column.name, expected(column.column_type))
    })
}

fn read_typed(column_type: ColumnType, json: &str) -> Option<Value> {
    let text = || serde_json::from_str::<String>(json).ok();
    // Numbers are read from text too.
    let number = || {
        if json.starts_with('"') {
            text()
        } else {
            json.starts_with(|c: char| c == '-' || c.is_ascii_digit()).then(|| json.to_owned())
        }
    };
    Some(match column_type {
        ColumnType::Text => Value::Text(text()?),
        ColumnType::Bool => Value::Bool(serde_json::from_str(json).ok()?),
        ColumnType::Int32 => Value::Int(i64::from(number()?.parse::<i32>().ok()?)),
        ColumnType::Int64 => Value::Int(number()?.parse().ok()?),
        ColumnType::Single => Value::Double(f64::from(parse_single(&number()?)?)),
        ColumnType::Double => Value::Double(number()?.parse().ok().filter(|number: &f64| number.is_finite())?),
        ColumnType::Decimal => Value::Decimal(Decimal::parse(&number()?)?),
        ColumnType::Instant => Value::Instant(parse_instant(&text()?)?),
        ColumnType::Date => Value::Date(parse_date(&text()?)?),
        ColumnType::Time => Value::Time(parse_time(&text()?)?),
        ColumnType::Guid => Value::Guid(parse_guid(&text()?)?),
        ColumnType::Bytes => Value::Bytes(STANDARD.decode(text()?).ok()?),
        ColumnType::Json => Value::Json(json.to_owned()),
        ColumnType::Enum(names) => Value::of_enum(names, &text()?)?,
    })
}

fn expected(column_type: ColumnType) -> String {
    let known = match column_type {
        ColumnType::Text => "a string",
        ColumnType::Bool => "true or false",
        ColumnType::Int32 => "a whole number of 32 bits",
        ColumnType::Int64 => "a whole number of 64 bits",
        ColumnType::Single => "a number of 32 bits",
        ColumnType::Double => "a number",
        ColumnType::Decimal => "a decimal number of at most 28 digits",
        ColumnType::Instant => "an instant as yyyy-MM-ddTHH:mm:ss.fffZ",
        ColumnType::Date => "a day as yyyy-MM-dd",
        ColumnType::Time => "a time as HH:mm:ss.fff",
        ColumnType::Guid => "a uuid",
        ColumnType::Bytes => "base64",
        ColumnType::Json => "JSON",
        ColumnType::Enum(names) => return format!("one of {}", names.join(", ")),
    };
    known.to_owned()
}

/// Writes a value of a column.
pub(super) fn write(out: &mut String, value: &Value, column_type: ColumnType) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(truth) => out.push_str(if *truth { "true" } else { "false" }),
        Value::Int(number) => {
            let _ = write!(out, "{number}");
        }
        Value::Double(number) => write_double(out, *number, column_type),
        Value::Decimal(number) => {
            let _ = write!(out, "{number}");
        }
        Value::Text(text) | Value::Guid(text) => write_text(out, text),
        Value::Instant(ticks) => write_instant(out, *ticks),
        Value::Date(days) => write_text(out, &format_date(*days)),
        Value::Time(ticks) => write_text(out, &format_time(*ticks, 3)),
        Value::Bytes(bytes) => write_text(out, &STANDARD.encode(bytes)),
        Value::Json(text) => out.push_str(text),
        Value::Enum(names, place) => match usize::try_from(*place).ok().and_then(|place| names.get(place)) {
            Some(name) => write_text(out, name),
            None => out.push_str("null"),
        },
    }
}

/// Writes a text as JSON.
pub(super) fn write_text(out: &mut String, text: &str) {
    // A string always serialises.
    out.push_str(&serde_json::to_string(text).unwrap_or_default());
}

/// Writes an instant as the Toolkit does, cut to milliseconds.
pub(super) fn write_instant(out: &mut String, ticks: i64) {
    let _ = write!(out, "\"{}Z\"", format_instant_ms(ticks));
}

/// The shortest text that reads back as the same number; whole numbers are bare.
fn write_double(out: &mut String, number: f64, column_type: ColumnType) {
    #[expect(clippy::cast_possible_truncation, reason = "the column holds numbers of 32 bits")]
    let written = match column_type {
        ColumnType::Single => serde_json::to_string(&(number as f32)),
        _ => serde_json::to_string(&number),
    };
    let written = written.unwrap_or_else(|_| "null".to_owned());
    out.push_str(written.strip_suffix(".0").unwrap_or(&written));
}
