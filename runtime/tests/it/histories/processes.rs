//! Two processes on one store, restarts, and a column that was added meanwhile.

use std::path::Path;
use std::time::Duration;

use serde_json::json;
use synctable::store::entry::FailureKind;
use synctable::wire::Dialect;
use synctable::{Clock as _, Id, LocalStore as _, Pull, Reason, SqliteStore, Status, SyncContext, SyncTable};

use crate::world::held::Held;
use crate::world::net::{Gate, work};
use crate::world::tables::Item;
use crate::world::{Device, Meet, World, id, open, set_lease, time_passes};

/// A process of its own on a store file.
async fn process(world: &World, file: &Path) -> SyncContext {
    open(world, Held(SqliteStore::at(file))).await
}

fn item(name: &str) -> Item {
    Item { id: id(name), name: "A".to_owned(), count: 1 }
}

#[tokio::test(start_paused = true)]
async fn a_second_process_does_not_push_while_the_first_does() {
    let world = World::v3();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("store.db");
    let (first, second) = (process(&world, &file).await, process(&world, &file).await);
    first.table::<Item>().insert(item("a")).await.unwrap();
    let gate = Gate::default();
    world.once("POST", "item", Meet::Gate(gate.clone()));
    let pushing = tokio::spawn(async move { first.push().await.unwrap() });
    gate.arrival().await;

    let written = second.table::<Item>().insert(item("b")).await;
    assert!(written.is_ok(), "local writes go on");
    let report = second.push().await.unwrap();
    assert_eq!((report.status(), report.requests()), (Status::Unavailable, 0));
    assert!(report.not_attempted().iter().all(|left| *left.reason() == Reason::PushedElsewhere), "{report:?}");
    assert_eq!(report.not_attempted().len(), 2);

    gate.open();
    assert_eq!(pushing.await.unwrap().done(), 1);
    assert_eq!(second.push().await.unwrap().done(), 1, "the lease was given back");
    assert_eq!(world.writes(), ["POST item", "POST item"], "each row was inserted once");
}

#[tokio::test(start_paused = true)]
async fn an_answer_whose_lease_was_taken_over_is_dropped_and_the_request_stays_open() {
    let world = World::v3();
    let device = Device::new(&world).await;
    device.insert("a", "A", 1).await;
    device.insert("b", "B", 1).await;
    let (clock, store) = (world.clock(), device.store.clone());
    let takeover = work(move || {
        let (clock, store) = (clock.clone(), store.clone());
        async move {
            let until = clock.now().saturating_add(Duration::from_secs(50)).ticks();
            set_lease(&store, Some(format!("another {until}"))).await;
        }
    });
    world.once("POST", "item", Meet::ThenWork(takeover));
    let report = device.push().await;
    assert_eq!(report.status(), Status::Unavailable);
    assert_eq!(report.not_attempted().len(), 2, "{report:?}");
    assert_eq!(world.writes(), ["POST item"], "nothing is sent after it");
    assert!(device.pending().await[0].is_unanswered());

    set_lease(&device.store, None).await;
    device.pushes().await;
    assert_eq!(device.sees("a").await, Some(("A".to_owned(), 1)), "the repeated insert finds its own row");
}

#[tokio::test(start_paused = true)]
async fn a_lease_that_expired_or_cannot_be_believed_may_be_taken() {
    for (ahead, taken) in [(-1, true), (30, false), (61, true)] {
        let world = World::v3();
        let device = Device::new(&world).await;
        device.insert("a", "A", 1).await;
        // Whoever holds the store's own lock needs no lease.
        let lock = device.store.sole_pusher();
        let until = world.clock().now().ticks() + ahead * 10_000_000;
        set_lease(&device.store, Some(format!("another {until}"))).await;
        let report = device.push().await;
        assert_eq!(report.status() == Status::Complete, taken, "{ahead} s ahead: {report:?}");
        drop(lock);
    }
}

