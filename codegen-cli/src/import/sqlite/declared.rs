//! Declared types of SQLite columns, which are free text, to schemas.

use serde_json::Value;
use synctable_codegen::document::Member;

use crate::import::made::member;

/// The schema of a declared type, and what it leaves open.
///
/// Names that say more than SQLite's five types are taken at their word, as ORMs write them.
pub(super) fn schema(sql_type: &str) -> (Member, Option<&'static str>) {
    let upper = sql_type.to_ascii_uppercase();
    let has = |part: &str| upper.contains(part);
    let (name, argument) = match upper.split_once('(') {
        Some((name, argument)) => (name.trim(), argument.trim_end_matches(')').trim().parse::<u64>().ok()),
        None => (upper.trim(), None),
    };
    if has("BOOL") || name == "BIT" {
        (member("boolean", None), None)
    } else if has("DATETIME") || has("TIMESTAMP") {
        (member("string", Some("date-time")), None)
    } else if name == "DATE" {
        (member("string", Some("date")), None)
    } else if name == "TIME" {
        (member("string", Some("time")), None)
    } else if has("UUID") || has("GUID") || has("UNIQUEIDENTIFIER") {
        (member("string", Some("uuid")), None)
    } else if has("JSON") {
        (Member::default(), None)
    } else if has("DEC") || has("NUMERIC") || has("MONEY") {
        (member("number", Some("decimal")), None)
    } else if has("SMALLINT") || has("TINYINT") || has("MEDIUMINT") || matches!(name, "INT2" | "INT4") {
        (member("integer", Some("int32")), None)
    } else if has("INT") {
        (member("integer", None), None)
    } else if has("CHAR") || has("CLOB") || has("TEXT") || has("STRING") {
        (Member { max_length: argument.filter(|length| *length > 0), ..member("string", None) }, None)
    } else if has("BLOB") || has("BINARY") {
        (member("string", Some("byte")), None)
    } else if has("REAL") || has("FLOA") || has("DOUB") {
        (member("number", None), None)
    } else {
        (Member::default(), Some("its declared type says nothing of its values: it becomes any JSON"))
    }
}

/// Whether values of a declared type are texts.
pub(super) fn is_text(sql_type: &str) -> bool {
    let (schema, _) = schema(sql_type);
    schema.types.is_some_and(|types| types.0 == ["string"]) && schema.format.as_deref() != Some("byte")
}

/// The value of a default's SQL text, if it is a constant of the column's type.
pub(super) fn default(text: &str, schema: &Member) -> Option<Value> {
    let types = schema.types.as_ref()?;
    let text = text.trim().trim_start_matches('(').trim_end_matches(')').trim();
    let quoted = || text.strip_prefix('\'')?.strip_suffix('\'').map(|inner| inner.replace("''", "'"));
    match (types.0.first()?.as_str(), schema.format.as_deref()) {
        ("boolean", _) => match text.to_ascii_lowercase().as_str() {
            "0" | "false" => Some(Value::Bool(false)),
            "1" | "true" => Some(Value::Bool(true)),
            _ => None,
        },
        ("integer", _) => text.parse::<i64>().ok().map(Value::from),
        ("number", None) => text.parse::<f64>().ok().filter(|number| number.is_finite()).map(Value::from),
        ("string", None) => quoted().map(Value::String),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_types_are_taken_at_their_word() {
        for (declared, expected) in [
            ("INTEGER", r#"{"type":"integer"}"#),
            ("smallint", r#"{"type":"integer","format":"int32"}"#),
            ("BIGINT", r#"{"type":"integer"}"#),
            ("BOOLEAN", r#"{"type":"boolean"}"#),
            ("VARCHAR(80)", r#"{"type":"string","maxLength":80}"#),
            ("NVARCHAR(MAX)", r#"{"type":"string"}"#),
            ("TEXT", r#"{"type":"string"}"#),
            ("DOUBLE PRECISION", r#"{"type":"number"}"#),
            ("DECIMAL(10,2)", r#"{"type":"number","format":"decimal"}"#),
            ("DATETIME", r#"{"type":"string","format":"date-time"}"#),
            ("DATE", r#"{"type":"string","format":"date"}"#),
            ("uniqueidentifier", r#"{"type":"string","format":"uuid"}"#),
            ("BLOB", r#"{"type":"string","format":"byte"}"#),
            ("JSON", "{}"),
            ("", "{}"),
        ] {
            assert_eq!(serde_json::to_string(&schema(declared).0).unwrap(), expected, "{declared}");
        }
        assert!(schema("").1.is_some());
    }

    #[test]
    fn only_constants_are_defaults() {
        let of = |text: &str, declared: &str| default(text, &schema(declared).0);
        assert_eq!(of("'it''s'", "TEXT"), Some("it's".into()));
        assert_eq!(of("(5)", "INTEGER"), Some(5.into()));
        assert_eq!(of("1", "BOOLEAN"), Some(true.into()));
        assert_eq!(of("1.5", "REAL"), Some(1.5.into()));
        for (text, declared) in
            [("CURRENT_TIMESTAMP", "DATETIME"), ("5", "TEXT"), ("NULL", "TEXT"), ("random()", "INTEGER")]
        {
            assert_eq!(of(text, declared), None, "{text}");
        }
    }
}
