//! Reconcile: rows that the server no longer has or selects leave the store, and no others.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::json;
use synctable::wire::Dialect;
use synctable::{Pull, PullReport, RemoteRow, Status};

use crate::world::net::{Gate, answer, work};
use crate::world::tables::Item;
use crate::world::{Device, Meet, World};

fn text(name: &str, count: i64) -> Option<(String, i64)> {
    Some((name.to_owned(), count))
}

fn put(world: &World, name: &str, count: i64) {
    world.server(|server| server.put("item", name, json!({ "name": name, "count": count })));
}

/// The rows with a count of 1.
fn ones() -> Pull<Item> {
    Item::pull("ones").filter(|item| item.count.eq(1)).overlap(Duration::ZERO)
}

fn all() -> Pull<Item> {
    Item::pull("all").overlap(Duration::ZERO)
}

impl Device {
    async fn brings(&self, pull: Pull<Item>) -> PullReport {
        self.context.table::<Item>().pull(pull).await.unwrap()
    }

    /// The ids of all local rows, joined.
    async fn ids(&self) -> String {
        let items = self.context.table::<Item>().list(&Item::query()).await.unwrap();
        items.iter().map(|item| item.id.as_str()).collect::<Vec<_>>().join(" ")
    }
}

#[tokio::test(start_paused = true)]
async fn rows_that_were_hard_deleted_disappear_in_every_dialect() {
    for dialect in [Dialect::DatasyncV3, Dialect::Toolkit, Dialect::NodeV2] {
        let world = World::new(dialect);
        let device = Device::new(&world).await;
        for name in ["a", "b", "c", "d"] {
            put(&world, name, 1);
        }
        device.brings(all()).await.into_result().unwrap();
        world.server(|server| {
            server.forget("item", "b");
            server.forget("item", "d");
            server.delete("item", "c");
        });
        device.brings(all()).await.into_result().unwrap();
        assert_eq!(device.ids().await, "a b d", "{dialect}: no incremental pull tells of it");
        let report = device.brings(all().reconcile()).await;
        assert_eq!((report.status(), report.reconciled()), (Status::Complete, 2), "{dialect}: {report:?}");
        assert_eq!(device.ids().await, "a", "{dialect}");
        let report = device.brings(all()).await;
        assert_eq!((report.requests(), report.applied()), (1, 0), "{dialect}: the token has stayed");
        let report = device.brings(Pull::full().reconcile()).await;
        assert_eq!((report.status(), report.reconciled()), (Status::Complete, 0), "{dialect}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_row_that_left_the_filter_disappears() {
    let world = World::v3();
    let device = Device::new(&world).await;
    put(&world, "a", 1);
    put(&world, "b", 1);
    device.brings(ones()).await.into_result().unwrap();
    world.server(|server| server.change("item", "a", json!({ "count": 2 })));
    device.brings(ones()).await.into_result().unwrap();
    assert_eq!(device.sees("a").await, text("a", 1), "as it was when the filter selected it");
    let report = device.brings(ones().reconcile()).await;
    assert_eq!((report.status(), report.reconciled(), report.applied()), (Status::Complete, 1, 0));
    assert_eq!(device.ids().await, "b");
    world.server(|server| server.change("item", "a", json!({ "count": 1 })));
    device.brings(ones()).await.into_result().unwrap();
    assert_eq!(device.sees("a").await, text("a", 1), "it comes back with the filter");
}

#[tokio::test(start_paused = true)]
async fn a_row_that_may_belong_to_another_query_is_updated_instead() {
    let world = World::v3();
    let device = Device::new(&world).await;
    for name in ["a", "b", "c"] {
        put(&world, name, 1);
    }
    device.brings(ones()).await.into_result().unwrap();
    device.brings(Item::pull("small").filter(|item| item.count.lt(9))).await.into_result().unwrap();
    world.server(|server| {
        server.change("item", "a", json!({ "count": 2 }));
        server.forget("item", "c");
    });
    let report = device.brings(ones().reconcile()).await;
    assert_eq!((report.reconciled(), report.applied()), (1, 1));
    assert_eq!((device.sees("a").await, device.sees("c").await), (text("a", 2), None));
}

#[tokio::test(start_paused = true)]
async fn rows_that_only_a_parameter_leaves_out_are_updated_and_stay() {
    let world = World::v3();
    let device = Device::new(&world).await;
    put(&world, "a", 1);
    put(&world, "b", 1);
    let mine = || Item::pull("mine").parameter("of", "me").overlap(Duration::ZERO);
    device.brings(mine()).await.into_result().unwrap();
    world.server(|server| {
        server.change("item", "a", json!({ "count": 2 }));
        server.forget("item", "b");
    });
    // The server selects nothing for this parameter any more.
    world.once("GET", "item", answer(200, "content-type: application/json", r#"{"items":[],"count":0}"#));
    let report = device.brings(mine().reconcile()).await;
    assert_eq!((report.reconciled(), report.applied()), (1, 1));
    assert_eq!((device.sees("a").await, device.sees("b").await), (text("a", 2), None));
}

/// A page that lacks rows is not believed: before a row goes the server is asked for it by id.
#[tokio::test(start_paused = true)]
async fn a_row_that_pages_have_missed_stays_and_is_brought_up_to_date() {
    let world = World::v3();
    let device = Device::new(&world).await;
    put(&world, "a", 1);
    put(&world, "b", 1);
    device.brings(ones()).await.into_result().unwrap();
    world.server(|server| server.change("item", "a", json!({ "name": "A2" })));
    world.once("GET", "item", answer(200, "content-type: application/json", r#"{"items":[],"count":0}"#));
    let report = device.brings(ones().reconcile()).await;
    assert_eq!((report.status(), report.reconciled(), report.applied()), (Status::Complete, 0, 1));
    assert_eq!((device.sees("a").await, device.sees("b").await), (text("A2", 1), text("b", 1)));
}

#[tokio::test(start_paused = true)]
async fn rows_with_pending_operations_are_left_alone() {
    let world = World::v3();
    let device = Device::new(&world).await;
    for name in ["a", "b", "c"] {
        put(&world, name, 1);
    }
    device.brings(all()).await.into_result().unwrap();
    device.rename("a", "ours").await;
    device.insert("new", "N", 1).await;
    world.server(|server| {
        server.forget("item", "a");
        server.forget("item", "b");
    });
    world.always("POST", "item", Meet::Unsent);
    world.always("PATCH", "item/a", Meet::Unsent);
    let report = device.brings(all().reconcile()).await;
    assert_eq!((report.status(), report.reconciled()), (Status::WithFailures, 1));
    assert_eq!(device.ids().await, "a c new");
    assert_eq!(device.sees("a").await, text("ours", 1));
    assert!(device.pending().await[0].remote::<Item>().unwrap().is_none(), "the push finds out");
}

/// A row that is written while the server is asked for it keeps its wish.
#[tokio::test(start_paused = true)]
async fn a_row_that_is_written_while_it_is_judged_stays() {
    let world = World::v3();
    let device = Device::new(&world).await;
    put(&world, "a", 1);
    put(&world, "b", 1);
    device.brings(all()).await.into_result().unwrap();
    world.server(|server| server.forget("item", "a"));
    let writer = device.clone();
    let edit = work(move || {
        let writer = writer.clone();
        async move { writer.rename("a", "ours").await }
    });
    world.once("GET", "item", Meet::ThenWork(work(|| async {})));
    world.once("GET", "item", Meet::ThenWork(edit));
    let report = device.brings(all().reconcile()).await;
    assert_eq!((report.reconciled(), report.protected()), (0, 1));
    assert_eq!(device.sees("a").await, text("ours", 1));
    // The server has said for sure that it has no such row.
    assert!(matches!(device.only().await.remote::<Item>().unwrap(), Some(RemoteRow::Deleted)));
}

/// What the server said before a push settled the row is not held against it.
#[tokio::test(start_paused = true)]
async fn a_row_that_is_settled_while_it_is_judged_stays() {
    let world = World::v3();
    let device = Device::new(&world).await;
    put(&world, "a", 1);
    put(&world, "b", 1);
    device.brings(ones()).await.into_result().unwrap();
    world.server(|server| server.change("item", "a", json!({ "count": 2 })));
    let gate = Gate::default();
    world.once("GET", "item", Meet::ThenWork(work(|| async {})));
    world.once("GET", "item", Meet::Stale(gate.clone()));
    let pull = tokio::spawn({
        let device = device.clone();
        async move { device.brings(ones().reconcile()).await }
    });
    gate.arrival().await;
    device.rename("a", "ours").await;
    device.context.discard(&device.only().await).await.unwrap();
    device.recount("a", 7).await;
    let report = device.push().await;
    assert!(report.failed()[0].is_conflict(), "{report:?}");
    device.context.discard(&device.only().await).await.unwrap();
    device.recount("a", 1).await;
    device.pushes().await;
    gate.open();
    assert_eq!(pull.await.unwrap().reconciled(), 0);
    assert_eq!(device.sees("a").await, text("a", 1), "the server has it so, and the filter selects it");
}

#[tokio::test(start_paused = true)]
async fn a_reconcile_that_stops_takes_nothing_away() {
    let world = World::v3();
    let device = Device::new(&world).await;
    for name in ["a", "b", "c", "d"] {
        put(&world, name, 1);
    }
    device.brings(all()).await.into_result().unwrap();
    world.server(|server| server.forget("item", "c"));
    // There are two pages; then the row that was in none is asked for by id.
    for through in [1, 2] {
        world.times(through, "GET", "item", Meet::ThenWork(work(|| async {})));
        world.times(3, "GET", "item", Meet::LostRequest);
        let report = device.brings(all().page_size(2).reconcile()).await;
        assert_eq!((report.status(), report.reconciled()), (Status::Offline, 0), "{through}: {report:?}");
        assert_eq!(device.ids().await, "a b c d", "{through}");
        world.heal();
    }
    assert_eq!(device.brings(all().page_size(2).reconcile()).await.reconciled(), 1);
    assert_eq!(device.ids().await, "a b d");
}

/// The process ends while the server is asked; the next reconcile does it all.
#[tokio::test(start_paused = true)]
async fn a_reconcile_that_is_cut_off_is_done_by_the_next() {
    let world = World::v3();
    let device = Device::new(&world).await;
    for name in ["a", "b", "c"] {
        put(&world, name, 1);
    }
    device.brings(all()).await.into_result().unwrap();
    world.server(|server| {
        server.forget("item", "b");
        server.change("item", "c", json!({ "name": "C2" }));
    });
    let gate = Gate::default();
    world.once("GET", "item", Meet::ThenWork(work(|| async {})));
    world.once("GET", "item", Meet::Gate(gate.clone()));
    let pull = tokio::spawn({
        let device = device.clone();
        async move { device.brings(all().reconcile()).await }
    });
    gate.arrival().await;
    pull.abort();
    assert!(pull.await.unwrap_err().is_cancelled());
    let device = device.restarted(&world).await;
    assert_eq!(device.ids().await, "a b c");
    assert_eq!(device.sees("c").await, text("C2", 1), "what the pages brought is in the store");
    assert_eq!(device.brings(all().reconcile()).await.reconciled(), 1);
    assert_eq!(device.ids().await, "a c");
}

/// A server that marks a row as deleted, or changes it, without a new stamp tells no incremental pull.
#[tokio::test(start_paused = true)]
async fn changes_without_a_new_stamp_are_found() {
    let world = World::v3();
    let device = Device::new(&world).await;
    for name in ["a", "b", "c"] {
        put(&world, name, 1);
    }
    device.brings(all()).await.into_result().unwrap();
    world.server(|server| {
        server.tamper("item", "a", |row| row.deleted = true);
        server.tamper("item", "b", |row| {
            row.version = 99;
            row.members.insert("name".to_owned(), json!("B2"));
        });
    });
    device.brings(all()).await.into_result().unwrap();
    assert_eq!(device.ids().await, "a b c");
    let report = device.brings(all().reconcile()).await;
    assert_eq!((report.deleted(), report.applied(), report.reconciled()), (1, 1, 0));
    assert_eq!((device.ids().await.as_str(), device.sees("b").await), ("b c", text("B2", 1)));
}

/// A row that another device writes while the pages are read moves to a later page and is not lost.
#[tokio::test(start_paused = true)]
async fn rows_written_while_the_pages_are_read_stay() {
    let world = World::v3();
    let device = Device::new(&world).await;
    let names = ["a", "b", "c", "d", "e"];
    for name in names {
        put(&world, name, 1);
    }
    device.brings(ones()).await.into_result().unwrap();
    for (round, name) in names.into_iter().enumerate() {
        let inner = world.clone();
        let write = work(move || {
            let world = inner.clone();
            async move { world.server(|server| server.change("item", name, json!({ "name": round }))) }
        });
        world.times(round, "GET", "item", Meet::ThenWork(work(|| async {})));
        world.once("GET", "item", Meet::ThenWork(write));
        let report = device.brings(ones().page_size(2).reconcile()).await;
        assert_eq!(report.reconciled(), 0, "{report:?}");
        world.heal();
        device.brings(ones()).await.into_result().ok();
        assert_eq!(device.ids().await, "a b c d e");
    }
}

/// A row that cannot be read is there: its older copy stays.
#[tokio::test(start_paused = true)]
async fn a_row_that_cannot_be_read_counts_as_seen() {
    let world = World::v3();
    let device = Device::new(&world).await;
    put(&world, "a", 1);
    put(&world, "b", 1);
    device.brings(all()).await.into_result().unwrap();
    world.server(|server| server.change("item", "a", json!({ "count": "many" })));
    let report = device.brings(all().reconcile()).await;
    assert_eq!((report.quarantined(), report.reconciled()), (1, 0));
    assert_eq!(device.sees("a").await, text("a", 1));
}

/// An interrupted reconcile leaves the token where it was: what came late within the overlap is not passed.
#[tokio::test(start_paused = true)]
async fn the_token_does_not_go_back() {
    let world = World::v3();
    let device = Device::new(&world).await;
    for name in ["a", "b", "c", "d"] {
        put(&world, name, 1);
    }
    device.brings(all()).await.into_result().unwrap();
    world.once("GET", "item", Meet::ThenWork(work(|| async {})));
    world.times(3, "GET", "item", Meet::LostRequest);
    assert_eq!(device.brings(all().page_size(2).reconcile()).await.status(), Status::Offline);
    let report = device.brings(all()).await;
    assert_eq!((report.requests(), report.rows()), (1, 1), "only the row that the token names");
}

/// Random writes, deletes and disappearances while pages are read and rows are asked for by id: one
/// reconcile after the writers stop, the device has just what the filter selects.
#[tokio::test(start_paused = true)]
async fn whatever_is_written_beside_it_the_last_reconcile_makes_both_sides_equal() {
    for seed in 0..80 {
        let world = World::v3();
        let device = Device::new(&world).await;
        for number in 0..12 {
            put(&world, &format!("r{number:02}"), number % 2);
        }
        let random = Arc::new(Mutex::new(fastrand::Rng::with_seed(seed)));
        let inner = world.clone();
        let write = work(move || {
            let (world, random) = (inner.clone(), Arc::clone(&random));
            async move {
                let mut random = random.lock().unwrap();
                for _ in 0..random.usize(0..3) {
                    let (name, count) = (format!("r{:02}", random.u32(0..15)), random.i64(0..3));
                    world.server(|server| match (random.u32(0..5), server.row("item", &name)) {
                        (0, Some(_)) => server.forget("item", &name),
                        (1, Some(_)) => server.delete("item", &name),
                        _ => server.put("item", &name, json!({ "name": format!("n{seed}"), "count": count })),
                    });
                }
            }
        });
        world.always("GET", "item", Meet::ThenWork(write));
        for _ in 0..3 {
            device.brings(ones().page_size(3).reconcile()).await.into_result().unwrap();
        }
        world.heal();
        device.brings(ones().page_size(3).reconcile()).await.into_result().unwrap();
        let here = device.context.table::<Item>().list(&Item::query()).await.unwrap();
        let here: Vec<_> = here.into_iter().map(|item| (item.id.to_string(), item.name, item.count)).collect();
        let there: Vec<_> = world.server(|server| {
            let live = server.rows.iter().filter(|(_, row)| !row.deleted && row.members["count"] == json!(1));
            live.map(|((_, id), row)| (id.clone(), row.members["name"].as_str().unwrap().to_owned(), 1)).collect()
        });
        assert_eq!(here, there, "seed {seed}");
    }
}
