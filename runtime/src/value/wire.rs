//! The one wire form of each column type: what JSON a cell becomes, and what a cell is read from.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{
    CellWriter, ColumnType, ColumnValue, Date, Decimal, Id, TimeOfDay, Timestamp, ValueError, ValueRef, Version,
    nearest_f32, one_char, out_of_range,
};

/// Appends the JSON text of a cell.
///
/// Invariant: the cell was written by a value of this column type, so it has the type's stored form.
pub(crate) fn encode(column: ColumnType, value: ValueRef<'_>, out: &mut Vec<u8>) {
    match (column, value) {
        (_, ValueRef::Null) => out.extend_from_slice(b"null"),
        (ColumnType::Bool, ValueRef::Integer(value)) => {
            out.extend_from_slice(if value == 0 { b"false" } else { b"true" })
        }
        (ColumnType::Timestamp, ValueRef::Integer(ticks)) => match Timestamp::from_ticks(ticks) {
            Some(time) => quoted(&time.to_string(), out),
            None => out.extend_from_slice(b"null"),
        },
        (_, ValueRef::Integer(value)) => out.extend_from_slice(value.to_string().as_bytes()),
        (ColumnType::F32, ValueRef::Real(value)) => match nearest_f32(value) {
            Some(value) => single(value, out),
            None => out.extend_from_slice(b"null"),
        },
        // serde_json writes the shortest text that reads back as the same number.
        (_, ValueRef::Real(value)) => out.extend_from_slice(serde_json::Value::from(value).to_string().as_bytes()),
        (ColumnType::Decimal | ColumnType::Json, ValueRef::Text(text)) => out.extend_from_slice(text.as_bytes()),
        (ColumnType::TimeOfDay, ValueRef::Text(text)) => quoted(shortest_time(text), out),
        (_, ValueRef::Text(text)) => quoted(text, out),
        (_, ValueRef::Blob(bytes)) => quoted(&STANDARD.encode(bytes), out),
    }
}

/// Appends the shortest JSON number that reads back as the same 32-bit number.
fn single(value: f32, out: &mut Vec<u8>) {
    // Writing into a Vec cannot fail.
    let _ = serde_json::to_writer(out, &value);
}

/// Appends a text as a JSON string.
pub(crate) fn quoted(text: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(serde_json::Value::from(text).to_string().as_bytes());
}

/// Times are kept with seven digits, and sent with three where that is exact: V3 and TK answer with
/// at most three or as many as there are (protocol.md 6).
fn shortest_time(text: &str) -> &str {
    text.strip_suffix("0000").unwrap_or(text)
}

/// Reads a JSON truth value.
pub(crate) fn decode_bool(column: ColumnType, value: bool, cell: CellWriter<'_>) -> Result<(), ValueError> {
    match column {
        ColumnType::Bool => value.write(cell),
        other => Err(unexpected(other, if value { "true" } else { "false" })),
    }
}

/// Reads a JSON number from its text, so that no digit is lost on the way.
pub(crate) fn decode_number(column: ColumnType, text: &str, cell: CellWriter<'_>) -> Result<(), ValueError> {
    match column {
        // The nearest one to the text itself: a server that keeps doubles sends the digits of a double.
        ColumnType::F32 => match text.parse::<f32>() {
            Ok(value) if value.is_finite() => value.write(cell),
            Ok(_) => Err(out_of_range(column, text)),
            Err(_) => Err(unexpected(column, text)),
        },
        ColumnType::F64 => text.parse::<f64>().map_err(|_| unexpected(column, text))?.write(cell),
        ColumnType::Decimal => text.parse::<Decimal>()?.write(cell),
        other => match other.integer_limits() {
            Some((least, greatest)) => {
                let value = whole(text)?;
                if value < least || value > greatest {
                    return Err(out_of_range(other, text));
                }
                value.write(cell)
            }
            None => Err(unexpected(other, text)),
        },
    }
}

