//! `generate`: code is written whole, or compared.

use std::fs;

use insta::assert_snapshot;
use serde_json::json;

use crate::world::{TODO, World};

#[test]
fn code_is_what_a_build_script_writes_and_the_same_bytes_are_not_touched() {
    let world = World::with(&[("todo_item.json", TODO)]);
    assert_eq!(world.printed(0, &["generate", "--out", "src/tables.rs"]), "src/tables.rs: written\n");
    let expected = synctable_codegen::configure().schemas(world.path("schemas")).generate().unwrap();
    assert_eq!(world.read("src/tables.rs"), expected.text());
    let file = world.path("src/tables.rs");
    let before = fs::metadata(&file).unwrap().modified().unwrap();
    assert_eq!(world.printed(0, &["generate", "--out", "src/tables.rs"]), "src/tables.rs: unchanged\n");
    assert_eq!(fs::metadata(&file).unwrap().modified().unwrap(), before);
    assert_eq!(world.files(), ["schemas/todo_item.json", "src/tables.rs"]);
}

#[test]
fn a_difference_is_shown_and_nothing_written() {
    let world = World::with(&[("todo_item.json", TODO)]);
    world.printed(0, &["generate", "--out", "tables.rs"]);
    assert_eq!(world.printed(0, &["generate", "--check", "--out", "tables.rs"]), "tables.rs: unchanged\n");
    world.write("schemas/todo_item.json", &TODO.replace("\"maxLength\": 80", "\"maxLength\": 90"));
    let before = world.read("tables.rs");
    let diff = world.printed(1, &["generate", "--check", "--out", "tables.rs"]);
    assert_snapshot!(diff);
    assert_eq!(world.read("tables.rs"), before);
    let object = world.json(1, &["generate", "--check", "--out", "tables.rs"]);
    let inputs = json!(["schemas", "schemas/todo_item.json"]);
    assert_eq!(object, json!({"file": "tables.rs", "result": "different", "diff": diff, "inputs": inputs}));
    let object = world.json(0, &["generate", "--out", "tables.rs"]);
    assert_eq!(object, json!({"file": "tables.rs", "result": "written", "diff": null, "inputs": inputs}));
    let object = world.json(0, &["generate", "--out", "tables.rs", "--check"]);
    assert_eq!(object["result"], "unchanged");
    // A line end alone is a difference too: bytes are compared.
    world.write("tables.rs", world.read("tables.rs").trim_end());
    let diff = world.printed(1, &["generate", "--check", "--out", "tables.rs"]);
    assert!(diff.contains("\\ No newline at end of file"), "{diff}");
    // A file that is not there differs in every line.
    fs::remove_file(world.path("tables.rs")).unwrap();
    let diff = world.printed(1, &["generate", "--check", "--out", "tables.rs"]);
    assert!(diff.contains("@@ -0,0 +1,"), "{diff}");
    assert!(!world.path("tables.rs").exists());
}

#[test]
fn options_are_those_of_the_build_script() {
    let world = World::with(&[
        ("todo_item.json", TODO),
        (
            "place.json",
            r##"{
                "title": "Place",
                "properties": {
                    "id": { "type": "string" },
                    "at": { "$ref": "#/$defs/Point" },
                    "rating": { "$ref": "#/$defs/Rating" }
                },
                "required": ["id", "at", "rating"],
                "$defs": {
                    "Point": { "type": "object", "properties": { "x": { "type": "number" } } },
                    "Rating": { "type": "string", "enum": ["good", "bad"] }
                }
            }"##,
        ),
    ]);
    let options = [
        "generate",
        "schemas/*.json",
        "--out",
        "tables.rs",
        "--derive",
        "serde::Serialize",
        "--type-attribute",
        "Rating=#[non_exhaustive]",
        "--field-attribute",
        "TodoItem.title=#[serde(default)]",
        "--extern-type",
        "Point=crate::geo::Point",
        "--subset",
        "TodoTitle=TodoItem:id,title",
        "--runtime-path",
        "::other",
    ];
    world.printed(0, &options);
    let expected = synctable_codegen::configure()
        .derive("serde::Serialize")
        .type_attribute("Rating", "#[non_exhaustive]")
        .field_attribute("TodoItem.title", "#[serde(default)]")
        .extern_type("Point", "crate::geo::Point")
        .subset("TodoTitle", "TodoItem", ["id", "title"])
        .runtime_path("::other")
        .schemas(world.path("schemas"))
        .generate()
        .unwrap();
    assert_eq!(world.read("tables.rs"), expected.text());
    for part in ["struct TodoTitle", "#[non_exhaustive]", "crate::geo::Point", "serde::Serialize", "::other::Id"] {
        assert!(expected.text().contains(part), "{part}");
    }
}
