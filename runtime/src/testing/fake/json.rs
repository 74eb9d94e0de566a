//! One value of a column, into the JSON of an answer.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::testing::json::write_text;
use crate::testing::value::{format_date, format_instant_ms, format_time};
use crate::testing::{ColumnType, Value};

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
