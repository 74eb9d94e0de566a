//! What a new version of an app finds in the file of an older one.

use super::*;
use crate::row::{Remote, Row};
use crate::store::entry::{Base, Entry, Request, RequestKind, Sequence};
use crate::store::system::key;
use crate::table::ColumnDef;
use crate::value::{ColumnValue as _, Date, Value};

static V1: TableSchema = TableSchema::new(
    "thing",
    &[ColumnDef::id("id"), ColumnDef::new::<String>("name", "name"), ColumnDef::new::<i64>("size", "size")],
);
static V2: TableSchema = TableSchema::new(
    "thing",
    &[
        ColumnDef::id("id"),
        ColumnDef::new::<String>("color", "color").default_value(|cell| "it's \"red\"".to_owned().write(cell)),
        ColumnDef::new::<String>("name", "name").indexed(),
        ColumnDef::new::<Option<f64>>("weight", "weight"),
        ColumnDef::new::<Vec<u8>>("data", "data").default_value(|cell| vec![1_u8, 2].write(cell)),
        ColumnDef::new::<i64>("size", "size"),
    ],
);

fn thing(schema: &'static TableSchema) -> Row {
    let mut row = Row::new(schema);
    for (column, value) in schema.columns().iter().zip(&mut row.values) {
        *value = match column.wire_name() {
            "id" => text("a"),
            "name" => text("n"),
            "size" => Value::Integer(5),
            _ => Value::Null,
        };
    }
    row
}

fn thing_entry(row: &Row) -> Entry {
    Entry {
        table: "thing".to_owned(),
        base: Base::Row(row.clone()),
        request: Some(Request {
            kind: RequestKind::Update,
            columns: vec![2],
            if_match: None,
            wish: Some(row.clone()),
            kept: Vec::new(),
            tombstone: None,
            key: None,
        }),
        candidate: Some(Remote::Row(row.clone())),
        ..suite::entry(Sequence(1), "a")
    }
}

async fn made_by_v1(path: &Path) {
    let store = open(path, &[&V1]).await;
    write(&store, |tx| {
        let row = thing(&V1);
        tx.put_entry(&thing_entry(&row))?;
        tx.put_row(&crate::store::StoredRow { entry: Some(Sequence(1)), ..stored(row) })
    })
    .await;
    assert_eq!(read(&store, |tx| tx.meta(&key::refetch("thing"))).await, None);
}

#[tokio::test]
async fn the_queue_of_a_file_of_the_format_before_gets_its_columns() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    made_by_v1(&path).await;
    let conn = raw(&path);
    for column in ["written_at", "doubtful"] {
        conn.execute_batch(&format!("ALTER TABLE __operations DROP COLUMN {column}")).unwrap();
    }
    conn.pragma_update(None, "user_version", 2).unwrap();
    drop(conn);
    let inspected = SqliteStore::inspect(&path).unwrap();
    assert_eq!(inspected.operations.len(), 1, "the file is told of as it is");
    let store = open(&path, &[&V1]).await;
    let read_back = read(&store, |tx| tx.next_entry(Sequence(0), Sequence(i64::MAX))).await.unwrap();
    assert_eq!((read_back.written_at, read_back.doubtful), (None, false));
    let changed = Entry { doubtful: true, written_at: crate::value::Timestamp::from_ticks(7), ..read_back };
    let put = changed.clone();
    write(&store, move |tx| tx.put_entry(&put)).await;
    assert_eq!(read(&store, |tx| tx.next_entry(Sequence(0), Sequence(i64::MAX))).await, Some(changed));
    let format: i32 = raw(&path).pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
    assert_eq!(format, crate::store::system::FORMAT);
}

#[tokio::test]
async fn added_columns_get_their_defaults_and_a_refetch() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    made_by_v1(&path).await;
    for _ in 0..2 {
        let store = open(&path, &[&V2]).await;
        let row = read(&store, |tx| tx.row(&V2, "a")).await.unwrap().row;
        let color = text("it's \"red\"");
        let expected = [text("a"), color, text("n"), Value::Null, Value::Blob(vec![1, 2]), Value::Integer(5)];
        assert_eq!(row.values, expected);
        assert!(read(&store, |tx| tx.meta(&key::refetch("thing"))).await.is_some());
        assert!(row.lacking().is_empty());
    }
    // Once answered, the mark does not come back.
    let store = open(&path, &[&V2]).await;
    write(&store, |tx| tx.put_meta(&key::refetch("thing"), None)).await;
    drop(store);
    let store = open(&path, &[&V2]).await;
    assert_eq!(read(&store, |tx| tx.meta(&key::refetch("thing"))).await, None);
}

