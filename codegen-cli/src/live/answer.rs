//! What a list holds, in every shape that servers send it.

use std::fmt;

use serde::Deserialize;
use serde_json::Value;

use super::{Listing, Row};

/// The object around the rows.
#[derive(Deserialize)]
struct Envelope {
    items: Option<Vec<Row>>,
    results: Option<Vec<Row>>,
    count: Option<Value>,
}

/// Reads a list: an array, or an object with `items` or `results` (protocol.md 7.5).
pub(super) fn listing(text: &str) -> Result<Listing, String> {
    let wrong = |error: serde_json::Error| match error.is_data() {
        true => format!("expected a list of rows: {error}"),
        false => format!("the answer is no JSON, or cut: {error}"),
    };
    if text.trim_start().starts_with('[') {
        let rows = serde_json::from_str(text).map_err(wrong)?;
        return Ok(Listing { rows, count: None });
    }
    let body: Envelope = serde_json::from_str(text).map_err(wrong)?;
    match body.items.or(body.results) {
        Some(rows) => Ok(Listing { rows, count: body.count.and_then(|count| count.as_u64()) }),
        None => Err("expected a list of rows, found an object without `items` or `results`".to_owned()),
    }
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
            ("3.5", "expected a list of rows"),
            ("[1]", "expected a list of rows"),
            (r#"[{"id":"a"}"#, "or cut"),
        ] {
            assert!(read(wrong).is_err_and(|message| message.contains(part)), "{wrong}");
        }
    }
}
