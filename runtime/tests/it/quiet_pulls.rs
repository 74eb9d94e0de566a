//! Pulls that find nothing new: one request, and no write to the store.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use serde_json::json;
use synctable::store::{ChangeSource, Durability};
use synctable::wire::{BoxFuture, Dialect, Headers, Request, Response, Transport, TransportError};
use synctable::{ErrorKind, LocalStore, Push, Status, SyncContext, Timestamp};

use crate::world::store::SlowStore;
use crate::world::tables::{Checked, Item, List, Task};
use crate::world::{World, id, open};

fn all() -> synctable::Pull<Item> {
    Item::pull("all")
}

#[tokio::test(start_paused = true)]
async fn a_pull_without_news_is_one_request_and_no_write() {
    for date in [None, Some(1_000)] {
        let world = World::v3();
        world.server(|server| {
            server.date = date;
            server.put("item", "a", json!({ "name": "A", "count": 1 }));
            server.put("item", "gone", json!({ "name": "G", "count": 1 }));
            server.delete("item", "gone");
        });
        let store = SlowStore::default();
        let context = open(&world, store.clone()).await;
        context.sync().await.unwrap().into_result().unwrap();
        world.sent();
        for round in 0..3 {
            world.server(|server| server.date = date.map(|date| date + 40 * (round + 1)));
            let before = store.writes();
            let report = context.sync().await.unwrap();
            assert_eq!(report.status(), Status::Complete);
            let per_table: Vec<_> = report.pulls().iter().map(|pull| (pull.requests(), pull.applied())).collect();
            assert_eq!(per_table, [(1, 0); 5]);
            assert_eq!(store.writes() - before, 0, "round {round}, date {date:?}");
        }
        assert_eq!(world.sent().len(), 15, "one GET a table and round");
    }
}

/// A store that was bound before is not bound again by the first pull of a process.
#[tokio::test(start_paused = true)]
async fn the_first_pull_of_a_process_writes_nothing_either() {
    let world = World::v3();
    world.server(|server| server.put("item", "a", json!({ "name": "A", "count": 1 })));
    let store = SlowStore::default();
    open(&world, store.clone()).await.sync().await.unwrap().into_result().unwrap();
    let context = open(&world, store.clone()).await;
    let before = store.writes();
    context.sync().await.unwrap().into_result().unwrap();
    assert_eq!(store.writes() - before, 0);
}

/// What is there beside the rows is not overlooked: a row that the device lacks is applied though it is
/// older than the token.
#[tokio::test(start_paused = true)]
async fn a_row_that_is_missing_here_is_news() {
    let world = World::v3();
    world.server(|server| server.put("item", "a", json!({ "name": "A", "count": 1 })));
    let store = SlowStore::default();
    let context = open(&world, store.clone()).await;
    context.table::<Item>().pull(all()).await.unwrap().into_result().unwrap();
    let schema = <Item as synctable::SyncTable>::SCHEMA;
    let work = Box::new(move |tx: &mut dyn synctable::store::StoreWrite| tx.remove_row(schema, "a"));
    store.write(Durability::Power, ChangeSource::Local, work).await.unwrap();
    let report = context.table::<Item>().pull(all()).await.unwrap();
    assert_eq!((report.requests(), report.applied()), (1, 1));
}

/// By SQLite's own account.
#[cfg(feature = "sqlite")]
#[tokio::test(start_paused = true)]
async fn a_file_is_not_written_by_a_pull_without_news() {
    let world = World::v3();
    world.server(|server| {
        for number in 0..100 {
            server.put("item", &format!("i{number}"), json!({ "name": "A", "count": number }));
        }
    });
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("items.db");
    let context = open(&world, synctable::SqliteStore::at(&path)).await;
    context.table::<Item>().pull(all()).await.unwrap().into_result().unwrap();
    let reader = rusqlite::Connection::open(&path).unwrap();
    let version = || reader.query_row("PRAGMA data_version", [], |row| row.get::<_, i64>(0)).unwrap();
    let before = version();
    let report = context.table::<Item>().pull(all()).await.unwrap();
    assert_eq!((report.requests(), report.rows() > 1, report.applied()), (1, true, 0));
    assert_eq!(version(), before);
    world.server(|server| server.put("item", "news", json!({ "name": "A", "count": 1 })));
    context.table::<Item>().pull(all()).await.unwrap().into_result().unwrap();
    assert_ne!(version(), before, "news are written");
}

