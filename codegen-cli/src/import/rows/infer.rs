//! The types of columns by the values of rows.

use std::collections::BTreeMap;

use serde_json::Value;
use synctable::{Date, TimeOfDay, Timestamp, Uuid};
use synctable_codegen::document::Member;

use crate::import::made::{Made, Presence, is_system, member, pascal};
use crate::live::{Class, JsonType, Row, ServerType, json_type};

/// What is known of a column beside the rows.
#[derive(Debug, Clone)]
pub(super) struct Hint {
    pub(super) server_type: Option<ServerType>,
    pub(super) nulls: Nulls,
}

/// Whether a row of the whole table has null in a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Nulls {
    None,
    Some,
    Unseen,
}

/// The names of the columns of rows, in their order.
pub(super) fn columns(rows: &[Row]) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for name in rows.iter().flat_map(|row| row.keys()) {
        if !names.contains(&name.as_str()) {
            names.push(name);
        }
    }
    names
}

/// Whether one of these rows has null in a column, or lacks it.
pub(super) fn has_null(rows: &[Row], column: &str) -> bool {
    rows.iter().any(|row| row.get(column).is_none_or(Value::is_null))
}

/// Makes the document of a table by its rows.
pub(super) fn document(table: &str, rows: &[Row], hints: &BTreeMap<String, Hint>) -> Made {
    let mut made = Made::new(table, &pascal(table));
    if rows.iter().any(|row| row.get("id").is_some_and(Value::is_number)) {
        made.note(Some("id"), "the server gives numbers: ids that a device makes would be replaced");
    }
    for name in columns(rows).into_iter().filter(|name| *name != "id" && !is_system(name)) {
        let values: Vec<&Value> =
            rows.iter().filter_map(|row| row.get(name)).filter(|value| !value.is_null()).collect();
        let hint = hints.get(name);
        let named = hint.and_then(|hint| hint.server_type.as_ref());
        let (mut column, note) = match named.and_then(of_server) {
            Some(column) => (column, None),
            None => of_values(&values),
        };
        if named.is_some_and(|named| named.class == Class::Other) {
            made.note(
                Some(name),
                "the server has a type of its own, such as an enum: which texts it takes is not seen",
            );
        }
        if let Some(note) = note {
            // The description goes where the next reader of the document is.
            column.description = Some(format!("{}.", capital(note)));
            made.note(Some(name), note);
        }
        let presence = match hint.map_or(Nulls::Unseen, |hint| hint.nulls) {
            Nulls::None => Presence::Always,
            Nulls::Some | Nulls::Unseen => Presence::Optional,
        };
        if hint.is_some_and(|hint| hint.nulls == Nulls::None) {
            made.note(Some(name), "no row has null in it: it becomes a column that is never null");
        }
        made.put(name, column, presence);
    }
    made
}

/// The schema of what a server names; `None` where that says too little.
fn of_server(named: &ServerType) -> Option<Member> {
    Some(match named.class {
        Class::Bool => member("boolean", None),
        Class::Int8 => member("integer", Some("int8")),
        Class::Int16 => member("integer", Some("int16")),
        Class::UInt8 => member("integer", Some("uint8")),
        Class::Int32 => member("integer", Some("int32")),
        Class::Int64 => member("integer", Some("int64")),
        Class::Integer => member("integer", None),
        Class::Single => member("number", Some("float")),
        Class::Double | Class::Floating => member("number", Some("double")),
        Class::Decimal => member("number", Some("decimal")),
        Class::Text => member("string", None),
        Class::Instant => member("string", Some("date-time")),
        Class::Date => member("string", Some("date")),
        Class::Time => member("string", Some("time")),
        Class::Guid => member("string", Some("uuid")),
        Class::Bytes => member("string", Some("byte")),
        Class::Json => Member::default(),
        Class::Other => return None,
    })
}

/// The schema that all values fit, and what they do not tell.
fn of_values(values: &[&Value]) -> (Member, Option<&'static str>) {
    let types: Vec<JsonType> = values.iter().map(|value| json_type(value)).collect();
    let all = |wanted: &[JsonType]| types.iter().all(|found| wanted.contains(found));
    if values.is_empty() {
        return (
            member("string", None),
            Some("every row that was read has null: the type was not seen, text stands in for it"),
        );
    }
    if all(&[JsonType::Bool]) {
        (member("boolean", None), None)
    } else if all(&[JsonType::Integer]) {
        (member("integer", None), Some("only whole numbers were seen: the server may take fractions too"))
    } else if all(&[JsonType::Integer, JsonType::Fraction]) {
        (member("number", None), None)
    } else if all(&[JsonType::Text]) {
        text(values)
    } else if all(&[JsonType::Object, JsonType::Array]) {
        (Member::default(), None)
    } else {
        (Member::default(), Some("values of several types were seen: it becomes any JSON"))
    }
}