#[tokio::test]
async fn a_default_with_nul_is_added_and_made_whole() {
    const MARK: ColumnDef = ColumnDef::new::<char>("mark", "mark").default_value(|cell| '\0'.write(cell));
    const NOTE: ColumnDef =
        ColumnDef::new::<String>("note", "note").default_value(|cell| "it's\0it".to_owned().write(cell));
    static MARKED: TableSchema = TableSchema::new(
        "thing",
        &[
            ColumnDef::id("id"),
            ColumnDef::new::<String>("name", "name"),
            ColumnDef::new::<i64>("size", "size"),
            MARK,
            NOTE,
        ],
    );
    let folder = tempfile::tempdir().unwrap();
    for made_before in [true, false] {
        let path = folder.path().join(format!("{made_before}.db"));
        if made_before {
            made_by_v1(&path).await;
        }
        drop(open(&path, &[&MARKED]).await);
        raw(&path).execute("INSERT INTO thing (id, name, size) VALUES ('b', 'n', 1)", []).unwrap();
        let store = open(&path, &[&MARKED]).await;
        for id in if made_before { &["a", "b"][..] } else { &["b"] } {
            let row = read(&store, move |tx| tx.row(&MARKED, id)).await.unwrap().row;
            assert_eq!(row.values[3..], [text("\0"), text("it's\0it")], "{id}");
        }
    }
}

#[tokio::test]
async fn entries_of_before_lack_the_added_columns() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    made_by_v1(&path).await;
    for _ in 0..2 {
        let store = open(&path, &[&V2]).await;
        let entry = read(&store, |tx| tx.entry_of(&V2, "a")).await.unwrap();
        let Base::Row(base) = &entry.base else { panic!("{entry:?}") };
        let request = entry.request.clone().unwrap();
        for row in [base, request.wish.as_ref().unwrap(), entry.candidate.as_ref().and_then(Remote::row).unwrap()] {
            assert_eq!(row.lacking(), [1, 3, 4]);
            assert_eq!(row.values[2], text("n"));
            assert_eq!(row.values[1], text("it's \"red\""));
        }
        assert_eq!(request.columns, [5], "the column `size` has moved");
        // Written again, they still lack them.
        write(&store, move |tx| tx.put_entry(&entry)).await;
    }
    let store = open(&path, &[&V2]).await;
    let filled = write(&store, |tx| {
        let mut entry = tx.entry_of(&V2, "a")?.unwrap();
        if let Base::Row(base) = &mut entry.base {
            base.fill(3, Value::Real(2.0));
            base.fill(2, text("known already"));
        }
        tx.put_entry(&entry)?;
        tx.entry_of(&V2, "a")
    })
    .await;
    let Some(Entry { base: Base::Row(base), .. }) = filled else { panic!("{filled:?}") };
    assert_eq!((base.lacking(), &base.values[3], &base.values[2]), ([1, 4].as_slice(), &Value::Real(2.0), &text("n")));
}

#[tokio::test]
async fn a_column_that_is_gone_stays_in_the_file_and_hinders_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    static SMALL: TableSchema =
        TableSchema::new("thing", &[ColumnDef::id("id"), ColumnDef::new::<String>("name", "name")]);
    made_by_v1(&path).await;
    let store = open(&path, &[&SMALL]).await;
    write(&store, |tx| {
        let mut row = Row::new(&SMALL);
        row.values = vec![text("b"), text("new")];
        tx.put_row(&stored(row.clone()))?;
        row.values[0] = text("c");
        assert!(tx.insert_row(&suite::batch(&[row]), 0, None)?);
        let request = tx.entry_of(&SMALL, "a")?.unwrap().request.unwrap();
        assert_eq!((request.columns.len(), request.kept.as_slice()), (0, ["size".to_owned()].as_slice()));
        assert_eq!(request.wish.unwrap().kept()[0].value, Value::Integer(5), "what is open is repeated as it was");
        assert_eq!(tx.row(&SMALL, "a")?.unwrap().row.kept()[0].value, Value::Integer(5));
        Ok(())
    })
    .await;
    drop(store);
    let sizes = |id: &str| -> Option<i64> {
        raw(&path).query_row("SELECT size FROM thing WHERE id = ?1", [id], |row| row.get(0)).unwrap()
    };
    assert_eq!((sizes("a"), sizes("b"), sizes("c")), (Some(5), None, None), "no value is made up");
    // Back again, its values from meanwhile are not the server's.
    let error = refused(&path, &[&V1]).await;
    assert_eq!((error.kind(), error.table()), (ErrorKind::Schema, Some("thing")));
    assert!(error.message().contains("`size`"), "{error}");
}