/// A whole number, also one written as `3.0` or `1e3`: N2 keeps integers as doubles (protocol.md 6).
fn whole(text: &str) -> Result<i64, ValueError> {
    if let Ok(value) = text.parse() {
        return Ok(value);
    }
    let decimal: Decimal = text.parse()?;
    decimal.as_str().parse().map_err(|_| ValueError::new(format!("expected a 64-bit integer, found {text}")))
}

/// Reads a JSON string.
pub(crate) fn decode_text(column: ColumnType, text: &str, cell: CellWriter<'_>) -> Result<(), ValueError> {
    match column {
        ColumnType::Text => cell.text(text),
        ColumnType::Char => one_char(text).ok_or_else(|| unexpected(column, text))?.write(cell)?,
        ColumnType::Id => {
            Id::check(text).map_err(|error| ValueError::new(error.to_string()))?;
            cell.text(text);
        }
        // A store without versions sends "" (protocol.md 2): the row is kept without one.
        ColumnType::Version if Version::is_usable(text) => cell.text(text),
        ColumnType::Version => cell.null(),
        ColumnType::Timestamp => text.parse::<Timestamp>()?.write(cell)?,
        ColumnType::Date => text.parse::<Date>()?.write(cell)?,
        ColumnType::TimeOfDay => text.parse::<TimeOfDay>()?.write(cell)?,
        // TK writes decimals as numbers and reads them as strings too (protocol.md 6).
        ColumnType::Decimal => text.parse::<Decimal>()?.write(cell)?,
        ColumnType::Uuid => uuid::Uuid::parse_str(text).map_err(|_| unexpected(column, text))?.write(cell)?,
        ColumnType::Bytes => STANDARD.decode(text).map_err(|_| unexpected(column, text))?.write(cell)?,
        other => return Err(unexpected(other, text)),
    }
    Ok(())
}