#[tokio::test(start_paused = true)]
async fn whoever_pushes_by_the_lease_alone_is_not_pushed_aside() {
    let world = World::v3();
    let device = Device::new(&world).await;
    device.insert("a", "A", 1).await;
    // Another has the store's lock, and no lease any more: it is at the end of its push.
    let lock = device.store.sole_pusher();
    let gate = Gate::default();
    world.once("POST", "item", Meet::Gate(gate.clone()));
    let pushing = tokio::spawn({
        let context = device.context.clone();
        async move { context.push().await.unwrap() }
    });
    gate.arrival().await;
    drop(lock);
    // The lock is to be had now, but it says nothing of the one who pushes without it; nor does time.
    for _ in 0..2 {
        let other = open(&world, device.store.clone()).await;
        let report = other.push().await.unwrap();
        assert_eq!(report.not_attempted()[0].reason(), &Reason::PushedElsewhere);
        time_passes(Duration::from_secs(35)).await;
    }
    gate.open();
    assert_eq!(pushing.await.unwrap().status(), Status::Complete);
    assert_eq!(world.writes(), ["POST item"], "sent once");
}

#[tokio::test(start_paused = true)]
async fn the_lease_is_renewed_while_a_request_is_waited_for() {
    let world = World::v3();
    let device = Device::new(&world).await;
    device.insert("a", "A", 1).await;
    let gate = Gate::default();
    world.once("POST", "item", Meet::Gate(gate.clone()));
    let pushing = tokio::spawn({
        let context = device.context.clone();
        async move { context.push().await.unwrap() }
    });
    gate.arrival().await;
    time_passes(Duration::from_secs(90)).await;
    let other = open(&world, device.store.clone()).await;
    let report = other.push().await.unwrap();
    assert_eq!(report.not_attempted()[0].reason(), &Reason::PushedElsewhere, "after more than the lease's term");
    gate.open();
    assert_eq!(pushing.await.unwrap().status(), Status::Complete);
}