/// A clean pull sends nothing but GET; with pending operations the whole queue goes first, also when
/// all queries are pulled (invariant 28).
#[tokio::test(start_paused = true)]
async fn a_clean_pull_sends_only_reads() {
    let world = World::v3();
    let context = open(&world, SlowStore::default()).await;
    world.server(|server| server.put("item", "a", json!({ "name": "A", "count": 1 })));
    context.table::<Item>().pull(all()).await.unwrap().into_result().unwrap();
    context.table::<List>().insert(List { id: "l".parse().unwrap(), title: String::new() }).await.unwrap();
    context.table::<Item>().pull(all()).await.unwrap().into_result().unwrap();
    assert_eq!(world.writes(), Vec::<String>::new(), "the other table's operations wait");
    context.pull_all().await.unwrap().into_result().unwrap();
    let sent = world.sent();
    assert_eq!(sent.iter().filter(|line| !line.starts_with("GET")).collect::<Vec<_>>(), ["POST list"]);
    assert_eq!(sent[0], "POST list", "before any page");
    context.pull_all().await.unwrap().into_result().unwrap();
    assert_eq!(world.writes(), Vec::<String>::new());
}

/// A pull of a dirty table pushes exactly what it declares.
#[tokio::test(start_paused = true)]
async fn a_dirty_pull_pushes_what_it_says_first() {
    let world = World::v3();
    let context = open(&world, SlowStore::default()).await;
    let (lists, tasks, items) = (context.table::<List>(), context.table::<Task>(), context.table::<Item>());
    let task = |name: &str| Task { id: id(name), list: Some(id("l")), text: String::new() };
    items.insert(Item { id: id("i"), name: String::new(), count: 1 }).await.unwrap();
    tasks.insert(task("t")).await.unwrap();
    lists.insert(List { id: id("l"), title: String::new() }).await.unwrap();
    lists.insert(List { id: id("other"), title: String::new() }).await.unwrap();

    let report = tasks.pull(Task::pull("all").without_push()).await.unwrap();
    assert!(report.push().is_none());
    assert_eq!(world.writes(), Vec::<String>::new());
    let report = tasks.pull(Task::pull("all").push_scope(Push::new().table::<Task>())).await.unwrap();
    assert_eq!(report.push().unwrap().done(), 2);
    assert_eq!(world.writes(), ["POST list", "POST task"], "the list that the task names goes along");
    tasks.pull(Task::pull("all").push_scope(Push::new().table::<List>())).await.unwrap().into_result().unwrap();
    assert_eq!(world.writes(), Vec::<String>::new(), "the pulled table has nothing pending any more");
    tasks.insert(task("t2")).await.unwrap();
    tasks.pull(Task::pull("all").push_scope(Push::new().table::<List>())).await.unwrap().into_result().unwrap();
    assert_eq!(world.writes(), ["POST list"]);
    tasks.pull(Task::pull("all")).await.unwrap().into_result().unwrap();
    assert_eq!(world.writes(), ["POST item", "POST task"], "the whole queue");

    let error = tasks.pull(Task::pull("all").push_scope(Push::new().lanes(99))).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
}

/// The pulls of all queries push once, and no more than they declare together.
#[tokio::test(start_paused = true)]
async fn a_pull_of_all_queries_pushes_once_what_they_say() {
    let world = World::v3();
    let builder = SyncContext::builder("https://server.example").transport(world.clone()).clock(world.clock());
    let builder = builder.store(SlowStore::default()).dialect(Dialect::DatasyncV3).table_with::<Checked>(|table| table);
    let builder = builder.table_with::<Item>(|table| table.pull(all().push_scope(Push::new().table::<Item>())));
    let builder = builder.table_with::<List>(|table| table.pull(List::pull("all").without_push()));
    let context = builder.open().await.unwrap();
    let checked = Checked { id: id("c"), name: String::new(), note: String::new(), version: None };
    context.table().insert(checked).await.unwrap();
    context.table().insert(List { id: id("l"), title: String::new() }).await.unwrap();
    context.pull_all().await.unwrap().into_result().unwrap();
    assert_eq!(world.writes(), Vec::<String>::new());
    context.table().insert(Item { id: id("i"), name: String::new(), count: 1 }).await.unwrap();
    let report = context.pull_all().await.unwrap();
    assert_eq!((report.status(), report.push().done()), (Status::Complete, 1));
    assert_eq!(world.writes(), ["POST item"]);
}

