//! What is told after a commit.

use std::sync::{Mutex, PoisonError};

use super::transactions::held;
use super::*;
use crate::error::ErrorKind;
use crate::store::changes::{Commit, Listening};
use crate::store::{ChangeKind, ChangeSource, SameVersion, WriteWork};

both!(
    a_commit_tells_its_rows_and_its_source,
    what_is_rolled_back_is_not_told,
    a_job_that_fails_in_a_group_is_left_out,
    a_purge_tells_its_rows,
    a_pull_tells_only_what_it_changed,
    the_queue_is_told,
    reads_and_notes_tell_nothing,
    a_commit_is_told_before_its_writer_goes_on,
    a_transaction_under_way_tells_those_who_come_meanwhile,
);

/// A listener that keeps what it is told.
pub(super) struct Ears {
    told: Arc<Mutex<Vec<Arc<Commit>>>>,
    _listening: Listening,
}

/// What one commit told: rows, and whether the queue changed.
pub(super) type Told = (Vec<(&'static str, String, ChangeKind, ChangeSource)>, bool);

impl Ears {
    fn new(store: &Shared) -> Self {
        let told = Arc::new(Mutex::new(Vec::new()));
        let hear = {
            let told = Arc::clone(&told);
            move |commit: &Arc<Commit>| told.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::clone(commit))
        };
        Self { told, _listening: store.changes().listen(Arc::new(hear)) }
    }

    /// A store cannot know what others wrote before anybody listened, and says so once.
    pub(super) async fn open(store: &Shared) -> Self {
        let ears = Self::new(store);
        write(store, |_| Ok(())).await;
        ears.told.lock().unwrap().clear();
        ears
    }

    /// Whether the last commits told that anything may have changed.
    pub(super) fn was_told_anything(&self) -> bool {
        self.told.lock().unwrap().iter().any(|commit| commit.anything)
    }

    pub(super) fn take(&self) -> Vec<Told> {
        let told = std::mem::take(&mut *self.told.lock().unwrap());
        let row = |change: &crate::store::RowChange| {
            (change.table(), change.id().to_string(), change.kind(), change.source())
        };
        told.iter()
            .map(|commit| {
                assert!(!commit.anything && commit.tables.is_empty(), "{commit:?}");
                (commit.rows.iter().map(row).collect(), commit.queue)
            })
            .collect()
    }
}

fn change(id: &str, kind: ChangeKind) -> (&'static str, String, ChangeKind, ChangeSource) {
    ("item", id.to_owned(), kind, ChangeSource::Local)
}

async fn write_as(store: &Shared, source: ChangeSource, work: WriteWork) -> Result<(), Error> {
    store.write(Durability::Power, source, work).await
}

async fn a_commit_tells_its_rows_and_its_source(store: Shared) {
    let ears = Ears::open(&store).await;
    write(&store, |tx| {
        assert!(tx.insert_row(&batch(&[item("a", "")]), 0, None)?);
        assert!(!tx.insert_row(&batch(&[item("a", "again")]), 0, None)?);
        tx.put_row(&stored(item("a", "1")))?;
        tx.put_row(&stored(item("b", "1")))?;
        tx.remove_row(&ITEM, "b")?;
        tx.remove_row(&ITEM, "never")
    })
    .await;
    let rows = vec![
        change("a", ChangeKind::Inserted),
        change("a", ChangeKind::Updated),
        change("b", ChangeKind::Inserted),
        change("b", ChangeKind::Deleted),
    ];
    assert_eq!(ears.take(), [(rows, false)]);
    for source in [ChangeSource::Push, ChangeSource::Local] {
        write_as(&store, source, Box::new(|tx| tx.remove_row(&ITEM, "a"))).await.unwrap();
        write_as(&store, source, Box::new(|tx| tx.put_row(&stored(item("a", ""))))).await.unwrap();
        let told = [ChangeKind::Deleted, ChangeKind::Inserted].map(|kind| {
            let (table, id, _, _) = change("a", kind);
            (vec![(table, id, kind, source)], false)
        });
        assert_eq!(ears.take(), told);
    }
}

async fn what_is_rolled_back_is_not_told(store: Shared) {
    let ears = Ears::open(&store).await;
    let fails = write_as(
        &store,
        ChangeSource::Local,
        Box::new(|tx| {
            tx.put_row(&stored(item("a", "")))?;
            let sequence = tx.next_sequence()?;
            tx.put_entry(&entry(sequence, "a"))?;
            Err(Error::new(ErrorKind::NotFound, "mine"))
        }),
    );
    fails.await.unwrap_err();
    let panics: WriteWork = Box::new(|tx| {
        tx.put_row(&stored(item("a", "")))?;
        panic!("broken app")
    });
    write_as(&store, ChangeSource::Local, panics).await.unwrap_err();
    assert_eq!(ears.take(), []);
}

async fn a_job_that_fails_in_a_group_is_left_out(store: Shared) {
    let ears = Ears::open(&store).await;
    let (go, first) = held(&store).await;
    let put = |id: &'static str| -> WriteWork { Box::new(move |tx| tx.put_row(&stored(item(id, "")))) };
    let a = store.write(Durability::Power, ChangeSource::Local, put("a"));
    let fails = store.write(
        Durability::Power,
        ChangeSource::Push,
        Box::new(|tx| {
            tx.put_row(&stored(item("x", "")))?;
            let sequence = tx.next_sequence()?;
            tx.put_entry(&entry(sequence, "x"))?;
            Err(Error::new(ErrorKind::Exists, "no"))
        }),
    );
    let b = store.write(Durability::Power, ChangeSource::Pull, put("b"));
    drop(go);
    first.await.unwrap();
    a.await.unwrap();
    fails.await.unwrap_err();
    b.await.unwrap();
    let told = ears.take();
    assert!(told.iter().all(|(_, queue)| !queue), "{told:?}");
    let rows: Vec<_> = told.into_iter().flat_map(|(rows, _)| rows).collect();
    let b = ("item", "b".to_owned(), ChangeKind::Inserted, ChangeSource::Pull);
    assert_eq!(rows, [change("a", ChangeKind::Inserted), b]);
}

async fn a_purge_tells_its_rows(store: Shared) {
    let sequence = insert_with_entry(&store, "kept").await;
    write(&store, |tx| ["a", "b"].iter().try_for_each(|id| tx.put_row(&stored(item(id, ""))))).await;
    let ears = Ears::open(&store).await;
    let count = Arc::new(Mutex::new(0));
    let counted = Arc::clone(&count);
    let purge: WriteWork = Box::new(move |tx| {
        *counted.lock().unwrap() = tx.remove_rows(&ITEM, None)?;
        Ok(())
    });
    write_as(&store, ChangeSource::Purge, purge).await.unwrap();
    assert_eq!(*count.lock().unwrap(), 2);
    let gone = |id: &str| ("item", id.to_owned(), ChangeKind::Deleted, ChangeSource::Purge);
    assert_eq!(ears.take(), [(vec![gone("a"), gone("b")], false)]);
    assert_eq!(row(&store, "kept").await.unwrap().entry, Some(sequence));
}

async fn a_pull_tells_only_what_it_changed(store: Shared) {
    insert_with_entry(&store, "pending").await;
    write(&store, |tx| ["same", "newer", "gone"].iter().try_for_each(|id| tx.put_row(&stored(pulled(id, "", "v1")))))
        .await;
    let ears = Ears::open(&store).await;
    let rows = [
        pulled("pending", "", "v1"),
        pulled("same", "", "v1"),
        pulled("newer", "", "v2"),
        tombstone("gone"),
        tombstone("never"),
        pulled("new", "", "v1"),
        pulled("skipped", "", "v1"),
    ];
    let work: WriteWork = Box::new(move |tx| tx.apply(&batch(&rows), &[6], SameVersion::Keep).map(drop));
    write_as(&store, ChangeSource::Pull, work).await.unwrap();
    let pulled = |id: &str, kind| ("item", id.to_owned(), kind, ChangeSource::Pull);
    let rows = vec![
        pulled("newer", ChangeKind::Updated),
        pulled("gone", ChangeKind::Deleted),
        pulled("new", ChangeKind::Inserted),
    ];
    assert_eq!(ears.take(), [(rows, false)]);
}

async fn the_queue_is_told(store: Shared) {
    let ears = Ears::open(&store).await;
    let sequence = insert_with_entry(&store, "a").await;
    assert_eq!(ears.take(), [(vec![change("a", ChangeKind::Inserted)], true)]);
    write(&store, move |tx| tx.remove_entry(sequence)).await;
    assert_eq!(ears.take(), [(vec![], true)]);
}

async fn reads_and_notes_tell_nothing(store: Shared) {
    let ears = Ears::open(&store).await;
    write(&store, |tx| tx.put_meta("key", Some("value"))).await;
    ids(&store).await;
    assert_eq!(ears.take(), []);
}

/// Whoever has written and looks at what was told finds it.
async fn a_commit_is_told_before_its_writer_goes_on(store: Shared) {
    let ears = Ears::open(&store).await;
    for _ in 0..50 {
        write(&store, |tx| tx.put_row(&stored(item("a", "")))).await;
        assert_eq!(ears.take().len(), 1);
    }
}

/// They may have read before it was committed.
async fn a_transaction_under_way_tells_those_who_come_meanwhile(store: Shared) {
    let ears = Arc::new(Mutex::new(None));
    let (meanwhile, shared) = (Arc::clone(&ears), Arc::clone(&store));
    write(&store, move |tx| {
        tx.put_row(&stored(item("a", "")))?;
        *meanwhile.lock().unwrap() = Some(Ears::new(&shared));
        Ok(())
    })
    .await;
    let ears = ears.lock().unwrap();
    let told = ears.as_ref().unwrap().told.lock().unwrap();
    assert!(told.len() == 1 && told[0].anything, "{told:?}");
}
