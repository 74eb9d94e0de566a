//! A store file seen from outside.

use super::*;
use crate::store::entry::OperationKind;

#[tokio::test]
async fn tables_need_not_be_known() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let store = open(&path, &suite::TABLES).await;
    suite::insert_with_entry(&store, "a").await;
    suite::insert_with_entry(&store, "b").await;
    raw(&path).execute_batch("UPDATE __operations SET \"table\" = 'gone' WHERE id = 'a'").unwrap();
    let found = SqliteStore::inspect(&path).unwrap();
    let operations: Vec<_> =
        found.operations.iter().map(|each| (each.table.as_str(), each.id.as_str(), each.kind)).collect();
    assert_eq!(operations, [("gone", "a", OperationKind::Insert), (ITEM.name(), "b", OperationKind::Insert)]);
    let mut names: Vec<_> = suite::TABLES.iter().map(|schema| (schema.name(), schema.is_synced())).collect();
    names.sort_unstable();
    let tables: Vec<_> = found.tables.iter().map(|table| (table.name.as_str(), table.synced)).collect();
    assert_eq!(tables, names);
    let rows = |name: &str| found.tables.iter().find(|table| table.name == name).unwrap().rows;
    assert_eq!(rows(ITEM.name()), 2);
}

#[tokio::test]
async fn what_an_operation_is_follows_from_base_and_wish() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let store = open(&path, &suite::TABLES).await;
    suite::insert_with_entry(&store, "a").await;
    for (base, absent, expected) in [
        ("NULL", false, OperationKind::Insert),
        ("''", false, OperationKind::Insert),
        ("'{\"cells\":{}}'", false, OperationKind::Update),
        ("NULL", true, OperationKind::Delete),
        ("'{\"cells\":{}}'", true, OperationKind::Delete),
    ] {
        raw(&path).execute_batch(&format!("UPDATE __operations SET base = {base}, absent = {absent}")).unwrap();
        assert_eq!(SqliteStore::inspect(&path).unwrap().operations[0].kind, expected, "{base} {absent}");
    }
}

#[tokio::test]
async fn a_log_that_a_killed_app_left_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let (path, copy) = (folder.path().join("store.db"), folder.path().join("copy.db"));
    let store = open(&path, &suite::TABLES).await;
    suite::insert_with_entry(&store, "a").await;
    for suffix in ["", "-wal"] {
        std::fs::copy(folder.path().join(format!("store.db{suffix}")), folder.path().join(format!("copy.db{suffix}")))
            .unwrap();
    }
    assert_eq!(SqliteStore::inspect(&copy).unwrap().operations.len(), 1);
}

#[tokio::test]
async fn a_damaged_entry_names_its_row() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let store = open(&path, &suite::TABLES).await;
    suite::insert_with_entry(&store, "a").await;
    raw(&path).execute_batch("UPDATE __operations SET failure = '{'").unwrap();
    let error = SqliteStore::inspect(&path).unwrap_err();
    assert_eq!((error.kind(), error.table(), error.row()), (ErrorKind::Decode, Some(ITEM.name()), Some("a")));
    raw(&path).execute_batch("UPDATE __operations SET failure = NULL; DROP TABLE item").unwrap();
    let error = SqliteStore::inspect(&path).unwrap_err();
    assert_eq!((error.kind(), error.table()), (ErrorKind::Store, Some("item")), "{error}");
}
