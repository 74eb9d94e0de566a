//! `schema`: what editors check documents by.

use std::path::Path;

use serde_json::{Value, json};

use crate::world::World;

#[test]
fn the_checked_in_schema_is_that_of_the_program() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../schemas/meta/table.schema.json");
    let checked_in = std::fs::read_to_string(path).unwrap();
    assert!(
        checked_in == World::new().printed(0, &["schema"]),
        "run `cargo run -p cargo-synctable -- schema --out schemas/meta/table.schema.json`"
    );
    let schema: Value = serde_json::from_str(&checked_in).unwrap();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    assert!(!schema["properties"]["x-sync"].is_null());
}

#[test]
fn it_is_written_to_a_file() {
    let world = World::new();
    assert_eq!(world.printed(0, &["schema", "--out", "a/b.json"]), "a/b.json: written\n");
    assert_eq!(world.read("a/b.json"), world.printed(0, &["schema", "--json"]));
    assert_eq!(world.json(0, &["schema", "--out", "a/b.json"]), json!({"file": "a/b.json", "result": "unchanged"}));
    assert_eq!(world.files(), ["a/b.json"]);
}
