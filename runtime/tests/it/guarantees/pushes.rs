//! What a push leaves behind: the server's row, no error without its operation, and work that goes on
//! wherever the one before was cut.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use serde_json::json;
use synctable::store::entry::FailureKind;
use synctable::wire::{BoxFuture, Dialect, Request, Response, Transport, TransportError};
use synctable::{MemoryStore, Push, Query, Status, SyncContext};

use crate::world::net::{Gate, response, status, work};
use crate::world::tables::{Item, List};
use crate::world::{Device, Meet, World, id, time_passes};

fn text(name: &str, count: i64) -> Option<(String, i64)> {
    Some((name.to_owned(), count))
}

#[tokio::test(start_paused = true)]
async fn the_row_of_an_answer_is_adopted_with_its_version() {
    let world = World::v3();
    let device = Device::new(&world).await;
    device.insert("a", "A", 1).await;
    let resolved =
        r#"{"id":"a","name":"by the server","count":1,"version":"v7","updatedAt":"2026-01-01T00:00:07.000Z"}"#;
    world.once("POST", "item", Meet::TakenThen(response(201, "content-type: application/json", resolved)));
    device.pushes().await;
    assert_eq!(device.sees("a").await, text("by the server", 1));
    device.recount("a", 2).await;
    world.sent();
    device.tries_to_push().await;
    assert_eq!(world.sent_in_full()[0], r#"PATCH item/a if "v7" {"count":2}"#);

    device.given(&world, "b", "B", 1).await;
    device.delete("b").await;
    device.tries_to_push().await;
    device.pulls().await;
    assert_eq!(device.sees("b").await, None, "what was deleted there is not here");
}

/// A row that the server has refused for good, and its operation.
async fn refused(world: &World) -> Device {
    let device = Device::new(world).await;
    device.insert("a", "A", 1).await;
    world.once("POST", "item", status(422));
    device.tries_to_push().await;
    let failure = device.only().await.failure().cloned().expect("the error is stored");
    assert_eq!((failure.kind, failure.status), (FailureKind::SetAside, Some(422)));
    device
}

#[tokio::test(start_paused = true)]
async fn an_error_lives_and_dies_with_its_operation() {
    let world = World::v3();
    let device = refused(&world).await;
    let device = device.restarted(&world).await;
    assert!(device.only().await.failure().is_some(), "a restart keeps it");
    device.rename("a", "A2").await;
    assert_eq!(device.only().await.failure(), None, "it was the error of the row before");
    device.pushes().await;

    let world = World::v3();
    let device = refused(&world).await;
    let lists = device.context.table::<List>();
    lists.insert(List { id: id("l"), title: "L".into() }).await.unwrap();
    assert_eq!(lists.push().await.unwrap().status(), Status::Complete, "it is no error of another table");
    assert_eq!(device.only().await.failure().map(|failure| failure.kind), Some(FailureKind::SetAside));
    device.delete("a").await;
    assert!(device.pending().await.is_empty(), "nothing is left that could have an error");

    let device = refused(&World::v3()).await;
    device.context.discard(&device.only().await).await.unwrap();
    assert!(device.pending().await.is_empty());

    let device = refused(&World::v3()).await;
    let purge = Item::purge().discard_pending();
    assert_eq!(device.context.table::<Item>().purge(purge).await.unwrap().discarded(), 1);
    assert!(device.pending().await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_was_acknowledged_is_not_sent_again_after_a_crash() {
    let world = World::v3();
    let device = Device::new(&world).await;
    for name in ["a", "b", "c", "d"] {
        device.insert(name, name, 1).await;
    }
    let gate = Gate::default();
    world.times(2, "POST", "item", Meet::ThenWork(work(|| async {})));
    world.once("POST", "item", Meet::Gate(gate.clone()));
    let pushing = tokio::spawn({
        let context = device.context.clone();
        async move { drop(context.push().await) }
    });
    gate.arrival().await;
    pushing.abort();
    assert!(pushing.await.unwrap_err().is_cancelled());
    let device = device.restarted(&world).await;
    world.sent();
    device.pushes().await;
    let insert = |id: &str| format!(r#"POST item {{"id":"{id}","name":"{id}","count":1}}"#);
    assert_eq!(world.sent_in_full(), [insert("c"), insert("d")]);
}

/// A network on which each request waits once before the server sees it and once before its answer arrives.
#[derive(Debug, Clone)]
struct Slow(World);

impl Transport for Slow {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        Box::pin(async move {
            tokio::task::yield_now().await;
            let response = self.0.send(request).await;
            tokio::task::yield_now().await;
            response
        })
    }
}

async fn slow(world: &World, store: MemoryStore) -> SyncContext {
    let builder = SyncContext::builder("https://server.example").transport(Slow(world.clone())).clock(world.clock());
    builder.dialect(Dialect::DatasyncV3).store(store).table::<Item>().table::<List>().open().await.unwrap()
}

/// Polls a future so often and drops it; whether it was done before.
async fn cut_after(polls: u32, future: impl Future<Output = ()>) -> bool {
    let (mut future, mut left) = (pin!(future), polls);
    poll_fn(|context| {
        if future.as_mut().poll(context).is_ready() {
            return Poll::Ready(true);
        }
        left = match left.checked_sub(1) {
            Some(left) => left,
            None => return Poll::Ready(false),
        };
        Poll::Pending
    })
    .await
}

#[tokio::test(start_paused = true)]
async fn a_push_that_is_dropped_anywhere_is_finished_by_the_next() {
    for polls in 0.. {
        let world = World::v3();
        let device = Device::new(&world).await;
        device.given(&world, "r", "R", 1).await;
        device.given(&world, "q", "Q", 1).await;
        device.rename("r", "R2").await;
        device.delete("q").await;
        device.insert("a", "A", 1).await;
        device.insert("b", "B", 1).await;
        let before: Vec<_> = device.pending().await.iter().map(synctable::Operation::sequence).collect();
        let context = slow(&world, device.store.clone()).await;
        let done = cut_after(polls, async { assert_eq!(context.push().await.unwrap().done(), 4) }).await;

        let seen = [device.sees("r").await, device.sees("q").await, device.sees("a").await, device.sees("b").await];
        assert_eq!(seen, [text("R2", 1), None, text("A", 1), text("B", 1)], "cut after {polls} polls");
        let after: Vec<_> = device.pending().await.iter().map(synctable::Operation::sequence).collect();
        assert!(before.ends_with(&after), "{after:?} of {before:?}, cut after {polls} polls");
        // What was written since is no reason for a conflict.
        device.recount("a", 9).await;
        device.recount("r", 9).await;
        device.pushes().await;
        device.pulls().await;
        let there = world.server(|server| {
            let live = server.rows.iter().filter(|(_, row)| !row.deleted);
            live.map(|((_, id), row)| (id.clone(), row.members["name"].clone(), row.members["count"].clone()))
                .collect::<Vec<_>>()
        });
        let expected = [("a", "A", 9), ("b", "B", 1), ("r", "R2", 9)]
            .map(|(id, name, count)| (id.to_owned(), json!(name), json!(count)));
        assert_eq!(there, expected, "cut after {polls} polls");
        if done {
            assert!(polls >= 5, "there was much to cut: {polls}");
            return;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_pull_that_is_dropped_anywhere_is_finished_by_the_next() {
    for polls in 0.. {
        let world = World::v3();
        for number in 0..9 {
            let members = json!({ "name": "A", "count": number });
            world.server(|server| server.put("item", &format!("r{number}"), members));
        }
        let context = slow(&world, MemoryStore::new()).await;
        let pull = || Item::pull("all").page_size(2).overlap(Duration::ZERO);
        let items = context.table::<Item>();
        let done = cut_after(polls, async { drop(items.pull(pull()).await.unwrap()) }).await;
        let report = items.pull(pull()).await.unwrap();
        assert_eq!(report.status(), Status::Complete, "{report:?}");
        let counts: Vec<i64> = items.list(&Query::new()).await.unwrap().iter().map(|item| item.count).collect();
        assert_eq!(counts, [0, 1, 2, 3, 4, 5, 6, 7, 8], "cut after {polls} polls");
        assert_eq!(items.pull(pull()).await.unwrap().requests(), 1, "cut after {polls} polls");
        if done {
            assert!(polls >= 8, "there was much to cut: {polls}");
            return;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_row_that_goes_to_the_end_while_it_is_sent_is_not_sent_beside_itself() {
    let world = World::v3();
    let device = Device::new(&world).await;
    device.given(&world, "r", "R", 1).await;
    device.rename("r", "R2").await;
    for number in 0..8 {
        device.insert(&format!("i{number}"), "A", number).await;
    }
    let gate = Gate::default();
    world.once("PATCH", "item/r", Meet::Gate(gate.clone()));
    world.takes(&[10]);
    world.sent();
    let pushing = tokio::spawn({
        let context = device.context.clone();
        async move { context.push_with(Push::new().lanes(3)).await.unwrap() }
    });
    gate.arrival().await;
    device.delete("r").await;
    // The others are sent meanwhile, and what would be sent beside it has its turns.
    time_passes(Duration::from_secs(1)).await;
    assert!(world.server(|server| server.live("item", "i7").is_some()));
    let sent = world.sent();
    assert_eq!(sent.iter().filter(|line| line.ends_with("item/r")).count(), 1, "{sent:?}");
    gate.open();
    assert_eq!(pushing.await.unwrap().changed_meanwhile().len(), 1);
    device.pushes().await;
    assert!(world.server(|server| server.live("item", "r").is_none()));
}
