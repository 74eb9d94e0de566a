//! Live queries: what makes a result come again, and what does not.

mod feed;
mod life;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use futures_core::Stream;
use serde_json::json;
use synctable::{
    ColumnSubset, ErrorKind, Id, MemoryStore, PendingWatch, Purge, Query, SqliteStore, SyncContext, SyncTable, Table,
    Watch,
};

use crate::world::tables::Item;
use crate::world::{Device, World};

#[derive(Debug, Clone, PartialEq, SyncTable)]
#[sync(table = "note")]
pub(crate) struct Note {
    id: Id,
    text: String,
    stars: i64,
}

#[derive(Debug, Clone, PartialEq, ColumnSubset)]
#[sync(of = Note)]
struct Text {
    text: String,
}

fn id(text: &str) -> Id {
    Id::parse(text).unwrap()
}

fn note(id_text: &str, stars: i64) -> Note {
    Note { id: id(id_text), text: format!("text of {id_text}"), stars }
}

/// What must come, and at once; the bound only makes an error of what else would never end.
async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(60), future).await.expect("it comes soon")
}

async fn rows<R: Send + Sync + 'static>(watch: &mut Watch<R>) -> Arc<Vec<R>> {
    soon(watch.next()).await.expect("the context is open").unwrap()
}

/// Waits for the result with these ids; others may come before.
async fn ids_become(watch: &mut Watch<Note>, expected: &[&str]) {
    loop {
        let rows = rows(watch).await;
        if rows.iter().map(|note| note.id.as_str()).eq(expected.iter().copied()) {
            return;
        }
    }
}

fn builder() -> synctable::SyncContextBuilder {
    SyncContext::builder("http://127.0.0.1:9").table::<Note>()
}

async fn memory() -> (SyncContext, Table<Note>) {
    let context = builder().store(MemoryStore::new()).open().await.unwrap();
    (context.clone(), context.table())
}

async fn file(path: &Path) -> (SyncContext, Table<Note>) {
    let store = SqliteStore::at(path);
    let context = builder().watch_interval(Duration::from_millis(1)).store(store).open().await.unwrap();
    (context.clone(), context.table())
}

/// A device on each store.
async fn devices(folder: &Path) -> Vec<(SyncContext, Table<Note>)> {
    let in_memory = builder().store(SqliteStore::in_memory()).open().await.unwrap();
    vec![memory().await, file(&folder.join("notes.db")).await, (in_memory.clone(), in_memory.table())]
}

fn starred() -> Query<Note> {
    Note::query().filter(|n| n.stars.gt(2)).order_by(|n| n.stars.desc())
}

#[test]
fn watches_are_streams_that_can_be_sent_and_kept() {
    fn is<S: Stream + Send + Sync + Unpin + 'static>() {}
    is::<Watch<Note>>();
    is::<Watch<Text>>();
    is::<PendingWatch>();
    is::<synctable::Changes>();
}

#[tokio::test]
async fn the_result_comes_first_and_again_after_each_change_of_it() {
    let folder = tempfile::tempdir().unwrap();
    for (context, notes) in devices(folder.path()).await {
        notes.insert(note("a", 3)).await.unwrap();
        let mut live = notes.watch(&starred());
        assert_eq!(*rows(&mut live).await, [note("a", 3)]);
        notes.insert(note("b", 5)).await.unwrap();
        assert_eq!(*rows(&mut live).await, [note("b", 5), note("a", 3)], "a row comes");
        notes.edit(&id("a"), |note| note.stars = 9).await.unwrap();
        assert_eq!(*rows(&mut live).await, [note("a", 9), note("b", 5)], "the order changes");
        notes.edit(&id("b"), |note| note.text = "new".to_owned()).await.unwrap();
        assert_eq!(rows(&mut live).await[1].text, "new", "a value changes");
        notes.edit(&id("a"), |note| note.stars = 0).await.unwrap();
        ids_become(&mut live, &["b"]).await;
        notes.delete(&id("b")).await.unwrap();
        assert!(rows(&mut live).await.is_empty());
        context
            .transaction(|tx| {
                tx.insert(note("c", 4))?;
                tx.insert(note("d", 5)).map(drop)
            })
            .await
            .unwrap();
        ids_become(&mut live, &["d", "c"]).await;
        let failed = context.transaction(|tx| {
            tx.insert(note("e", 9))?;
            tx.insert(note("e", 9)).map(drop)
        });
        failed.await.unwrap_err();
        notes.purge(Purge::new().discard_pending()).await.unwrap();
        assert!(rows(&mut live).await.is_empty(), "what was rolled back was never shown");
    }
}

