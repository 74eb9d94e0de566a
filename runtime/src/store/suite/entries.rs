//! The queue.

use std::collections::HashSet;

use super::*;
use crate::row::Remote;
use crate::store::entry::{Failure, FailureKind, Request, RequestKind};
use crate::store::system::Grave;

both!(
    entries_come_back_as_they_were,
    every_kind_of_failure_and_request_is_kept,
    an_entry_is_found_by_its_row_or_by_being_absent,
    what_is_kept_of_an_id_besides_a_row_is_seen_at_once,
    the_next_entry_is_the_first_in_scope,
    entries_are_counted,
    sequences_are_never_given_twice,
    an_entry_is_replaced_by_its_sequence,
);

fn full_entry(sequence: i64) -> Entry {
    let mut tombstone = full_item("a");
    tombstone.deleted = true;
    Entry {
        sequence: Sequence(sequence),
        made: Sequence(sequence - 1),
        table: "item".to_owned(),
        id: Id::parse("a").unwrap(),
        revision: 12,
        absent: true,
        made_id: false,
        sent: true,
        discarded: true,
        repair: true,
        base: Base::Row(full_item("a")),
        request: Some(Request {
            kind: RequestKind::Update,
            columns: vec![TITLE, DONE],
            kept: vec!["gone".to_owned()],
            if_match: version("\"v' 1\""),
            wish: Some(full_item("a")),
            tombstone: Some(Box::new(tombstone.clone())),
            key: Some("k\"1".to_owned()),
        }),
        candidate: Some(Remote::Deleted(Some(tombstone))),
        failure: Some(Failure { kind: FailureKind::Conflict, status: Some(412), message: "not \"mine\"".to_owned() }),
        strikes: 3,
        struck_at: Some(instant(77)),
        attempts: 9,
        written_at: Some(instant(78)),
        doubtful: true,
    }
}

async fn kept(store: &Shared, entry: Entry) -> Option<Entry> {
    let sequence = entry.sequence;
    write(store, move |tx| {
        tx.put_entry(&entry)?;
        tx.next_entry(Sequence(sequence.0 - 1), Sequence(i64::MAX))
    })
    .await
}

async fn entries_come_back_as_they_were(store: Shared) {
    let full = full_entry(8);
    assert_eq!(kept(&store, full.clone()).await, Some(full));
    let mut bare = entry(Sequence(9), "b");
    assert_eq!(kept(&store, bare.clone()).await, Some(bare.clone()));
    bare.base = Base::Tombstone;
    bare.candidate = Some(Remote::Deleted(None));
    bare.request = Some(Request {
        kind: RequestKind::Delete,
        columns: vec![],
        kept: vec![],
        if_match: None,
        wish: None,
        tombstone: None,
        key: None,
    });
    assert_eq!(kept(&store, bare.clone()).await, Some(bare.clone()));
    let mut row = item("b", "");
    row.values[REAL] = Value::Real(1e300);
    row.values[WHOLE] = Value::Integer(i64::MAX);
    bare.candidate = Some(Remote::Row(row.clone()));
    row.values[REAL] = Value::Real(-0.0);
    row.values[BYTES] = Value::Blob(vec![]);
    bare.base = Base::Row(row);
    assert_eq!(kept(&store, bare.clone()).await, Some(bare));
}

async fn every_kind_of_failure_and_request_is_kept(store: Shared) {
    use FailureKind::{Conflict, Refused, SetAside, Unanswered, WrongId};
    use RequestKind::{Delete, Insert, Undelete, Update};
    for kind in [Conflict, Refused, SetAside, WrongId, Unanswered] {
        let failure = Some(Failure { kind, status: None, message: String::new() });
        let entry = Entry { failure, ..entry(Sequence(1), "a") };
        assert_eq!(kept(&store, entry.clone()).await, Some(entry));
    }
    for kind in [Insert, Update, Delete, Undelete] {
        let request = Some(Request {
            kind,
            columns: vec![NOTE],
            kept: vec![],
            if_match: None,
            wish: None,
            tombstone: None,
            key: None,
        });
        let entry = Entry { request, ..entry(Sequence(1), "a") };
        assert_eq!(kept(&store, entry.clone()).await, Some(entry));
    }
}

async fn an_entry_is_found_by_its_row_or_by_being_absent(store: Shared) {
    let linked = insert_with_entry(&store, "a").await;
    let absent = write(&store, |tx| {
        let sequence = tx.next_sequence()?;
        tx.put_entry(&Entry { absent: true, ..entry(sequence, "b") })?;
        tx.put_row(&stored(item("c", "")))?;
        Ok(sequence)
    })
    .await;
    let found = read(&store, |tx| {
        let mut sequence = |id| Ok::<_, Error>(tx.entry_of(&ITEM, id)?.map(|entry| entry.sequence));
        Ok([sequence("a")?, sequence("b")?, sequence("c")?, sequence("d")?])
    })
    .await;
    assert_eq!(found, [Some(linked), Some(absent), None, None]);
    let ids = read(&store, |tx| Ok((tx.absent_ids("item")?, tx.absent_ids("other")?))).await;
    assert_eq!(ids, (HashSet::from(["b".to_owned()]), HashSet::new()));
}

