//! Pulled rows.

use super::*;
use crate::query::Selection;
use crate::store::{Applied, Replaced, SameVersion};

both!(
    pulled_rows_are_inserted_changed_and_removed,
    rows_with_an_entry_are_protected,
    skipped_places_are_left_out,
    the_same_version_is_not_written_again,
    rewriting_writes_the_same_version,
    rows_without_a_version_are_always_written,
    a_change_by_others_forgets_the_replaced_version,
    local_only_columns_are_kept,
    a_row_twice_in_a_batch_is_applied_in_order,
    a_row_without_an_id_stops_the_batch,
    a_batch_of_thousands_is_one_call,
    rows_without_an_entry_are_removed_by_filter,
);

async fn apply(store: &Shared, rows: Vec<Row>, skip: Vec<usize>, same: SameVersion) -> Applied {
    write(store, move |tx| tx.apply(&batch(&rows), &skip, same)).await
}

fn applied(changed: u64, removed: u64, protected: &[usize]) -> Applied {
    Applied { changed, removed, protected: protected.to_vec() }
}

async fn pulled_rows_are_inserted_changed_and_removed(store: Shared) {
    let first = apply(&store, vec![pulled("a", "1", "v1"), pulled("b", "1", "v1")], vec![], SameVersion::Keep).await;
    assert_eq!(first, applied(2, 0, &[]));
    let second = vec![pulled("a", "2", "v2"), tombstone("b"), tombstone("never"), pulled("c", "2", "v2")];
    assert_eq!(apply(&store, second, vec![], SameVersion::Keep).await, applied(2, 1, &[]));
    assert_eq!(ids(&store).await, ["a", "c"]);
    let a = row(&store, "a").await.unwrap();
    assert_eq!(
        (a.row.values[TITLE].clone(), a.row.version, a.row.updated_at),
        (text("2"), version("v2"), Some(instant(9)))
    );
    assert_eq!((a.entry, a.replaced, a.row.deleted), (None, None, false));
}

async fn rows_with_an_entry_are_protected(store: Shared) {
    let sequence = insert_with_entry(&store, "b").await;
    insert_with_entry(&store, "c").await;
    for same in [SameVersion::Keep, SameVersion::Rewrite] {
        let rows =
            vec![pulled("a", "remote", "v1"), pulled("b", "remote", "v1"), tombstone("c"), pulled("d", "", "v1")];
        assert_eq!(apply(&store, rows, vec![], same).await.protected, [1, 2]);
    }
    let b = row(&store, "b").await.unwrap();
    assert_eq!((b.row.values[TITLE].clone(), b.row.version, b.entry), (text("local"), None, Some(sequence)));
    assert!(row(&store, "c").await.is_some());
}

async fn skipped_places_are_left_out(store: Shared) {
    write(&store, |tx| tx.put_row(&stored(item("d", "here")))).await;
    let rows = vec![pulled("a", "", "v1"), pulled("b", "", "v1"), pulled("c", "", "v1"), tombstone("d")];
    assert_eq!(apply(&store, rows, vec![0, 2, 3], SameVersion::Keep).await, applied(1, 0, &[]));
    assert_eq!(ids(&store).await, ["b", "d"]);
}

async fn the_same_version_is_not_written_again(store: Shared) {
    let mut kept = stored(pulled("a", "kept", "v1"));
    kept.replaced = Some(Replaced::Unversioned);
    let put = kept.clone();
    write(&store, move |tx| tx.put_row(&put)).await;
    assert_eq!(apply(&store, vec![pulled("a", "again", "v1")], vec![], SameVersion::Keep).await, applied(0, 0, &[]));
    assert_eq!(row(&store, "a").await, Some(kept));
}

async fn rewriting_writes_the_same_version(store: Shared) {
    let mut before = stored(pulled("a", "before", "v1"));
    before.replaced = Some(Replaced::Version(version("v0").unwrap()));
    write(&store, move |tx| tx.put_row(&before)).await;
    let rows = vec![pulled("a", "after", "v1")];
    assert_eq!(apply(&store, rows, vec![], SameVersion::Rewrite).await, applied(1, 0, &[]));
    let a = row(&store, "a").await.unwrap();
    assert_eq!(a.row.values[TITLE], text("after"));
    assert_eq!(a.replaced, Some(Replaced::Version(version("v0").unwrap())), "the version is still the own push's");
}

