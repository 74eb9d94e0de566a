//! `ddl`: the SQL of a document is the SQL of the derived table.

use std::fs;
use std::path::Path;

use serde_json::json;

use crate::world::{TODO, World};

const TODO_SQL: &str = r#"CREATE TABLE "todo" (
  "id" TEXT PRIMARY KEY NOT NULL,
  "title" TEXT NOT NULL DEFAULT '',
  "complete" INTEGER NOT NULL DEFAULT 0,
  "dueAt" INTEGER,
  "__version" TEXT,
  "__updated_at" INTEGER,
  "__created_at" INTEGER,
  "__replaced" TEXT,
  "__op" INTEGER
) STRICT;
"#;

#[test]
fn the_text_is_that_of_the_store() {
    let world = World::with(&[
        ("todo_item.json", TODO),
        (
            "setting.json",
            r#"{ "title": "Setting", "properties": { "id": { "type": "string" } }, "x-sync": { "local": true } }"#,
        ),
    ]);
    let setting = "CREATE TABLE \"setting\" (\n  \"id\" TEXT PRIMARY KEY NOT NULL\n) STRICT;\n";
    assert_eq!(world.printed(0, &["ddl"]), format!("{setting}\n{TODO_SQL}"));
    let expected = json!({"tables": [{"name": "setting", "sql": setting}, {"name": "todo", "sql": TODO_SQL}]});
    assert_eq!(world.json(0, &["ddl"]), expected);
}

/// `expected.sql` is what the runtime says of the derived tables; a test of the generator holds it to that.
#[test]
fn documents_give_the_tables_that_derives_give() {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("../codegen/tests/cases");
    let mut compared = 0;
    for case in fs::read_dir(cases).unwrap().map(|entry| entry.unwrap().path()) {
        let is_shared = fs::read_dir(&case).unwrap().any(|file| {
            let path = file.unwrap().path();
            path.extension().is_some_and(|ending| ending == "json")
        });
        if is_shared {
            let sql = World::new().printed(0, &["ddl", case.to_str().unwrap()]);
            let expected = fs::read_to_string(case.join("expected.sql")).unwrap();
            assert_eq!(sql.replace("\n\n", "\n"), expected, "{}", case.display());
            compared += 1;
        }
    }
    assert!(compared >= 4, "only {compared} cases have documents");
}

#[test]
fn defaults_of_every_kind_are_stored_as_the_types_store_them() {
    let default = |name: &str, schema: &str| format!("\"{name}\": {{ {schema} }}");
    let columns = [
        default("a", r#""type": "integer", "format": "int64", "default": -7"#),
        default("b", r#""type": "number", "default": 0.1"#),
        default("c", r#""type": "number", "format": "decimal", "default": 12.50"#),
        default("d", r#""type": "string", "format": "date-time", "default": "2024-05-01T12:00:00Z""#),
        default("e", r#""type": "string", "format": "date", "default": "2024-02-29""#),
        default("f", r#""type": "string", "format": "time", "default": "12:30:00""#),
        default("g", r#""type": "string", "format": "uuid", "default": "0190D2A5-9C8E-7AAA-8BBB-0123456789AB""#),
        default("h", r#""type": "string", "default": "it's""#),
        default("i", r#""type": "array", "items": { "type": "integer" }, "default": [1, 2]"#),
        default("j", r#""type": "string", "enum": ["x", "y"], "default": "y""#),
        default("k", r#""type": "string", "format": "byte", "default": """#),
    ];
    let document = format!(
        r#"{{ "title": "T", "properties": {{ "id": {{ "type": "string" }}, {} }}, "x-sync": {{ "local": true }} }}"#,
        columns.join(", ")
    );
    let sql = World::with(&[("t.json", &document)]).printed(0, &["ddl"]);
    let defaults: Vec<_> = sql
        .lines()
        .filter_map(|line| line.split_once(" DEFAULT "))
        .map(|(_, text)| text.trim_end_matches(','))
        .collect();
    assert_eq!(
        defaults,
        [
            "-7",
            "0.1",
            "'12.5'",
            "17145648000000000",
            "'2024-02-29'",
            "'12:30:00.0000000'",
            "'0190d2a5-9c8e-7aaa-8bbb-0123456789ab'",
            "'it''s'",
            "'[1,2]'",
            "'y'",
            "x''",
        ],
        "{sql}"
    );
}

#[test]
fn a_default_that_no_value_is_of_is_refused() {
    let document = TODO.replace(r#""format": "date-time""#, r#""format": "date", "default": "2024-02-30""#);
    let message = World::with(&[("t.json", &document)]).refused(3, &["ddl"]);
    assert!(message.contains("the default \"2024-02-30\" is no date such as"), "{message}");
}
