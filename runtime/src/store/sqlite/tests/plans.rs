//! Plans against real files: what is decided from the definitions is what the file then is.

use super::*;
use crate::row::Row;
use crate::store::migration::{Change, migration_plan};
use crate::store::schema_text;
use crate::store::system::{FORMAT, Grave, Quarantined, key};
use crate::table::ColumnDef;
use crate::value::{ColumnValue as _, Date, Timestamp, Value};

const fn column<V: crate::value::ColumnValue>(name: &'static str) -> ColumnDef {
    ColumnDef::new::<V>(name, name)
}

static BEFORE: TableSchema = TableSchema::new(
    "thing",
    &[
        ColumnDef::id("id"),
        column::<String>("title").indexed(),
        column::<i32>("small"),
        column::<i32>("real"),
        column::<Date>("day"),
        column::<String>("must"),
        column::<i64>("gone"),
        column::<Option<bool>>("flag"),
    ],
);
static AFTER: TableSchema = TableSchema::new(
    "thing",
    &[
        ColumnDef::id("id"),
        column::<i64>("small"),
        column::<String>("label").was(&["name", "title"]).indexed(),
        column::<f64>("real").indexed(),
        column::<String>("day"),
        column::<Option<String>>("must"),
        column::<Option<bool>>("flag"),
        column::<String>("fresh").default_value(|cell| "new".to_owned().write(cell)),
    ],
);

fn row_of(schema: &'static TableSchema, id: &str) -> Row {
    let mut row = Row::new(schema);
    row.values = vec![
        text(id),
        text("t"),
        Value::Integer(i64::from(i32::MIN)),
        Value::Integer(i64::from(i32::MAX)),
        text("2026-01-31"),
        text("m"),
        Value::Integer(7),
        Value::Integer(1),
    ];
    row
}

async fn made(path: &Path) {
    let store = open(path, &[&BEFORE]).await;
    write(&store, |tx| {
        let at = Timestamp::from_millis(0).unwrap();
        tx.put_grave(&Grave { row: row_of(&BEFORE, "grave"), at }, at)?;
        ["a", "b"].into_iter().try_for_each(|id| tx.put_row(&stored(row_of(&BEFORE, id))))
    })
    .await;
}

fn texts(path: &Path, query: &str) -> Vec<String> {
    let conn = raw(path);
    let mut statement = conn.prepare(query).unwrap();
    statement.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
}

fn schema(path: &Path) -> Vec<String> {
    texts(path, "SELECT coalesce(sql, name) FROM sqlite_master WHERE tbl_name = 'thing' ORDER BY name")
}

async fn check_after(path: &Path) {
    let store = open(path, &[&AFTER]).await;
    let grave = read(&store, |tx| tx.graves("thing")).await.remove(0).row;
    assert_eq!((&grave.values[2], &grave.values[3]), (&text("t"), &Value::Real(f64::from(i32::MAX))));
    assert_eq!((grave.lacking(), &grave.kept()[0].value), ([7].as_slice(), &Value::Integer(7)));
    for id in ["a", "b"] {
        let row = read(&store, move |tx| tx.row(&AFTER, id)).await.unwrap().row;
        let expected = [
            text(id),
            Value::Integer(i64::from(i32::MIN)),
            text("t"),
            Value::Real(f64::from(i32::MAX)),
            text("2026-01-31"),
            text("m"),
            Value::Integer(1),
            text("new"),
        ];
        assert_eq!(row.values, expected);
        assert_eq!(row.kept()[0].value, Value::Integer(7));
    }
    drop(store);
    assert_eq!(texts(path, "SELECT CAST(gone AS TEXT) FROM thing"), ["7", "7"]);
}

#[test]
fn a_plan_tells_every_step_and_its_sql() {
    let plan = migration_plan(&BEFORE, &AFTER).unwrap();
    assert_eq!(plan.refusals(), []);
    assert!(plan.refetches());
    let steps: Vec<String> = plan.steps().iter().map(ToString::to_string).collect();
    let expected = [
        "column `title` is renamed to `label`",
        "index `__index|thing|title` is dropped",
        "column `small` is widened from (i32, not optional) to (i64, not optional)",
        "column `real` is widened from (i32, not optional) to (f64, not optional)",
        "column `day` is widened from (date, not optional) to (text, not optional)",
        "column `must` is widened from (text, not optional) to (text, optional)",
        "column `fresh` is added",
        "column `gone` is removed: its values stay in the file and are not read",
        "the table is copied, because SQLite cannot change a column's declaration",
        "index `__index|thing|label` is made",
        "index `__index|thing|real` is made",
    ];
    assert_eq!(steps, expected);
    let copy = plan.steps().iter().find(|step| *step.change() == Change::TableRebuilt).unwrap();
    assert!(copy.sql()[1].contains("CAST(\"real\" AS REAL)"), "{:?}", copy.sql());
    assert!(migration_plan(&AFTER, &AFTER).unwrap().is_empty());
}

