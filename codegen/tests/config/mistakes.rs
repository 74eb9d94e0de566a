//! Mistakes of several files, files that are no documents, and names that Rust has not.

use std::fs;

use serde_json::{Value, json};
use synctable_codegen::{Error, configure};

use super::{document, folder, text, with_columns};

fn error(files: &[(&str, String)]) -> Error {
    text(&configure(), &folder(files)).unwrap_err()
}

/// File name, line and code of each mistake.
fn mistakes(error: &Error) -> Vec<(String, usize, &'static str)> {
    let name = |path: &std::path::Path| path.file_name().unwrap().to_str().unwrap().to_owned();
    error.mistakes().iter().map(|mistake| (name(mistake.path()), mistake.line(), mistake.code())).collect()
}

#[test]
fn mistakes_of_all_files_come_out_in_one_run() {
    let error = error(&[
        ("a.json", "{\n  \"properties\": {\n".to_owned()),
        ("b.json", document("Bee").replace("\"type\":\"object\"", "\"type\":\"array\"")),
        ("c.json", document("Cow").replace("\"text\":{\"type\":\"string\"}", "\"text\":\n{\"type\":\"strin\"}")),
        ("d.json", document("Dog")),
    ]);
    assert_eq!(
        mistakes(&error),
        [("a.json".into(), 3, "json"), ("b.json".into(), 1, "type"), ("c.json".into(), 2, "type")]
    );
    let report = error.to_string();
    assert!(report.starts_with("3 mistakes in 3 table documents\n"), "{report}");
    assert!(report.contains("= help: did you mean `string`?"), "{report}");
}

#[test]
fn files_that_are_no_documents_are_mistakes_beside_others() {
    let schemas = folder(&[("b.json", "{".to_owned())]);
    let file = fs::File::create(schemas.path().join("a.json")).unwrap();
    file.set_len(10 * 1024 * 1024 + 1).unwrap();
    fs::write(schemas.path().join("c.json"), b"{ \"title\": \"\xff\" }").unwrap();
    fs::write(schemas.path().join("d.json"), "").unwrap();
    let error = text(&configure(), &schemas).unwrap_err();
    assert_eq!(
        mistakes(&error).iter().map(|(file, _, code)| (file.as_str(), *code)).collect::<Vec<_>>(),
        [("a.json", "too-large"), ("b.json", "json"), ("c.json", "utf-8"), ("d.json", "json")]
    );
    let report = error.to_string();
    assert!(report.contains("a.json:1:1: the document is larger than 10 MiB [too-large]\n  = help: "), "{report}");
    assert!(report.contains("c.json:1:1: no UTF-8 text: byte 12 is no character [utf-8]"), "{report}");
}

#[test]
fn a_document_of_ten_mebibytes_is_read() {
    let mut text = document("Ant");
    text.push_str(&" ".repeat(10 * 1024 * 1024 - text.len()));
    assert!(super::text(&configure(), &folder(&[("a.json", text.clone())])).is_ok());
    text.push(' ');
    assert_eq!(mistakes(&error(&[("a.json", text)]))[0].2, "too-large");
}

#[test]
fn a_target_of_a_reference_that_is_no_document_is_a_mistake_of_the_reference() {
    let refers = |to: &str| with_columns("Ant", &json!({ "a": { "$ref": to } }));
    for (target, said) in [("no.json", "cannot read"), ("folder", "cannot read"), ("latin.json", "no UTF-8")] {
        let schemas = folder(&[("a.json", refers(target)), ("folder/x", String::new())]);
        fs::write(schemas.path().join("latin.json"), b"\"\xff\"").unwrap();
        let error = configure().schemas(schemas.path().join("a.json")).generate().unwrap_err();
        assert_eq!(mistakes(&error), [("a.json".into(), 1, "ref")]);
        let report = error.to_string();
        assert!(report.contains(said) && report.contains(schemas.path().join(target).to_str().unwrap()), "{report}");
    }
}

#[test]
fn structs_of_one_name_in_two_files_are_a_mistake_that_shows_both() {
    let error = error(&[
        ("a.json", document("Ant").replace("\"type\":\"object\"", "\"x-sync\":{\"table\":\"one\"}")),
        ("b.json", document("Ant").replace("\"type\":\"object\"", "\"x-sync\":{\"table\":\"two\"}")),
    ]);
    assert_eq!(mistakes(&error), [("b.json".into(), 1, "duplicate-type")]);
    let (path, _, what) = error.mistakes()[0].related().unwrap();
    assert!(path.ends_with("a.json") && what.contains("the first one is here"), "{error}");
}

/// The code of a column, or the code of its one mistake.
fn column(name: &str, schema: &Value) -> Result<String, &'static str> {
    let schemas = folder(&[("a.json", with_columns("Ant", &json!({ name: schema })))]);
    text(&configure(), &schemas).map_err(|error| {
        assert_eq!(error.mistakes().len(), 1, "{error}");
        error.mistakes()[0].code()
    })
}

#[test]
fn keywords_are_names_and_what_is_no_identifier_is_a_mistake() {
    let text = json!({ "type": "string" });
    for keyword in ["type", "match", "async", "gen", "dyn", "try", "yield", "abstract", "union"] {
        let raw = if keyword == "union" { "pub union:".to_owned() } else { format!("pub r#{keyword}:") };
        assert!(column(keyword, &text).unwrap().contains(&raw), "{keyword}");
    }
    for name in ["self", "Self", "super", "crate", "_", "1st", "", "日-!"] {
        assert!(column(name, &text).is_err(), "{name}");
    }
    let named = json!({ "type": "string", "x-sync": { "name": "own" } });
    assert!(column("self", &named).unwrap().contains("pub own:"));
    let title = |title: &str| error(&[("a.json", document(title))]).mistakes()[0].code();
    assert_eq!([title("Self"), title("1st"), title("Option"), title("!")], ["title", "title", "type-name", "title"]);
}

#[test]
fn parts_of_types_have_names_and_each_its_own() {
    let object = |members: Value| json!({ "title": "Obj", "type": "object", "properties": members });
    let text = json!({ "type": "string" });
    assert!(column("a", &object(json!({ "type": text, "fn": text }))).unwrap().contains("pub r#fn: Option<String>"));
    for (members, code) in [
        (json!({ "dueAt": text, "due_at": text }), "duplicate-field"),
        (json!({ "otherMembers": text }), "duplicate-field"),
        (json!({ "self": text }), "field-name"),
        (json!({ "1": text }), "field-name"),
    ] {
        assert_eq!(column("a", &object(members.clone())).unwrap_err(), code, "{members}");
    }
    let closed = json!({ "type": "object", "properties": { "otherMembers": text }, "additionalProperties": false });
    assert!(column("a", &closed).is_ok());
    for (texts, code) in
        [(json!(["a b", "aB"]), "duplicate-variant"), (json!(["self"]), "variant"), (json!(["1"]), "variant")]
    {
        assert_eq!(column("a", &json!({ "enum": texts })).unwrap_err(), code, "{texts}");
    }
    let other = json!({ "enum": ["low", "other"], "x-sync": { "other": "Other" } });
    assert_eq!(column("a", &other).unwrap_err(), "duplicate-variant");
    let other = json!({ "enum": ["low"], "x-sync": { "other": "a b" } });
    assert_eq!(column("a", &other).unwrap_err(), "variant");
}
