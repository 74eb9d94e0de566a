//! Files of other programs and of ours.

use synctable_codegen::document::{Documents, Kind};

use super::*;

fn file(sql: &str) -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.db");
    Connection::open(&path).unwrap().execute_batch(sql).unwrap();
    (folder, path)
}

fn parsed(made: &[Made]) -> Documents {
    Documents::parse_all(made.iter().map(|made| (made.file_name(), made.document.to_text()))).unwrap()
}

#[test]
fn tables_keys_defaults_and_indexes_become_documents() {
    let (_folder, path) = file(
        "CREATE TABLE jobs (id TEXT PRIMARY KEY, title VARCHAR(80) NOT NULL DEFAULT 'new', urgent BOOLEAN NOT NULL DEFAULT 0,
            made DATETIME DEFAULT CURRENT_TIMESTAMP, price DECIMAL(10,2), photo BLOB, parent TEXT REFERENCES jobs(id), version TEXT);
         CREATE INDEX jobs_title ON jobs (title);
         CREATE INDEX jobs_price ON jobs (price);
         CREATE TABLE parts (part_no INTEGER PRIMARY KEY, job TEXT NOT NULL REFERENCES jobs(id), \"unit price\" REAL, supplier INTEGER REFERENCES suppliers);
         CREATE TABLE suppliers (id INTEGER PRIMARY KEY, name TEXT);
         CREATE VIEW urgent AS SELECT * FROM jobs;
         CREATE VIRTUAL TABLE words USING fts5(body);
         CREATE TABLE __hidden (id TEXT);
         CREATE TABLE \"odd name\" (id TEXT);",
    );
    let (made, skipped) = tables(&path, &[]).unwrap();
    assert_eq!(made.iter().map(|made| made.table.as_str()).collect::<Vec<_>>(), ["jobs", "parts", "suppliers"]);
    assert!(skipped[0].contains("`odd name`"), "{skipped:?}");
    let documents = parsed(&made);
    let [jobs, parts, suppliers] = documents.tables() else { panic!("three tables") };
    let line = |table: &synctable_codegen::document::Table| -> Vec<String> {
        let columns = table.columns().iter().map(|column| {
            let optional = if column.is_nullable() { "?" } else { "" };
            let index = if column.is_indexed() { " index" } else { "" };
            let to = column.references().map(|to| format!(" -> {to}")).unwrap_or_default();
            let default = column.default().map(|default| format!(" = {default}")).unwrap_or_default();
            format!("{}{optional} {:?}{index}{to}{default}", column.wire_name(), column.kind())
        });
        columns.collect()
    };
    assert_eq!(
        line(jobs),
        [
            "id Id",
            "title Text index = \"new\"",
            "urgent Bool = false",
            "made? Timestamp",
            "price? Decimal",
            "photo? Bytes",
            "parent? Id -> jobs",
        ]
    );
    assert_eq!(line(parts), ["id Id", "part_no I64", "job Id -> jobs", "supplier? Id -> suppliers"]);
    assert_eq!(line(suppliers), ["id Id", "name? Text"]);
    let notes = |made: &Made| made.notes.iter().map(|note| note.column.clone().unwrap_or_default()).collect::<Vec<_>>();
    assert_eq!(notes(&made[0]), ["made", "version"]);
    assert_eq!(notes(&made[1]), ["id", "unit price", "supplier"]);
    assert_eq!(notes(&made[2]), ["id"]);

    let (one, _) = tables(&path, &["PARTS"]).unwrap();
    assert_eq!(parsed(&one).tables()[0].columns()[2].kind(), Kind::Id);
}

#[test]
fn what_is_no_database_is_refused() {
    let (folder, path) = file("CREATE TABLE jobs (id TEXT)");
    assert!(tables(&path, &["job"]).unwrap_err().contains("the tables are: jobs"));
    let text = folder.path().join("text");
    std::fs::write(&text, "not a database, though longer than a hundred bytes".repeat(4)).unwrap();
    assert!(tables(&text, &[]).unwrap_err().contains("cannot be read as an SQLite database"));
    assert!(tables(&folder.path().join("none"), &[]).unwrap_err().contains("no such file"));
    assert!(!folder.path().join("none").exists());
    let (_folder, empty) = file("");
    assert!(tables(&empty, &[]).is_err());
}
