//! `diff`: what changed, and what a store of the earlier version goes through.

use insta::assert_snapshot;
use serde_json::json;

use crate::world::{TODO, World};

/// The two versions side by side.
fn versions(before: &str, after: &str) -> World {
    let world = World::new();
    world.write("before.json", before);
    world.write("after.json", after);
    world
}

const DIFF: [&str; 3] = ["diff", "before.json", "after.json"];

#[test]
fn equal_documents_have_no_difference() {
    let world = versions(TODO, &TODO.replace("\n", "\n "));
    assert_eq!(world.printed(0, &DIFF), "no difference\n");
    let table = json!({
        "name": "todo", "result": "unchanged", "changes": [], "steps": [], "refusals": [], "refetches": false,
    });
    assert_eq!(world.json(0, &DIFF), json!({"equal": true, "refused": false, "tables": [table]}));
}

#[test]
fn what_the_store_follows_is_shown_as_sql() {
    let after = TODO
        .replace("\"complete\": {", "\"done\": { \"x-sync\": { \"was\": [\"complete\"] },")
        .replace("\"maxLength\": 80", "\"maxLength\": 40")
        .replace(
            "\"dueAt\": {",
            "\"rank\": { \"type\": [\"integer\", \"null\"] },\n    \"dueAt\": { \"x-sync\": { \"index\": true },",
        );
    let world = versions(TODO, &after);
    assert_snapshot!(world.printed(1, &DIFF));
    let object = world.json(1, &DIFF);
    assert_eq!((&object["equal"], &object["refused"]), (&json!(false), &json!(false)));
    let table = &object["tables"][0];
    assert_eq!((&table["result"], &table["refetches"]), (&json!("changed"), &json!(true)));
    assert_eq!(
        table["steps"][0],
        json!({
            "what": "column `complete` is renamed to `done`",
            "sql": ["ALTER TABLE \"todo\" RENAME COLUMN \"complete\" TO \"done\""],
        })
    );
}

#[test]
fn a_change_that_could_lose_values_is_refused_with_both_definitions() {
    let after =
        TODO.replace("{ \"type\": \"boolean\", \"default\": false }", "{ \"type\": \"number\", \"default\": 0 }");
    let world = versions(TODO, &after);
    assert_snapshot!(world.printed(1, &DIFF));
    let object = world.json(1, &DIFF);
    assert_eq!(object["refused"], true);
    let table = &object["tables"][0];
    assert_eq!(table["steps"], json!([]));
    assert_eq!(
        (&table["refusals"][0]["column"], &table["refusals"][0]["before"], &table["refusals"][0]["after"]),
        (&json!("complete"), &json!("bool, not optional"), &json!("f64, not optional"))
    );
}

#[test]
fn an_enum_that_refuses_texts_is_not_taken_for_text() {
    let after = TODO.replace("\"maxLength\": 80", "\"enum\": [\"a\", \"b\"]");
    let object = versions(TODO, &after).json(1, &DIFF);
    assert_eq!(object["refused"], true, "{object}");
    // The other way every text fits.
    let object = versions(&after, TODO).json(1, &DIFF);
    assert_eq!(object["refused"], false, "{object}");
}

#[test]
fn tables_come_and_go() {
    let setting =
        r#"{ "title": "Setting", "properties": { "id": { "type": "string" } }, "x-sync": { "local": true } }"#;
    let world = versions(TODO, setting);
    assert_snapshot!(world.printed(1, &DIFF));
    let object = world.json(1, &DIFF);
    let results: Vec<_> = object["tables"].as_array().unwrap().iter().map(|table| &table["result"]).collect();
    assert_eq!(results, ["added", "removed"]);
}

#[test]
fn what_the_store_does_not_know_is_a_difference_too() {
    for (before, after, expected) in [
        ("\"table\": \"todo\"", "\"table\": \"todo\", \"softDelete\": false", "soft delete was true, is false"),
        ("\"table\": \"todo\"", "\"table\": \"todo\", \"route\": \"api/todo\"", "route was not given, is \"api/todo\""),
        ("\"title\": \"TodoItem\"", "\"title\": \"Todo\"", "struct was \"TodoItem\", is \"Todo\""),
        ("\"maxLength\": 80", "\"minLength\": 2", "column `title`: maxLength was 80, is not given"),
        ("\"default\": false", "\"default\": true", "column `complete`: default was false, is true"),
    ] {
        let object = versions(TODO, &TODO.replace(before, after)).json(1, &DIFF);
        let changes = object["tables"][0]["changes"].as_array().unwrap();
        assert!(changes.iter().any(|change| change == expected), "{expected}: {changes:?}");
    }
    // A type inside a JSON column is part of the code alone.
    let with = |member: &str| {
        let column = format!(
            "\"dueAt\": {{ \"type\": \"object\", \"title\": \"Due\", \"properties\": {{ \"{member}\": {{ \"type\": \"string\" }} }} }}"
        );
        TODO.replace("\"dueAt\": { \"type\": [\"string\", \"null\"], \"format\": \"date-time\" }", &column)
    };
    let object = versions(&with("a"), &with("b")).json(1, &DIFF);
    assert_eq!(object["tables"][0]["result"], "changed", "{object}");
    assert_eq!(object["tables"][0]["steps"], json!([]));
}

#[test]
fn an_invalid_version_is_no_difference() {
    let world = versions(TODO, "{");
    assert!(world.refused(3, &DIFF).contains("after.json"));
    assert!(
        world
            .refused(3, &["diff", "before.json", "missing.json"])
            .contains("missing.json: no such folder, file or glob")
    );
}
