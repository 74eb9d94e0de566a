//! What each mistake in a document says: file, line, column, excerpt, code and help, as snapshots.

// What is outside a test function here is still only run by one.
#![allow(clippy::unwrap_used)]

use std::fs;

use insta::assert_snapshot;
use synctable_codegen::document::Documents;

/// The mistakes of a document.
fn mistakes(text: &str) -> String {
    let error = Documents::parse("table.json", text).map(drop).expect_err("the document has mistakes");
    for mistake in error.mistakes() {
        assert!(mistake.code() != "invalid" && mistake.help().is_some(), "{mistake}");
    }
    error.to_string()
}

/// The mistakes of a table with an id and these columns, at the places of their own text.
fn in_columns(columns: &str) -> String {
    mistakes(&format!(
        "{{\n  \"title\": \"Todo\",\n  \"properties\": {{\n    \"id\": {{ \"type\": \"string\" }},\n    {columns}\n  }}\n}}\n"
    ))
}

/// The mistakes of a table with an id and a title, at the places of `x-sync`.
fn in_table(sync: &str) -> String {
    mistakes(&format!(
        "{{\n  \"title\": \"Todo\",\n  \"properties\": {{ \"id\": {{ \"type\": \"string\" }}, \"title\": {{ \"type\": \"string\" }} }},\n  \
         \"x-sync\": {sync}\n}}\n"
    ))
}

#[test]
fn what_is_no_json() {
    assert_snapshot!(mistakes("{\n  \"title\": \"Todo\",\n  \"properties\": { \"id\": { \"type\" \"string\" } }\n}\n"));
    assert_snapshot!(mistakes(""));
    assert_snapshot!(mistakes("<!DOCTYPE html>\n<html></html>"));
    assert_snapshot!(mistakes("[]"));
    assert_snapshot!(mistakes(
        "{ \"title\": \"Todo\", \"properties\": { \"id\": {}, \"id\": { \"type\": \"string\" } } }"
    ));
    // Deeper than any reader goes.
    let deep = format!("{{\"title\": {}{}}}", "[".repeat(200), "]".repeat(200));
    assert!(mistakes(&deep).contains("recursion limit"), "{}", mistakes(&deep));
}

#[test]
fn names_and_forms_of_a_table() {
    assert_snapshot!(mistakes("{ \"title\": \"Todo\" }"));
    assert_snapshot!(mistakes("{ \"title\": \"2 do\", \"properties\": { \"id\": { \"type\": \"string\" } } }"));
    assert_snapshot!(mistakes(
        "{ \"title\": \"Todo\", \"type\": \"array\", \"properties\": { \"id\": { \"type\": \"string\" } } }"
    ));
    assert_snapshot!(mistakes("{ \"title\": \"Todo\", \"properties\": { \"title\": { \"type\": \"string\" } } }"));
    assert_snapshot!(mistakes(
        "{ \"title\": \"Option\", \"properties\": { \"id\": { \"type\": \"string\" } }, \"required\": [\"idd\"] }"
    ));
}

