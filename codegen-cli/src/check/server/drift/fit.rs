//! Whether the type of a column fits what the server has.

use serde_json::Value;
use synctable::wire::Dialect;
use synctable::{Date, Decimal, Id, TimeOfDay, Timestamp, Uuid};
use synctable_codegen::document::{Column, Kind};

use super::{Finding, row_name, said};
use crate::check::server::probe::{ColumnFacts, Facts};
use crate::live::{Class, JsonType, ServerType, json_type};

/// Whether the type fits.
#[derive(Debug)]
pub(super) enum Fit {
    Good,
    /// Nothing shows it.
    Unseen,
    Bad(Finding),
}

/// What the server says counts most; else the values of the rows that were read.
pub(super) fn column(column: &Column, known: &ColumnFacts, facts: &Facts) -> Fit {
    let kind = column.kind();
    if let Some(server) = &known.server_type {
        match named(kind, server) {
            Judgement::Fits => {}
            Judgement::Differs => {
                let message = format!("the document says {}, the server has {server}", said(kind));
                let help = "change `type` and `format` of the property to what the server has";
                return Fit::Bad(Finding::drift("type", message).help(help));
            }
            Judgement::Doubtful(why) => {
                let message = format!("the document says {}, the server has {server}: {why}", said(kind));
                return Fit::Bad(Finding::warning("type", message));
            }
        }
    }
    let values = || {
        facts.rows.iter().filter_map(|row| Some((row, row.get(column.wire_name()).filter(|value| !value.is_null())?)))
    };
    let wrong: Vec<_> = values().filter(|(_, value)| !holds(kind, value, facts.dialect)).collect();
    if let Some((row, value)) = wrong.first() {
        let found = found(kind, value);
        let message = format!(
            "the document says {}, but {} of the {} rows that were read hold something else, such as {} with {found}",
            said(kind),
            wrong.len(),
            facts.rows.len(),
            row_name(row)
        );
        let help = "change `type` and `format` of the property to what the server has";
        return Fit::Bad(Finding::drift("type", message).help(help));
    }
    if known.server_type.is_none()
        && kind == Kind::Text
        && values().count() > 1
        && values().all(|(_, value)| is_instant(value))
    {
        let message = "the document says text, and every row that was read holds an instant";
        return Fit::Bad(
            Finding::warning("type", message).help("if the server's column is a date, say `\"format\": \"date-time\"`"),
        );
    }
    match known.server_type.is_some() || values().next().is_some() {
        true => Fit::Good,
        false => Fit::Unseen,
    }
}

/// A row with a text that the enum of a column does not have.
pub(super) fn other_text(name: &str, texts: &[&str], facts: &Facts) -> Option<Finding> {
    let is_other = |value: &Value| value.as_str().is_some_and(|text| !texts.contains(&text));
    let row = facts.rows.iter().find(|row| row.get(name).is_some_and(is_other))?;
    let message = format!("{} holds a text that the enum of the document does not have", row_name(row));
    let help = "add it to `enum`, or name a variant for all others by `x-sync.other`: such rows are set aside when they are pulled";
    Some(Finding::drift("enum", message).help(help))
}