/// A server whose rows came in one burst; its clock stands where it is put.
#[derive(Debug, Clone)]
struct Burst(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    /// Milliseconds since 1970, ascending.
    stamps: Vec<i64>,
    now: AtomicI64,
    requests: AtomicU64,
}

impl Burst {
    fn answer(&self, request: &Request) -> Response {
        self.0.requests.fetch_add(1, Ordering::SeqCst);
        let query = percent_encoding::percent_decode_str(&request.url).decode_utf8_lossy();
        let stamp = query.split("ge cast(").nth(1).unwrap().split(',').next().unwrap();
        let from = stamp.parse::<Timestamp>().unwrap().ticks() / 10_000;
        let first = self.0.stamps.partition_point(|stamp| *stamp < from);
        let rows = &self.0.stamps[first..];
        let mut body = format!(r#"{{"count":{},"items":["#, rows.len());
        for (place, stamp) in rows.iter().enumerate().take(1000) {
            let (number, comma) = (first + place, if place == 0 { "" } else { "," });
            let stamp = Timestamp::from_millis(*stamp).unwrap().to_millis_string();
            body.push_str(&format!(
                r#"{comma}{{"id":"{number:06}","name":"n","count":1,"updatedAt":"{stamp}","version":"v{number}","deleted":false}}"#
            ));
        }
        body.push_str("]}");
        let now = Duration::from_millis(self.0.now.load(Ordering::SeqCst).unsigned_abs());
        let date = httpdate::fmt_http_date(std::time::UNIX_EPOCH + now);
        let headers = Headers::from_iter([("content-type", "application/json"), ("date", date.as_str())]);
        Response { status: 200, headers, body: body.into_bytes().into() }
    }
}

impl Transport for Burst {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        let response = self.answer(&request);
        Box::pin(std::future::ready(Ok(response)))
    }
}

/// The overlap counts from the last read: what was read 30 s after it came is never read again.
#[tokio::test]
async fn after_a_burst_of_100_000_rows_and_31_quiet_seconds_a_pull_is_one_request() {
    const NOON: i64 = 1_800_000_000_000;
    for (rows, quiet_before_the_first) in [(100_000, 0), (3_000, 31_000)] {
        let stamps = (0..rows).map(|number| NOON + number / 20).collect();
        let (now, requests) = (AtomicI64::new(NOON + 5_000 + quiet_before_the_first), AtomicU64::new(0));
        let server = Burst(Arc::new(Shared { stamps, now, requests }));
        let store = SlowStore::default();
        let builder = SyncContext::builder("https://server.example").transport(server.clone()).store(store.clone());
        let context = builder.dialect(Dialect::DatasyncV3).table::<Item>().open().await.unwrap();
        let items = context.table::<Item>();
        let first = items.pull(all()).await.unwrap();
        assert_eq!((first.status(), first.applied()), (Status::Complete, rows.unsigned_abs()));
        let pass = |seconds: i64| server.0.now.fetch_add(seconds * 1000, Ordering::SeqCst);
        if quiet_before_the_first == 0 {
            // Rows stamped within the overlap before the first pull may have been shown after it.
            pass(31);
            let second = items.pull(all()).await.unwrap();
            assert_eq!((second.status(), second.applied()), (Status::Complete, 0));
            assert!(second.requests() > 100);
        }
        for _ in 0..3 {
            pass(31);
            let before = (store.writes(), server.0.requests.load(Ordering::SeqCst));
            let quiet = items.pull(all()).await.unwrap();
            assert_eq!((quiet.requests(), quiet.applied()), (1, 0));
            assert_eq!((store.writes(), server.0.requests.load(Ordering::SeqCst)), (before.0, before.1 + 1));
        }
    }
}
