//! Events of pulls, purges and syncs.

use std::time::Duration;

use serde_json::json;
use synctable::{MemoryStore, Pull, Purge, Status, SyncContext};

use super::failing::{FAILED, Failing};
use super::told;
use crate::world::net::{Gate, status};
use crate::world::tables::Item;
use crate::world::{Device, Meet, World, id, open};

fn put(world: &World, ids: std::ops::Range<u32>) {
    world.server(|server| {
        for number in ids {
            server.put("item", &format!("i{number}"), json!({ "name": "x", "count": number }));
        }
    });
}

fn all() -> Pull<Item> {
    Item::pull("all").overlap(Duration::ZERO)
}

#[tokio::test(start_paused = true)]
async fn a_pull_tells_its_pages_and_what_they_left() {
    let world = World::v3();
    let device = Device::new(&world).await;
    let items = device.context.table::<Item>();
    put(&world, 0..5);
    let mut events = device.context.events();
    let report = items.pull(all().page_size(3)).await.unwrap();
    assert_eq!(report.status(), Status::Complete);
    let told_lines = told(&mut events);
    assert_eq!(told_lines[..2], ["pull item/all starts", "page item/all of 3"]);
    let end = "applied item/all: 5 applied, 0 deleted, 0 protected, 0 quarantined, ";
    assert!(told_lines.iter().any(|line| line.starts_with(end)), "{told_lines:?}");
    assert_eq!(told_lines.last().unwrap(), "pull item/all ends: complete");

    world.server(|server| {
        server.delete("item", "i0");
        server.put("item", "i1", json!({ "name": ["no", "text"], "count": 1 }));
        server.change("item", "i2", json!({ "count": 22 }));
        server.change("item", "i3", json!({ "name": "of another" }));
    });
    device.rename("i3", "mine").await;
    world.always("PATCH", "item/i3", status(403));
    let before = device.context.counters();
    told(&mut events);
    let report = items.pull(all()).await.unwrap();
    assert_eq!(report.status(), Status::WithFailures);
    assert_eq!(
        told(&mut events),
        [
            "pull item/all starts",
            "push of 1 starts",
            "update item/i3 sent, 1",
            "update item/i3 failed: refused Some(403)",
            "push ends: with failures, 0 done, 1 failed, 0 not attempted",
            "page item/all of 5",
            "row item/i1 quarantined",
            "applied item/all: 1 applied, 1 deleted, 1 protected, 1 quarantined, 5 so far",
            "pull item/all ends: with failures",
        ]
    );
    let after = device.context.counters();
    let grown = (
        after.rows_pulled - before.rows_pulled,
        after.rows_applied - before.rows_applied,
        after.rows_quarantined - before.rows_quarantined,
    );
    assert_eq!(grown, (report.rows(), report.applied() + report.deleted(), report.quarantined()));

    world.server(|server| server.put("item", "i1", json!({ "name": "text again", "count": 1 })));
    device.context.retry_quarantined().await.unwrap().into_result().unwrap();
    assert_eq!(told(&mut events), ["quarantine of item read: 1 restored, 0 removed"]);
    assert_eq!(device.context.counters().rows_applied, after.rows_applied + 1);
}

#[tokio::test(start_paused = true)]
async fn each_way_a_pull_ends_is_told() {
    let world = World::v3();
    let store = Failing::never();
    let context = open(&world, store.clone()).await;
    let items = context.table::<Item>();
    let mut events = context.events();
    put(&world, 0..2);
    drop(items.pull(Item::full_pull()).await.unwrap());
    assert_eq!(
        told(&mut events),
        [
            "pull item/full starts",
            "page item/full of 2",
            "applied item/full: 2 applied, 0 deleted, 0 protected, 0 quarantined, 2 so far",
            "pull item/full ends: complete",
        ]
    );
    world.cut();
    drop(items.pull(all()).await.unwrap());
    assert_eq!(told(&mut events), ["pull item/all starts", "pull item/all ends: offline"]);
    world.heal();

    world.once("GET", "item", status(401));
    drop(items.pull(all()).await.unwrap());
    assert_eq!(told(&mut events), ["pull item/all starts", "pull item/all ends: unauthorized"]);

    store.after(0);
    assert_eq!(items.pull(all()).await.unwrap_err().kind(), FAILED);
    assert_eq!(
        told(&mut events),
        ["pull item/all starts", "page item/all of 2", "pull item/all ends: App error"],
        "what was not committed is not told"
    );
    store.after(usize::MAX);

    let gate = Gate::default();
    world.once("GET", "item", Meet::Gate(gate.clone()));
    let pull = tokio::spawn(async move { items.pull(all()).await });
    gate.arrival().await;
    pull.abort();
    assert!(pull.await.unwrap_err().is_cancelled());
    assert_eq!(told(&mut events), ["pull item/all starts", "pull item/all ends: cancelled"]);
}

#[tokio::test(start_paused = true)]
async fn a_sync_lies_around_its_push_and_pulls() {
    let world = World::v3();
    put(&world, 0..1);
    let open = async || {
        SyncContext::builder("https://server.example")
            .transport(world.clone())
            .clock(world.clock())
            .dialect(synctable::wire::Dialect::DatasyncV3)
            .store(MemoryStore::new())
            .table_with::<Item>(|table| table.pull(all()))
            .open()
            .await
            .unwrap()
    };
    let context = open().await;
    context.table().insert(Item { id: id("a"), name: "x".into(), count: 1 }).await.unwrap();
    let mut events = context.events();
    context.sync().await.unwrap().into_result().unwrap();
    assert_eq!(
        told(&mut events),
        [
            "sync starts",
            "push of 1 starts",
            "insert item/a sent, 1",
            "insert item/a done",
            "push ends: complete, 1 done, 0 failed, 0 not attempted",
            "pull item/all starts",
            "page item/all of 2",
            "applied item/all: 1 applied, 0 deleted, 0 protected, 0 quarantined, 2 so far",
            "pull item/all ends: complete",
            "sync ends: complete",
        ]
    );
    let gate = Gate::default();
    world.once("GET", "item", Meet::Gate(gate.clone()));
    let syncing = context.clone();
    let sync = tokio::spawn(async move { syncing.sync().await });
    gate.arrival().await;
    sync.abort();
    assert!(sync.await.unwrap_err().is_cancelled());
    assert_eq!(
        told(&mut events)[3..],
        ["pull item/all starts", "pull item/all ends: cancelled", "sync ends: cancelled"],
        "the inner end comes first"
    );
    world.cut();
    drop(context.sync().await.unwrap());
    assert_eq!(told(&mut events).last().unwrap(), "sync ends: offline");
}

#[tokio::test]
async fn a_purge_is_told_once_it_is_committed() {
    let world = World::v3();
    let device = Device::new(&world).await;
    let items = device.context.table::<Item>();
    device.given(&world, "a", "x", 1).await;
    device.insert("b", "x", 1).await;
    let mut events = device.context.events();
    items.purge(Purge::new()).await.unwrap_err();
    assert!(told(&mut events).is_empty(), "a refused purge is none");
    items.purge(Purge::new().discard_pending()).await.unwrap();
    assert_eq!(told(&mut events), ["purged item: 1 removed, 1 discarded"]);
    device.context.wipe().await.unwrap();
    assert_eq!(told(&mut events), ["Wiped"]);
}