enum Judgement {
    Fits,
    /// Values go both ways, with a limit.
    Doubtful(&'static str),
    Differs,
}

/// Holds a kind against what the server names (protocol.md 6).
fn named(kind: Kind, server: &ServerType) -> Judgement {
    if kind.is_integer() {
        return integer(kind, server.class);
    }
    match (kind, server.class) {
        (Kind::Bool, Class::Bool)
        | (Kind::F32, Class::Single | Class::Floating)
        | (Kind::F64, Class::Double | Class::Floating)
        | (Kind::Decimal, Class::Decimal)
        | (Kind::Text, Class::Text | Class::Other)
        | (Kind::Id | Kind::Version | Kind::Char, Class::Text)
        | (Kind::Timestamp, Class::Instant)
        | (Kind::Date, Class::Date)
        | (Kind::TimeOfDay, Class::Time)
        | (Kind::Uuid, Class::Guid)
        | (Kind::Bytes, Class::Bytes)
        | (Kind::Json, Class::Json | Class::Other) => Judgement::Fits,
        (Kind::F32, Class::Double | Class::Decimal) => Judgement::Doubtful("digits beyond those of 32 bits are lost"),
        (Kind::F64, Class::Single) => Judgement::Doubtful("it keeps digits of 32 bits only"),
        (Kind::F64, Class::Decimal) => Judgement::Doubtful("digits beyond those of a double are lost"),
        (Kind::Decimal, Class::Single | Class::Double | Class::Floating) => {
            Judgement::Doubtful("it keeps digits of a double only")
        }
        (Kind::Id, Class::Guid) => Judgement::Doubtful("a filter on it is refused"),
        (Kind::Version, Class::Bytes) => Judgement::Fits,
        (Kind::Bytes | Kind::Uuid, Class::Text) => Judgement::Doubtful("it takes any text"),
        _ => Judgement::Differs,
    }
}

/// Holds a kind of integers against what the server names. Edm has no unsigned type but that of 8 bits:
/// the next wider one stands for the others.
fn integer(kind: Kind, class: Class) -> Judgement {
    match (kind, class) {
        (Kind::I8, Class::Int8)
        | (Kind::I16, Class::Int16)
        | (Kind::I32 | Kind::U16, Class::Int32)
        | (Kind::I64 | Kind::U32, Class::Int64)
        | (Kind::U8, Class::UInt8)
        | (_, Class::Integer) => return Judgement::Fits,
        _ => {}
    }
    match (kind.integer_limits(), class.integer_limits()) {
        (Some((_, most)), Some((_, most_there))) if most_there < most => match class {
            Class::Int32 => Judgement::Doubtful("it takes numbers of 32 bits only"),
            Class::Int16 => Judgement::Doubtful("it takes numbers of 16 bits only"),
            _ => Judgement::Doubtful("it takes numbers of 8 bits only"),
        },
        // What else would hold a number of 8 bits there is often an `int`.
        (Some(_), Some(_)) if matches!(class, Class::Int8 | Class::Int16 | Class::Int32 | Class::UInt8) => {
            Judgement::Doubtful("it has numbers that the column cannot hold")
        }
        _ => Judgement::Differs,
    }
}

/// Whether a constant of inserts fits what the server names.
pub(super) fn constant(value: &Value, server: &ServerType) -> bool {
    match (json_type(value), server.class) {
        (JsonType::Bool, class) => class == Class::Bool,
        (JsonType::Integer, class) => class.is_integer() || class.is_fraction() || class == Class::Other,
        (JsonType::Fraction, class) => class.is_fraction(),
        (JsonType::Text, class) => {
            let is_number = class.is_integer() || (class.is_fraction() && class != Class::Decimal);
            !(is_number || matches!(class, Class::Bool | Class::Json))
        }
        (JsonType::Null | JsonType::Array | JsonType::Object, _) => false,
    }
}

/// Whether a value is one of a kind's, in the forms that servers write.
fn holds(kind: Kind, value: &Value, dialect: Dialect) -> bool {
    let text = value.as_str();
    match kind {
        Kind::Bool => value.is_boolean(),
        kind if kind.is_integer() => {
            let holds =
                |(least, most): (i64, i64)| value.as_i64().is_some_and(|number| (least..=most).contains(&number));
            kind.integer_limits().is_some_and(holds)
        }
        Kind::F32 => value.is_number() && value.to_string().parse().is_ok_and(f32::is_finite),
        Kind::F64 => value.is_number(),
        Kind::Char => text.is_some_and(|text| text.chars().count() == 1),
        Kind::Decimal => value.is_number() || text.is_some_and(|text| text.parse::<Decimal>().is_ok()),
        Kind::Text | Kind::Version => value.is_string(),
        Kind::Id => text.is_some_and(|text| text.parse::<Id>().is_ok()),
        Kind::Timestamp => is_instant(value),
        Kind::Date => text.is_some_and(|text| text.parse::<Date>().is_ok()),
        Kind::TimeOfDay => text.is_some_and(|text| text.parse::<TimeOfDay>().is_ok()),
        Kind::Uuid => text.is_some_and(|text| Uuid::parse_str(text).is_ok()),
        Kind::Bytes => text.is_some_and(is_base64),
        // N2 has no nested values: they travel as text (protocol.md 6).
        Kind::Json if dialect == Dialect::NodeV2 => {
            text.is_some_and(|text| serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok())
        }
        _ => true,
    }
}

fn is_instant(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text.parse::<Timestamp>().is_ok())
}

fn is_base64(text: &str) -> bool {
    let digits = text.trim_end_matches('=');
    let known = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    text.len().is_multiple_of(4) && text.len() - digits.len() <= 2 && digits.bytes().all(known)
}