#[tokio::test]
async fn a_subset_is_watched_by_what_it_shows() {
    let folder = tempfile::tempdir().unwrap();
    for (_, notes) in devices(folder.path()).await {
        let mut live = notes.watch(&starred().select::<Text>());
        assert!(rows(&mut live).await.is_empty());
        notes.insert(note("a", 3)).await.unwrap();
        assert_eq!(*rows(&mut live).await, [Text { text: "text of a".to_owned() }]);
        notes.edit(&id("a"), |note| note.stars = 4).await.unwrap();
        notes.edit(&id("a"), |note| note.text = "b".to_owned()).await.unwrap();
        assert_eq!(*rows(&mut live).await, [Text { text: "b".to_owned() }], "what is not shown makes no item");
        // Another row with the same text takes its place, and is what the result depends on now.
        notes.insert(Note { text: "b".to_owned(), ..note("c", 5) }).await.unwrap();
        assert_eq!(rows(&mut live).await.len(), 2);
        notes.delete(&id("a")).await.unwrap();
        assert_eq!(rows(&mut live).await.len(), 1);
        notes.delete(&id("c")).await.unwrap();
        assert!(rows(&mut live).await.is_empty());
    }
}

/// How often a query is run again for these writes of rows.
async fn runs_after(query: &Query<Note>, writes: &[(&str, Option<i64>)]) -> u64 {
    let (_, notes) = memory().await;
    for (id_text, stars) in [("p", 1), ("q", 2), ("r", 3), ("s", 4), ("t", 5)] {
        notes.insert(note(id_text, stars)).await.unwrap();
    }
    let mut live = notes.watch(query);
    // It shows every write, in the turn in which the other was looked at.
    let mut every = notes.watch(&Note::query());
    rows(&mut live).await;
    rows(&mut every).await;
    let before = live.runs();
    for (id_text, stars) in writes {
        match *stars {
            Some(stars) => drop(notes.upsert(note(id_text, stars)).await.unwrap()),
            None => notes.delete(&id(id_text)).await.unwrap(),
        }
        rows(&mut every).await;
    }
    live.runs() - before
}

#[tokio::test]
async fn changes_of_rows_that_neither_match_nor_are_shown_make_no_run() {
    // In neither, before and after; gone; new and out of it.
    let quiet = [("p", Some(0)), ("q", None), ("new", Some(1)), ("new", None)];
    assert_eq!(runs_after(&starred(), &quiet).await, 0);
    // Behind the bound and no longer matching.
    assert_eq!(runs_after(&starred().take(1), &[("p", Some(0)), ("r", Some(1))]).await, 0);
    // It matches now; it is shown and matches no longer; it is shown and gone.
    assert_eq!(runs_after(&starred(), &[("p", Some(6)), ("s", Some(0)), ("t", None)]).await, 3);
    // Without a filter each row matches, but one that is behind the bound and gone moves nothing.
    assert_eq!(runs_after(&Note::query().take(1), &[("t", None), ("s", Some(9)), ("p", Some(2))]).await, 2);
    // Whatever goes may have been passed over.
    assert_eq!(runs_after(&starred().skip(1), &[("t", None), ("p", Some(0))]).await, 2);
}

#[tokio::test]
async fn a_result_that_is_equal_is_run_but_not_given_again() {
    let (_, notes) = memory().await;
    for stars in [3, 4, 5] {
        notes.insert(note(&stars.to_string(), stars)).await.unwrap();
    }
    let mut live = notes.watch(&starred().take(2));
    ids_become(&mut live, &["5", "4"]).await;
    // It matches, but stands behind the bound.
    notes.edit(&id("3"), |note| note.text = "else".to_owned()).await.unwrap();
    notes.insert(note("6", 6)).await.unwrap();
    ids_become(&mut live, &["6", "5"]).await;
    let after_skip = notes.watch(&starred().skip(1).take(1));
    let mut after_skip = after_skip;
    ids_become(&mut after_skip, &["5"]).await;
    notes.edit(&id("6"), |note| note.stars = 0).await.unwrap();
    ids_become(&mut after_skip, &["4"]).await;
}