async fn rows_without_a_version_are_always_written(store: Shared) {
    let unversioned = |title: &str| {
        let mut row = pulled("a", title, "");
        row.version = None;
        vec![row]
    };
    assert_eq!(apply(&store, unversioned("1"), vec![], SameVersion::Keep).await, applied(1, 0, &[]));
    assert_eq!(apply(&store, unversioned("2"), vec![], SameVersion::Keep).await, applied(1, 0, &[]));
    assert_eq!(row(&store, "a").await.unwrap().row.values[TITLE], text("2"));
}

async fn a_change_by_others_forgets_the_replaced_version(store: Shared) {
    for same in [SameVersion::Keep, SameVersion::Rewrite] {
        let mut own = stored(pulled("a", "own", "v2"));
        own.replaced = Some(Replaced::Version(version("v1").unwrap()));
        write(&store, move |tx| tx.put_row(&own)).await;
        apply(&store, vec![pulled("a", "theirs", "v3")], vec![], same).await;
        assert_eq!(row(&store, "a").await.unwrap().replaced, None, "{same:?}");
    }
}

async fn local_only_columns_are_kept(store: Shared) {
    let mut mine = stored(pulled("a", "", "v1"));
    mine.row.values[NOTE] = text("mine");
    write(&store, move |tx| tx.put_row(&mine)).await;
    let from_server = |id: &str| {
        let mut row = pulled(id, "", "v2");
        row.values[NOTE] = text("not from a server");
        row
    };
    apply(&store, vec![from_server("a"), from_server("b"), from_server("c")], vec![], SameVersion::Keep).await;
    assert_eq!(row(&store, "a").await.unwrap().row.values[NOTE], text("mine"));
    assert_eq!(row(&store, "b").await.unwrap().row.values[NOTE], text("none"), "a new row gets the default");
    assert_eq!(row(&store, "c").await.unwrap().row.values[NOTE], text("none"));
}

async fn a_row_twice_in_a_batch_is_applied_in_order(store: Shared) {
    let rows =
        vec![pulled("a", "1", "v1"), tombstone("a"), pulled("a", "3", "v3"), pulled("b", "1", "v1"), tombstone("b")];
    assert_eq!(apply(&store, rows, vec![], SameVersion::Keep).await, applied(3, 2, &[]));
    assert_eq!(ids(&store).await, ["a"]);
    assert_eq!(row(&store, "a").await.unwrap().row.values[TITLE], text("3"));
}

async fn a_row_without_an_id_stops_the_batch(store: Shared) {
    let rows = vec![pulled("a", "", "v1"), pulled("", "", "v1")];
    let work = move |tx: &mut dyn StoreWrite| tx.apply(&batch(&rows), &[], SameVersion::Keep);
    let error = super::super::write(&*store, Durability::Process, ChangeSource::Local, work).await.unwrap_err();
    assert_eq!((error.kind(), error.table()), (crate::ErrorKind::Invalid, Some("item")));
    assert!(ids(&store).await.is_empty(), "the batch is one transaction");
}

async fn a_batch_of_thousands_is_one_call(store: Shared) {
    let rows: Vec<Row> = (0..3_000).map(|number| pulled(&format!("{number:05}"), "x", "v1")).collect();
    insert_with_entry(&store, "00007").await;
    assert_eq!(apply(&store, rows.clone(), vec![1], SameVersion::Keep).await, applied(2_998, 0, &[7]));
    assert_eq!(apply(&store, rows, vec![1], SameVersion::Keep).await, applied(0, 0, &[7]));
    assert_eq!(read(&store, |tx| tx.count(&ITEM, &Selection::default())).await, 2_999);
}

async fn rows_without_an_entry_are_removed_by_filter(store: Shared) {
    use crate::query::predicate::{Comparison, Literal, Term, Tree};
    insert_with_entry(&store, "a").await;
    write(&store, |tx| {
        for (id, title) in [("b", "local"), ("c", "local"), ("d", "other")] {
            tx.put_row(&stored(item(id, title)))?;
        }
        Ok(())
    })
    .await;
    let title = &ITEM.columns()[TITLE];
    let compare = |value: &str| Tree::Compare {
        left: Term::Column(title),
        comparison: Comparison::Eq,
        right: Term::Literal(Literal::of(title, text(value))),
    };
    // An "or" must not reach around the protection.
    let filter = Tree::Or(vec![compare("local"), compare("nothing")]);
    assert_eq!(write(&store, move |tx| tx.remove_rows(&ITEM, Some(&filter))).await, 2);
    assert_eq!(ids(&store).await, ["a", "d"]);
    assert_eq!(write(&store, |tx| tx.remove_rows(&ITEM, None)).await, 1);
    assert_eq!(ids(&store).await, ["a"]);
}