#[test]
fn keywords_of_a_table() {
    assert_snapshot!(in_table(r#"{ "tabel": "todo", "colour": 1, "local": "yes", "narrow": true }"#));
    assert_snapshot!(in_table(r#"{ "table": "__todo", "route": "/a//b" }"#));
    assert_snapshot!(in_table(r#"{ "local": true, "route": "api/todo", "keepDeleted": true, "softDelete": false }"#));
    assert_snapshot!(in_table(r#"{ "onInsert": { "title": 1, "x": null, "version": "a", "no name": 1 } }"#));
    assert_snapshot!(in_table(r#"{ "subsets": { "todo title": [], "Part": ["id", "id", "titel"] } }"#));
}

#[test]
fn keywords_of_a_column() {
    assert_snapshot!(in_columns(r#""a": { "type": "string", "x-sync": { "indx": true, "name": "A b" } }"#));
    assert_snapshot!(in_columns(r#""a": { "tpye": "string" }, "b": { "type": "text" }"#));
    assert_snapshot!(in_columns(r#""a": { "type": 1 }, "b": { "maxLength": "long" }, "c": false, "d": 7"#));
    assert_snapshot!(in_columns(
        r#""a": { "type": "number", "format": "decimal", "x-sync": { "index": true, "merge": "most" } }"#
    ));
    assert_snapshot!(in_columns(
        r#""a": { "type": "integer", "x-sync": { "references": "todo", "local": true } }, "b": { "x-sync": { "merge": "sum", "local": true } }"#
    ));
    assert_snapshot!(in_columns(r#""version": { "type": "string", "x-sync": { "index": true, "was": ["v"] } }"#));
    assert_snapshot!(in_columns(
        r#""a": { "type": "string", "x-sync": { "other": "Rest", "was": ["b"] } }, "b": { "type": "string" }"#
    ));
}

#[test]
fn names_of_columns() {
    assert_snapshot!(in_columns(
        r#""a b": { "type": "string" }, "__c": { "type": "string" }, "2nd": { "type": "string" }"#
    ));
    assert_snapshot!(in_columns(
        r#""dueAt": { "type": "string" }, "DUEAT": { "type": "string" }, "due_at": { "type": "string" }"#
    ));
    assert_snapshot!(in_columns(r#""self": { "type": "string" }, "Version": { "type": "string" }"#));
}

#[test]
fn types_and_references() {
    assert_snapshot!(in_columns(
        r##""a": { "$ref": "#/$defs/Ratng" }, "b": { "$ref": "https://example.org/a.json" }, "c": { "$ref": "b.json" }"##
    ));
    assert_snapshot!(mistakes(
        r##"{
  "title": "Todo",
  "properties": { "id": { "type": "string" }, "a": { "$ref": "#/$defs/A" }, "c": { "$ref": "#/$defs/C" } },
  "$defs": {
    "A": { "$ref": "#/$defs/B" },
    "B": { "$ref": "#/$defs/A" },
    "C": { "type": "object", "properties": { "inner": { "$ref": "#/$defs/C" } } }
  }
}
"##
    ));
    assert_snapshot!(in_columns(
        r#""a": { "enum": [] }, "b": { "enum": [1, "x"] }, "c": { "enum": ["+"] }, "d": { "enum": ["x", "X"] }"#
    ));
    assert_snapshot!(in_columns(r#""a": { "enum": ["x", "x"] }"#));
    assert_snapshot!(mistakes("{ \"title\": \"Todo\", \"properties\": { \"id\": { \"type\": \"integer\" } } }"));
    assert_snapshot!(in_columns(r#""job": { "type": "string", "x-sync": { "references": "tod" } }"#));
}

#[test]
fn limits_and_defaults() {
    assert_snapshot!(in_columns(
        r#""a": { "type": "string", "minLength": 5, "maxLength": 1, "minimum": 1 }, "b": { "type": "integer", "maxLength": 1 }"#
    ));
    assert_snapshot!(in_columns(r#""a": { "type": ["string", "null"], "format": "version", "default": "v" }"#));
    assert_snapshot!(in_columns(r#""a": { "type": "integer", "minimum": 5, "maximum": 1, "multipleOf": 0 }"#));
    assert_snapshot!(in_columns(
        r#""a": { "type": "integer", "format": "int32", "default": 3000000000 }, "b": { "type": "boolean", "default": "yes" }, "c": { "enum": ["x"], "default": "y" }, "d": { "type": "string", "format": "date", "default": "tomorrow" }"#
    ));
}

#[test]
fn limits_and_defaults_beyond_the_width_of_a_type() {
    assert_snapshot!(in_columns(
        r#""a": { "type": "integer", "format": "int8", "default": -129, "minimum": 0.5 },
    "b": { "type": "integer", "format": "uint8", "default": 256, "maximum": -1 },
    "c": { "type": "integer", "format": "int16", "default": 32768 },
    "d": { "type": "integer", "format": "uint16", "default": -1 },
    "e": { "type": "integer", "format": "uint32", "default": 4294967296 },
    "f": { "type": "number", "format": "float", "default": 1e39 },
    "g": { "type": "string", "format": "char", "default": "ab", "x-sync": { "merge": "sum" } },
    "h": { "type": "string", "format": "char", "minLength": 1, "maxLength": 1, "default": "h" },
    "i": { "type": "integer", "format": "uint8", "minimum": -5, "maximum": 300 }"#
    ));
}

#[test]
fn mistakes_of_all_files_come_out_in_one_run() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("types")).unwrap();
    for (name, text) in [
        (
            "a.json",
            r##"{ "title": "Todo", "properties": { "id": { "type": "string" }, "kind": { "$ref": "types/kinds.json#/$defs/Kind" } } }"##,
        ),
        (
            "b.json",
            r#"{ "title": "Todo", "properties": { "id": { "type": "string" } }, "x-sync": { "table": "TODO" } }"#,
        ),
        ("c.json", r#"{ "properties": "#),
        ("types/kinds.json", r#"{ "$defs": { "Kind": { "type": "strng" } } }"#),
    ] {
        fs::write(folder.path().join(name), text).unwrap();
    }
    let error = Documents::find([folder.path()]).unwrap_err();
    let mistakes: Vec<_> = error
        .mistakes()
        .iter()
        .map(|mistake| {
            let path = mistake.path().strip_prefix(folder.path()).unwrap();
            format!("{}:{}:{} {}", path.display(), mistake.line(), mistake.column(), mistake.code())
        })
        .collect();
    assert_snapshot!(mistakes.join("\n"));
}

#[test]
fn a_line_that_is_very_long_is_shown_around_the_place() {
    let padding = "x".repeat(5_000);
    let text = format!(
        "{{ \"title\": \"Todo\", \"description\": \"{padding}\", \"properties\": {{ \"id\": {{ \"type\": \"strin\" }} }} }}"
    );
    assert_snapshot!(mistakes(&text));
}

#[test]
fn a_plain_schema_has_no_mistakes() {
    // What schemars makes of a struct with an enum, an option, a nested struct and a map.
    let text = r##"{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "title": "Plain",
  "description": "An ordinary struct.",
  "type": "object",
  "properties": {
    "id": { "type": "string" },
    "count": { "type": "integer", "format": "uint32", "minimum": 0 },
    "level": { "type": "integer", "format": "uint8", "minimum": 0, "maximum": 255 },
    "ratio": { "type": "number", "format": "float" },
    "kind": { "$ref": "#/$defs/Kind" },
    "maybe": { "anyOf": [{ "$ref": "#/$defs/Kind" }, { "type": "null" }] },
    "at": { "type": ["string", "null"], "format": "date-time" },
    "inner": { "$ref": "#/$defs/Inner" },
    "map": { "type": "object", "additionalProperties": { "type": "integer", "format": "int32" } },
    "any": true,
    "pair": { "type": "array", "prefixItems": [{ "type": "string" }, { "type": "integer" }], "minItems": 2, "maxItems": 2 }
  },
  "required": ["id", "count", "level", "ratio", "kind", "inner", "map", "any", "pair"],
  "$defs": {
    "Inner": { "type": "object", "properties": { "x": { "type": "number" } }, "required": ["x"] },
    "Kind": { "oneOf": [{ "type": "string", "enum": ["A"] }, { "type": "string", "const": "B", "description": "The second." }] }
  }
}"##;
    let documents = Documents::parse("plain.json", text).unwrap();
    let columns: Vec<_> = documents.tables()[0]
        .columns()
        .iter()
        .map(|column| {
            format!("{} {:?}{}", column.rust_name(), column.kind(), if column.is_nullable() { "?" } else { "" })
        })
        .collect();
    assert_snapshot!(columns.join("\n"));
}

/// A document with every keyword, to be broken in many ways.
const WHOLE: [&str; 3] = [
    include_str!("cases/shared_attributes/job.json"),
    include_str!("cases/shared_json/table.json"),
    include_str!("cases/shared_values/table.json"),
];

#[test]
fn a_broken_document_is_told_and_never_panics() {
    let replacements =
        ["", "null", "true", "7", "-1e400", "\"\"", "\"$ref\"", "[]", "{}", "[[]]", "\u{1F600}", "\\", "\"", "{", "}"];
    let mut read = 0;
    for text in WHOLE {
        let marks: Vec<usize> =
            text.char_indices().filter(|(_, c)| "{}[]:,\"".contains(*c)).map(|(at, _)| at).collect();
        // Each span between two marks near each other is replaced by each of the texts.
        for (index, &start) in marks.iter().enumerate() {
            let Some(&end) = marks.get(index + 1 + index % 4) else { continue };
            let replacement = replacements[(index * 7 + start) % replacements.len()];
            let broken = format!("{}{replacement}{}", &text[..start], &text[end..]);
            if let Err(error) = Documents::parse("broken.json", broken) {
                for mistake in error.mistakes() {
                    assert!(mistake.text().get(mistake.range()).is_some(), "{mistake}");
                    assert!(!mistake.message().is_empty() && mistake.code() != "invalid", "{mistake}");
                    assert!(mistake.help().is_some_and(|help| !help.is_empty()), "{mistake}");
                }
                assert!(!error.mistakes().is_empty(), "{error}");
                let _ = error.to_string();
            } else {
                read += 1;
            }
        }
    }
    // Some are only annotations.
    assert!(read > 0);
}

#[test]
fn types_without_an_end() {
    // No object is on the way, so there is no struct that a list could hold.
    assert_snapshot!(mistakes(
        r##"{
  "title": "Todo",
  "properties": {
    "id": { "type": "string" },
    "list": { "$ref": "#/$defs/List" },
    "map": { "$ref": "#/$defs/Map" }
  },
  "$defs": {
    "List": { "type": "array", "items": { "$ref": "#/$defs/List" } },
    "Map": { "type": "object", "additionalProperties": { "$ref": "#/$defs/Map" } }
  }
}
"##
    ));
}

#[test]
fn types_deeper_than_any_json_text() {
    for deeper in ["\"items\": ", "\"properties\": { \"a\": "] {
        let end = if deeper.contains('{') { "}" } else { "" };
        let kind = if end.is_empty() { "array" } else { "object" };
        let types: String = (0..3000)
            .map(|index| {
                let next = index + 1;
                format!("\"D{index}\": {{ \"type\": \"{kind}\", {deeper}{{ \"$ref\": \"#/$defs/D{next}\" }}{end} }}, ")
            })
            .collect();
        let text = format!(
            "{{ \"title\": \"Todo\", \"properties\": {{ \"id\": {{ \"type\": \"string\" }}, \"a\": {{ \"$ref\": \"#/$defs/D0\" }} }}, \
             \"$defs\": {{ {types} \"D3000\": {{ \"type\": \"string\" }} }} }}"
        );
        let mistakes = mistakes(&text);
        assert!(mistakes.contains("the type is inside more than 100 others [depth]"), "{mistakes}");
    }
}

#[test]
fn defaults_that_have_only_the_look_of_a_value() {
    assert_snapshot!(in_columns(
        r#""day": { "type": "string", "format": "date", "default": "2023-02-29" },
    "time": { "type": "string", "format": "time", "default": "25:61:00" },
    "at": { "type": "string", "format": "date-time", "default": "2024-05-01T12:00:00Zzz" },
    "uuid": { "type": "string", "format": "uuid", "default": "00000000-0000-0000-0000-000000000000zz" },
    "sum": { "type": "string", "format": "decimal", "default": "+1." },
    "tags": { "type": "array", "items": { "type": "string" }, "default": [1] },
    "point": { "title": "Point", "properties": { "x": { "type": "number" } }, "required": ["x"], "default": {} }"#
    ));
}

#[test]
fn paths_of_the_app_that_are_none() {
    assert_snapshot!(in_columns(
        r#""a": { "type": "string", "x-sync": { "type": "not a path!" } },
    "b": { "type": "string", "x-sync": { "type": "&str" } },
    "c": { "type": "string", "x-sync": { "references": "crate::" } },
    "d": { "title": "D", "properties": { "e": { "type": "string", "x-sync": { "type": "1" } } } }"#
    ));
}

#[test]
fn our_own_keyword_misspelt() {
    assert_snapshot!(mistakes(
        r#"{
  "title": "Todo",
  "properties": { "id": { "type": "string" }, "a": { "type": "string", "sync": {}, "x-kind": 1, "x-order": 1 } },
  "x-snyc": { "table": "todo" }
}
"#
    ));
}

#[test]
fn a_type_is_not_named_as_the_struct_of_the_columns() {
    assert_snapshot!(in_columns(r#""a": { "title": "TodoColumns", "properties": { "b": { "type": "string" } } }"#));
}

#[test]
fn members_of_a_row_outside_of_its_properties() {
    assert_snapshot!(mistakes(
        r##"{
  "title": "Todo",
  "properties": { "id": { "type": "string" } },
  "oneOf": [{ "properties": { "kind": { "const": "a" } } }, { "$ref": "#/$defs/B" }],
  "allOf": [{ "$ref": "#/$defs/B" }],
  "anyOf": [{ "required": ["id"] }],
  "$defs": { "B": { "properties": { "b": true } } }
}
"##
    ));
}
