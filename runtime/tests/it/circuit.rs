//! The circuit: a server that keeps failing is left alone for a while, and the rules of the queue hold.

use std::time::Duration;

use synctable::wire::Dialect;
use synctable::{ApiRequest, Clock, ErrorKind, MemoryStore, RetryPolicy, Status, SyncContext};

use crate::world::net::{Gate, answer, status};
use crate::world::tables::{Item, List};
use crate::world::{Meet, World, id};

const SECOND: Duration = Duration::from_secs(1);

async fn open(world: &World, policy: RetryPolicy) -> SyncContext {
    SyncContext::builder("https://server.example")
        .transport(world.clone())
        .clock(world.clock())
        .store(MemoryStore::new())
        .dialect(Dialect::DatasyncV3)
        .table::<Item>()
        .table::<List>()
        .retry(policy)
        .open()
        .await
        .unwrap()
}

fn after(failures: u32) -> RetryPolicy {
    RetryPolicy::new().without_jitter().circuit_after(failures, SECOND * 5, SECOND * 300)
}

async fn insert(context: &SyncContext, id_text: &str) {
    let item = Item { id: id(id_text), name: "A".to_owned(), count: 1 };
    context.table::<Item>().insert(item).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_dead_server_is_left_alone_until_a_probe_is_answered() {
    let world = World::v3();
    // The tries at 0, 0.5 and 1.5 s; the read that proves comes with the last.
    let context = open(&world, after(3)).await;
    insert(&context, "a").await;
    world.cut();
    assert_eq!(context.push().await.unwrap().status(), Status::Offline);
    assert_eq!(world.sent(), ["POST item", "POST item", "POST item", "GET item?"]);

    // Open: nothing goes out, whoever asks, and the answer says until when.
    insert(&context, "b").await;
    let until = world.clock().now().saturating_add(SECOND * 5);
    assert_eq!(context.next_attempt(), Some(until));
    let report = context.push().await.unwrap();
    assert_eq!(report.status(), Status::Offline);
    assert_eq!(report.into_result().unwrap_err().kind(), ErrorKind::Offline);
    let pull = context.table::<Item>().pull(Item::full_pull()).await.unwrap();
    assert_eq!(pull.status(), Status::Offline);
    let online = context.remote::<Item>().list(&Item::query()).await.unwrap_err();
    let sent = context.send(ApiRequest::get("api/x")).await.unwrap_err();
    for error in [online, sent] {
        assert_eq!((error.kind(), error.retry_at()), (ErrorKind::Offline, Some(until)), "{error}");
        assert!(error.to_string().contains(&until.to_string()), "{error}");
    }
    assert_eq!(world.sent(), [""; 0]);

    // As if it had never left: the open request stays open, the new one is none.
    let pending = context.pending().await.unwrap();
    let states: Vec<_> = pending.iter().map(|op| (op.id().as_str(), op.is_unanswered(), op.attempts())).collect();
    assert_eq!((states[0].0, states[0].1), ("a", true));
    assert_eq!(states[1], ("b", false, 0));

    // Each probe is one request; the wait is doubled.
    for wait in [5_u32, 10, 20] {
        tokio::time::advance(SECOND * wait).await;
        let failed_at = world.clock().now();
        assert_eq!(context.push().await.unwrap().status(), Status::Offline);
        assert_eq!(world.sent(), ["POST item"], "after {wait} s");
        assert_eq!(context.next_attempt(), Some(failed_at.saturating_add(SECOND * wait * 2)));
    }
    tokio::time::advance(SECOND * 40).await;
    world.heal();
    assert_eq!(context.push().await.unwrap().status(), Status::Complete);
    assert_eq!(context.next_attempt(), None);
    assert_eq!(context.pending_count().await.unwrap(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_push_that_began_before_keeps_its_tries_and_proofs() {
    let world = World::v3();
    let context = open(&world, after(1)).await;
    insert(&context, "a").await;
    context.table::<List>().insert(List { id: id("l"), title: "L".to_owned() }).await.unwrap();
    world.cut();
    assert_eq!(context.push().await.unwrap().status(), Status::Offline);
    let four = |table: &str| {
        [format!("POST {table}"), format!("POST {table}"), format!("POST {table}"), format!("GET {table}?")]
    };
    assert_eq!(world.sent(), [four("item"), four("list")].concat(), "two tables, as queue.md 4 has it");
}

#[tokio::test(start_paused = true)]
async fn a_server_that_answers_between_is_not_dead() {
    let world = World::v3();
    let context = open(&world, after(4)).await;
    for id_text in ["a", "b"] {
        insert(&context, id_text).await;
    }
    world.always("POST", "item", status(500));
    for _ in 0..3 {
        assert_eq!(context.push().await.unwrap().status(), Status::WithFailures);
        assert_eq!(world.sent().len(), 8, "three tries and a proof for each entry");
    }
    assert_eq!(context.next_attempt(), None);
}

#[tokio::test(start_paused = true)]
async fn a_busy_server_is_told_from_one_that_is_away_and_may_ask_for_longer() {
    let world = World::v3();
    let context = open(&world, after(3)).await;
    world.always("GET", "item", answer(503, "retry-after: 20", ""));
    let error = context.remote::<Item>().list(&Item::query()).await.unwrap_err();
    assert_eq!(error.status(), Some(503));
    world.sent();
    let error = context.remote::<Item>().list(&Item::query()).await.unwrap_err();
    let until = world.clock().now().saturating_add(SECOND * 20);
    assert_eq!((error.kind(), error.retry_at()), (ErrorKind::Busy, Some(until)), "longer than the 5 s of the policy");
    insert(&context, "a").await;
    assert_eq!(context.push().await.unwrap().status(), Status::Unavailable);
    assert_eq!(world.sent(), [""; 0]);

    // An app that knows better is heard.
    world.heal();
    context.close_circuit();
    assert_eq!(context.push().await.unwrap().status(), Status::Complete);
}

#[tokio::test(start_paused = true)]
async fn a_dropped_probe_makes_way_for_the_next() {
    let world = World::v3();
    let context = open(&world, after(1)).await;
    insert(&context, "a").await;
    world.cut();
    assert_eq!(context.push().await.unwrap().status(), Status::Offline);
    tokio::time::advance(SECOND * 5).await;
    world.heal();
    let gate = Gate::default();
    world.once("POST", "item", Meet::Gate(gate.clone()));
    let probe = tokio::spawn({
        let context = context.clone();
        async move { context.push().await }
    });
    gate.arrival().await;
    let error = context.remote::<Item>().list(&Item::query()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Offline, "one request at a time finds out");
    probe.abort();
    assert!(probe.await.unwrap_err().is_cancelled());
    assert_eq!(context.push().await.unwrap().status(), Status::Complete);
}

#[tokio::test(start_paused = true)]
async fn it_can_be_off() {
    let world = World::v3();
    let context = open(&world, RetryPolicy::new().tries(1).without_circuit()).await;
    world.cut();
    for _ in 0..50 {
        assert_eq!(context.table::<Item>().pull(Item::full_pull()).await.unwrap().status(), Status::Offline);
        assert_eq!(world.sent().len(), 1);
    }
}