#[tokio::test]
async fn a_file_is_after_its_plan_what_the_plan_says() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    made(&path).await;
    raw(&path)
        .execute_batch(
            "CREATE INDEX theirs ON thing (flag); CREATE VIEW seen AS SELECT title, flag FROM thing; CREATE TABLE log (id TEXT); \
             CREATE TRIGGER told AFTER DELETE ON thing BEGIN INSERT INTO log VALUES (old.id); END; \
             UPDATE thing SET rowid = 40 WHERE id = 'a'; UPDATE thing SET __op = 12 WHERE id = 'a'",
        )
        .unwrap();
    check_after(&path).await;
    let there = schema(&path);
    assert!(there.iter().any(|text| text.contains("INDEX theirs")), "{there:?}");
    assert!(there.iter().any(|text| text.contains("TRIGGER told")), "{there:?}");
    assert_eq!(texts(&path, "SELECT label FROM seen"), ["t", "t"]);
    assert_eq!(texts(&path, "SELECT id FROM log"), Vec::<String>::new(), "copying deletes nothing");
    assert_eq!(texts(&path, "SELECT rowid || ' ' || __op FROM thing WHERE id = 'a'"), ["40 12"]);
    // Opened again, nothing is left to do.
    drop(open(&path, &[&AFTER]).await);
    assert_eq!(schema(&path), there);
    let error = refused(&path, &[&BEFORE]).await;
    assert!(error.message().contains("(i64, not optional)"), "{error}");
    assert_eq!(schema(&path), there);
}

#[tokio::test]
async fn a_file_of_the_format_before_opens_and_is_upgraded() {
    for next in [&BEFORE, &AFTER] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.db");
        made(&path).await;
        let conn = raw(&path);
        // That format noted the SQL of the table.
        let text = schema_text(&BEFORE).unwrap();
        let done = conn.execute("UPDATE __meta SET value = ?2 WHERE key = ?1", [key::schema("thing"), text]).unwrap();
        assert_eq!(done, 1);
        conn.pragma_update(None, "user_version", 1).unwrap();
        drop(conn);
        if std::ptr::eq(next, &AFTER) {
            // It did not tell an i32 from an instant, so a real is refused.
            let error = refused(&path, &[&AFTER]).await;
            assert!(error.message().contains("the file has (INTEGER, not optional), the app has (f64"), "{error}");
            assert_eq!(texts(&path, "SELECT CAST(user_version AS TEXT) FROM pragma_user_version"), ["1"]);
            drop(open(&path, &[&BEFORE]).await);
            check_after(&path).await;
        } else {
            let store = open(&path, &[next]).await;
            let row = read(&store, |tx| tx.row(&BEFORE, "a")).await.unwrap().row;
            assert_eq!(row.values, row_of(&BEFORE, "a").values);
            assert_eq!(read(&store, |tx| tx.meta(&key::refetch("thing"))).await, None);
        }
        let version = texts(&path, "SELECT CAST(user_version AS TEXT) FROM pragma_user_version");
        assert_eq!(version, [FORMAT.to_string()]);
        let error = refused(&path, &[&INSTANT]).await;
        assert!(error.message().contains("timestamp"), "its types are known from then on: {error}");
    }
}

static INSTANT: TableSchema =
    TableSchema::new("thing", &[ColumnDef::id("id"), column::<Timestamp>("small"), column::<Option<bool>>("flag")]);

#[tokio::test]
async fn what_a_definition_damaged_or_a_taken_name_does_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    made(&path).await;
    drop(open(&path, &[&AFTER]).await);
    static COLLIDES: TableSchema = TableSchema::new(
        "thing",
        &[
            ColumnDef::id("id"),
            column::<Option<i64>>("gone").was(&["small"]),
            column::<Option<String>>("MUST"),
            column::<Option<String>>("one").was(&["day", "label"]),
        ],
    );
    let error = refused(&path, &[&COLLIDES]).await;
    for part in
        ["it was `small`, but the file also keeps", "its name there is `must`", "`day` and `label`, all earlier"]
    {
        assert!(error.message().contains(part), "{part}: {error}");
    }
    raw(&path).execute_batch("UPDATE __meta SET value = '{\"kind\":1}' WHERE key LIKE 'schema|%'").unwrap();
    let error = refused(&path, &[&AFTER]).await;
    assert_eq!((error.kind(), error.table()), (ErrorKind::Schema, Some("thing")), "{error}");
}

