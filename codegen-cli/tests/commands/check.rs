//! `check`: all mistakes of all documents in one run, each at its place.

use insta::assert_snapshot;
use serde_json::json;

use crate::world::{TODO, World};

const WRONG: [(&str, &str); 3] = [
    (
        "a.json",
        r#"{
  "title": "Alpha",
  "properties": {
    "id": { "type": "string" },
    "note": { "type": "string", "maxLenght": 3 },
    "fooBar": { "type": "integer" },
    "foo_bar": { "type": "integer" }
  },
  "required": ["id"]
}
"#,
    ),
    (
        "b.json",
        r##"{
  "title": "Beta",
  "properties": {
    "id": { "type": "string" },
    "kind": { "$ref": "#/$defs/Knid" },
    "type": { "type": "string" }
  },
  "required": ["id", "tpye"],
  "$defs": { "Kind": { "enum": ["a", "b"] } }
}
"##,
    ),
    ("c.json", "{ \"title\": \"Gamma\",\n  \"properties\": { \"id\": {\"type\": \"string\"} }\n"),
];

#[test]
fn documents_without_mistakes_are_listed() {
    let world = World::with(&[("todo_item.json", TODO)]);
    assert_eq!(world.printed(0, &["check"]), "todo: TodoItem with 4 columns\n1 table, no mistakes\n");
    assert_eq!(world.printed(0, &["synctable", "check", "schemas/todo_item.json"]), world.printed(0, &["check"]));
    let expected = json!({
        "tables": [{"name": "todo", "struct": "TodoItem", "columns": ["id", "title", "complete", "dueAt"]}],
        "files": ["schemas/todo_item.json"],
        "mistakes": [],
    });
    assert_eq!(world.json(0, &["check"]), expected);
}

#[test]
fn every_mistake_of_every_document_is_shown_at_its_place() {
    let world = World::with(&WRONG);
    let text = world.refused(3, &["check"]);
    assert_snapshot!(text);
    assert!(text.is_ascii(), "lines are drawn in ASCII where no terminal is");
    // Every command that reads documents shows the same.
    for other in [&["ddl"][..], &["generate", "--out", "tables.rs"], &["diff", "schemas", "schemas"]] {
        assert_eq!(world.refused(3, other), text, "{other:?}");
    }
}

#[test]
fn mistakes_are_data_too() {
    let world = World::with(&WRONG);
    let object = world.json(3, &["check"]);
    assert_eq!((&object["tables"], &object["files"]), (&json!([]), &json!([])));
    let mistakes = object["mistakes"].as_array().unwrap();
    assert_eq!(
        mistakes[0],
        json!({
            "file": "schemas/a.json", "line": 5, "column": 33, "bytes": [104, 115], "code": "unknown-keyword",
            "message": "unknown keyword `maxLenght`", "help": "did you mean `maxLength`?", "related": null,
        })
    );
    let text = World::with(&WRONG).refused(3, &["check"]);
    assert!(text.ends_with(&format!("{} mistakes in 3 files\n", mistakes.len())), "{text}");
    let related = mistakes.iter().find(|mistake| !mistake["related"].is_null()).unwrap();
    assert_eq!(related["related"]["file"], "schemas/a.json");
    // Of other commands they are the failure, and standard output stays empty.
    let error: serde_json::Value = serde_json::from_str(&world.refused(3, &["ddl", "--json"])).unwrap();
    assert_eq!(error["error"]["mistakes"], object["mistakes"]);
    assert_eq!(error["error"]["message"], format!("{} mistakes in 3 files", mistakes.len()));
}

#[test]
fn a_line_without_end_is_cut() {
    let start = r#"{"title":"T","properties":{"id":{"type":"string"},"a":{"type":"strng"},"#;
    let document = format!("{start}\"b\":{{\"description\":\"{}\"}}}}}}", "x".repeat(50_000));
    let text = World::with(&[("t.json", &document)]).refused(3, &["check"]);
    assert!(text.len() < 2_000 && text.contains("schemas/t.json:1:"), "{} bytes: {text}", text.len());
}

#[test]
fn a_terminal_obeys_nothing_of_a_document() {
    let document = "{ \"title\": \"T\u{1b}[2J\u{9b}2J\", \"properties\": {\n";
    let text = World::with(&[("t.json", document)]).refused(3, &["check"]);
    assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{text:?}");
}
