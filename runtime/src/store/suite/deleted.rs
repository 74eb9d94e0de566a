//! Deleted rows of a table that keeps them.

use super::changes::Ears;
use super::*;
use crate::query::predicate::{Comparison, Literal, Term, Tree};
use crate::query::{Direction, Selection};
use crate::store::{Applied, ChangeKind, SameVersion};
use crate::value::ColumnType;

both!(
    pulled_tombstones_are_shown_only_to_those_who_include_them,
    a_row_whose_delete_waits_is_shown_to_nobody,
    an_acknowledged_delete_keeps_the_row_or_the_tombstone,
    a_row_takes_the_place_of_its_tombstone,
    a_tombstone_without_values_keeps_those_of_the_device,
    the_same_tombstone_is_applied_once,
    tombstones_beside_entries_are_protected,
    deleted_rows_are_removed_with_the_others,
    what_happens_to_deleted_rows_is_told_once,
    tables_that_keep_none_lose_the_row,
);

fn keep(id: &str, title: &str, of_version: &str) -> Row {
    let mut row = Row::new(&KEEP);
    row.values = item(id, title).values;
    row.version = version(of_version);
    row.updated_at = Some(instant(9));
    row
}

fn gone(id: &str, title: &str, of_version: &str) -> Row {
    let mut row = keep(id, title, of_version);
    row.deleted = true;
    row
}

async fn apply(store: &Shared, rows: Vec<Row>) -> Applied {
    write(store, move |tx| tx.apply(&batch(&rows), &[], SameVersion::Keep)).await
}

fn is_deleted(deleted: bool) -> Tree {
    Tree::Compare {
        left: Term::Column(SystemColumn::Deleted.column()),
        comparison: Comparison::Eq,
        right: Term::Literal(Literal::typed(ColumnType::Bool, Value::Integer(i64::from(deleted)))),
    }
}

/// Titles with whether the rows are deleted; the count must agree.
async fn list(store: &Shared, query: Selection) -> Vec<(String, bool)> {
    read(store, move |tx| {
        let mut out = RowBatch::new(&KEEP);
        tx.select(&KEEP, &query, &mut out)?;
        assert_eq!(tx.count(&KEEP, &query)?, out.len() as u64);
        Ok(out.iter().map(|row| (row.get::<String>(TITLE).unwrap(), row.is_deleted())).collect())
    })
    .await
}

async fn live(store: &Shared) -> Vec<String> {
    let rows = list(store, Selection::default()).await;
    assert!(rows.iter().all(|(_, deleted)| !deleted), "{rows:?}");
    rows.into_iter().map(|(title, _)| title).collect()
}

async fn all(store: &Shared) -> Vec<(String, bool)> {
    list(store, Selection { include_deleted: true, ..Selection::default() }).await
}

fn shown(rows: &[(&str, bool)]) -> Vec<(String, bool)> {
    rows.iter().map(|(title, deleted)| ((*title).to_owned(), *deleted)).collect()
}

async fn pulled_tombstones_are_shown_only_to_those_who_include_them(store: Shared) {
    let rows = vec![keep("a", "A", "1"), keep("b", "B", "1"), gone("never", "N", "1")];
    assert_eq!(apply(&store, rows).await, Applied { changed: 2, removed: 1, protected: vec![] });
    assert_eq!(apply(&store, vec![gone("a", "last", "2")]).await.removed, 1);
    assert_eq!(live(&store).await, ["B"]);
    assert_eq!(all(&store).await, shown(&[("last", true), ("B", false), ("N", true)]));
    assert_eq!(read(&store, |tx| tx.row(&KEEP, "a")).await, None);
    let kept = read(&store, |tx| tx.deleted_row(&KEEP, "a")).await.unwrap();
    assert_eq!((kept.version, kept.deleted), (version("2"), true));
    assert_eq!(read(&store, |tx| tx.deleted_row(&KEEP, "b")).await, None);

    let filtered = |tree| Selection { filter: Some(tree), include_deleted: true, ..Selection::default() };
    assert_eq!(list(&store, filtered(is_deleted(true))).await, shown(&[("last", true), ("N", true)]));
    assert_eq!(list(&store, filtered(is_deleted(false))).await, shown(&[("B", false)]));
    let hidden = Selection { filter: Some(is_deleted(true)), ..Selection::default() };
    assert_eq!(list(&store, hidden).await, shown(&[]), "a filter alone includes nothing");
    let order =
        vec![(SystemColumn::Deleted.column(), Direction::Ascending), (&ITEM_COLUMNS[TITLE], Direction::Descending)];
    let ordered = Selection { order, include_deleted: true, skip: 1, take: Some(1), ..Selection::default() };
    let rows = read(&store, move |tx| {
        let mut out = RowBatch::new(&KEEP);
        tx.select(&KEEP, &ordered, &mut out)?;
        Ok(out.iter().map(|row| row.id().to_owned()).collect::<Vec<_>>())
    });
    assert_eq!(rows.await, ["a"], "b, then the deleted ones by title downwards");
}

