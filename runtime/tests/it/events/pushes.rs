//! Events of pushes.

use serde_json::json;
use synctable::Status;

use super::failing::{FAILED, Failing};
use super::told;
use crate::world::net::{Gate, answer, work};
use crate::world::tables::Item;
use crate::world::{Device, Meet, World, id, open};

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
            // It leaves while the answer to the one before is stored.
            "update item/conflict sent, 1",
            "update item/done done",
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
    assert_eq!(counters.requests, report.requests() + 2, "two pulls gave the rows");
}

#[tokio::test(start_paused = true)]
async fn a_push_without_a_server_tells_that_it_was_offline() {
    let world = World::v3();
    let device = Device::new(&world).await;
    let mut events = device.context.events();
    device.push().await.into_result().unwrap();
    assert_eq!(
        told(&mut events),
        ["push of 0 starts", "push ends: complete, 0 done, 0 failed, 0 not attempted"],
        "nothing to do is done"
    );
    device.insert("a", "x", 1).await;
    device.insert("b", "x", 1).await;
    world.once("POST", "item", Meet::Unsent);
    device.tries_to_push().await;
    assert_eq!(
        told(&mut events),
        ["push of 2 starts", "insert item/a sent, 1", "push ends: offline, 0 done, 0 failed, 2 not attempted",]
    );
    world.cut();
    device.tries_to_push().await;
    assert_eq!(
        told(&mut events),
        [
            "push of 2 starts",
            "insert item/a sent, 1",
            "insert item/a failed: unanswered None",
            "push ends: offline, 0 done, 1 failed, 1 not attempted",
        ]
    );
    world.heal();
    device.pushes().await;
    assert_eq!(
        told(&mut events),
        [
            "push of 2 starts",
            "insert item/a sent, 2",
            "insert item/a done",
            "insert item/b sent, 1",
            "insert item/b done",
            "push ends: complete, 2 done, 0 failed, 0 not attempted",
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_row_that_is_written_while_it_is_sent_is_told_as_changed() {
    let world = World::v3();
    let device = Device::new(&world).await;
    device.insert("a", "first", 1).await;
    let mut events = device.context.events();
    let writer = device.clone();
    let edit = work(move || {
        let writer = writer.clone();
        async move { writer.rename("a", "second").await }
    });
    world.once("POST", "item", Meet::ThenWork(edit));
    device.push().await.into_result().unwrap();
    assert_eq!(
        told(&mut events),
        [
            "push of 1 starts",
            "insert item/a sent, 1",
            "insert item/a changed meanwhile",
            "push ends: complete, 0 done, 0 failed, 0 not attempted",
        ]
    );
    device.pushes().await;
    assert_eq!(
        told(&mut events)[1..3],
        ["update item/a sent, 2", "update item/a done"],
        "the rest is an update of what the server has now"
    );
}

/// Invariant: what is told is committed, and what is committed is told before anything further is sent.
#[tokio::test(start_paused = true)]
async fn an_operation_is_told_as_done_after_its_commit() {
    let world = World::v3();
    let device = Device::new(&world).await;
    device.insert("a", "x", 1).await;
    device.insert("b", "x", 1).await;
    let mut events = device.context.events();
    let gate = Gate::default();
    world.times(2, "POST", "item", Meet::Gate(gate.clone()));
    let pushing = device.clone();
    let push = tokio::spawn(async move { pushing.push().await });
    gate.arrival().await;
    assert_eq!(told(&mut events), ["push of 2 starts", "insert item/a sent, 1"]);
    assert_eq!(device.context.pending_count().await.unwrap(), 2);
    gate.open();
    gate.arrival().await;
    assert_eq!(told(&mut events), ["insert item/a done", "insert item/b sent, 1"]);
    assert_eq!(device.context.pending_count().await.unwrap(), 1);
    gate.open();
    drop(push.await.unwrap());
    assert_eq!(told(&mut events), ["insert item/b done", "push ends: complete, 2 done, 0 failed, 0 not attempted"]);
}

#[tokio::test(start_paused = true)]
async fn a_dropped_push_ends_as_cancelled_with_what_was_done() {
    let world = World::v3();
    let device = Device::new(&world).await;
    device.insert("a", "x", 1).await;
    device.insert("b", "x", 1).await;
    let mut events = device.context.events();
    let gate = Gate::default();
    world.once("POST", "item", Meet::ThenWork(work(|| async {})));
    world.once("POST", "item", Meet::Gate(gate.clone()));
    let context = device.context.clone();
    let push = tokio::spawn(async move { context.push().await });
    gate.arrival().await;
    push.abort();
    assert!(push.await.unwrap_err().is_cancelled());
    assert_eq!(
        told(&mut events),
        [
            "push of 2 starts",
            "insert item/a sent, 1",
            "insert item/a done",
            "insert item/b sent, 1",
            "push ends: cancelled, 1 done, 0 failed, 0 not attempted",
        ]
    );
    // One that was never begun was not started.
    drop(device.context.push());
    assert!(told(&mut events).is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_push_whose_store_fails_ends_with_the_error() {
    let world = World::v3();
    let store = Failing::never();
    let context = open(&world, store.clone()).await;
    for text in ["a", "b", "c"] {
        context.table().insert(Item { id: id(text), name: "x".into(), count: 1 }).await.unwrap();
    }
    let mut seen = Vec::new();
    for transactions in 0..6 {
        let mut events = context.events();
        store.after(transactions);
        let result = context.push().await;
        let told = told(&mut events);
        let end = told.last().unwrap();
        assert_eq!(told.iter().filter(|line| line.starts_with("push ends")).count(), 1, "{told:?}");
        match &result {
            Ok(report) => assert!(end.starts_with(&format!("push ends: {}", report.status())), "{end}"),
            Err(error) => {
                assert_eq!(error.kind(), FAILED);
                assert!(end.starts_with("push ends: App error"), "{end}");
            }
        }
        let done = told.iter().filter(|line| line.ends_with(" done")).count();
        assert!(end.contains(&format!(" {done} done")), "{told:?}");
        seen.push(result.is_ok());
    }
    assert!(seen.contains(&true) && seen.contains(&false), "{seen:?}");
    assert_eq!(context.counters().operations_done, 3, "each is counted once, when it is committed");
}
