//! Beginnings and ends of watches: no commit is missed, nobody is held up, nothing is left.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::mpsc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use futures_core::Stream;
use synctable::{LocalStore as _, MemoryStore, SyncContext};

use super::{Note, builder, devices, file, id, ids_become, note, rows, soon, starred};

/// A watch that begins while commits come: whichever falls before its first read, between that and
/// its registration, or after it, the last result is the whole.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_commit_around_the_beginning_is_missed() {
    let folder = tempfile::tempdir().unwrap();
    for (_, notes) in devices(folder.path()).await {
        for round in 0..150 {
            let writing = {
                let notes = notes.clone();
                tokio::spawn(async move {
                    for number in 0..5 {
                        notes.upsert(note(&number.to_string(), round)).await.unwrap();
                    }
                })
            };
            for _ in 0..round % 7 {
                tokio::task::yield_now().await;
            }
            let mut live = notes.watch(&Note::query());
            while rows(&mut live).await.iter().filter(|note| note.stars == round).count() < 5 {}
            writing.await.unwrap();
        }
    }
}

#[tokio::test]
async fn what_another_process_writes_is_seen() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notes.db");
    let (ours, notes) = file(&path).await;
    let (other, theirs) = file(&path).await;
    let mut live = notes.watch(&starred());
    let mut pending = ours.watch_pending();
    ids_become(&mut live, &[]).await;
    for number in 0..20 {
        let id_text = format!("{number:02}");
        theirs.insert(note(&id_text, 3)).await.unwrap();
        while rows(&mut live).await.last().is_none_or(|note| note.id != *id_text) {}
    }
    while soon(pending.next()).await.unwrap().unwrap() < 20 {}
    drop(other);
    notes.delete(&id("00")).await.unwrap();
    assert_eq!(rows(&mut live).await.len(), 19);
}

#[tokio::test]
async fn a_dropped_watch_is_no_longer_listened_for() {
    let store = MemoryStore::new();
    let context = builder().store(store.clone()).open().await.unwrap();
    let notes = context.table::<Note>();
    assert!(!store.changes().is_watched());
    let (mut first, second) = (notes.watch(&Note::query()), notes.watch(&starred()));
    rows(&mut first).await;
    let changes = context.changes();
    drop((first, second));
    assert!(store.changes().is_watched());
    drop(changes);
    assert!(!store.changes().is_watched());
    let mut again = notes.watch(&Note::query());
    notes.insert(note("a", 1)).await.unwrap();
    ids_become(&mut again, &["a"]).await;
}

#[tokio::test]
async fn the_last_handle_ends_the_watches_and_closes_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notes.db");
    for round in 0..20 {
        let (context, notes) = file(&path).await;
        let (mut live, mut changes, mut pending) =
            (notes.watch(&starred()), context.changes(), context.watch_pending());
        if round % 2 == 0 {
            rows(&mut live).await;
            notes.upsert(note("a", 3 + round)).await.unwrap();
        }
        drop(context);
        assert!(std::fs::exists(folder.path().join("notes.db-wal")).unwrap(), "a table is a handle too");
        drop(notes);
        assert!(!std::fs::exists(folder.path().join("notes.db-wal")).unwrap(), "the file is closed");
        while soon(live.next()).await.is_some() {}
        while soon(changes.next()).await.is_some() {}
        while soon(pending.next()).await.is_some() {}
        assert!(round % 2 == 1 || live.latest().is_some(), "what was read stays");
    }
}

/// What is captured lives as long as the watch, and may be the last handle.
#[tokio::test]
async fn a_function_may_hold_the_context() {
    let folder = tempfile::tempdir().unwrap();
    for (context, notes) in devices(folder.path()).await {
        for _ in 0..20 {
            let (context, notes) = (context.clone(), notes.clone());
            let live = notes.watch(&Note::query());
            live.on_change(move || {
                let _ = context.dialect();
            });
            drop((notes, live));
        }
        let live = notes.watch(&Note::query());
        live.on_change(move || {
            let _ = (&context, &notes);
        });
        drop(live);
    }
}

#[tokio::test]
async fn a_slow_consumer_holds_up_no_writer_and_gets_the_newest() {
    let folder = tempfile::tempdir().unwrap();
    for (_, notes) in devices(folder.path()).await {
        let mut never_read = notes.watch(&Note::query());
        let stuck = notes.watch(&Note::query());
        let (go, wait) = mpsc::channel::<()>();
        let wait = std::sync::Mutex::new(wait);
        stuck.on_change(move || {
            let _ = wait.lock().unwrap().recv();
        });
        for number in 0..300 {
            soon(notes.insert(note(&format!("{number:03}"), 1))).await.unwrap();
        }
        drop(go);
        while rows(&mut never_read).await.len() < 300 {}
        assert!(never_read.runs() < 100, "the commits were taken together: {}", never_read.runs());
    }
}

/// An executor of ten lines: a parked thread.
fn block_on<F: Future>(future: F) -> F::Output {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut future = std::pin::pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}

#[test]
fn no_runtime_is_needed() {
    let folder = tempfile::tempdir().unwrap();
    let open = |path: &std::path::Path| block_on(file(path));
    let (context, notes) = open(&folder.path().join("notes.db"));
    let mut live = notes.watch(&Note::query());
    let next = |live: &mut synctable::Watch<Note>| {
        block_on(std::future::poll_fn(|context| Pin::new(&mut *live).poll_next(context))).unwrap().unwrap().len()
    };
    assert_eq!(next(&mut live), 0);
    block_on(notes.insert(note("a", 1))).unwrap();
    assert_eq!(next(&mut live), 1);
    let mut changes = context.changes();
    block_on(notes.insert(note("b", 1))).unwrap();
    assert!(block_on(changes.next()).is_some());
}

#[tokio::test]
async fn two_contexts_on_one_store_see_each_other() {
    let store = MemoryStore::new();
    let open = async || -> SyncContext { builder().store(store.clone()).open().await.unwrap() };
    let (first, second) = (open().await, open().await);
    let mut live = first.table::<Note>().watch(&Note::query());
    ids_become(&mut live, &[]).await;
    second.table::<Note>().insert(note("a", 1)).await.unwrap();
    ids_become(&mut live, &["a"]).await;
}