async fn what_is_kept_of_an_id_besides_a_row_is_seen_at_once(store: Shared) {
    insert_with_entry(&store, "linked").await;
    write(&store, |tx| {
        let sequence = tx.next_sequence()?;
        tx.put_entry(&Entry { absent: true, ..entry(sequence, "absent") })?;
        tx.put_grave(&Grave { row: full_item("grave"), at: instant(1) }, instant(0))?;
        tx.put_meta("key", Some("value"))
    })
    .await;
    let seen = read(&store, |tx| {
        let mut seen = |id, key| tx.is_remembered("item", id, key);
        Ok([seen("linked", "-")?, seen("none", "-")?, seen("absent", "-")?, seen("grave", "-")?, seen("none", "key")?])
    })
    .await;
    assert_eq!(seen, [false, false, true, true, true]);
    assert!(!read(&store, |tx| tx.is_remembered("other", "absent", "-")).await);
}

async fn the_next_entry_is_the_first_in_scope(store: Shared) {
    write(&store, |tx| {
        tx.put_entry(&entry(Sequence(1), "a"))?;
        tx.put_entry(&entry(Sequence(3), "b"))?;
        // Moved to the end, but made before the push.
        tx.put_entry(&Entry { made: Sequence(2), ..entry(Sequence(6), "c") })?;
        tx.put_entry(&entry(Sequence(5), "d"))
    })
    .await;
    let next = |after, until| {
        let store = Arc::clone(&store);
        async move {
            let entry = read(&store, move |tx| tx.next_entry(Sequence(after), Sequence(until))).await;
            entry.map(|entry| entry.sequence.0)
        }
    };
    assert_eq!(next(0, 3).await, Some(1));
    assert_eq!(next(1, 3).await, Some(3));
    assert_eq!(next(3, 3).await, Some(6));
    assert_eq!(next(6, 3).await, None);
    assert_eq!(next(3, 5).await, Some(5));
    assert_eq!(next(i64::MAX, i64::MAX).await, None);
}

async fn entries_are_counted(store: Shared) {
    insert_with_entry(&store, "a").await;
    insert_with_entry(&store, "b").await;
    write(&store, |tx| {
        let sequence = tx.next_sequence()?;
        tx.put_entry(&Entry { table: "other".to_owned(), ..entry(sequence, "a") })
    })
    .await;
    let counts =
        read(&store, |tx| Ok([tx.pending(None)?, tx.pending(Some("item"))?, tx.pending(Some("local"))?])).await;
    assert_eq!(counts, [3, 2, 0]);
}

async fn sequences_are_never_given_twice(store: Shared) {
    assert_eq!(read(&store, |tx| tx.last_sequence()).await, Sequence(0));
    let first = insert_with_entry(&store, "a").await;
    let second = insert_with_entry(&store, "b").await;
    assert!(first.0 > 0 && second > first);
    write(&store, move |tx| tx.remove_entry(second)).await;
    assert_eq!(read(&store, |tx| tx.last_sequence()).await, second);
    // Given and never used, twice in one transaction.
    let unused = write(&store, |tx| Ok((tx.next_sequence()?, tx.next_sequence()?, tx.last_sequence()?))).await;
    assert!(unused.0 > second && unused.1 > unused.0 && unused.2 == unused.1);
    let third = insert_with_entry(&store, "c").await;
    assert!(third > unused.1);
    // Put and removed in one transaction.
    let gone = write(&store, |tx| {
        let sequence = tx.next_sequence()?;
        tx.put_entry(&entry(sequence, "d"))?;
        tx.remove_entry(sequence)?;
        Ok(sequence)
    })
    .await;
    write(&store, move |tx| {
        tx.remove_entry(first)?;
        tx.remove_entry(third)
    })
    .await;
    assert!(insert_with_entry(&store, "e").await > gone);
}

async fn an_entry_is_replaced_by_its_sequence(store: Shared) {
    let sequence = insert_with_entry(&store, "a").await;
    let changed = Entry { revision: 2, sent: true, ..entry(sequence, "a") };
    let put = changed.clone();
    write(&store, move |tx| tx.put_entry(&put)).await;
    let (found, count) = read(&store, |tx| Ok((tx.entry_of(&ITEM, "a")?, tx.pending(None)?))).await;
    assert_eq!((found, count), (Some(changed), 1));
}
