//! Discard and purge (queue.md 8).

use serde_json::json;
use synctable::{ErrorKind, Purge, Status};

use crate::world::net::work;
use crate::world::tables::Item;
use crate::world::{Device, Meet, World};

fn text(name: &str, count: i64) -> Option<(String, i64)> {
    Some((name.to_owned(), count))
}

async fn discard(device: &Device) {
    device.context.discard(&device.only().await).await.unwrap();
}

/// A device whose change of row a was sent, with what became of the request.
async fn sent_change(world: &World, meet: Meet) -> Device {
    let device = Device::new(world).await;
    device.given(world, "a", "A", 1).await;
    device.rename("a", "ours").await;
    device.push_loses(world, "PATCH", "item/a", meet).await;
    world.sent();
    device
}

#[tokio::test(start_paused = true)]
async fn a_discard_without_an_open_request_goes_back_to_the_base() {
    let world = World::v3();
    let device = Device::new(&world).await;
    device.given(&world, "a", "A", 1).await;
    device.rename("a", "ours").await;
    discard(&device).await;
    assert_eq!(device.sees("a").await, text("A", 1));
    device.delete("a").await;
    discard(&device).await;
    assert_eq!(device.sees("a").await, text("A", 1));
    device.insert("b", "B", 1).await;
    discard(&device).await;
    assert_eq!(device.sees("b").await, None);
    world.sent();
    device.pushes().await;
    assert!(world.sent().is_empty());
    device.rename("a", "later").await;
    device.pushes().await;
    assert_eq!(world.sent_in_full(), [r#"PATCH item/a if "v1" {"name":"later"}"#], "version and all are back");
}

#[tokio::test(start_paused = true)]
async fn a_discard_shows_the_candidate_if_there_is_one() {
    let world = World::v3();
    let device = Device::new(&world).await;
    device.given(&world, "a", "A", 1).await;
    device.rename("a", "ours").await;
    world.server(|server| server.change("item", "a", json!({ "name": "theirs" })));
    drop(device.pull_alone().await);
    discard(&device).await;
    assert_eq!(device.sees("a").await, text("theirs", 1));
    assert!(device.pending().await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_discarded_change_that_had_arrived_is_what_the_server_has() {
    let world = World::v3();
    let device = sent_change(&world, Meet::LostReply).await;
    discard(&device).await;
    assert_eq!(device.sees("a").await, text("A", 1), "the base is shown at once");
    assert_eq!(device.pending().await.len(), 1, "the entry stays until the truth is known");
    device.pushes().await;
    assert_eq!(world.sent(), ["GET item/a"], "nothing is repeated");
    assert_eq!(device.sees("a").await, text("ours", 1));
}

#[tokio::test(start_paused = true)]
async fn a_discarded_change_that_never_arrived_is_gone() {
    let world = World::v3();
    let device = sent_change(&world, Meet::LostRequest).await;
    discard(&device).await;
    let device = device.restarted(&world).await;
    device.pushes().await;
    assert_eq!(world.sent(), ["GET item/a"]);
    assert_eq!(device.sees("a").await, text("A", 1));
}

#[tokio::test(start_paused = true)]
async fn a_discarded_insert_shows_nothing_and_then_what_the_server_has() {
    for (meet, in_the_end) in [(Meet::LostReply, text("A", 1)), (Meet::LostRequest, None)] {
        let world = World::v3();
        let device = Device::new(&world).await;
        device.insert("a", "A", 1).await;
        device.push_loses(&world, "POST", "item", meet).await;
        discard(&device).await;
        assert_eq!(device.sees("a").await, None);
        device.pushes().await;
        assert_eq!(device.sees("a").await, in_the_end);
    }
}

#[tokio::test(start_paused = true)]
async fn a_discarded_insert_that_arrives_late_is_deleted_again() {
    let world = World::v3();
    let device = Device::new(&world).await;
    device.insert("a", "A", 1).await;
    device.push_loses(&world, "POST", "item", Meet::Late).await;
    discard(&device).await;
    device.pushes().await;
    assert_eq!(world.deliver_late(), [201]);
    device.pulls().await;
    device.pushes().await;
    assert_eq!(device.sees("a").await, None);
    assert!(world.server(|server| server.live("item", "a").is_none()));
}

#[tokio::test(start_paused = true)]
async fn a_discarded_delete_shows_the_row_and_then_what_the_server_has() {
    for (meet, in_the_end) in [(Meet::LostReply, None), (Meet::LostRequest, text("A", 1))] {
        let world = World::v3();
        let device = Device::new(&world).await;
        device.given(&world, "a", "A", 1).await;
        device.delete("a").await;
        device.push_loses(&world, "DELETE", "item/a", meet).await;
        discard(&device).await;
        assert_eq!(device.sees("a").await, text("A", 1));
        device.pushes().await;
        assert_eq!(device.sees("a").await, in_the_end);
    }
}

#[tokio::test(start_paused = true)]
async fn a_write_after_the_discard_starts_from_the_row_that_is_shown() {
    for (meet, name) in [(Meet::LostReply, "ours"), (Meet::LostRequest, "A")] {
        let world = World::v3();
        let device = sent_change(&world, meet).await;
        discard(&device).await;
        device.recount("a", 9).await;
        assert_eq!(device.sees("a").await, text("A", 9));
        let report = device.push().await;
        assert_eq!(report.failed().len(), 0, "{report:?}");
        assert_eq!(world.sent(), ["GET item/a", "PATCH item/a"], "the mark stays until the truth is known");
        assert_eq!(device.sees("a").await, text(name, 9));
        assert_eq!(world.server(|server| server.live("item", "a").unwrap()["count"].clone()), json!(9));
        assert!(device.pending().await.is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn a_write_after_the_discard_meets_another_devices_change_as_a_conflict() {
    let world = World::v3();
    let device = sent_change(&world, Meet::LostReply).await;
    discard(&device).await;
    device.recount("a", 9).await;
    world.server(|server| server.change("item", "a", json!({ "count": 5 })));
    let report = device.push().await;
    assert!(report.failed()[0].is_conflict(), "{report:?}");
    assert_eq!(world.server(|server| server.live("item", "a").unwrap()["count"].clone()), json!(5));
}

#[tokio::test(start_paused = true)]
async fn a_discard_while_the_request_is_under_way_takes_its_answer_as_the_truth() {
    let world = World::v3();
    let device = Device::new(&world).await;
    device.given(&world, "a", "A", 1).await;
    device.rename("a", "ours").await;
    let other = device.clone();
    let meanwhile = work(move || {
        let device = other.clone();
        async move {
            discard(&device).await;
            assert_eq!(device.sees("a").await, text("A", 1));
        }
    });
    world.once("PATCH", "item/a", Meet::ThenWork(meanwhile));
    assert_eq!(device.push().await.status(), Status::Complete);
    assert!(device.pending().await.is_empty());
    assert_eq!(device.sees("a").await, text("ours", 1));
}

#[tokio::test(start_paused = true)]
async fn a_discard_made_for_an_older_revision_is_refused() {
    let world = World::v3();
    let device = Device::new(&world).await;
    device.given(&world, "a", "A", 1).await;
    device.rename("a", "ours").await;
    let operation = device.only().await;
    device.rename("a", "later").await;
    assert_eq!(device.context.discard(&operation).await.unwrap_err().kind(), ErrorKind::Conflict);
    assert_eq!(device.sees("a").await, text("later", 1));
    device.pushes().await;
    assert_eq!(device.context.discard(&operation).await.unwrap_err().kind(), ErrorKind::NotFound);
}

#[tokio::test(start_paused = true)]
async fn a_discard_does_not_show_a_candidate_from_before_the_base() {
    let world = World::v3();
    let device = Device::new(&world).await;
    device.given(&world, "a", "A", 1).await;
    device.delete("a").await;
    device.pushes().await;
    device.insert("a", "A", 1).await;
    // The undelete arrives, its reply does not; then an update is lost.
    for meet in [Meet::LostReply, Meet::LostRequest] {
        device.push_loses(&world, "PATCH", "item/a", meet).await;
        device.rename("a", "ours").await;
    }
    discard(&device).await;
    assert_eq!(device.sees("a").await, text("A", 1), "the row is there again, whatever the tombstone said");
    device.pushes().await;
}

async fn purge(device: &Device, purge: Purge<Item>) -> Result<synctable::PurgeReport, synctable::Error> {
    device.context.table::<Item>().purge(purge).await
}

/// Three rows of the server, one of them changed and one deleted here, and one inserted here.
async fn with_pending(world: &World) -> Device {
    let device = Device::new(world).await;
    for name in ["a", "b", "c"] {
        device.given(world, name, "A", 1).await;
    }
    device.rename("a", "ours").await;
    device.delete("b").await;
    device.insert("d", "D", 2).await;
    world.sent();
    device
}

#[tokio::test(start_paused = true)]
async fn a_purge_fails_while_operations_are_pending_and_changes_nothing() {
    let world = World::v3();
    let device = with_pending(&world).await;
    assert_eq!(purge(&device, Item::purge()).await.unwrap_err().kind(), ErrorKind::Pending);
    assert_eq!((device.pending().await.len(), device.sees("c").await), (3, text("A", 1)));
}

#[tokio::test(start_paused = true)]
async fn a_purge_that_keeps_pending_work_drops_the_other_rows() {
    let world = World::v3();
    let device = with_pending(&world).await;
    let report = purge(&device, Item::purge().keep_pending()).await.unwrap();
    assert_eq!((report.removed(), report.kept(), report.discarded()), (1, 3, 0));
    assert_eq!((device.sees("c").await, device.sees("a").await), (None, text("ours", 1)));
    device.pushes().await;
    device.pulls().await;
    assert_eq!(device.sees("c").await, text("A", 1), "the token was forgotten");
    assert_eq!(device.sees("b").await, None);
}

#[tokio::test(start_paused = true)]
async fn a_purge_that_discards_leaves_neither_rows_nor_operations() {
    let world = World::v3();
    let device = with_pending(&world).await;
    let report = purge(&device, Item::purge().discard_pending()).await.unwrap();
    assert_eq!(report.discarded(), 3);
    assert!(device.pending().await.is_empty());
    assert!(world.sent().is_empty(), "a purge sends nothing");
    device.pulls().await;
    for name in ["a", "b", "c"] {
        assert_eq!(device.sees(name).await, text("A", 1), "the server is unchanged");
    }
    assert_eq!(device.sees("d").await, None);
}

#[tokio::test(start_paused = true)]
async fn a_purge_with_a_filter_touches_only_the_rows_that_match() {
    let world = World::v3();
    let device = with_pending(&world).await;
    let report = purge(&device, Item::purge().filter(|item| item.count.eq(2)).discard_pending()).await.unwrap();
    assert_eq!(report.discarded(), 1);
    assert_eq!((device.sees("d").await, device.sees("c").await), (None, text("A", 1)));
    assert_eq!(device.pending().await.len(), 2, "operations of other rows stay");
}

#[tokio::test(start_paused = true)]
async fn a_purge_that_keeps_tokens_lets_rows_stay_away_until_they_change() {
    let world = World::v3();
    let device = Device::new(&world).await;
    device.given(&world, "a", "A", 1).await;
    device.given(&world, "b", "B", 1).await;
    let report = purge(&device, Item::purge().keep_tokens()).await.unwrap();
    assert_eq!(report.removed(), 2);
    device.pulls().await;
    assert_eq!(device.sees("a").await, None);
    world.server(|server| server.change("item", "a", json!({ "count": 2 })));
    device.pulls().await;
    assert_eq!(device.sees("a").await, text("A", 2));
}

#[tokio::test(start_paused = true)]
async fn a_purge_with_discard_waits_for_the_truth_of_an_open_request() {
    let world = World::v3();
    let device = sent_change(&world, Meet::LostReply).await;
    assert_eq!(purge(&device, Item::purge().discard_pending()).await.unwrap().discarded(), 1);
    device.pushes().await;
    assert_eq!(world.sent(), ["GET item/a"], "nothing is repeated");
    device.pulls().await;
    assert_eq!(device.sees("a").await, text("ours", 1), "what the server has");
}
