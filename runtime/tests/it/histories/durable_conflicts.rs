//! Conflicts and refused operations that outlive their push: listed, resolved and retried later.

use serde_json::json;
use synctable::wire::Dialect;
use synctable::{ConflictPolicy, ErrorKind, MemoryStore, OperationKind, Reason, RemoteRow, Resolution, Status};

use crate::world::net::{Gate, Meet, status};
use crate::world::tables::{Item, List};
use crate::world::{Device, World, id};

const DIALECTS: [Dialect; 3] = [Dialect::DatasyncV3, Dialect::Toolkit, Dialect::NodeV2];

fn text(name: &str, count: i64) -> Option<(String, i64)> {
    Some((name.to_owned(), count))
}

fn item(name: &str, count: i64) -> Item {
    Item { id: id("a"), name: name.to_owned(), count }
}

/// A device with a conflict that its push left.
async fn conflicting(world: &World) -> Device {
    let device = Device::new(world).await;
    device.given(world, "a", "A", 1).await;
    device.rename("a", "ours").await;
    world.server(|server| server.change("item", "a", json!({ "name": "theirs", "count": 5 })));
    let report = device.push().await;
    assert!(report.failed()[0].is_conflict(), "{report:?}");
    world.sent();
    device
}

#[tokio::test(start_paused = true)]
async fn a_conflict_is_resolved_after_a_restart() {
    for dialect in DIALECTS {
        for (resolution, name, count) in [
            (Resolution::KeepLocal, "ours", 1),
            (Resolution::KeepRemote, "theirs", 5),
            (Resolution::Merge(item("both", 6)), "both", 6),
        ] {
            let world = World::new(dialect);
            let device = conflicting(&world).await.restarted(&world).await;
            let items = device.context.table::<Item>();
            assert_eq!(device.context.conflicts().await.unwrap().len(), 1, "{dialect}");
            let conflict = items.conflicts().await.unwrap().remove(0);
            assert_eq!((conflict.id(), conflict.kind()), (&id("a"), OperationKind::Update), "{dialect}");
            assert_eq!(conflict.base(), Some(&item("A", 1)), "{dialect}");
            assert_eq!(conflict.local(), Some(&item("ours", 1)), "{dialect}");
            assert_eq!(conflict.remote(), &RemoteRow::Live(item("theirs", 5)), "{dialect}");
            items.resolve(&conflict, resolution.clone()).await.unwrap();
            assert!(items.conflicts().await.unwrap().is_empty(), "{dialect}");
            assert_eq!(device.sees("a").await, text(name, count), "{dialect}: at once");
            assert!(world.sent().is_empty(), "{dialect}: nothing needs the network");
            let error = items.resolve(&conflict, Resolution::KeepLocal).await.unwrap_err();
            let again = if resolution == Resolution::KeepRemote { ErrorKind::NotFound } else { ErrorKind::Conflict };
            assert_eq!(error.kind(), again, "{dialect}: a resolution counts once");
            let device = device.restarted(&world).await;
            device.pushes().await;
            assert!(world.writes().len() <= 1, "{dialect}: no try with the version of before");
            let row = world.server(|server| server.live("item", "a").unwrap().clone());
            assert_eq!((&row["name"], &row["count"]), (&json!(name), &json!(count)), "{dialect}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn deferring_a_listed_conflict_leaves_it() {
    let world = World::v3();
    let device = conflicting(&world).await;
    let items = device.context.table::<Item>();
    let conflict = items.conflicts().await.unwrap().remove(0);
    for resolution in [Resolution::Defer, Resolution::Abort] {
        items.resolve(&conflict, resolution).await.unwrap();
        assert_eq!(items.conflicts().await.unwrap().len(), 1);
    }
    device.context.retry(&device.only().await).await.unwrap();
    assert_eq!(items.conflicts().await.unwrap().len(), 1, "it is tried again anyhow");
}

#[tokio::test(start_paused = true)]
async fn a_deletion_against_a_row_is_resolved_later_both_ways() {
    for dialect in DIALECTS {
        for keeps_local in [true, false] {
            let world = World::new(dialect);
            let device = Device::new(&world).await;
            device.given(&world, "a", "A", 1).await;
            device.delete("a").await;
            world.server(|server| server.change("item", "a", json!({ "name": "theirs" })));
            device.tries_to_push().await;
            let items = device.context.table::<Item>();
            let conflict = items.conflicts().await.unwrap().remove(0);
            assert_eq!((conflict.kind(), conflict.local()), (OperationKind::Delete, None));
            let resolution = if keeps_local { Resolution::KeepLocal } else { Resolution::KeepRemote };
            items.resolve(&conflict, resolution).await.unwrap();
            device.pushes().await;
            assert_eq!(device.sees("a").await, if keeps_local { None } else { text("theirs", 1) }, "{dialect}");
            assert_eq!(world.server(|server| server.live("item", "a").is_none()), keeps_local, "{dialect}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_outdated_or_missing_conflict_is_told_apart() {
    let world = World::v3();
    let device = conflicting(&world).await;
    let items = device.context.table::<Item>();
    let conflict = items.conflicts().await.unwrap().remove(0);
    device.rename("a", "later").await;
    let error = items.resolve(&conflict, Resolution::KeepRemote).await.unwrap_err();
    assert_eq!((error.kind(), error.row()), (ErrorKind::Conflict, Some("a")));
    assert_eq!(device.sees("a").await, text("later", 1), "the newer write is kept");
    let operation = device.only().await;
    device.context.discard(&operation).await.unwrap();
    let error = items.resolve(&conflict, Resolution::KeepRemote).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    device.rename("a", "anew").await;
    let error = items.resolve(&conflict, Resolution::KeepRemote).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound, "another operation of the row is not the one that was listed");
    assert_eq!(device.context.retry(&operation).await.unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(device.sees("a").await, text("anew", 5));
}

#[tokio::test(start_paused = true)]
async fn a_conflict_is_resolved_while_its_retry_is_under_way() {
    for dialect in DIALECTS {
        for (resolution, name, count) in [
            (Resolution::KeepLocal, "ours", 1),
            (Resolution::KeepRemote, "theirs", 5),
            (Resolution::Merge(item("both", 6)), "both", 6),
        ] {
            let world = World::new(dialect);
            let device = conflicting(&world).await;
            let items = device.context.table::<Item>();
            let conflict = items.conflicts().await.unwrap().remove(0);
            let gate = Gate::default();
            let method = if dialect == Dialect::Toolkit { "PUT" } else { "PATCH" };
            world.once(method, "item/a", Meet::Gate(gate.clone()));
            let resolving = async {
                gate.arrival().await;
                items.resolve(&conflict, resolution.clone()).await.unwrap();
                gate.open();
            };
            let (report, ()) = tokio::join!(device.context.push(), resolving);
            let report = report.unwrap();
            assert!(report.failed().is_empty(), "{dialect} {resolution:?}: it is resolved: {report:?}");
            device.pushes().await;
            assert_eq!(device.sees("a").await, text(name, count), "{dialect} {resolution:?}");
            let row = world.server(|server| server.live("item", "a").unwrap().clone());
            assert_eq!((&row["name"], &row["count"]), (&json!(name), &json!(count)), "{dialect} {resolution:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_conflict_whose_retry_was_lost_is_resolved_by_the_truth() {
    for dialect in DIALECTS {
        for resolution in [Resolution::KeepLocal, Resolution::KeepRemote] {
            let world = World::new(dialect);
            let device = conflicting(&world).await;
            world.cut();
            device.tries_to_push().await;
            world.heal();
            let items = device.context.table::<Item>();
            // No answer is no conflict; it is one again once the server has said so.
            assert!(items.conflicts().await.unwrap().is_empty(), "{dialect}");
            let device = device.restarted(&world).await;
            device.tries_to_push().await;
            let items = device.context.table::<Item>();
            let conflict = items.conflicts().await.unwrap().remove(0);
            items.resolve(&conflict, resolution.clone()).await.unwrap();
            device.pushes().await;
            let expected = if resolution == Resolution::KeepLocal { text("ours", 1) } else { text("theirs", 5) };
            assert_eq!(device.sees("a").await, expected, "{dialect}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_later_push_with_a_policy_ends_what_was_deferred() {
    let world = World::v3();
    let device = conflicting(&world).await;
    let device =
        Device::with_items(&world, device.store.snapshot(), |items| items.conflict_policy(ConflictPolicy::RemoteWins))
            .await;
    device.pushes().await;
    assert_eq!(device.sees("a").await, text("theirs", 5));
}

/// Two rows, of which the server can never take the first.
async fn refused(world: &World) -> Device {
    let device = Device::new(world).await;
    device.insert("a", "bad", 1).await;
    device.insert("b", "B", 1).await;
    world.once("POST", "item", status(422));
    let report = device.push().await;
    assert_eq!((report.done(), report.failed().len()), (1, 1), "the other is sent: {report:?}");
    let operation = device.only().await;
    assert!(operation.is_set_aside(), "{operation:?}");
    assert_eq!(operation.failure().unwrap().status, Some(422));
    world.sent();
    device
}

#[tokio::test(start_paused = true)]
async fn what_is_set_aside_is_listed_and_stops_nothing() {
    for dialect in DIALECTS {
        let world = World::new(dialect);
        let device = refused(&world).await.restarted(&world).await;
        device.insert("c", "C", 1).await;
        let report = device.push().await;
        assert_eq!(report.status(), Status::WithFailures, "{dialect}");
        assert_eq!((report.done(), report.not_attempted()[0].reason()), (1, &Reason::SetAside), "{dialect}");
        assert_eq!(world.writes(), ["POST item"], "{dialect}: it is not sent");
        assert!(device.only().await.is_set_aside(), "{dialect}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_set_aside_is_sent_again_once_it_is_retried_or_edited() {
    for dialect in DIALECTS {
        for edits in [true, false] {
            let world = World::new(dialect);
            let device = refused(&world).await.restarted(&world).await;
            if edits {
                device.rename("a", "good").await;
            } else {
                device.context.retry(&device.only().await).await.unwrap();
            }
            assert!(!device.only().await.is_set_aside(), "{dialect}");
            device.pushes().await;
            let name = world.server(|server| server.live("item", "a").unwrap()["name"].clone());
            assert_eq!(name, json!(if edits { "good" } else { "bad" }), "{dialect}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_set_aside_can_be_discarded() {
    let world = World::v3();
    let device = refused(&world).await;
    let operation = device.only().await;
    device.context.discard(&operation).await.unwrap();
    assert_eq!(device.sees("a").await, None);
    device.pushes().await;
    assert!(world.writes().is_empty());
    assert_eq!(device.context.retry(&operation).await.unwrap_err().kind(), ErrorKind::NotFound);
}

#[tokio::test(start_paused = true)]
async fn a_retry_of_an_outdated_operation_is_refused() {
    let world = World::v3();
    let device = refused(&world).await;
    let operation = device.only().await;
    device.rename("a", "good").await;
    assert_eq!(device.context.retry(&operation).await.unwrap_err().kind(), ErrorKind::Conflict);
}

#[tokio::test(start_paused = true)]
async fn a_retry_clears_strikes_and_asks_for_the_truth_first() {
    let world = World::v3();
    let device = Device::new(&world).await;
    device.given(&world, "a", "A", 1).await;
    device.rename("a", "B").await;
    for round in 1..=5 {
        // The server takes the change, and answers each try with a 500.
        world.once("PATCH", "item/a", Meet::TakenThen(crate::world::server::plain(500)));
        world.times(2, "PATCH", "item/a", status(500));
        let list = List { id: id(&format!("l{round}")), title: "L".to_owned() };
        device.context.table::<List>().insert(list).await.unwrap();
        device.tries_to_push().await;
        world.heal();
        tokio::time::advance(std::time::Duration::from_secs(3600)).await;
    }
    let operation = device.only().await;
    assert!(operation.is_set_aside() && operation.is_unanswered(), "{operation:?}");
    device.context.retry(&operation).await.unwrap();
    world.sent();
    device.pushes().await;
    let sent = world.sent();
    assert_eq!(sent, ["GET item/a"], "it had arrived");
}

#[tokio::test(start_paused = true)]
async fn an_operation_under_another_id_can_only_be_discarded() {
    let world = World::v3();
    let device = Device::new(&world).await;
    device.insert("a", "A", 1).await;
    let other = r#"{"id":"z","name":"A","count":1,"version":"v9","updatedAt":"2026-01-01T00:00:00.000Z"}"#;
    world.once("POST", "item", crate::world::net::answer(201, "content-type: application/json", other));
    device.tries_to_push().await;
    let operation = device.only().await;
    assert!(operation.is_set_aside());
    assert_eq!(device.context.retry(&operation).await.unwrap_err().kind(), ErrorKind::Invalid);
    device.context.discard(&operation).await.unwrap();
    assert_eq!(device.sees("a").await, None);
}

#[tokio::test(start_paused = true)]
async fn conflicts_of_other_tables_are_not_listed() {
    let world = World::v3();
    let device = conflicting(&world).await;
    assert!(device.context.table::<List>().conflicts().await.unwrap().is_empty());
    let alone = Device::with_items(&world, MemoryStore::new(), |items| items).await;
    let error = alone.context.table::<List>().conflicts().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Schema, "the table is not registered");
}
