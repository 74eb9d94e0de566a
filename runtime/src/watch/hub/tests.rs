//! The hub with watchers whose runs the tests hold.

use crate::query::Selection;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc;

use super::*;
use crate::row::Row;
use crate::store::{ChangeSource, Durability, LocalStore, MemoryStore, StoreRead, StoredRow};
use crate::table::{ColumnDef, TableSchema};
use crate::value::Value;
use crate::watch::live::{Interest, Ran, Run};
use crate::watch::{Print, Watch};

static ITEM: TableSchema = TableSchema::new("item", &[ColumnDef::id("id")]);
static OTHER: TableSchema = TableSchema::new("other", &[ColumnDef::id("id")]);
static THIRD: TableSchema = TableSchema::new("third", &[ColumnDef::id("id")]);

async fn memory() -> Arc<dyn LocalStore> {
    let store = MemoryStore::new();
    store.open(&[&ITEM, &OTHER, &THIRD]).await.unwrap();
    Arc::new(store)
}

/// A query over all tables of a list, as one in SQL would be registered: its closure reads what it likes.
fn counting(each: impl Fn() + Send + 'static) -> Run<Arc<Vec<u64>>> {
    Box::new(move |snapshot: &mut dyn StoreRead, last| {
        each();
        let count = snapshot.count(&ITEM, &Selection::default())? + snapshot.count(&OTHER, &Selection::default())?;
        let print = Print::of_number(count);
        Ok(Ran { value: (last != Some(print)).then(|| Arc::new(vec![count])), print, ids: None })
    })
}

fn tables() -> Interest {
    Interest::Tables(vec![ITEM.name(), OTHER.name()])
}

async fn put(store: &Arc<dyn LocalStore>, schema: &'static TableSchema, id: usize) {
    let mut row = Row::new(schema);
    row.values[0] = Value::Text(id.to_string());
    let row = StoredRow { row, replaced: None, entry: None };
    let work = Box::new(move |tx: &mut dyn crate::store::StoreWrite| tx.put_row(&row));
    store.write(Durability::Power, ChangeSource::Local, work).await.unwrap();
}

#[tokio::test]
async fn a_thousand_commits_during_a_run_make_one_more() {
    let store = memory().await;
    let hub = Hub::new(&store, LOOK_INTERVAL);
    let (began, begins) = mpsc::channel();
    let (go, wait) = mpsc::channel::<()>();
    let runs = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&runs);
    let mut watch = Watch::new(
        &hub,
        tables(),
        counting(move || {
            if counted.fetch_add(1, Ordering::SeqCst) == 1 {
                let _ = began.send(());
                let _ = wait.recv();
            }
        }),
    );
    assert_eq!(*watch.next().await.unwrap().unwrap(), [0]);
    put(&store, &ITEM, 0).await;
    begins.recv().unwrap();
    for id in 1..=1_000 {
        put(&store, &ITEM, id).await;
    }
    drop(go);
    while *watch.next().await.unwrap().unwrap() != [1_001] {}
    assert_eq!(runs.load(Ordering::SeqCst), 3);
    assert_eq!(watch.runs(), 3);
}

#[tokio::test]
async fn tables_of_no_interest_make_no_run() {
    let store = memory().await;
    let hub = Hub::new(&store, LOOK_INTERVAL);
    let mut watch = Watch::new(&hub, tables(), counting(|| {}));
    assert_eq!(*watch.next().await.unwrap().unwrap(), [0]);
    put(&store, &THIRD, 1).await;
    put(&store, &ITEM, 1).await;
    assert_eq!(*watch.next().await.unwrap().unwrap(), [1]);
    assert_eq!(watch.runs(), 2);
}

/// Many watchers take several turns; each is run, and a new one does not wait for all of them.
#[tokio::test]
async fn turns_are_short_and_all_have_theirs() {
    let store = memory().await;
    let hub = Hub::new(&store, LOOK_INTERVAL);
    let slow = || {
        counting(|| {
            let until = Instant::now() + Duration::from_millis(2);
            while Instant::now() < until {
                std::hint::spin_loop();
            }
        })
    };
    let mut watches: Vec<_> = (0..40).map(|_| Watch::new(&hub, tables(), slow())).collect();
    for watch in &mut watches {
        assert_eq!(*watch.next().await.unwrap().unwrap(), [0]);
    }
    put(&store, &ITEM, 1).await;
    let mut fresh = Watch::new(&hub, tables(), counting(|| {}));
    assert_eq!(*fresh.next().await.unwrap().unwrap(), [1]);
    let waiting = watches.iter().filter(|watch| watch.latest().is_some_and(|rows| *rows == [0])).count();
    assert!(waiting > 0, "the new one came before the last of the others");
    for watch in &mut watches {
        assert_eq!(*watch.next().await.unwrap().unwrap(), [1]);
    }
}

#[tokio::test]
async fn a_run_that_panics_is_an_error_and_is_run_again() {
    let store = memory().await;
    let hub = Hub::new(&store, LOOK_INTERVAL);
    let fails = Arc::new(AtomicBool::new(true));
    let failing = Arc::clone(&fails);
    let mut watch = Watch::new(
        &hub,
        tables(),
        counting(move || assert!(!failing.load(Ordering::SeqCst), "broken view (this is expected)")),
    );
    let error = watch.next().await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::App);
    fails.store(false, Ordering::SeqCst);
    put(&store, &ITEM, 1).await;
    assert_eq!(*watch.next().await.unwrap().unwrap(), [1]);
    assert!(watch.last_error().is_none());
}

/// A store that was never opened cannot be read: each watch says so, and waits for a change.
#[cfg(feature = "sqlite")]
#[tokio::test]
async fn a_store_that_cannot_be_read_is_an_error() {
    let store: Arc<dyn LocalStore> = Arc::new(crate::store::SqliteStore::in_memory());
    let hub = Hub::new(&store, LOOK_INTERVAL);
    let mut watch = Watch::new(&hub, tables(), counting(|| {}));
    assert_eq!(watch.next().await.unwrap().unwrap_err().kind(), ErrorKind::Store);
    assert_eq!(watch.runs(), 0);
}