#[tokio::test]
async fn indexes_follow_the_schema() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let indexes = || -> Vec<String> {
        let conn = raw(&path);
        let mut statement = conn
            .prepare("SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = 'thing' AND sql > ''")
            .unwrap();
        statement.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
    };
    made_by_v1(&path).await;
    assert!(indexes().is_empty());
    drop(open(&path, &[&V2]).await);
    assert_eq!(indexes(), ["__index|thing|name"]);
    static BARE: TableSchema = TableSchema::new(
        "thing",
        &[ColumnDef::id("id"), ColumnDef::new::<String>("name", "name"), ColumnDef::new::<i64>("size", "size")],
    );
    drop(open(&path, &[&BARE]).await);
    assert!(indexes().is_empty());
}

#[tokio::test]
async fn what_would_lose_data_is_refused_and_changes_nothing() {
    static REQUIRED: TableSchema = TableSchema::new(
        "thing",
        &[ColumnDef::id("id"), ColumnDef::new::<String>("name", "name"), ColumnDef::new::<String>("must", "must")],
    );
    static RETYPED: TableSchema = TableSchema::new(
        "thing",
        &[
            ColumnDef::id("id"),
            ColumnDef::new::<Option<i64>>("extra", "extra"),
            ColumnDef::new::<String>("name", "name"),
            ColumnDef::new::<f64>("size", "size"),
        ],
    );
    static SAME_SQL: TableSchema = TableSchema::new(
        "thing",
        &[ColumnDef::id("id"), ColumnDef::new::<Date>("name", "name"), ColumnDef::new::<bool>("size", "size")],
    );
    static RENAMED: TableSchema = TableSchema::new("Thing", &[ColumnDef::id("id")]);
    static UNSYNCED: TableSchema = TableSchema::new(
        "thing",
        &[ColumnDef::id("id"), ColumnDef::new::<String>("name", "name"), ColumnDef::new::<i64>("size", "size")],
    )
    .local();
    static OWN: TableSchema = TableSchema::new("__meta", &[ColumnDef::id("id")]);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    made_by_v1(&path).await;
    let schema = || -> Vec<(String, Option<String>)> {
        let conn = raw(&path);
        let mut statement = conn.prepare("SELECT name, sql FROM sqlite_master ORDER BY name").unwrap();
        statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().collect::<Result<_, _>>().unwrap()
    };
    let before = schema();
    let cases: [(&'static TableSchema, &[&str]); 6] = [
        (&REQUIRED, &["`must`", "default"]),
        (&RETYPED, &["column `size`: the file has (i64, not optional), the app has (f64, not optional): "]),
        (&SAME_SQL, &["the file has (text, not optional), the app has (date, not", "`size`", "(bool, not optional)"]),
        (&RENAMED, &["`thing`"]),
        (&UNSYNCED, &["local"]),
        (&OWN, &["not ours"]),
    ];
    for (table, expected) in cases {
        let error = refused(&path, &[table]).await;
        assert_eq!((error.kind(), error.table()), (ErrorKind::Schema, Some(table.name())), "{error}");
        for part in expected {
            assert!(error.message().contains(part), "{part}: {error}");
        }
        assert_eq!(schema(), before, "{error}");
    }
    drop(open(&path, &[&V1]).await);
}

#[tokio::test]
async fn a_file_changed_by_another_program_is_refused() {
    let changes = [
        ("ALTER TABLE thing DROP COLUMN size", "`size`: expected INTEGER NOT NULL, found no such column"),
        ("ALTER TABLE thing RENAME COLUMN size TO length", "`size`"),
        ("ALTER TABLE thing DROP COLUMN __op", "`__op`: expected INTEGER, found no such column"),
        ("DROP TABLE thing", "removed from the file"),
    ];
    for (change, expected) in changes {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.db");
        made_by_v1(&path).await;
        raw(&path).execute_batch(change).unwrap();
        let error = refused(&path, &[&V1]).await;
        assert_eq!((error.kind(), error.table()), (ErrorKind::Schema, Some("thing")), "{change}: {error}");
        assert!(error.message().contains(expected), "{change}: {error}");
    }
}

#[tokio::test]
async fn entries_of_a_table_that_the_app_does_not_know_survive() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    made_by_v1(&path).await;
    let store = open(&path, &[&ITEM]).await;
    let seen = suite::insert_with_entry(&store, "x").await;
    let (first, pending, absent) = read(&store, |tx| {
        Ok((tx.next_entry(Sequence(0), Sequence(i64::MAX))?, tx.pending(None)?, tx.graves("thing")?))
    })
    .await;
    assert_eq!((first.map(|entry| entry.sequence), pending), (Some(seen), 2), "passed over, but counted");
    assert!(seen > Sequence(1) && absent.is_empty());
    drop(store);
    let store = open(&path, &[&V1]).await;
    let entry = read(&store, |tx| tx.entry_of(&V1, "a")).await;
    assert_eq!(entry, Some(thing_entry(&thing(&V1))));
}