#[tokio::test(start_paused = true)]
async fn an_open_request_is_repeated_as_it_was_after_a_restart() {
    let world = World::v3();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("store.db");
    let first = process(&world, &file).await;
    first.table::<Item>().insert(item("a")).await.unwrap();
    world.lose_next("POST", "item", Meet::LostReply);
    drop(first.push().await.unwrap());
    drop(first);
    world.heal();
    world.sent();
    let again = process(&world, &file).await;
    again.table::<Item>().edit(&id("a"), |item| item.count = 9).await.unwrap();
    let report = again.push().await.unwrap();
    assert_eq!(report.failed().len(), 0, "{report:?}");
    let sent = world.sent_in_full();
    assert_eq!(sent[0], r#"POST item {"id":"a","name":"A","count":1}"#);
    assert_eq!(sent[1], r#"PATCH item/a if "v1" {"count":9}"#);
}

#[tokio::test(start_paused = true)]
async fn sequence_numbers_go_on_after_a_restart_with_an_empty_queue() {
    let world = World::v3();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("store.db");
    let mut last = 0;
    for name in ["a", "b", "c"] {
        let context = process(&world, &file).await;
        context.table::<Item>().insert(item(name)).await.unwrap();
        let sequence = context.pending().await.unwrap()[0].sequence();
        assert!(sequence > last, "{sequence} after {last}");
        last = sequence;
        assert_eq!(context.push().await.unwrap().status(), Status::Complete);
    }
}

/// The table of [`Item`] in a later version of the app.
#[derive(Debug, Clone, PartialEq, SyncTable)]
#[sync(table = "item")]
struct WideItem {
    id: Id,
    name: String,
    count: i64,
    note: Option<String>,
}

async fn updated_app(world: &World, file: &Path, dialect: Dialect) -> SyncContext {
    let builder = SyncContext::builder("https://server.example")
        .dialect(dialect)
        .transport(world.clone())
        .clock(world.clock())
        .store(Held(SqliteStore::at(file)));
    builder.table::<WideItem>().open().await.unwrap()
}

/// A row with a column that the app does not know yet, changed here; its request is open or not.
async fn changed_by_the_old_app(dialect: Dialect, open_request: bool) -> (World, tempfile::TempDir) {
    let world = World::new(dialect);
    world.server(|server| server.put("item", "a", json!({ "name": "A", "count": 1, "note": "theirs" })));
    let folder = tempfile::tempdir().unwrap();
    let old = process(&world, &folder.path().join("store.db")).await;
    drop(old.table::<Item>().pull(Pull::named("all")).await.unwrap());
    old.table::<Item>().edit(&id("a"), |item| item.name = "ours".into()).await.unwrap();
    if open_request {
        world.always("PATCH", "item/a", Meet::LostRequest);
        world.always("PUT", "item/a", Meet::LostRequest);
        let report = old.push().await.unwrap();
        assert_eq!(report.failed()[0].failure().kind, FailureKind::Unanswered);
    }
    (world, folder)
}

#[tokio::test(start_paused = true)]
async fn an_added_column_is_fetched_into_base_wish_and_open_request() {
    for dialect in [Dialect::DatasyncV3, Dialect::NodeV2, Dialect::Toolkit] {
        for open_request in [false, true] {
            let (world, folder) = changed_by_the_old_app(dialect, open_request).await;
            let context = updated_app(&world, &folder.path().join("store.db"), dialect).await;
            let table = context.table::<WideItem>();
            // The implicit push of the pull does not get through yet.
            world.heal();
            world.always("PATCH", "item/a", Meet::Unsent);
            world.always("PUT", "item/a", Meet::Unsent);
            let report = table.pull(Pull::named("all")).await.unwrap();
            assert!(report.stopped_by().is_none(), "{report:?}");
            let operation = context.pending().await.unwrap().remove(0);
            let note = |row: Option<WideItem>| row.and_then(|row| row.note);
            assert_eq!(note(operation.base().unwrap()).as_deref(), Some("theirs"), "{dialect}, open: {open_request}");
            assert_eq!(note(operation.local().unwrap()).as_deref(), Some("theirs"), "{dialect}, open: {open_request}");
            world.heal();
            let report = context.push().await.unwrap();
            assert_eq!(report.status(), Status::Complete, "{dialect}, open: {open_request}: {report:?}");
            let there = world.server(|server| server.live("item", "a").cloned()).unwrap();
            assert_eq!((&there["name"], &there["note"]), (&json!("ours"), &json!("theirs")), "{dialect}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_push_before_the_refetch_does_not_overwrite_the_added_column() {
    for dialect in [Dialect::DatasyncV3, Dialect::NodeV2, Dialect::Toolkit] {
        for open_request in [false, true] {
            let (world, folder) = changed_by_the_old_app(dialect, open_request).await;
            let context = updated_app(&world, &folder.path().join("store.db"), dialect).await;
            world.heal();
            let report = context.push().await.unwrap();
            assert_eq!(report.status(), Status::Complete, "{dialect}, open: {open_request}: {report:?}");
            let there = world.server(|server| server.live("item", "a").cloned()).unwrap();
            assert_eq!((&there["name"], &there["note"]), (&json!("ours"), &json!("theirs")), "{dialect}");
            drop(context.table::<WideItem>().pull(Pull::named("all")).await.unwrap());
            let row = context.table::<WideItem>().get(&id("a")).await.unwrap().unwrap();
            assert_eq!(row.note.as_deref(), Some("theirs"), "{dialect}, open: {open_request}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn rows_pulled_before_a_column_was_added_get_it_at_the_next_pull() {
    let world = World::v3();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("store.db");
    for name in ["a", "b", "c"] {
        world.server(|server| server.put("item", name, json!({ "name": "A", "count": 1, "note": name })));
    }
    let old = process(&world, &file).await;
    drop(old.table::<Item>().pull(Pull::named("all")).await.unwrap());
    drop(old);
    let context = updated_app(&world, &file, Dialect::DatasyncV3).await;
    let table = context.table::<WideItem>();
    drop(table.pull(Pull::named("all")).await.unwrap());
    for name in ["a", "b", "c"] {
        assert_eq!(table.get(&id(name)).await.unwrap().unwrap().note.as_deref(), Some(name));
    }
}
