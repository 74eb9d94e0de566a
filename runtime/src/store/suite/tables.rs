//! Rows written and read one by one.

use super::*;
use crate::error::ErrorKind;
use crate::query::Selection;
use crate::store::Replaced;

both!(
    rows_come_back_as_they_were,
    put_replaces_all_of_a_row,
    insert_of_an_id_that_is_there_does_nothing,
    removal_is_harmless_twice,
    what_the_columns_cannot_hold_is_refused,
    local_tables_have_rows_and_no_entries,
    tables_that_were_not_opened_are_named,
    opening_twice_keeps_all,
    two_tables_of_one_name_are_refused,
    one_pusher_at_a_time,
);

async fn rows_come_back_as_they_were(store: Shared) {
    let written = StoredRow {
        row: full_item("a"),
        replaced: Some(Replaced::Version(version("v0").unwrap())),
        entry: Some(Sequence(7)),
    };
    let unversioned = StoredRow { row: item("b", ""), replaced: Some(Replaced::Unversioned), entry: None };
    let bare = stored(item("c", "bare"));
    let rows = [written, unversioned, bare];
    let put = rows.clone();
    write(&store, move |tx| put.iter().try_for_each(|row| tx.put_row(row))).await;
    for (id, row) in ["a", "b", "c"].into_iter().zip(rows) {
        assert_eq!(super::row(&store, id).await, Some(row), "{id}");
    }
    assert_eq!(super::row(&store, "d").await, None);
    let selected = read(&store, |tx| {
        let mut out = RowBatch::new(&ITEM);
        tx.select(&ITEM, &Default::default(), &mut out)?;
        Ok(out.get(0).unwrap().to_row())
    })
    .await;
    assert_eq!(selected, full_item("a"));
}

async fn put_replaces_all_of_a_row(store: Shared) {
    let first = StoredRow { row: full_item("a"), replaced: Some(Replaced::Unversioned), entry: Some(Sequence(1)) };
    let second = stored(item("a", "second"));
    let expected = second.clone();
    write(&store, move |tx| {
        tx.put_row(&first)?;
        tx.put_row(&second)
    })
    .await;
    assert_eq!(row(&store, "a").await, Some(expected));
    assert_eq!(ids(&store).await, ["a"]);
}

async fn insert_of_an_id_that_is_there_does_nothing(store: Shared) {
    let outcome = write(&store, |tx| {
        let rows = batch(&[item("a", "first"), full_item("a"), full_item("b")]);
        Ok([
            tx.insert_row(&rows, 0, Some(Sequence(3)))?,
            tx.insert_row(&rows, 1, Some(Sequence(4)))?,
            tx.insert_row(&rows, 2, None)?,
        ])
    })
    .await;
    assert_eq!(outcome, [true, false, true]);
    let first = StoredRow { entry: Some(Sequence(3)), ..stored(item("a", "first")) };
    assert_eq!(row(&store, "a").await, Some(first));
    assert_eq!(row(&store, "b").await, Some(stored(full_item("b"))));
}

async fn removal_is_harmless_twice(store: Shared) {
    write(&store, |tx| {
        tx.put_row(&StoredRow { entry: Some(Sequence(1)), ..stored(item("a", "")) })?;
        tx.put_row(&stored(item("b", "")))?;
        tx.remove_row(&ITEM, "a")?;
        tx.remove_row(&ITEM, "a")?;
        tx.remove_row(&ITEM, "never")
    })
    .await;
    assert_eq!(ids(&store).await, ["b"]);
}

async fn what_the_columns_cannot_hold_is_refused(store: Shared) {
    let change: [(&str, usize, Value); 4] = [
        ("null where none may be", TITLE, Value::Null),
        ("text for an integer", WHOLE, text("many")),
        ("bytes for text", TITLE, Value::Blob(vec![1])),
        ("no id", 0, text("")),
    ];
    for (what, index, value) in change {
        let mut row = item("a", "");
        row.values[index] = value;
        let error =
            super::super::write(&*store, Durability::Power, ChangeSource::Local, move |tx| tx.put_row(&stored(row)));
        let error = error.await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid, "{what}: {error}");
        assert_eq!(error.table(), Some("item"), "{what}");
    }
    assert!(ids(&store).await.is_empty());
}

async fn local_tables_have_rows_and_no_entries(store: Shared) {
    let mut local = Row::new(&LOCAL);
    local.values[0] = text("a");
    local.values[1] = text("x");
    let written = local.clone();
    write(&store, move |tx| {
        assert!(tx.insert_row(&batch(std::slice::from_ref(&written)), 0, None)?);
        assert!(!tx.insert_row(&batch(std::slice::from_ref(&written)), 0, None)?);
        tx.put_row(&stored(written))?;
        assert_eq!(tx.entry_of(&LOCAL, "a")?, None);
        assert_eq!(tx.count(&LOCAL, &Selection::default())?, 1);
        Ok(())
    })
    .await;
    let (found, selected) = read(&store, |tx| {
        let mut out = RowBatch::new(&LOCAL);
        tx.select(&LOCAL, &Default::default(), &mut out)?;
        Ok((tx.row(&LOCAL, "a")?, out.get(0).unwrap().to_row()))
    })
    .await;
    assert_eq!(found, Some(stored(local.clone())));
    assert_eq!(selected, local);
    assert_eq!(write(&store, |tx| tx.remove_rows(&LOCAL, None)).await, 1);
}

async fn tables_that_were_not_opened_are_named(store: Shared) {
    static UNKNOWN: TableSchema = TableSchema::new("unknown", &[ColumnDef::id("id")]);
    let error = super::super::read(&*store, |tx| tx.row(&UNKNOWN, "a")).await.unwrap_err();
    assert_eq!((error.kind(), error.table()), (ErrorKind::Schema, Some("unknown")));
}

async fn opening_twice_keeps_all(store: Shared) {
    let sequence = insert_with_entry(&store, "a").await;
    store.open(&TABLES).await.unwrap();
    assert_eq!(row(&store, "a").await.unwrap().entry, Some(sequence));
    assert_eq!(read(&store, |tx| tx.meta(&crate::store::system::key::refetch("item"))).await, None);
}

async fn two_tables_of_one_name_are_refused(store: Shared) {
    static AGAIN: TableSchema = TableSchema::new("ITEM", ITEM_COLUMNS);
    let error = store.open(&[&ITEM, &AGAIN]).await.unwrap_err();
    assert_eq!((error.kind(), error.table()), (ErrorKind::Schema, Some("ITEM")));
    assert!(ids(&store).await.is_empty());
}

async fn one_pusher_at_a_time(store: Shared) {
    let first = store.sole_pusher();
    assert!(first.is_some());
    assert!(store.sole_pusher().is_none());
    drop(first);
    assert!(store.sole_pusher().is_some());
}
