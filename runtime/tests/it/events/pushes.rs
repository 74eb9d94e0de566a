//! Events of pushes.

use serde_json::json;
use synctable::Status;

use super::told;
use crate::world::net::answer;
use crate::world::{Device, World};

#[tokio::test(start_paused = true)]
async fn a_push_tells_what_became_of_each_operation() {
    let world = World::v3();
    let device = Device::new(&world).await;
    for id in ["done", "conflict"] {
        device.given(&world, id, "given", 1).await;
    }
    world.server(|server| server.change("item", "conflict", json!({ "name": "of another" })));
    let mut events = device.context.events();
    device.rename("done", "mine").await;
    device.rename("conflict", "mine").await;
    device.insert("refused", "x", 1).await;
    device.insert("new", "x", 1).await;
    world.once("POST", "item", answer(422, "content-type: application/json", "{}"));
    let report = device.push().await;
    assert_eq!(report.status(), Status::WithFailures);
    assert_eq!(
        told(&mut events),
        [
            "push of 4 starts",
            "update item/done sent, 1",
            "update item/done done",
            "update item/conflict sent, 1",
            "conflict of update item/conflict",
            "update item/conflict failed: conflict Some(412)",
            "insert item/refused sent, 1",
            "insert item/refused failed: set aside Some(422)",
            "insert item/new sent, 1",
            "insert item/new done",
            "push ends: with failures, 2 done, 2 failed, 0 not attempted",
        ]
    );
    let counters = device.context.counters();
    assert_eq!((counters.operations_done, counters.operations_failed, counters.conflicts), (2, 2, 1));
}
