//! Events of conflicts that are resolved.

use serde_json::json;
use synctable::{Conflict, ConflictHandler, ConflictPolicy, MemoryStore, Resolution};

use super::told;
use crate::world::tables::Item;
use crate::world::{Device, World};

/// Gives the same answer to every conflict.
struct Always(fn(&Conflict<Item>) -> Resolution<Item>);

impl ConflictHandler<Item> for Always {
    async fn resolve(&self, conflict: Conflict<Item>) -> Resolution<Item> {
        (self.0)(&conflict)
    }
}

/// What a push tells between its start and its end, of a row that was changed here and on the server.
async fn told_of_conflict(device: &Device, world: &World) -> Vec<String> {
    device.given(world, "a", "given", 1).await;
    world.server(|server| server.change("item", "a", json!({ "name": "theirs" })));
    device.rename("a", "ours").await;
    let mut events = device.context.events();
    device.tries_to_push().await;
    told(&mut events)
}

#[tokio::test(start_paused = true)]
async fn a_policy_resolves_before_the_operation_goes_on() {
    let found = ["push of 1 starts", "update item/a sent, 1", "conflict of update item/a"];
    for (policy, rest) in [
        (ConflictPolicy::LocalWins, &["conflict of item/a resolved: Local", "update item/a sent, 2"][..]),
        (ConflictPolicy::RemoteWins, &["conflict of item/a resolved: Remote"][..]),
    ] {
        let world = World::v3();
        let device = Device::with_items(&world, MemoryStore::new(), |items| items.conflict_policy(policy)).await;
        let end = ["update item/a done", "push ends: complete, 1 done, 0 failed, 0 not attempted"];
        assert_eq!(told_of_conflict(&device, &world).await, [&found[..], rest, &end[..]].concat(), "{policy:?}");
        assert_eq!(device.context.counters().conflicts, 1);
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_handler_says_is_told() {
    let found = ["push of 1 starts", "update item/a sent, 1", "conflict of update item/a"];
    let merged: fn(&Conflict<Item>) -> Resolution<Item> =
        |conflict| Resolution::Merge(Item { name: "both".into(), ..conflict.local().unwrap().clone() });
    let failed = "update item/a failed: conflict Some(412)";
    for (answer, rest) in [
        (
            merged,
            &[
                "conflict of item/a resolved: Merged",
                "update item/a sent, 2",
                "update item/a done",
                "push ends: complete, 1 done, 0 failed, 0 not attempted",
            ][..],
        ),
        (|_| Resolution::Defer, &[failed, "push ends: with failures, 0 done, 1 failed, 0 not attempted"]),
        (|_| Resolution::Abort, &[failed, "push ends: aborted, 0 done, 1 failed, 0 not attempted"]),
    ] {
        let world = World::v3();
        let device = Device::with_items(&world, MemoryStore::new(), |items| items.on_conflict(Always(answer))).await;
        assert_eq!(told_of_conflict(&device, &world).await, [&found[..], rest].concat());
    }
}
