//! Constants as OData text (protocol.md 7.3).

use super::{Syntax, TimeForm, UuidForm, unsupported};
use crate::error::{Error, ErrorKind};
use crate::query::predicate::Literal;
use crate::value::{ColumnType, TimeOfDay, Timestamp, Value};

/// A constant's text and the nodes that it counts: a cast is a function of a value and a type.
pub(super) struct LiteralText {
    pub(super) text: String,
    pub(super) nodes: usize,
}

/// Writes a constant that is not null; `operator` names where it stands, for the message.
pub(super) fn literal(literal: &Literal, operator: &str, syntax: &Syntax) -> Result<LiteralText, Error> {
    let plain = |text: String| Ok(LiteralText { text, nodes: 1 });
    let cast = |text: &str, edm: &str| Ok(LiteralText { text: format!("cast({text},Edm.{edm})"), nodes: 3 });
    match (literal.column_type(), literal.value()) {
        (ColumnType::Bool, Value::Integer(value)) => plain((*value != 0).to_string()),
        (
            ColumnType::I8 | ColumnType::I16 | ColumnType::I32 | ColumnType::U8 | ColumnType::U16,
            Value::Integer(value),
        ) => plain(value.to_string()),
        (ColumnType::U32 | ColumnType::I64, Value::Integer(value)) => {
            // Where every integer is exact, so is the least one, which has no positive counterpart.
            let limit = syntax.integer_limit;
            if limit != i64::MAX && !(-limit..=limit).contains(value) {
                return Err(unsupported(syntax, &format!("`{operator} {value}`, a number beyond 2^53,")));
            }
            plain(format!("{value}L"))
        }
        (ColumnType::F32, Value::Real(value)) => plain(single(*value)),
        (ColumnType::F32, Value::Integer(value)) => plain(format!("{value}f")),
        // Adding zero makes a negative zero positive. The debug form always has a point or an exponent.
        (ColumnType::F64, Value::Real(value)) => plain(format!("{:?}", value + 0.0)),
        (ColumnType::F64, Value::Integer(value)) => plain(format!("{value}.0")),
        (ColumnType::Decimal, Value::Text(text)) => plain(format!("{text}M")),
        // Neither a URL nor the text of a server's database can have it.
        (ColumnType::Text | ColumnType::Id | ColumnType::Char, Value::Text(text)) if text.contains('\0') => {
            Err(unsupported(syntax, &format!("`{operator}` with a text that has the character NUL")))
        }
        (ColumnType::Text | ColumnType::Id | ColumnType::Char, Value::Text(text)) => plain(quoted(text)),
        (ColumnType::Timestamp, Value::Integer(ticks)) => {
            let time = Timestamp::from_ticks(*ticks).ok_or_else(|| {
                Error::new(ErrorKind::Invalid, format!("{ticks} is not an instant of the years 0001 to 9999"))
            })?;
            let text = instant(time);
            match syntax.times {
                TimeForm::Prefixed => plain(format!("datetimeoffset'{text}'")),
                TimeForm::Cast => cast(&text, "DateTimeOffset"),
            }
        }
        (ColumnType::Date, Value::Text(text)) => match syntax.times {
            TimeForm::Prefixed => plain(quoted(text)),
            TimeForm::Cast => cast(text, "Date"),
        },
        (ColumnType::TimeOfDay, Value::Text(text)) => match syntax.times {
            // The server keeps the text that was sent: three digits where that is exact, else seven.
            TimeForm::Prefixed => plain(quoted(text.strip_suffix("0000").unwrap_or(text))),
            TimeForm::Cast => cast(&shortest(text), "TimeOfDay"),
        },
        (ColumnType::Uuid, Value::Text(text)) => match syntax.uuids {
            UuidForm::Text => plain(quoted(text)),
            UuidForm::Prefixed => plain(format!("guid'{text}'")),
            UuidForm::Cast => cast(text, "Guid"),
        },
        (ColumnType::Bytes, _) => Err(unsupported(syntax, &format!("`{operator}` with bytes"))),
        (ColumnType::Json, _) => Err(unsupported(syntax, &format!("`{operator}` with JSON"))),
        (ColumnType::Version, _) => Err(unsupported(syntax, &format!("`{operator}` with a version"))),
        (column, value) => Err(Error::new(
            ErrorKind::Invalid,
            format!("`{operator}` with {value:?}, which is no stored form of a column of type {column:?}"),
        )),
    }
}

/// The shortest text of a 32-bit number, without a point where it is whole; `f` says its width. Adding
/// zero makes a negative zero positive.
#[expect(clippy::cast_possible_truncation, reason = "the value of a 32-bit column is one of 32 bits")]
fn single(value: f64) -> String {
    let text = format!("{:?}", value as f32 + 0.0);
    format!("{}f", text.strip_suffix(".0").unwrap_or(&text))
}

/// Writes a text in single quotes; a quote within is doubled.
pub(super) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// Milliseconds, as every server writes them; all seven digits only where there are that many.
fn instant(time: Timestamp) -> String {
    let millis = time.to_millis_string();
    let below = time.ticks().rem_euclid(10_000);
    if below == 0 { millis } else { format!("{}{below:04}Z", millis.trim_end_matches('Z')) }
}

/// Seconds, with a fraction only if there is one.
fn shortest(text: &str) -> String {
    match text.parse::<TimeOfDay>() {
        Ok(time) if time.subsecond_ticks() == 0 => text.split('.').next().unwrap_or(text).to_owned(),
        Ok(_) => text.strip_suffix("0000").unwrap_or(text).to_owned(),
        Err(_) => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::ColumnValue;
    use crate::wire::Dialect;

    fn text<V: ColumnValue>(value: V) -> String {
        let of = Literal::typed(V::TYPE, Value::of(&value).unwrap());
        literal(&of, "eq", &Dialect::Toolkit.syntax()).unwrap().text
    }

    #[test]
    fn numbers_say_their_width() {
        assert_eq!([text(i8::MIN), text(i16::MAX), text(u8::MAX), text(u16::MAX)], ["-128", "32767", "255", "65535"]);
        assert_eq!([text(u32::MAX), text(7_u32), text(7_i32)], ["4294967295L", "7L", "7"]);
        assert_eq!([text(10_f32), text(1.3_f32), text(-0.1_f32), text(-0.0_f32)], ["10f", "1.3f", "-0.1f", "0f"]);
        assert_eq!([text(f32::MAX), text(1e-7_f32), text(16_777_216_f32)], ["3.4028235e38f", "1e-7f", "16777216f"]);
    }

    #[test]
    fn a_character_is_quoted_like_text() {
        assert_eq!([text('a'), text('\''), text('🥛')], ["'a'", "''''", "'🥛'"]);
    }
}
