//! Pushes that are called while one runs: one round after it for all who wait.

use serde_json::json;
use synctable::{Push, Status};

use crate::world::net::{Gate, status};
use crate::world::tables::Item;
use crate::world::{Device, Meet, World};

#[tokio::test(start_paused = true)]
async fn twenty_pushes_at_once_send_a_failing_operation_twice_at_most() {
    let world = World::v3();
    let device = Device::new(&world).await;
    device.insert("a", "A", 1).await;
    world.always("POST", "item", status(403));
    world.takes(&[10]);
    let pushes: Vec<_> = (0..20)
        .map(|_| {
            let context = device.context.clone();
            tokio::spawn(async move { context.push().await.unwrap() })
        })
        .collect();
    for push in pushes {
        let report = push.await.unwrap();
        assert_eq!((report.status(), report.failed().len()), (Status::WithFailures, 1));
    }
    assert_eq!(world.sent(), ["POST item", "POST item"]);
}

#[tokio::test(start_paused = true)]
async fn who_waits_gets_the_report_of_a_round_that_has_what_was_written_before_the_call() {
    let world = World::v3();
    let device = Device::new(&world).await;
    device.insert("a", "A", 1).await;
    let gate = Gate::default();
    world.once("POST", "item", Meet::Gate(gate.clone()));
    let first = {
        let context = device.context.clone();
        tokio::spawn(async move { context.push().await.unwrap() })
    };
    gate.arrival().await;
    let mut others = Vec::new();
    for number in 0..5 {
        device.insert(&format!("i{number}"), "A", 1).await;
        let context = device.context.clone();
        others.push(tokio::spawn(async move { context.push().await.unwrap() }));
        tokio::task::yield_now().await;
    }
    gate.open();
    assert_eq!(first.await.unwrap().done(), 1);
    for other in others {
        assert_eq!(other.await.unwrap().done(), 5, "one report for all");
    }
    assert_eq!(world.writes().len(), 6);
}

#[tokio::test(start_paused = true)]
async fn another_scope_has_a_round_of_its_own() {
    let world = World::v3();
    let device = Device::new(&world).await;
    device.insert("a", "A", 1).await;
    let gate = Gate::default();
    world.once("POST", "item", Meet::Gate(gate.clone()));
    let first = {
        let context = device.context.clone();
        tokio::spawn(async move { context.push().await.unwrap() })
    };
    gate.arrival().await;
    device.insert("b", "A", 1).await;
    let scoped = {
        let table = device.context.table::<Item>();
        tokio::spawn(async move { table.push().await.unwrap() })
    };
    tokio::task::yield_now().await;
    let whole = {
        let context = device.context.clone();
        tokio::spawn(async move { context.push_with(Push::new()).await.unwrap() })
    };
    tokio::task::yield_now().await;
    gate.open();
    assert_eq!(first.await.unwrap().done(), 1);
    assert_eq!((scoped.await.unwrap().done(), whole.await.unwrap().done()), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn the_round_of_a_dropped_push_is_driven_by_another_who_waits_for_it() {
    let world = World::v3();
    let device = Device::new(&world).await;
    device.insert("a", "A", 1).await;
    let (first_gate, second_gate) = (Gate::default(), Gate::default());
    world.once("POST", "item", Meet::Gate(first_gate.clone()));
    world.once("PATCH", "item/a", Meet::Stale(second_gate.clone()));
    let start = || {
        let context = device.context.clone();
        tokio::spawn(async move { context.push().await.unwrap() })
    };
    let first = start();
    first_gate.arrival().await;
    device.recount("a", 2).await;
    let (driver, waiter) = (start(), start());
    tokio::task::yield_now().await;
    first_gate.open();
    assert_eq!(first.await.unwrap().changed_meanwhile().len(), 1);
    second_gate.arrival().await;
    driver.abort();
    assert!(driver.await.is_err());
    let report = waiter.await.unwrap();
    assert_eq!((report.status(), report.done()), (Status::Complete, 1));
    assert_eq!(world.server(|server| server.live("item", "a").unwrap()["count"].clone()), json!(2));
    assert_eq!(world.writes(), ["POST item", "PATCH item/a", "PATCH item/a"], "the open request was repeated");
}