#[tokio::test]
async fn a_removed_column_comes_back_with_its_values_under_another_name_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    made(&path).await;
    let store = open(&path, &[&AFTER]).await;
    write(&store, |tx| {
        let mut row = tx.row(&AFTER, "a")?.unwrap();
        row.row.values[0] = text("c");
        row.row.set_kept(Vec::new());
        tx.put_row(&row)
    })
    .await;
    drop(store);
    static BACK: TableSchema = TableSchema::new(
        "thing",
        &[
            ColumnDef::id("id"),
            column::<i64>("returned").was(&["gone"]).default_value(|cell| 9_i64.write(cell)),
            column::<Option<bool>>("flag"),
        ],
    );
    let store = open(&path, &[&BACK]).await;
    for (id, expected) in [("a", 7), ("c", 9)] {
        let row = read(&store, move |tx| tx.row(&BACK, id)).await.unwrap().row;
        assert_eq!(row.values[1], Value::Integer(expected), "{id}");
    }
}

#[tokio::test]
async fn rows_that_could_not_be_read_are_fetched_again_once_columns_change() {
    static WIDER: TableSchema = TableSchema::new(
        "thing",
        &[
            ColumnDef::id("id"),
            column::<String>("title"),
            column::<i64>("small"),
            column::<i32>("real"),
            column::<Date>("day"),
            column::<String>("must"),
            column::<i64>("gone"),
            column::<Option<bool>>("flag"),
        ],
    );
    for waits in [true, false] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.db");
        made(&path).await;
        if waits {
            let store = open(&path, &[&BEFORE]).await;
            let at = Timestamp::from_millis(0).unwrap();
            let row = |error: &str| Quarantined {
                table: "thing".to_owned(),
                id: "q".to_owned(),
                error: error.to_owned(),
                raw: "{}".to_owned(),
                at,
            };
            let row = row("small does not fit 32 bits");
            write(&store, move |tx| tx.put_quarantined(&row)).await;
        }
        let store = open(&path, &[&WIDER]).await;
        assert_eq!(read(&store, |tx| tx.meta(&key::refetch("thing"))).await.is_some(), waits);
        assert_eq!(read(&store, |tx| tx.quarantined(None)).await.len(), usize::from(waits), "it waits on");
    }
}

/// What the child process of the next test runs; alone it does nothing.
#[tokio::test]
async fn the_child_that_is_killed_while_it_migrates() {
    if let Ok(path) = std::env::var(CHILD_FILE) {
        drop(open(Path::new(&path), &[&AFTER]).await);
    }
}

const CHILD_FILE: &str = "SYNCTABLE_TEST_CHILD_FILE";

#[tokio::test]
async fn a_migration_that_was_killed_at_any_step_left_the_file_as_it_was_and_resumes() {
    use std::io::{BufRead as _, BufReader};
    use std::process::{Command, Stdio};

    let mut stops = 0;
    loop {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.db");
        made(&path).await;
        let before = (schema(&path), texts(&path, "SELECT key || '=' || value FROM __meta ORDER BY key"));
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "--nocapture", "store::sqlite::tests::plans::the_child_that_is_killed_while_it_migrates"])
            .env(CHILD_FILE, &path)
            .env(fault::STOP_AT, stops.to_string())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let stopped = lines.map_while(Result::ok).find(|line| line.starts_with(fault::STOPPED));
        child.kill().unwrap();
        child.wait().unwrap();
        let Some(_) = stopped else { break };
        stops += 1;
        let after = (schema(&path), texts(&path, "SELECT key || '=' || value FROM __meta ORDER BY key"));
        assert_eq!(after, before, "killed {stopped:?}");
        check_after(&path).await;
    }
    assert!(stops >= 8, "the child stopped after {stops} statements");
}

#[tokio::test]
async fn rows_of_other_programs_that_refer_to_a_copied_table_stay() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    made(&path).await;
    let theirs = "CREATE TABLE theirs (thing TEXT REFERENCES thing (id) ON DELETE CASCADE); \
                  INSERT INTO theirs VALUES ('a'), ('b')";
    raw(&path).execute_batch(theirs).unwrap();
    check_after(&path).await;
    assert_eq!(texts(&path, "SELECT thing FROM theirs ORDER BY 1"), ["a", "b"]);
    assert_eq!(texts(&path, "SELECT sql FROM sqlite_master WHERE name = 'theirs'").len(), 1);
}
