//! Requests that arrive after the device has given them up, and replies that never do.

use serde_json::json;
use synctable::Status;
use synctable::wire::Dialect;

use crate::world::net::{status, work};
use crate::world::{Device, Meet, World};

#[tokio::test(start_paused = true)]
async fn an_insert_that_arrives_after_its_entry_vanished_is_deleted_again() {
    let world = World::v3();
    let device = Device::new(&world).await;
    device.insert("a", "A", 1).await;
    device.push_loses(&world, "POST", "item", Meet::Late).await;
    device.delete("a").await;
    world.sent();
    device.pushes().await;
    assert_eq!(world.sent(), ["GET item/a"], "an insert that nobody wants is not repeated");

    assert_eq!(world.deliver_late(), [201]);
    device.pulls().await;
    assert_eq!(device.sees("a").await, None, "what arrived late is not shown");
    device.pushes().await;
    assert!(world.server(|server| server.live("item", "a").is_none()), "and is deleted again");
}

#[tokio::test(start_paused = true)]
async fn a_late_insert_is_kept_when_another_device_has_changed_it() {
    let world = World::v3();
    let device = Device::new(&world).await;
    device.insert("a", "A", 1).await;
    device.push_loses(&world, "POST", "item", Meet::Late).await;
    device.delete("a").await;
    device.pushes().await;
    world.deliver_late();
    world.server(|server| server.change("item", "a", json!({ "name": "theirs" })));
    device.pulls().await;
    assert_eq!(device.sees("a").await, Some(("theirs".to_owned(), 1)));
}

#[tokio::test(start_paused = true)]
async fn a_later_local_insert_of_the_id_removes_the_grave() {
    let world = World::v3();
    let device = Device::new(&world).await;
    device.insert("a", "A", 1).await;
    device.push_loses(&world, "POST", "item", Meet::LostRequest).await;
    device.delete("a").await;
    device.pushes().await;
    device.insert("a", "A", 1).await;
    device.pushes().await;
    device.pulls().await;
    device.pushes().await;
    assert_eq!(device.sees("a").await, Some(("A".to_owned(), 1)), "the row of the new insert is not deleted");
    assert!(world.server(|server| server.live("item", "a").is_some()));
}

#[tokio::test(start_paused = true)]
async fn a_grave_is_kept_7_days() {
    for (days, kept) in [(6, true), (8, false)] {
        let world = World::v3();
        let device = Device::new(&world).await;
        for name in ["a", "b"] {
            device.insert(name, "A", 1).await;
            device.push_loses(&world, "POST", "item", Meet::Late).await;
            device.delete(name).await;
            device.pushes().await;
            // The second grave lets go of the first if that is too old.
            tokio::time::advance(std::time::Duration::from_secs(days * 24 * 3600)).await;
        }
        world.deliver_late();
        device.pulls().await;
        assert_eq!(device.sees("a").await.is_none(), kept, "after {days} days");
    }
}

#[tokio::test(start_paused = true)]
async fn a_delayed_update_is_refused_and_changes_nothing() {
    let world = World::v3();
    let device = Device::new(&world).await;
    device.given(&world, "a", "A", 1).await;
    device.rename("a", "first").await;
    device.push_loses(&world, "PATCH", "item/a", Meet::Late).await;
    device.pushes().await;
    device.rename("a", "second").await;
    device.pushes().await;
    assert_eq!(world.deliver_late(), [412], "its If-Match is outdated");
    device.pulls().await;
    assert_eq!(device.sees("a").await, Some(("second".to_owned(), 1)));
}