fn unexpected(column: ColumnType, came: &str) -> ValueError {
    let expected = match column {
        ColumnType::Bool => "true or false",
        ColumnType::I8
        | ColumnType::I16
        | ColumnType::I32
        | ColumnType::I64
        | ColumnType::U8
        | ColumnType::U16
        | ColumnType::U32 => "an integer",
        ColumnType::F32 | ColumnType::F64 | ColumnType::Decimal => "a number",
        ColumnType::Char => "a string of one character",
        ColumnType::Text | ColumnType::Id | ColumnType::Version => "a string",
        ColumnType::Timestamp => "an instant as a string",
        ColumnType::Bytes => "base64 text",
        ColumnType::Uuid => "a uuid",
        ColumnType::Date => "a date as a string",
        ColumnType::TimeOfDay => "a time of day as a string",
        ColumnType::Json => "JSON",
    };
    ValueError::new(format!("expected {expected}, found `{}`", super::civil::shown(came)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::{Cell, Value};

    fn read(decode: impl FnOnce(CellWriter<'_>) -> Result<(), ValueError>) -> Result<Value, ValueError> {
        let (mut cell, mut arena) = (Cell::Null, Vec::new());
        decode(CellWriter::new(&mut cell, &mut arena))?;
        Ok(cell.read(&arena).to_value())
    }

    fn json(column: ColumnType, value: &Value) -> String {
        let mut out = Vec::new();
        encode(column, value.as_ref(), &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn numbers_lose_no_digit() {
        let big = read(|cell| decode_number(ColumnType::I64, "9007199254740993", cell)).unwrap();
        assert_eq!(big, Value::Integer(9_007_199_254_740_993));
        assert_eq!(json(ColumnType::I64, &big), "9007199254740993");
        let exact = read(|cell| decode_number(ColumnType::Decimal, "0.10000000000000000000001", cell)).unwrap();
        assert_eq!(json(ColumnType::Decimal, &exact), "0.10000000000000000000001");
        assert_eq!(read(|cell| decode_number(ColumnType::I64, "3.0", cell)).unwrap(), Value::Integer(3));
        assert!(read(|cell| decode_number(ColumnType::I64, "3.5", cell)).is_err());
        assert!(read(|cell| decode_number(ColumnType::F64, "1e999", cell)).is_err());
    }

    #[test]
    fn integers_end_at_the_limits_of_their_type() {
        for (column, least, greatest) in [
            (ColumnType::I8, -128, 127),
            (ColumnType::I16, -32_768, 32_767),
            (ColumnType::I32, -2_147_483_648, 2_147_483_647),
            (ColumnType::U8, 0, 255),
            (ColumnType::U16, 0, 65_535),
            (ColumnType::U32, 0, 4_294_967_295_i64),
        ] {
            for value in [least, greatest] {
                let came = read(|cell| decode_number(column, &value.to_string(), cell)).unwrap();
                assert_eq!((&came, json(column, &came)), (&Value::Integer(value), value.to_string()));
                let as_double = read(|cell| decode_number(column, &format!("{value}.0"), cell)).unwrap();
                assert_eq!(as_double, came);
            }
            for value in [least - 1, greatest + 1] {
                let error = read(|cell| decode_number(column, &value.to_string(), cell)).unwrap_err();
                assert!(error.to_string().starts_with(&format!("{value} does not fit ")), "{column:?}: {error}");
            }
        }
        assert!(read(|cell| decode_number(ColumnType::U8, "1.5", cell)).is_err());
    }

    #[test]
    fn numbers_of_32_bits_are_their_shortest_text() {
        let of = |text: &str| read(|cell| decode_number(ColumnType::F32, text, cell));
        for (came, sent) in [
            ("0.1", "0.1"),
            ("0.10000000149011612", "0.1"),
            ("16777217", "16777216.0"),
            ("3.4028235e38", "3.4028235e+38"),
            ("-1e-45", "-1e-45"),
            ("-0.0", "-0.0"),
            // The nearest by way of a double would be one further.
            ("7.038531e-26", "7.038531e-26"),
            ("1.00000005960464485", "1.0000001"),
        ] {
            let stored = of(came).unwrap();
            assert_eq!(json(ColumnType::F32, &stored), sent, "{came}");
            assert_eq!(of(sent).unwrap(), stored, "{came}");
        }
        assert_eq!(of("0.1").unwrap(), Value::of(&0.1_f32).unwrap());
        assert_eq!(of("3.5e38").unwrap_err().to_string(), "3.5e38 does not fit 32 bits");
        assert!(of("-1e999").is_err());
    }

    #[test]
    fn a_character_is_a_string_of_one() {
        let of = |text: &str| read(|cell| decode_text(ColumnType::Char, text, cell));
        for text in ["\0", "a", "🥛", "\u{10FFFF}"] {
            let stored = of(text).unwrap();
            let sent: String = serde_json::from_str(&json(ColumnType::Char, &stored)).unwrap();
            assert_eq!((stored, sent), (Value::Text(text.to_owned()), text.to_owned()));
        }
        assert_eq!(of("").unwrap_err().to_string(), "expected a string of one character, found ``");
        assert!(of("ab").is_err() && read(|cell| decode_number(ColumnType::Char, "5", cell)).is_err());
    }

    #[test]
    fn wrong_types_are_never_coerced() {
        assert!(read(|cell| decode_number(ColumnType::Text, "1", cell)).is_err());
        assert!(read(|cell| decode_text(ColumnType::I32, "1", cell)).is_err());
        assert!(read(|cell| decode_bool(ColumnType::I32, true, cell)).is_err());
        assert!(read(|cell| decode_text(ColumnType::Bytes, "***", cell)).is_err());
    }

    #[test]
    fn bytes_times_and_quotes() {
        assert_eq!(json(ColumnType::Bytes, &Value::Blob(vec![1, 2, 3, 4])), r#""AQIDBA==""#);
        let time = Value::of(&"09:52:35.321".parse::<TimeOfDay>().unwrap()).unwrap();
        assert_eq!(json(ColumnType::TimeOfDay, &time), r#""09:52:35.321""#);
        assert_eq!(json(ColumnType::Text, &Value::Text("a\"\n".into())), r#""a\"\n""#);
    }
}
