//! What a list holds, in every shape that servers send it.

use std::fmt;

use serde_json::Value;

use super::{Listing, Row};

/// Reads a list: an array, or an object with `items` or `results` (protocol.md 7.5).
pub(super) fn listing(text: &str) -> Result<Listing, String> {
    let body: Value = serde_json::from_str(text).map_err(|error| format!("the answer is no JSON, or cut: {error}"))?;
    let (rows, count) = match body {
        Value::Array(rows) => (rows, None),
        Value::Object(mut members) => {
            let count = members.get("count").and_then(Value::as_u64);
            match ["items", "results"].into_iter().find_map(|name| members.remove(name)) {
                Some(Value::Array(rows)) => (rows, count),
                _ => return Err("expected a list of rows, found an object without `items` or `results`".to_owned()),
            }
        }
        other => return Err(format!("expected a list of rows, found {}", json_type(&other))),
    };
    let rows: Result<Vec<Row>, String> = rows
        .into_iter()
        .map(|row| match row {
            Value::Object(members) => Ok(members),
            other => Err(format!("expected rows, found {}", json_type(&other))),
        })
        .collect();
    Ok(Listing { rows: rows?, count })
}

/// What kind of JSON a value is; values themselves are not shown, since they are someone's data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum JsonType {
    Null,
    Bool,
    Integer,
    Fraction,
    Text,
    Array,
    Object,
}

pub(crate) fn json_type(value: &Value) -> JsonType {
    match value {
        Value::Null => JsonType::Null,
        Value::Bool(_) => JsonType::Bool,
        Value::Number(number) if number.is_f64() => JsonType::Fraction,
        Value::Number(_) => JsonType::Integer,
        Value::String(_) => JsonType::Text,
        Value::Array(_) => JsonType::Array,
        Value::Object(_) => JsonType::Object,
    }
}

impl fmt::Display for JsonType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Null => "null",
            Self::Bool => "true or false",
            Self::Integer => "a whole number",
            Self::Fraction => "a number with a fraction",
            Self::Text => "text",
            Self::Array => "a list",
            Self::Object => "an object",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_have_three_shapes() {
        let read = |text: &str| listing(text).map(|listing| (listing.rows.len(), listing.count));
        assert_eq!(read(r#"[{"id":"a"}]"#), Ok((1, None)));
        assert_eq!(read(r#"{"results":[{"id":"a"}],"count":7}"#), Ok((1, Some(7))));
        assert_eq!(read(r#"{"items":[],"count":null,"nextLink":null}"#), Ok((0, None)));
        for (wrong, part) in [
            ("<html>", "no JSON"),
            (r#"{"value":[]}"#, "without `items`"),
            ("3.5", "found a number with a fraction"),
            ("[1]", "found a whole number"),
        ] {
            assert!(read(wrong).is_err_and(|message| message.contains(part)), "{wrong}");
        }
    }
}