async fn a_row_whose_delete_waits_is_shown_to_nobody(store: Shared) {
    apply(&store, vec![keep("a", "A", "1")]).await;
    write(&store, |tx| tx.hide_row(&KEEP, "a")).await;
    assert_eq!((live(&store).await.len(), all(&store).await.len()), (0, 0));
    assert_eq!(read(&store, |tx| tx.row(&KEEP, "a")).await, None);
    assert!(read(&store, |tx| tx.deleted_row(&KEEP, "a")).await.is_some(), "for the day of the answer");
    assert_eq!(write(&store, |tx| tx.remove_rows(&KEEP, None)).await, 0, "it belongs to an entry");
    write(&store, |tx| tx.put_row(&stored(keep("a", "back", "1")))).await;
    assert_eq!(all(&store).await, shown(&[("back", false)]));
    write(&store, |tx| {
        tx.hide_row(&KEEP, "a")?;
        tx.remove_row(&KEEP, "a")
    })
    .await;
    assert_eq!(read(&store, |tx| tx.deleted_row(&KEEP, "a")).await, None);
}

async fn an_acknowledged_delete_keeps_the_row_or_the_tombstone(store: Shared) {
    apply(&store, vec![keep("a", "A", "1"), keep("b", "B", "1"), keep("c", "C", "1")]).await;
    write(&store, |tx| {
        tx.hide_row(&KEEP, "a")?;
        tx.keep_deleted(&KEEP, "a", None)?;
        tx.hide_row(&KEEP, "b")?;
        tx.keep_deleted(&KEEP, "b", Some(&gone("b", "theirs", "2")))?;
        tx.keep_deleted(&KEEP, "c", None)?;
        tx.keep_deleted(&KEEP, "unknown", None)
    })
    .await;
    assert_eq!(all(&store).await, shown(&[("A", true), ("theirs", true), ("C", true)]));
    assert!(live(&store).await.is_empty());
}

async fn a_row_takes_the_place_of_its_tombstone(store: Shared) {
    apply(&store, ["a", "b", "c"].map(|id| gone(id, "T", "1")).to_vec()).await;
    let inserted = write(&store, |tx| {
        let sequence = tx.next_sequence()?;
        tx.put_entry(&Entry { table: KEEP.name().to_owned(), ..entry(sequence, "a") })?;
        let mut fresh = keep("a", "again", "1");
        (fresh.version, fresh.updated_at) = (None, None);
        let inserted = tx.insert_row(&batch(&[fresh.clone()]), 0, Some(sequence))?;
        Ok((inserted, tx.insert_row(&batch(&[fresh]), 0, None)?, sequence))
    })
    .await;
    assert_eq!((inserted.0, inserted.1), (true, false));
    let a = read(&store, |tx| tx.row(&KEEP, "a")).await.unwrap();
    assert_eq!((a.row.version, a.entry, a.row.deleted), (None, Some(inserted.2), false));
    // A server that gives a row back under the same version is believed.
    assert_eq!(apply(&store, vec![keep("b", "undeleted", "1")]).await.changed, 1);
    write(&store, |tx| tx.put_row(&stored(keep("c", "put", "1")))).await;
    assert_eq!(live(&store).await, ["again", "undeleted", "put"]);
    assert_eq!(read(&store, |tx| tx.deleted_row(&KEEP, "c")).await, None);
}

async fn a_tombstone_without_values_keeps_those_of_the_device(store: Shared) {
    let mut mine = keep("a", "A", "1");
    mine.values[NOTE] = text("mine");
    write(&store, move |tx| tx.put_row(&stored(mine))).await;
    let bare = |id: &str, of: &str| {
        let mut row = gone(id, "", of);
        row.values[1..].fill(Value::Null);
        row
    };
    assert_eq!(
        apply(&store, vec![bare("a", "2"), bare("never", "2")]).await.removed,
        1,
        "nothing is known of the other"
    );
    let kept = read(&store, |tx| tx.deleted_row(&KEEP, "a")).await.unwrap();
    assert_eq!((&kept.values[TITLE], &kept.values[NOTE], kept.version), (&text("A"), &text("mine"), version("2")));
    apply(&store, vec![gone("a", "full", "3")]).await;
    let kept = read(&store, |tx| tx.deleted_row(&KEEP, "a")).await.unwrap();
    assert_eq!((&kept.values[TITLE], &kept.values[NOTE]), (&text("full"), &text("mine")), "what is the device's stays");
    assert_eq!(all(&store).await, shown(&[("full", true)]));

    // What says only that there is no row.
    apply(&store, vec![keep("b", "B", "1")]).await;
    let nothing = || {
        let mut row = bare("b", "");
        (row.version, row.updated_at) = (None, None);
        row
    };
    assert_eq!(apply(&store, vec![nothing()]).await.removed, 1);
    assert_eq!(apply(&store, vec![nothing()]).await.removed, 0);
    assert_eq!(all(&store).await, shown(&[("full", true), ("B", true)]));
}