/// Its `name` is called otherwise, and nothing else changes in the file.
static RENAMED: TableSchema = TableSchema::new(
    "thing",
    &[
        ColumnDef::id("id"),
        ColumnDef::new::<String>("title", "title").was(&["name"]),
        ColumnDef::new::<i64>("size", "size"),
    ],
);
static WITHOUT_OPTION: TableSchema = TableSchema::new("option", &[ColumnDef::id("id")]);
static WITH_OPTION: TableSchema =
    TableSchema::new("option", &[ColumnDef::id("id"), ColumnDef::new::<Option<i64>>("size", "size")]);
static WITH_INDEX: TableSchema =
    TableSchema::new("option", &[ColumnDef::id("id"), ColumnDef::new::<Option<i64>>("size", "size").indexed()]);

#[tokio::test]
async fn a_process_writes_nothing_once_another_version_of_the_app_has_changed_its_tables() {
    let pairs: [(&'static TableSchema, &'static TableSchema); 4] =
        [(&V1, &V2), (&V1, &RENAMED), (&WITHOUT_OPTION, &WITH_OPTION), (&WITH_OPTION, &WITHOUT_OPTION)];
    for (before, after) in pairs {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.db");
        let old = open(&path, &[before]).await;
        write(&old, move |tx| tx.put_row(&stored(thing(before)))).await;
        let new = open(&path, &[after]).await;
        let error = old
            .write(Durability::Power, ChangeSource::Local, Box::new(move |tx| tx.remove_row(before, "a")))
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Schema, "{error}");
        assert!(read(&new, move |tx| tx.row(after, "a")).await.is_some());
        write(&new, move |tx| tx.remove_row(after, "a")).await;
    }
}

#[tokio::test]
async fn a_process_goes_on_when_another_changes_only_indexes_or_other_tables() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let first = open(&path, &[&WITH_OPTION]).await;
    drop(open(&path, &[&V1]).await);
    let second = open(&path, &[&V2, &WITH_INDEX]).await;
    for store in [&first, &second, &first] {
        write(store, |tx| tx.put_row(&stored(thing(&WITH_OPTION)))).await;
    }
}

#[tokio::test]
async fn opening_tables_that_are_as_they_were_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    made_by_v1(&path).await;
    drop(open(&path, &[&V2]).await);
    let before = std::fs::read(&path).unwrap();
    let watcher = raw(&path);
    // It is another number once any other connection has committed a change.
    let changed = || -> i64 { watcher.query_row("PRAGMA data_version", [], |row| row.get(0)).unwrap() };
    let found = changed();
    drop(open(&path, &[&V2]).await);
    assert_eq!(changed(), found);
    drop(watcher);
    assert_eq!(std::fs::read(&path).unwrap(), before);
}
