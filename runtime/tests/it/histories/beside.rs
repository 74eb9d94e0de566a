//! Pull beside pending work (queue.md 7).

use serde_json::json;
use synctable::wire::Dialect;
use synctable::{Pull, RemoteRow, Status};

use crate::world::net::{Gate, work};
use crate::world::server::Server;
use crate::world::tables::Item;
use crate::world::{Device, Meet, World, open};

fn text(name: &str, count: i64) -> Option<(String, i64)> {
    Some((name.to_owned(), count))
}

#[tokio::test(start_paused = true)]
async fn a_pulled_row_with_an_entry_becomes_its_candidate() {
    let world = World::v3();
    let device = Device::new(&world).await;
    device.given(&world, "a", "A", 1).await;
    device.rename("a", "ours").await;
    world.server(|server| server.change("item", "a", json!({ "name": "theirs" })));
    assert_eq!(device.pull_alone().await.protected(), 1);
    assert_eq!(device.sees("a").await, text("ours", 1), "the row keeps its wish");
    let remote = device.only().await.remote::<Item>().unwrap();
    assert!(matches!(remote, Some(RemoteRow::Live(item)) if item.name == "theirs"));
    let report = device.push().await;
    assert!(report.failed()[0].is_conflict(), "{report:?}");
}

#[tokio::test(start_paused = true)]
async fn a_tombstone_becomes_a_candidate_and_discard_takes_the_row_away() {
    let world = World::v3();
    let device = Device::new(&world).await;
    device.given(&world, "a", "A", 1).await;
    device.rename("a", "ours").await;
    world.server(|server| server.delete("item", "a"));
    drop(device.pull_alone().await);
    assert_eq!(device.sees("a").await, text("ours", 1));
    let operation = device.only().await;
    assert!(matches!(operation.remote::<Item>().unwrap(), Some(RemoteRow::Deleted)));
    device.context.discard(&operation).await.unwrap();
    assert_eq!(device.sees("a").await, None);
    assert!(device.pending().await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_write_never_turns_the_row_into_a_candidate() {
    let world = World::v3();
    let device = Device::new(&world).await;
    device.given(&world, "a", "A", 1).await;
    device.rename("a", "ours").await;
    world.server(|server| server.change("item", "a", json!({ "name": "theirs" })));
    drop(device.pull_alone().await);
    device.rename("a", "A").await;
    assert_eq!(device.sees("a").await, text("A", 1), "the wish equals the base, and a candidate waits");
    assert_eq!(device.pending().await.len(), 1, "the entry stays until the next push");
    device.pushes().await;
    assert_eq!(device.sees("a").await, text("theirs", 1));
}

#[tokio::test(start_paused = true)]
async fn a_success_voids_the_candidate_that_was_seen_before_the_request_left() {
    let world = World::v3();
    let device = Device::new(&world).await;
    device.given(&world, "a", "A", 1).await;
    device.insert("b", "B", 1).await;
    device.push_loses(&world, "POST", "item", Meet::LostReply).await;
    drop(device.pull_alone().await);
    assert!(device.only().await.remote::<Item>().unwrap().is_some());
    device.rename("b", "B2").await;
    let report = device.push().await;
    assert_eq!(report.failed().len(), 0, "{report:?}");
    device.pushes().await;
    assert_eq!(device.sees("b").await, text("B2", 1));
}

/// The row is settled by a push while a page of a pull is under way that was asked for before.
async fn settle_beside_a_page(
    world: &World,
    device: &Device,
    meet: impl FnOnce(Gate) -> Meet,
    settle: impl AsyncFnOnce(&Device),
    after: impl FnOnce(&mut Server),
) {
    let gate = Gate::default();
    world.once("GET", "item", meet(gate.clone()));
    let pull = tokio::spawn({
        let context = device.context.clone();
        async move { context.table::<Item>().pull(Pull::full()).await.unwrap() }
    });
    gate.arrival().await;
    settle(device).await;
    world.server(after);
    gate.open();
    let report = pull.await.unwrap();
    assert!(report.stopped_by().is_none(), "{report:?}");
}

#[tokio::test(start_paused = true)]
async fn a_page_asked_for_before_does_not_undo_what_was_settled_meanwhile() {
    let world = World::v3();
    let device = Device::new(&world).await;
    device.given(&world, "a", "A", 1).await;
    let settle = async |device: &Device| {
        device.rename("a", "ours").await;
        device.pushes().await;
    };
    settle_beside_a_page(&world, &device, Meet::Stale, settle, |_| {}).await;
    assert_eq!(device.sees("a").await, text("ours", 1));
}

#[tokio::test(start_paused = true)]
async fn a_newer_row_of_such_a_page_is_taken() {
    let world = World::v3();
    let device = Device::new(&world).await;
    device.given(&world, "a", "A", 1).await;
    let settle = async |device: &Device| {
        device.rename("a", "ours").await;
        device.pushes().await;
    };
    let after = |server: &mut Server| server.change("item", "a", json!({ "count": 9 }));
    settle_beside_a_page(&world, &device, Meet::Gate, settle, after).await;
    assert_eq!(device.sees("a").await, text("ours", 9));
}

#[tokio::test(start_paused = true)]
async fn a_live_row_of_such_a_page_is_read_by_id_after_a_settled_delete() {
    let world = World::v3();
    let device = Device::new(&world).await;
    device.given(&world, "a", "A", 1).await;
    world.sent();
    let settle = async |device: &Device| {
        device.delete("a").await;
        device.pushes().await;
    };
    settle_beside_a_page(&world, &device, Meet::Stale, settle, |_| {}).await;
    assert_eq!(device.sees("a").await, None);
    assert_eq!(world.sent(), ["GET item?", "DELETE item/a", "GET item?"], "the second read names the row");
}

#[tokio::test(start_paused = true)]
async fn a_tie_of_stamps_is_decided_by_a_read() {
    let world = World::v3();
    let device = Device::new(&world).await;
    device.given(&world, "a", "A", 1).await;
    world.sent();
    let settle = async |device: &Device| {
        device.rename("a", "ours").await;
        device.pushes().await;
    };
    let after = |server: &mut Server| {
        let stamped = server.row("item", "a").unwrap().stamped;
        server.change("item", "a", json!({ "count": 9 }));
        server.rows.get_mut(&("item".to_owned(), "a".to_owned())).unwrap().stamped = stamped;
    };
    settle_beside_a_page(&world, &device, Meet::Gate, settle, after).await;
    assert_eq!(device.sees("a").await, text("ours", 9));
    assert_eq!(world.sent(), ["GET item?", "PATCH item/a", "GET item?"], "the second read names the row");
}

#[tokio::test(start_paused = true)]
async fn a_candidate_that_came_while_the_request_was_open_is_weighed_by_a_read_on_a_tie() {
    let world = World::v3();
    let device = Device::new(&world).await;
    device.given(&world, "a", "A", 1).await;
    device.rename("a", "ours").await;
    let (inner, store) = (world.clone(), device.store.clone());
    let meanwhile = work(move || {
        let (world, store) = (inner.clone(), store.clone());
        async move {
            world.server(|server| {
                let stamped = server.row("item", "a").unwrap().stamped;
                server.change("item", "a", json!({ "count": 9 }));
                server.rows.get_mut(&("item".to_owned(), "a".to_owned())).unwrap().stamped = stamped;
            });
            let context = open(&world, store).await;
            drop(context.table::<Item>().pull(Pull::full()).await.unwrap());
        }
    });
    world.once("PATCH", "item/a", Meet::ThenWork(meanwhile));
    world.sent();
    device.pushes().await;
    assert_eq!(device.sees("a").await, text("ours", 9));
    assert_eq!(world.sent(), ["PATCH item/a", "GET item?", "GET item/a"]);
}

#[tokio::test(start_paused = true)]
async fn the_pull_goes_on_whatever_became_of_the_implicit_push() {
    let world = World::v3();
    let device = Device::new(&world).await;
    device.insert("a", "A", 1).await;
    world.server(|server| server.put("item", "b", json!({ "name": "B", "count": 1 })));
    world.once("POST", "item", Meet::Unsent);
    let report = device.pull().await;
    assert_eq!(report.push().unwrap().status(), Status::Offline);
    assert_eq!((report.status(), report.applied()), (Status::WithFailures, 1));
    assert_eq!(device.sees("b").await, text("B", 1));
}

#[tokio::test(start_paused = true)]
async fn two_queries_of_one_table_have_tokens_of_their_own() {
    let world = World::v3();
    let device = Device::new(&world).await;
    world.server(|server| {
        server.put("item", "a", json!({ "name": "A", "count": 1 }));
        server.put("item", "b", json!({ "name": "B", "count": 2 }));
        server.put("item", "c", json!({ "name": "C", "count": 1 }));
    });
    let ones = || Item::pull("ones").filter(|item| item.count.eq(1)).overlap(std::time::Duration::ZERO);
    let report = device.context.table::<Item>().pull(ones()).await.unwrap();
    assert_eq!(report.rows(), 2);
    assert_eq!(device.pull().await.rows(), 3, "the other query has not been pulled yet");
    assert_eq!(device.pull().await.rows(), 1, "only the row that the token names");
    world.server(|server| server.put("item", "d", json!({ "name": "D", "count": 1 })));
    device.pulls().await;
    let report = device.context.table::<Item>().pull(ones()).await.unwrap();
    assert_eq!(report.rows(), 2, "the pull of the other has not moved its token");
    assert_eq!(report.applied(), 0);
}

#[tokio::test(start_paused = true)]
async fn work_settled_beside_a_pull_holds_in_every_dialect() {
    for dialect in [Dialect::DatasyncV3, Dialect::Toolkit, Dialect::NodeV2] {
        let world = World::new(dialect);
        let device = Device::new(&world).await;
        device.given(&world, "a", "A", 1).await;
        device.rename("a", "ours").await;
        device.insert("b", "B", 1).await;
        device.pushes().await;
        device.delete("a").await;
        device.pushes().await;
        device.pulls().await;
        assert_eq!((device.sees("a").await, device.sees("b").await), (None, text("B", 1)), "{dialect}");
        assert!(world.server(|server| server.row("item", "a").unwrap().deleted), "{dialect}");
    }
}
