//! `new`: a document to begin with, which is right as it is.

use serde_json::json;

use crate::world::World;

#[test]
fn a_new_document_has_no_mistakes_and_is_never_overwritten() {
    let world = World::new();
    let told = world.printed(0, &["new", "FieldNote"]);
    assert!(told.starts_with("schemas/field_note.json: written;"), "{told}");
    assert_eq!(world.files(), ["schemas/field_note.json"]);
    let text = world.read("schemas/field_note.json");
    assert!(text.contains("\"$comment\"") && text.contains("\"$schema\": \"meta/table.schema.json\""), "{text}");
    assert_eq!(world.printed(0, &["check"]), "fieldnote: FieldNote with 5 columns\n1 table, no mistakes\n");

    world.write("schemas/field_note.json", "mine");
    let message = world.refused(3, &["new", "field_note"]);
    assert_eq!(message, "error: schemas/field_note.json: this file is there already, and is not overwritten\n");
    assert_eq!(world.read("schemas/field_note.json"), "mine");

    let object = world.json(0, &["new", "movie", "--out", "other/place"]);
    assert_eq!(object, json!({"file": "other/place/movie.json", "table": "movie", "struct": "Movie"}));
}

#[test]
fn what_is_no_name_of_a_struct_is_a_mistake_of_usage() {
    let world = World::new();
    for name in ["../x", "a-b", "2x", "é", "", "_"] {
        let message = world.refused(2, &["new", name]);
        assert!(message.contains("is no name of a struct"), "{name}: {message}");
    }
    // A keyword is no name of a type either, and the reader knows it.
    let message = world.refused(3, &["new", "Self"]);
    assert!(message.contains("Self"), "{message}");
}