#[tokio::test]
async fn a_version_that_the_struct_does_not_show_makes_no_item() {
    let world = World::v3();
    let device = Device::new(&world).await;
    let items = device.context.table::<Item>();
    let mut live = items.watch(&Item::query());
    let mut pending = device.context.watch_pending();
    assert!(rows(&mut live).await.is_empty());
    assert_eq!(soon(pending.next()).await.unwrap().unwrap(), 0);
    device.insert("a", "A", 1).await;
    assert_eq!(rows(&mut live).await[0].name, "A");
    assert_eq!(soon(pending.next()).await.unwrap().unwrap(), 1);
    let before = live.runs();
    device.pushes().await;
    assert_eq!(soon(pending.next()).await.unwrap().unwrap(), 0);
    device.rename("a", "B").await;
    assert_eq!(rows(&mut live).await[0].name, "B", "the version that came with the push made none");
    assert!(live.runs() > before);
}

#[tokio::test]
async fn pushes_pulls_and_purges_feed_it() {
    let world = World::v3();
    let device = Device::new(&world).await;
    let items = device.context.table::<Item>();
    let mut live = items.watch(&Item::query());
    assert!(rows(&mut live).await.is_empty());
    device.given(&world, "a", "from the server", 1).await;
    assert_eq!(rows(&mut live).await[0].name, "from the server");

    // The server's row is newer: the conflict is left to the app, which drops its own wish.
    world.server(|server| server.change("item", "a", json!({ "name": "newer" })));
    device.rename("a", "mine").await;
    assert_eq!(rows(&mut live).await[0].name, "mine");
    device.tries_to_push().await;
    let operation = device.only().await;
    device.context.discard(&operation).await.unwrap();
    loop {
        if rows(&mut live).await[0].name == "newer" {
            break;
        }
    }
    // A server that changes what it is sent: the answer to a push is a change.
    world.server(|server| server.delete("item", "a"));
    device.pulls().await;
    assert!(rows(&mut live).await.is_empty());
    device.given(&world, "b", "B", 1).await;
    assert_eq!(rows(&mut live).await.len(), 1);
    items.purge(Purge::new()).await.unwrap();
    assert!(rows(&mut live).await.is_empty());
}

#[tokio::test]
async fn an_error_is_an_item_and_ends_nothing() {
    #[derive(Debug, Clone, SyncTable)]
    #[sync(table = "note")]
    struct Other {
        id: Id,
    }
    let (context, notes) = memory().await;
    let mut live = context.table::<Other>().watch(&Other::query());
    let error = soon(live.next()).await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Schema);
    assert_eq!(live.last_error().map(|error| error.kind()), Some(ErrorKind::Schema));
    assert!(live.latest().is_none());
    let mut right = notes.watch(&Note::query());
    rows(&mut right).await;
    notes.insert(note("a", 1)).await.unwrap();
    rows(&mut right).await;
    assert!(
        std::future::poll_fn(|context| std::task::Poll::Ready(
            std::pin::Pin::new(&mut live).poll_next(context).is_pending()
        ))
        .await
    );
    assert_eq!(live.runs(), 2, "it was run again and said the same");
}

#[tokio::test]
async fn interfaces_are_told_and_read_the_latest() {
    let (_, notes) = memory().await;
    let live = notes.watch(&Note::query());
    let (told, mut tells) = tokio::sync::mpsc::unbounded_channel();
    live.on_change(move || {
        let _ = told.send(());
    });
    soon(tells.recv()).await.unwrap();
    assert_eq!(live.latest().map(|rows| rows.len()), Some(0));
    notes.insert(note("a", 1)).await.unwrap();
    while live.latest().is_none_or(|rows| rows.is_empty()) {
        soon(tells.recv()).await.unwrap();
    }
    // One that comes late is told of what is there.
    let (told, mut tells) = tokio::sync::mpsc::unbounded_channel();
    live.on_change(move || {
        let _ = told.send(());
    });
    assert!(tells.try_recv().is_ok());
    let pending = live.last_error();
    assert!(pending.is_none());
}

#[tokio::test]
async fn a_function_that_panics_harms_no_other_watch() {
    let (_, notes) = memory().await;
    let broken = notes.watch(&Note::query());
    let (told, mut tells) = tokio::sync::mpsc::unbounded_channel();
    broken.on_change(move || {
        let _ = told.send(());
        // Called at once, it would end this test.
        assert_ne!(std::thread::current().name(), Some("synctable-watch"), "broken app (this is expected)");
    });
    let mut live = notes.watch(&Note::query());
    rows(&mut live).await;
    soon(tells.recv()).await.unwrap();
    notes.insert(note("a", 1)).await.unwrap();
    assert_eq!(rows(&mut live).await.len(), 1);
    soon(tells.recv()).await.unwrap();
}