#[tokio::test(start_paused = true)]
async fn a_lost_reply_is_recognised_after_a_restart_and_further_edits() {
    let world = World::v3();
    let device = Device::new(&world).await;
    device.given(&world, "a", "A", 1).await;
    device.rename("a", "ours").await;
    device.push_loses(&world, "PATCH", "item/a", Meet::LostReply).await;
    let device = device.restarted(&world).await;
    device.recount("a", 9).await;
    world.sent();
    let report = device.push().await;
    assert_eq!(report.failed().len(), 0, "an own write is no conflict: {report:?}");
    assert_eq!(
        world.sent_in_full(),
        [r#"PATCH item/a if "v1" {"name":"ours"}"#, r#"PATCH item/a if "v2" {"count":9}"#],
        "the open request goes first and unchanged"
    );
}

#[tokio::test(start_paused = true)]
async fn another_devices_write_after_a_lost_reply_is_kept() {
    let world = World::v3();
    let device = Device::new(&world).await;
    device.given(&world, "a", "A", 1).await;
    device.rename("a", "ours").await;
    device.push_loses(&world, "PATCH", "item/a", Meet::LostReply).await;
    world.server(|server| server.change("item", "a", json!({ "count": 7 })));
    device.pushes().await;
    assert_eq!(device.sees("a").await, Some(("ours".to_owned(), 7)), "both writes are there");
}

#[tokio::test(start_paused = true)]
async fn a_repeated_insert_that_meets_a_tombstone_was_deleted_by_another_device() {
    let world = World::v3();
    let device = Device::new(&world).await;
    device.insert("a", "A", 1).await;
    device.push_loses(&world, "POST", "item", Meet::LostReply).await;
    world.server(|server| server.delete("item", "a"));
    let report = device.push().await;
    assert!(report.failed()[0].is_conflict(), "{report:?}");
    assert_eq!(device.sees("a").await, Some(("A".to_owned(), 1)), "the wish is kept");
}

#[tokio::test(start_paused = true)]
async fn a_row_of_a_library_made_id_is_our_own_whatever_became_of_it() {
    let world = World::v3();
    let device = Device::new(&world).await;
    let table = device.context.table::<crate::world::tables::Item>();
    let item = crate::world::tables::Item { id: synctable::Id::default(), name: "A".to_owned(), count: 1 };
    let made = table.insert(item).await.unwrap().id;
    device.push_loses(&world, "POST", "item", Meet::LostReply).await;
    world.server(|server| server.change("item", made.as_str(), json!({ "name": "theirs" })));
    device.pushes().await;
    assert_eq!(device.sees(made.as_str()).await, Some(("theirs".to_owned(), 1)));
}

#[tokio::test(start_paused = true)]
async fn an_unwanted_insert_that_arrived_is_deleted_with_its_version() {
    let world = World::v3();
    let device = Device::new(&world).await;
    device.insert("a", "A", 1).await;
    device.push_loses(&world, "POST", "item", Meet::LostReply).await;
    device.delete("a").await;
    world.sent();
    device.pushes().await;
    assert_eq!(world.sent_in_full()[1], r#"DELETE item/a if "v1""#);
}

#[tokio::test(start_paused = true)]
async fn an_unwanted_insert_meets_a_foreign_row_as_a_conflict() {
    let world = World::v3();
    let device = Device::new(&world).await;
    device.insert("a", "A", 1).await;
    device.push_loses(&world, "POST", "item", Meet::LostRequest).await;
    device.delete("a").await;
    world.server(|server| server.put("item", "a", json!({ "name": "theirs", "count": 2 })));
    let report = device.push().await;
    assert!(report.failed()[0].is_conflict(), "{report:?}");
    assert!(world.server(|server| server.live("item", "a").is_some()), "no row of another origin is touched");
}

#[tokio::test(start_paused = true)]
async fn a_row_deleted_and_inserted_again_comes_back_in_every_dialect() {
    for dialect in [Dialect::DatasyncV3, Dialect::Toolkit, Dialect::NodeV2] {
        let world = World::new(dialect);
        let device = Device::new(&world).await;
        device.given(&world, "a", "A", 1).await;
        device.delete("a").await;
        device.pushes().await;
        device.insert("a", "again", 2).await;
        device.pushes().await;
        let there = world.server(|server| server.live("item", "a").cloned()).expect("it is back");
        assert_eq!((&there["name"], &there["count"]), (&json!("again"), &json!(2)), "{dialect}");
        device.pulls().await;
        assert_eq!(device.sees("a").await, Some(("again".to_owned(), 2)), "{dialect}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_row_that_another_device_deleted_is_made_again_after_the_409_in_every_dialect() {
    for dialect in [Dialect::DatasyncV3, Dialect::Toolkit, Dialect::NodeV2] {
        let world = World::new(dialect);
        let device = Device::new(&world).await;
        world.server(|server| {
            server.put("item", "a", json!({ "name": "old", "count": 1 }));
            server.delete("item", "a");
        });
        device.insert("a", "new", 2).await;
        device.pushes().await;
        let there = world.server(|server| server.live("item", "a").cloned()).expect("it is back");
        assert_eq!((&there["name"], &there["count"]), (&json!("new"), &json!(2)), "{dialect}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_undelete_whose_reply_was_lost_is_our_own_in_every_dialect() {
    for dialect in [Dialect::DatasyncV3, Dialect::Toolkit, Dialect::NodeV2] {
        for pulled in [false, true] {
            let world = World::new(dialect);
            let device = Device::new(&world).await;
            device.given(&world, "a", "A", 1).await;
            device.delete("a").await;
            device.pushes().await;
            device.insert("a", "again", 2).await;
            let (method, path) = match dialect {
                Dialect::NodeV2 => ("POST", "item/a"),
                Dialect::Toolkit => ("PUT", "item/a"),
                _ => ("PATCH", "item/a"),
            };
            device.push_loses(&world, method, path, Meet::LostReply).await;
            if pulled {
                drop(device.pull_alone().await);
            }
            device.pushes().await;
            let there = world.server(|server| server.live("item", "a").cloned()).expect("it is back");
            assert_eq!(there["name"], json!("again"), "{dialect}, pulled: {pulled}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_row_brought_back_by_another_device_meanwhile_is_a_conflict() {
    let world = World::v3();
    let device = Device::new(&world).await;
    device.given(&world, "a", "A", 1).await;
    device.delete("a").await;
    device.pushes().await;
    device.insert("a", "ours", 2).await;
    world.server(|server| server.put("item", "a", json!({ "name": "theirs", "count": 3 })));
    let report = device.push().await;
    assert!(report.failed()[0].is_conflict(), "{report:?}");
}

#[tokio::test(start_paused = true)]
async fn an_edit_meanwhile_is_neither_overwritten_nor_sent_in_the_same_push() {
    let world = World::v3();
    let device = Device::new(&world).await;
    device.insert("a", "A", 1).await;
    let writer = device.clone();
    let edit = work(move || {
        let writer = writer.clone();
        async move { writer.rename("a", "A2").await }
    });
    world.once("POST", "item", Meet::ThenWork(edit));
    let report = device.push().await;
    assert_eq!((report.status(), report.changed_meanwhile().len()), (Status::Complete, 1), "it is no failure");
    assert_eq!(world.writes(), ["POST item"]);
    assert_eq!(device.sees("a").await, Some(("A2".to_owned(), 1)));
    device.pushes().await;
    assert_eq!(world.sent_in_full(), [r#"PATCH item/a if "v1" {"name":"A2"}"#], "with the version of the answer");
}

#[tokio::test(start_paused = true)]
async fn a_refusal_of_a_repeated_request_does_not_say_that_the_first_had_no_effect() {
    for refusal in [403, 422] {
        let world = World::v3();
        let device = Device::new(&world).await;
        device.insert("a", "A", 1).await;
        world.once("POST", "item", Meet::LostReply);
        world.once("POST", "item", status(refusal));
        device.tries_to_push().await;
        assert!(device.only().await.is_unanswered(), "{refusal}");
        device.rename("a", "B").await;
        world.sent();
        device.pushes().await;
        assert_eq!(world.sent(), ["GET item/a", "PATCH item/a"], "{refusal}: the truth is asked first");

        // A delete that had its effect before it was refused is done.
        device.delete("a").await;
        world.once("DELETE", "item/a", Meet::LostReply);
        world.once("DELETE", "item/a", status(refusal));
        device.tries_to_push().await;
        device.insert("a", "C", 2).await;
        device.pushes().await;
        assert_eq!(world.server(|server| server.live("item", "a").cloned()).unwrap()["name"], "C", "{refusal}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_row_that_is_brought_back_is_known_again_when_the_reply_is_lost() {
    for (dialect, method) in [(Dialect::DatasyncV3, "PATCH"), (Dialect::NodeV2, "POST"), (Dialect::Toolkit, "PUT")] {
        let world = World::new(dialect);
        let device = Device::new(&world).await;
        device.given(&world, "a", "A", 1).await;
        device.delete("a").await;
        device.pushes().await;
        device.insert("a", "B", 2).await;
        // The device repeats it in the same push, and finds what its first try made of the tombstone.
        world.once(method, "item/a", Meet::LostReply);
        device.pushes().await;
        assert_eq!(world.server(|server| server.live("item", "a").cloned()).unwrap()["name"], "B", "{dialect}");
    }
}

/// A server that answers for a deleted row as for one that never was: the repeated delete meets 404. That a
/// tombstone may be left is not forgotten, so that a lost reply to what makes the row again tells nothing wrong.
#[tokio::test(start_paused = true)]
async fn a_row_whose_delete_met_nothing_is_made_again_whatever_reply_is_lost() {
    for dialect in [Dialect::DatasyncV3, Dialect::Toolkit, Dialect::NodeV2] {
        for meanwhile in [false, true] {
            let world = World::new(dialect);
            let device = Device::new(&world).await;
            device.given(&world, "a", "A", 1).await;
            device.delete("a").await;
            world.lose_next("DELETE", "item/a", Meet::LostReply);
            device.tries_to_push().await;
            world.heal();
            if meanwhile {
                device.insert("a", "again", 2).await;
            } else {
                device.pushes().await;
                device.insert("a", "again", 2).await;
            }
            world.once("POST", "item", Meet::LostReply);
            device.pushes().await;
            let there = world.server(|server| server.live("item", "a").cloned()).expect("it is back");
            assert_eq!((&there["name"], &there["count"]), (&json!("again"), &json!(2)), "{dialect}, {meanwhile}");
        }
    }
}
