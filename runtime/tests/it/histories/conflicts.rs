//! Conflicts and their way out, and entries that vanish without a request (queue.md 2 and 6).

use serde_json::json;
use synctable::wire::Dialect;
use synctable::{ErrorKind, OperationKind, RemoteRow, Status};

use crate::world::net::status;
use crate::world::tables::Item;
use crate::world::{Device, Meet, World, id};

fn text(name: &str, count: i64) -> Option<(String, i64)> {
    Some((name.to_owned(), count))
}

const DIALECTS: [Dialect; 3] = [Dialect::DatasyncV3, Dialect::Toolkit, Dialect::NodeV2];

#[tokio::test(start_paused = true)]
async fn a_deferred_conflict_is_kept_listed_and_tried_again() {
    for dialect in DIALECTS {
        let world = World::new(dialect);
        let device = Device::new(&world).await;
        device.given(&world, "a", "A", 1).await;
        device.rename("a", "ours").await;
        world.server(|server| server.change("item", "a", json!({ "name": "theirs" })));
        for _ in 0..2 {
            world.sent();
            let report = device.push().await;
            assert_eq!(report.status(), Status::WithFailures);
            assert!(report.failed()[0].is_conflict(), "{dialect}: {report:?}");
            assert_eq!(world.writes().len(), 1, "{dialect}: tried once a push");
            assert!(device.only().await.is_conflict());
        }
        assert_eq!(device.sees("a").await, text("ours", 1), "{dialect}: the wish is kept");
        assert_eq!(world.server(|server| server.live("item", "a").unwrap()["name"].clone()), json!("theirs"));
    }
}

#[tokio::test(start_paused = true)]
async fn an_update_of_a_deleted_row_is_a_conflict_and_discard_takes_the_row_away() {
    for dialect in DIALECTS {
        let world = World::new(dialect);
        let device = Device::new(&world).await;
        device.given(&world, "a", "A", 1).await;
        device.rename("a", "ours").await;
        world.server(|server| server.delete("item", "a"));
        let report = device.push().await;
        assert!(report.failed()[0].is_conflict(), "{dialect}: {report:?}");
        let conflict = device.only().await;
        assert!(matches!(conflict.remote::<Item>().unwrap(), Some(RemoteRow::Deleted)), "{dialect}");
        device.context.discard(&conflict).await.unwrap();
        assert_eq!(device.sees("a").await, None, "{dialect}");
        assert!(device.pending().await.is_empty(), "{dialect}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_delete_of_a_changed_row_is_a_conflict_and_discard_shows_the_row() {
    for dialect in DIALECTS {
        let world = World::new(dialect);
        let device = Device::new(&world).await;
        device.given(&world, "a", "A", 1).await;
        device.delete("a").await;
        world.server(|server| server.change("item", "a", json!({ "name": "theirs" })));
        let report = device.push().await;
        assert!(report.failed()[0].is_conflict(), "{dialect}: {report:?}");
        let conflict = device.only().await;
        assert_eq!(conflict.kind(), OperationKind::Delete);
        device.context.discard(&conflict).await.unwrap();
        assert_eq!(device.sees("a").await, text("theirs", 1), "{dialect}");
        assert!(world.server(|server| server.live("item", "a").is_some()), "{dialect}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_row_that_both_deleted_is_no_conflict() {
    for dialect in DIALECTS {
        let world = World::new(dialect);
        let device = Device::new(&world).await;
        device.given(&world, "a", "A", 1).await;
        device.delete("a").await;
        world.server(|server| server.delete("item", "a"));
        device.pushes().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_delete_whose_reply_was_lost_is_done() {
    for dialect in DIALECTS {
        let world = World::new(dialect);
        let device = Device::new(&world).await;
        device.given(&world, "a", "A", 1).await;
        device.delete("a").await;
        device.push_loses(&world, "DELETE", "item/a", Meet::LostReply).await;
        device.pushes().await;
        device.pulls().await;
        assert_eq!(device.sees("a").await, None, "{dialect}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_inserted_row_that_is_there_with_other_values_is_a_conflict() {
    for dialect in DIALECTS {
        let world = World::new(dialect);
        let device = Device::new(&world).await;
        world.server(|server| server.put("item", "a", json!({ "name": "theirs", "count": 7 })));
        device.insert("a", "ours", 1).await;
        let report = device.push().await;
        assert!(report.failed()[0].is_conflict(), "{dialect}: {report:?}");
        let remote = device.only().await.remote::<Item>().unwrap();
        assert!(matches!(remote, Some(RemoteRow::Live(item)) if item.name == "theirs"), "{dialect}: the server's row");
    }
}

#[tokio::test(start_paused = true)]
async fn what_cancels_to_nothing_is_never_sent() {
    let world = World::v3();
    let device = Device::new(&world).await;
    device.given(&world, "b", "B", 1).await;
    world.sent();
    device.insert("a", "A", 1).await;
    device.delete("a").await;
    device.rename("b", "changed").await;
    device.rename("b", "B").await;
    assert!(device.pending().await.is_empty());
    device.delete("b").await;
    device.insert("b", "B", 1).await;
    assert!(device.pending().await.is_empty(), "the wish is what the server has");
    device.pushes().await;
    assert!(world.sent().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_refused_local_call_changes_nothing() {
    let world = World::v3();
    let device = Device::new(&world).await;
    device.given(&world, "a", "A", 1).await;
    let table = device.context.table::<Item>();
    let item = |name: &str| Item { id: id(name), name: "B".to_owned(), count: 2 };
    assert_eq!(table.insert(item("a")).await.unwrap_err().kind(), ErrorKind::Exists);
    assert_eq!(table.update(&item("x")).await.unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(table.delete(&id("x")).await.unwrap_err().kind(), ErrorKind::NotFound);
    let refused = device.context.transaction(move |tx| {
        tx.delete::<Item>(&id("a"))?;
        tx.insert(item("y"))?;
        tx.insert(item("y"))
    });
    assert_eq!(refused.await.unwrap_err().kind(), ErrorKind::Exists, "all of a transaction or nothing");
    assert!(device.pending().await.is_empty());
    assert_eq!((device.sees("a").await, device.sees("y").await), (text("A", 1), None));
}

#[tokio::test(start_paused = true)]
async fn a_push_that_stops_keeps_the_rest_in_its_order() {
    let world = World::v3();
    let device = Device::new(&world).await;
    for name in ["a", "b", "c", "d"] {
        device.insert(name, "A", 1).await;
    }
    let order = async || {
        let pending = device.pending().await;
        pending.iter().map(|operation| operation.id().as_str().to_owned()).collect::<Vec<_>>()
    };
    world.once("POST", "item", status(403));
    world.once("POST", "item", Meet::Unsent);
    let report = device.push().await;
    assert_eq!(report.status(), Status::Offline);
    assert_eq!(world.writes().len(), 2, "nothing after the one that stopped it");
    assert_eq!(order().await, ["a", "b", "c", "d"]);
}