/// What a value is that is none of the kind's.
fn found(kind: Kind, value: &Value) -> String {
    match json_type(value) {
        JsonType::Text if kind != Kind::Bool && (kind == Kind::Decimal || !kind.is_number()) => {
            format!("text that is not {}", said(kind))
        }
        JsonType::Integer if kind.is_integer() && kind != Kind::I64 => {
            let is_negative = value.as_i64().is_some_and(i64::is_negative);
            if is_negative { "a lesser number" } else { "a greater number" }.to_owned()
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_are_held_against_the_width_that_the_server_names() {
        let of = |kind: Kind, name: &str| match named(kind, &ServerType::named(name)) {
            Judgement::Fits => "fits",
            Judgement::Doubtful(why) => why,
            Judgement::Differs => "differs",
        };
        let narrow = "it has numbers that the column cannot hold";
        for (kind, name, expected) in [
            (Kind::I8, "Edm.SByte", "fits"),
            (Kind::I16, "Edm.Int16", "fits"),
            (Kind::U8, "Edm.Byte", "fits"),
            (Kind::U16, "Edm.Int32", "fits"),
            (Kind::I32, "Edm.Int32", "fits"),
            (Kind::U32, "Edm.Int64", "fits"),
            (Kind::U8, "integer", "fits"),
            (Kind::I8, "Edm.Int32", narrow),
            (Kind::U8, "Edm.Int16", narrow),
            (Kind::I8, "Edm.Byte", narrow),
            (Kind::U8, "Edm.SByte", "it takes numbers of 8 bits only"),
            (Kind::I32, "Edm.Int16", "it takes numbers of 16 bits only"),
            (Kind::U32, "Edm.Int32", "it takes numbers of 32 bits only"),
            (Kind::I64, "Edm.Int32", "it takes numbers of 32 bits only"),
            (Kind::I32, "Edm.Int64", "differs"),
            (Kind::I8, "Edm.String", "differs"),
            (Kind::F32, "Edm.Single", "fits"),
            (Kind::F32, "double", "fits"),
            (Kind::F32, "Edm.Double", "digits beyond those of 32 bits are lost"),
            (Kind::F64, "Edm.Single", "it keeps digits of 32 bits only"),
            (Kind::F64, "Edm.Double", "fits"),
            (Kind::Char, "Edm.String", "fits"),
            (Kind::Char, "Edm.Int32", "differs"),
        ] {
            assert_eq!(of(kind, name), expected, "{kind:?} {name}");
        }
    }

    #[test]
    fn values_are_held_against_the_forms_that_servers_write() {
        let uuid = json!("3f2504e0-4f89-11d3-9a0c-0305e82c3301");
        for (kind, good, bad) in [
            (Kind::Bool, vec![json!(true)], vec![json!(1), json!("true")]),
            (Kind::I8, vec![json!(-128), json!(127)], vec![json!(-129), json!(128), json!(1.5)]),
            (Kind::I16, vec![json!(-32_768)], vec![json!(32_768)]),
            (Kind::U8, vec![json!(0), json!(255)], vec![json!(-1), json!(256)]),
            (Kind::U16, vec![json!(65_535)], vec![json!(-1), json!(65_536)]),
            (Kind::U32, vec![json!(u32::MAX)], vec![json!(-1), json!(4_294_967_296_i64)]),
            (Kind::F32, vec![json!(1), json!(0.1)], vec![json!(1e39), json!("1.5")]),
            (Kind::Char, vec![json!("ß"), json!("\0")], vec![json!(""), json!("ab"), json!(5)]),
            (Kind::I32, vec![json!(-5)], vec![json!(2_147_483_648_i64), json!(1.5), json!("1")]),
            (Kind::I64, vec![json!(2_147_483_648_i64)], vec![json!(1.5), json!(u64::MAX)]),
            (Kind::F64, vec![json!(1), json!(1.5)], vec![json!("1.5")]),
            (Kind::Decimal, vec![json!(1.5), json!("1.50")], vec![json!("much")]),
            (Kind::Text, vec![json!("")], vec![json!(1), json!({})]),
            (Kind::Id, vec![json!("a")], vec![json!(""), json!(1)]),
            (
                Kind::Timestamp,
                vec![json!("2026-11-21T14:11:53.428Z"), json!("2026-11-21T14:11:53+00:00")],
                vec![json!("soon"), json!(5)],
            ),
            (Kind::Date, vec![json!("2026-11-21")], vec![json!("2026-11-21T00:00:00Z")]),
            (Kind::TimeOfDay, vec![json!("09:52:35.321")], vec![json!("nine")]),
            (Kind::Uuid, vec![uuid], vec![json!("no uuid")]),
            (Kind::Bytes, vec![json!("AQIDBA=="), json!("")], vec![json!("AQI"), json!("A?==")]),
        ] {
            for dialect in Dialect::ALL {
                assert!(good.iter().all(|value| holds(kind, value, dialect)), "{kind:?} {good:?}");
                assert!(!bad.iter().any(|value| holds(kind, value, dialect)), "{kind:?} {bad:?}");
            }
        }
        let nested = json!({"a": 1});
        assert!(holds(Kind::Json, &nested, Dialect::Toolkit) && !holds(Kind::Json, &nested, Dialect::NodeV2));
        assert!(holds(Kind::Json, &json!("{\"a\":1}"), Dialect::NodeV2));
    }
}