async fn the_same_tombstone_is_applied_once(store: Shared) {
    let rows = || vec![gone("a", "A", "1")];
    assert_eq!(apply(&store, rows()).await.removed, 1);
    assert_eq!(apply(&store, rows()).await.removed, 0);
    let again = write(&store, move |tx| tx.apply(&batch(&rows()), &[], SameVersion::Rewrite)).await;
    assert_eq!(again.removed, 1, "written anew when a column was added");
}

async fn tombstones_beside_entries_are_protected(store: Shared) {
    write(&store, |tx| {
        let sequence = tx.next_sequence()?;
        tx.put_entry(&Entry { table: KEEP.name().to_owned(), ..entry(sequence, "a") })?;
        tx.put_row(&StoredRow { row: keep("a", "wish", "1"), replaced: None, entry: Some(sequence) })
    })
    .await;
    assert_eq!(apply(&store, vec![gone("a", "A", "2")]).await, Applied { protected: vec![0], ..Applied::default() });
    assert_eq!(live(&store).await, ["wish"]);
}

async fn deleted_rows_are_removed_with_the_others(store: Shared) {
    apply(&store, vec![keep("a", "x", "1"), gone("b", "x", "1"), gone("c", "y", "1"), gone("d", "z", "1")]).await;
    let x = Tree::Compare {
        left: Term::Column(&ITEM_COLUMNS[TITLE]),
        comparison: Comparison::Eq,
        right: Term::Literal(Literal::text("x")),
    };
    assert_eq!(write(&store, move |tx| tx.remove_rows(&KEEP, Some(&x))).await, 2);
    write(&store, |tx| tx.remove_row(&KEEP, "c")).await;
    assert_eq!(all(&store).await, shown(&[("z", true)]));
    let deleted = is_deleted(true);
    assert_eq!(write(&store, move |tx| tx.remove_rows(&KEEP, Some(&deleted))).await, 1);
    assert_eq!(write(&store, |tx| tx.remove_rows(&KEEP, None)).await, 0);
}

async fn what_happens_to_deleted_rows_is_told_once(store: Shared) {
    let ears = Ears::open(&store).await;
    let told = async |work: fn(&mut dyn StoreWrite) -> Result<(), Error>| {
        write(&store, work).await;
        let told = ears.take();
        told.into_iter().flat_map(|(rows, _)| rows).map(|(_, _, kind, _)| kind).collect::<Vec<_>>()
    };
    assert_eq!(told(|tx| apply_one(tx, keep("a", "A", "1"))).await, [ChangeKind::Inserted]);
    assert_eq!(told(|tx| tx.hide_row(&KEEP, "a")).await, [ChangeKind::Deleted]);
    assert_eq!(told(|tx| tx.hide_row(&KEEP, "a")).await, []);
    assert_eq!(told(|tx| tx.keep_deleted(&KEEP, "a", None)).await, [ChangeKind::Deleted], "it is shown to some now");
    assert_eq!(told(|tx| apply_one(tx, gone("a", "A", "1"))).await, []);
    assert_eq!(told(|tx| apply_one(tx, keep("a", "A", "2"))).await, [ChangeKind::Inserted]);
    assert_eq!(told(|tx| apply_one(tx, gone("a", "A", "3"))).await, [ChangeKind::Deleted]);
    assert_eq!(told(|tx| tx.remove_row(&KEEP, "a")).await, [ChangeKind::Deleted]);
    assert_eq!(told(|tx| tx.put_row(&stored(keep("a", "A", "4")))).await, [ChangeKind::Inserted]);
    assert_eq!(told(|tx| tx.hide_row(&KEEP, "a")).await, [ChangeKind::Deleted]);
    assert_eq!(told(|tx| tx.remove_row(&KEEP, "a")).await, [], "it was gone already");
}

fn apply_one(tx: &mut dyn StoreWrite, row: Row) -> Result<(), Error> {
    tx.apply(&batch(&[row]), &[], SameVersion::Keep).map(drop)
}

async fn tables_that_keep_none_lose_the_row(store: Shared) {
    write(&store, |tx| {
        tx.put_row(&stored(pulled("a", "A", "1")))?;
        tx.hide_row(&ITEM, "a")
    })
    .await;
    assert_eq!(row(&store, "a").await, None);
    assert_eq!(read(&store, |tx| tx.deleted_row(&ITEM, "a")).await, None);
    write(&store, |tx| tx.put_row(&stored(pulled("b", "B", "1")))).await;
    let query = |filter| Selection { filter, include_deleted: true, ..Selection::default() };
    let counts = read(&store, move |tx| {
        let filters = [None, Some(is_deleted(false)), Some(is_deleted(true))];
        filters.into_iter().map(|filter| tx.count(&ITEM, &query(filter))).collect::<Result<Vec<_>, _>>()
    });
    assert_eq!(counts.await, [1, 1, 0]);
}
