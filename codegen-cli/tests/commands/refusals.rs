//! Bad input: a clear error each, and nothing half-written.

use std::fs;
use std::process::Stdio;

use crate::world::{TODO, World};

#[test]
fn inputs_that_name_nothing_are_told() {
    let world = World::new();
    fs::create_dir(world.path("empty")).unwrap();
    for (input, expected) in [
        ("schemas", "schemas: no such folder, file or glob"),
        ("empty", "empty: no table document (`*.json`) in this folder"),
        ("empty/*.json", "`empty/*.json` matches no table document"),
        ("a[", "`a[` is no glob"),
    ] {
        let message = world.refused(3, &["check", input]);
        assert!(message.starts_with("error: ") && message.contains(expected), "{input}: {message}");
    }
    assert!(world.refused(3, &["check"]).contains("schemas: no such folder"), "the default is `schemas`");
    let error: serde_json::Value = serde_json::from_str(&world.refused(3, &["check", "x", "--json"])).unwrap();
    assert_eq!(error["error"]["message"], "x: no such folder, file or glob of table documents");
}

#[test]
fn documents_that_are_none_are_told() {
    let huge = format!("{{\"title\": \"{}\"}}", "x".repeat(10 * 1024 * 1024));
    let loops = r##"{ "title": "T", "properties": { "id": { "type": "string" }, "a": { "$ref": "#/$defs/A" } },
        "$defs": { "A": { "$ref": "#/$defs/B" }, "B": { "$ref": "#/$defs/A" } } }"##;
    for (text, expected) in [
        (huge.as_str(), "10 MiB"),
        ("", "no JSON"),
        ("<!DOCTYPE html><html></html>", "no JSON"),
        ("[1]", "object"),
        (loops, "comes back to itself"),
        ("{\"title\": \"T\", \"properties\": {\"type\": {}, \"id\": {}, \"type\": {}}}", "stands twice"),
        ("{\"title\": \"fn\", \"properties\": {\"title\": {\"type\": \"string\"}}}", "id"),
    ] {
        let message = World::with(&[("t.json", text)]).refused(3, &["generate", "--out", "tables.rs"]);
        assert!(message.contains(expected) && message.contains("t.json"), "{expected}: {message}");
        assert!(message.len() < 4_000, "{} bytes", message.len());
    }
    let world = World::new();
    fs::create_dir(world.path("schemas")).unwrap();
    fs::write(world.path("schemas/t.json"), b"{\"title\": \"\xff\"}").unwrap();
    assert!(world.refused(3, &["check"]).contains("UTF-8"));
}

#[test]
fn two_tables_of_one_name_are_told() {
    let message = World::with(&[("a.json", TODO), ("b.json", TODO)]).refused(3, &["check"]);
    assert!(message.contains("schemas/a.json") && message.contains("schemas/b.json"), "{message}");
}

#[test]
fn output_that_cannot_be_written_is_told_and_none_is_left() {
    let world = World::with(&[("todo_item.json", TODO)]);
    world.write("file", "");
    fs::create_dir_all(world.path("folder.rs/in")).unwrap();
    for arguments in [
        &["generate", "--out", "file/tables.rs"][..],
        &["generate", "--out", "folder.rs"],
        &["generate", "--out", "file/tables.rs", "--check"],
        &["schema", "--out", "file/schema.json"],
        &["schema", "--out", "folder.rs"],
        &["new", "A", "--out", "file"],
        &["man", "--out", "file"],
    ] {
        let message = world.refused(3, arguments);
        assert!(
            message.starts_with("error: file") || message.starts_with("error: folder.rs"),
            "{arguments:?}: {message}"
        );
        assert!(message.contains(": cannot "), "{arguments:?}: {message}");
    }
}

#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    let world = World::with(&[("todo_item.json", TODO)]);
    for (arguments, code) in [
        (&["ddl"][..], 0),
        (&["completions", "bash"], 0),
        (&["schema", "--json"], 0),
        (&["man"], 0),
        (&["check", "--json"], 0),
        (&["generate", "--out", "none.rs", "--check"], 1),
    ] {
        // The reading end is gone before the program writes.
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let child = world.command(arguments).stdout(writer).stderr(Stdio::piped()).spawn().unwrap();
        let ended = child.wait_with_output().unwrap();
        let err = String::from_utf8(ended.stderr).unwrap();
        assert_eq!((ended.status.code(), err.as_str()), (Some(code), ""), "{arguments:?}");
    }
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut gone = world.command(&["check", "missing"]);
    assert_eq!(gone.stdout(Stdio::null()).stderr(writer).status().unwrap().code(), Some(3));
}
