//! Conflicts that end without code of the app.

use serde_json::json;
use synctable::wire::Dialect;
use synctable::{ConflictPolicy, MemoryStore, Resolution};

use super::{DIALECTS, at_server, renamed_and_counted, text};
use crate::world::net::Meet;
use crate::world::server::Server;
use crate::world::tables::Tally;
use crate::world::{Device, World, builder, id};

#[tokio::test(start_paused = true)]
async fn local_wins_and_remote_wins_end_an_update() {
    for dialect in DIALECTS {
        for (policy, name, count) in [(ConflictPolicy::LocalWins, "ours", 1), (ConflictPolicy::RemoteWins, "theirs", 5)]
        {
            let world = World::new(dialect);
            let device = Device::with_items(&world, MemoryStore::new(), |items| items.conflict_policy(policy)).await;
            renamed_and_counted(&world, &device).await;
            device.pushes().await;
            assert_eq!(device.sees("a").await, text(name, count), "{dialect} {policy:?}");
            assert_eq!(at_server(&world, "a"), Some((json!(name), json!(count))), "{dialect} {policy:?}");
            device.pulls().await;
            assert_eq!(device.sees("a").await, text(name, count), "{dialect} {policy:?}: nothing is left to take");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_row_deleted_here_and_changed_there_comes_back_or_is_deleted_there() {
    for dialect in DIALECTS {
        for (policy, stays) in [(ConflictPolicy::LocalWins, false), (ConflictPolicy::RemoteWins, true)] {
            let world = World::new(dialect);
            let device = Device::with_items(&world, MemoryStore::new(), |items| items.conflict_policy(policy)).await;
            device.given(&world, "a", "A", 1).await;
            device.delete("a").await;
            world.server(|server| server.change("item", "a", json!({ "name": "theirs" })));
            device.pushes().await;
            let expected = if stays { text("theirs", 1) } else { None };
            assert_eq!(device.sees("a").await, expected, "{dialect} {policy:?}");
            assert_eq!(at_server(&world, "a").is_some(), stays, "{dialect} {policy:?}");
            device.pulls().await;
            assert_eq!(device.sees("a").await, expected, "{dialect} {policy:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_row_changed_here_and_deleted_there_is_made_again_or_goes() {
    for dialect in DIALECTS {
        for (policy, stays) in [(ConflictPolicy::LocalWins, true), (ConflictPolicy::RemoteWins, false)] {
            let world = World::new(dialect);
            let device = Device::with_items(&world, MemoryStore::new(), |items| items.conflict_policy(policy)).await;
            device.given(&world, "a", "A", 1).await;
            device.rename("a", "ours").await;
            world.server(|server| server.delete("item", "a"));
            device.pushes().await;
            let expected = if stays { text("ours", 1) } else { None };
            assert_eq!(device.sees("a").await, expected, "{dialect} {policy:?}");
            assert_eq!(at_server(&world, "a"), stays.then(|| (json!("ours"), json!(1))), "{dialect} {policy:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_newest_write_wins_by_the_clock_of_its_side() {
    // The server's stamps are of January 2026, the devices' clocks of May.
    let world = World::v3();
    let policy = ConflictPolicy::NewestWins;
    let device = Device::with_items(&world, MemoryStore::new(), |items| items.conflict_policy(policy)).await;
    renamed_and_counted(&world, &device).await;
    device.pushes().await;
    assert_eq!(at_server(&world, "a"), Some((json!("ours"), json!(1))), "written here later");

    device.rename("a", "ours again").await;
    world.server(|server| {
        server.clock += 200 * 24 * 3600;
        server.change("item", "a", json!({ "name": "theirs" }));
    });
    device.pushes().await;
    assert_eq!(device.sees("a").await, text("theirs", 1), "written there later");
}

#[tokio::test(start_paused = true)]
async fn an_insert_of_a_taken_id_is_resolved() {
    for dialect in DIALECTS {
        for (policy, name) in [(ConflictPolicy::LocalWins, "ours"), (ConflictPolicy::RemoteWins, "theirs")] {
            let world = World::new(dialect);
            let device = Device::with_items(&world, MemoryStore::new(), |items| items.conflict_policy(policy)).await;
            world.server(|server| server.put("item", "a", json!({ "name": "theirs", "count": 1 })));
            device.insert("a", "ours", 1).await;
            device.pushes().await;
            assert_eq!(device.sees("a").await, text(name, 1), "{dialect}");
            assert_eq!(at_server(&world, "a"), Some((json!(name), json!(1))), "{dialect}");
        }
    }
}

/// A device with tallies that merges.
async fn tallies(world: &World, store: MemoryStore) -> Device {
    let tables = builder(world, store.clone()).conflict_policy(ConflictPolicy::Merge).table::<Tally>();
    Device::opened(world, store, tables).await
}

async fn count_up(device: &Device, by: i64, tag: &str) {
    let tag = tag.to_owned();
    let (tallies, row) = (device.context.table::<Tally>(), id("a"));
    let edited = tallies.edit(&row, move |tally| {
        tally.count += by;
        tally.seen += 1;
        tally.tags.push(tag);
    });
    assert!(edited.await.unwrap().is_some());
}

async fn tally(device: &Device) -> Tally {
    device.context.table::<Tally>().get(&id("a")).await.unwrap().unwrap()
}

#[tokio::test(start_paused = true)]
async fn merged_rows_of_several_devices_converge() {
    for dialect in DIALECTS {
        let world = World::new(dialect);
        world.server(|server| server.put("tally", "a", json!({ "name": "N", "count": 10, "tags": [] })));
        let devices = [
            tallies(&world, MemoryStore::new()).await,
            tallies(&world, MemoryStore::new()).await,
            tallies(&world, MemoryStore::new()).await,
        ];
        for device in &devices {
            device.context.sync().await.unwrap().into_result().unwrap();
        }
        for (device, (by, tag)) in devices.iter().zip([(1, "one"), (20, "two"), (300, "three")]) {
            count_up(device, by, tag).await;
        }
        let renamed = devices[1].context.table::<Tally>();
        renamed.edit(&id("a"), |tally| tally.name = "renamed".to_owned()).await.unwrap();
        for _ in 0..2 {
            for device in &devices {
                device.context.sync().await.unwrap().into_result().unwrap();
            }
        }
        for device in &devices {
            let tally = tally(device).await;
            assert_eq!((tally.name.as_str(), tally.count, tally.seen), ("renamed", 331, 1), "{dialect}");
            assert_eq!(tally.tags, ["one", "two", "three"], "{dialect}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_column_that_both_changed_and_no_rule_decides_is_left_to_the_app_with_its_name() {
    let world = World::v3();
    world.server(|server| server.put("tally", "a", json!({ "name": "N", "count": 10, "tags": [] })));
    let device = tallies(&world, MemoryStore::new()).await;
    device.context.sync().await.unwrap().into_result().unwrap();
    count_up(&device, 1, "one").await;
    device.context.table::<Tally>().edit(&id("a"), |tally| tally.name = "ours".to_owned()).await.unwrap();
    world.server(|server| server.change("tally", "a", json!({ "name": "theirs", "count": 15 })));
    let report = device.push().await;
    assert!(report.failed()[0].failure().message.ends_with("both sides changed `name`"), "{report:?}");
    let conflicts = device.context.table::<Tally>().conflicts().await.unwrap();
    assert_eq!(conflicts[0].undecided(), ["name"]);
    assert_eq!(conflicts[0].merged().unwrap(), None);
    assert_eq!(tally(&device).await.count, 11, "nothing is merged by half");
}

#[tokio::test(start_paused = true)]
async fn a_sum_whose_own_part_may_have_arrived_is_left_to_the_app() {
    for dialect in DIALECTS {
        let world = World::new(dialect);
        world.server(|server| server.put("tally", "a", json!({ "name": "N", "count": 10, "tags": [] })));
        let device = tallies(&world, MemoryStore::new()).await;
        device.context.sync().await.unwrap().into_result().unwrap();
        count_up(&device, 1, "one").await;
        let method = if dialect == Dialect::Toolkit { "PUT" } else { "PATCH" };
        device.push_loses(&world, method, "tally/a", Meet::LostReply).await;
        // Another device has seen our 11 and counts on.
        world.server(|server| server.change("tally", "a", json!({ "count": 13 })));
        for _ in 0..2 {
            let report = device.push().await;
            assert!(
                report.failed()[0].failure().message.ends_with("both sides changed `count`"),
                "{dialect}: {report:?}"
            );
            assert_eq!(tally(&device).await.count, 11, "{dialect}");
        }
        let tallies = device.context.table::<Tally>();
        let conflict = tallies.conflicts().await.unwrap().remove(0);
        tallies.resolve(&conflict, Resolution::KeepRemote).await.unwrap();
        assert_eq!(tally(&device).await.count, 13, "{dialect}");
    }
}

/// The same at a server that knows keys: the part that may have arrived is known to have.
#[tokio::test(start_paused = true)]
async fn a_sum_whose_own_part_has_arrived_is_no_conflict_where_requests_have_keys() {
    for dialect in DIALECTS {
        let world = World::new(dialect);
        world.server(Server::knows_keys);
        world.server(|server| server.put("tally", "a", json!({ "name": "N", "count": 10, "tags": [] })));
        let device = tallies(&world, MemoryStore::new()).await;
        device.context.sync().await.unwrap().into_result().unwrap();
        count_up(&device, 1, "one").await;
        let method = if dialect == Dialect::Toolkit { "PUT" } else { "PATCH" };
        device.push_loses(&world, method, "tally/a", Meet::LostReply).await;
        world.server(|server| server.change("tally", "a", json!({ "count": 13 })));
        device.context.sync().await.unwrap().into_result().unwrap();
        assert_eq!(tally(&device).await.count, 13, "{dialect}");
    }
}