/// Texts by their form. That all have one form is no proof: someone may write another tomorrow.
fn text(values: &[&Value]) -> (Member, Option<&'static str>) {
    let are = |form: fn(&str) -> bool| values.iter().all(|value| value.as_str().is_some_and(form));
    if are(|text| text.parse::<Timestamp>().is_ok()) {
        (member("string", Some("date-time")), None)
    } else if are(|text| text.parse::<Date>().is_ok()) {
        (member("string", Some("date")), Some("a date by the form of all texts that were seen"))
    } else if are(|text| text.parse::<TimeOfDay>().is_ok()) {
        (member("string", Some("time")), Some("a time of day by the form of all texts that were seen"))
    } else if are(|text| text.len() == 36 && Uuid::parse_str(text).is_ok()) {
        (member("string", Some("uuid")), Some("a UUID by the form of all texts that were seen"))
    } else {
        (member("string", None), None)
    }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().to_string() + chars.as_str()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(json: &str) -> Vec<Row> {
        serde_json::from_str(json).unwrap()
    }

    fn schema(values: &str) -> String {
        let values: Vec<Value> = serde_json::from_str(values).unwrap();
        let (member, note) = of_values(&values.iter().collect::<Vec<_>>());
        format!("{}{}", serde_json::to_string(&member).unwrap(), if note.is_some() { " noted" } else { "" })
    }

    #[test]
    fn values_tell_a_type_and_what_they_leave_open_is_noted() {
        for (values, expected) in [
            ("[]", r#"{"type":"string"} noted"#),
            ("[true,false]", r#"{"type":"boolean"}"#),
            ("[1,2]", r#"{"type":"integer"} noted"#),
            ("[1,2.5]", r#"{"type":"number"}"#),
            (r#"["2026-11-21T14:11:53.428Z"]"#, r#"{"type":"string","format":"date-time"}"#),
            (r#"["2026-11-21T14:11:53.428+00:00"]"#, r#"{"type":"string","format":"date-time"}"#),
            (r#"["2026-11-21"]"#, r#"{"type":"string","format":"date"} noted"#),
            (r#"["09:52:35.321"]"#, r#"{"type":"string","format":"time"} noted"#),
            (r#"["3f2504e0-4f89-11d3-9a0c-0305e82c3301"]"#, r#"{"type":"string","format":"uuid"} noted"#),
            (r#"["2026-11-21","soon"]"#, r#"{"type":"string"}"#),
            (r#"[{"a":1},[2]]"#, "{}"),
            (r#"[1,"one"]"#, "{} noted"),
        ] {
            assert_eq!(schema(values), expected, "{values}");
        }
    }

    #[test]
    fn a_document_says_what_was_not_seen() {
        let rows = rows(
            r#"[{"id":"a","title":"Milk","done":false,"count":1,"note":null,"deleted":false,"version":"MQ=="},
                {"id":"b","title":null,"done":true,"count":2,"note":null,"deleted":false,"version":"MQ=="}]"#,
        );
        let never = |column: &str| Hint {
            server_type: None,
            nulls: if has_null(&rows, column) { Nulls::Some } else { Nulls::None },
        };
        let hints = ["title", "done", "count", "note"].map(|name| (name.to_owned(), never(name))).into();
        let made = document("todo_item", &rows, &hints);
        assert_eq!(made.document.title.as_deref(), Some("TodoItem"));
        assert_eq!(made.document.required, ["id", "done", "count"]);
        let text = made.document.to_text();
        assert!(text.contains("Every row that was read has null"), "{text}");
        let parsed = synctable_codegen::document::Documents::parse("todo_item.json", text).unwrap();
        assert_eq!(parsed.tables()[0].columns().len(), 5);
        let of = |column: &str| made.notes.iter().filter(|note| note.column.as_deref() == Some(column)).count();
        assert_eq!((of("note"), of("count"), of("done"), of("title")), (1, 2, 1, 0), "{:?}", made.notes);
    }

    #[test]
    fn what_the_server_says_counts_more_than_the_form() {
        let rows = rows(r#"[{"id":"a","day":"2026-11-21","ratio":3,"state":"Open"}]"#);
        let hint = |name: &str| Hint { server_type: Some(ServerType::named(name)), nulls: Nulls::Unseen };
        let hints = [("day", "Edm.String"), ("ratio", "Edm.Double"), ("state", "App.State")]
            .map(|(column, name)| (column.to_owned(), hint(name)))
            .into();
        let made = document("thing", &rows, &hints);
        let schema = |name: &str| serde_json::to_string(&made.document.properties[name]).unwrap();
        assert_eq!(schema("day"), r#"{"type":["string","null"]}"#);
        assert_eq!(schema("ratio"), r#"{"type":["number","null"],"format":"double"}"#);
        assert!(schema("state").starts_with(r#"{"type":["string","null"]"#), "{}", schema("state"));
    }
}
