//! The retry policy: which failures are repeated, how often, and how long is waited, on the injected clock.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use synctable::store::entry::FailureKind;
use synctable::wire::{BoxFuture, Clock, Dialect};
use synctable::{
    ErrorKind, MemoryStore, RemoteClient, RetryPolicy, Status, SyncContext, SyncContextBuilder, Timestamp,
};

use crate::world::net::{Gate, answer, status};
use crate::world::tables::Item;
use crate::world::{Meet, TokioClock, World, id};

const SECOND: Duration = Duration::from_secs(1);

/// Paused time that keeps which waits were asked for.
#[derive(Debug, Clone)]
struct Kept {
    time: TokioClock,
    waits: Arc<Mutex<Vec<Duration>>>,
}

impl Kept {
    fn new(world: &World) -> Self {
        Self { time: world.clock(), waits: Arc::default() }
    }

    /// The waits between tries: the request's timeout and the lease's renewal are left out.
    fn between_tries(&self) -> Vec<Duration> {
        let waits = std::mem::take(&mut *self.waits.lock().unwrap());
        waits.into_iter().filter(|wait| ![SECOND * 100, SECOND * 20].contains(wait)).collect()
    }
}

impl Clock for Kept {
    fn now(&self) -> Timestamp {
        self.time.now()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        self.waits.lock().unwrap().push(duration);
        self.time.sleep(duration)
    }
}

fn builder(world: &World, clock: impl Clock) -> SyncContextBuilder {
    SyncContext::builder("https://server.example")
        .transport(world.clone())
        .clock(clock)
        .store(MemoryStore::new())
        .dialect(Dialect::DatasyncV3)
        .table::<Item>()
}

async fn insert(context: &SyncContext, id_text: &str) {
    let item = Item { id: id(id_text), name: "A".to_owned(), count: 1 };
    context.table::<Item>().insert(item).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn the_policy_of_the_builder_counts_for_a_push() {
    let world = World::v3();
    let clock = Kept::new(&world);
    let policy = RetryPolicy::new().tries(5).first_wait(SECOND).longest_wait(SECOND * 3).without_jitter();
    let context = builder(&world, clock.clone()).retry(policy).open().await.unwrap();
    insert(&context, "a").await;
    world.times(4, "POST", "item", status(503));
    assert_eq!(context.push().await.unwrap().status(), Status::Complete);
    assert_eq!(world.sent(), ["POST item"; 5]);
    assert_eq!(clock.between_tries(), [SECOND, SECOND * 2, SECOND * 3, SECOND * 3]);
}

#[tokio::test(start_paused = true)]
async fn one_try_is_the_least() {
    let world = World::v3();
    let context = builder(&world, world.clock()).retry(RetryPolicy::new().tries(1)).open().await.unwrap();
    insert(&context, "a").await;
    world.always("POST", "item", status(503));
    assert_eq!(context.push().await.unwrap().status(), Status::WithFailures);
    assert_eq!(world.sent(), ["POST item", "GET item?"], "one try, then the read that proves the server");
}

#[tokio::test(start_paused = true)]
async fn how_long_a_server_may_ask_to_wait() {
    let world = World::v3();
    let clock = Kept::new(&world);
    let patient = RetryPolicy::new().longest_obeyed(SECOND * 60);
    let context = builder(&world, clock.clone()).retry(patient).open().await.unwrap();
    insert(&context, "a").await;
    world.once("POST", "item", answer(503, "retry-after: 60", ""));
    assert_eq!(context.push().await.unwrap().status(), Status::Complete);
    assert_eq!(clock.between_tries(), [SECOND * 60]);

    insert(&context, "b").await;
    world.once("POST", "item", answer(503, "retry-after: 61", ""));
    assert_eq!(context.push().await.unwrap().status(), Status::Unavailable);
    assert_eq!(clock.between_tries(), [] as [Duration; 0]);
    let until = clock.now().saturating_add(SECOND * 61);
    assert_eq!(context.next_attempt(), Some(until), "what a status shows");
    assert_eq!(context.push().await.unwrap().status(), Status::Complete, "an app that insists is heard");
    assert_eq!(context.next_attempt(), None);
}

#[tokio::test(start_paused = true)]
async fn pages_and_rows_are_read_again() {
    let world = World::v3();
    let clock = Kept::new(&world);
    let context = builder(&world, clock.clone()).retry(RetryPolicy::new().without_jitter()).open().await.unwrap();
    world.server(|server| server.put("item", "a", serde_json::json!({ "name": "A", "count": 1 })));
    for failure in [status(500), status(429), Meet::LostReply, Meet::Unsent, answer(200, "", "<html>")] {
        world.once("GET", "item", failure);
        let report = context.table::<Item>().pull(Item::full_pull()).await.unwrap();
        assert!(report.stopped_by().is_none(), "{report:?}");
        assert_eq!(report.requests(), world.sent().len() as u64, "each try is counted");
        assert_eq!(clock.between_tries(), [SECOND / 2]);
    }
    world.always("GET", "item", status(500));
    let report = context.table::<Item>().pull(Item::full_pull()).await.unwrap();
    assert_eq!(report.status(), Status::Unavailable);
    assert_eq!(world.sent(), ["GET item?"; 3]);
}

#[tokio::test(start_paused = true)]
async fn what_is_permanent_is_asked_once() {
    let world = World::v3();
    let context = builder(&world, world.clock()).open().await.unwrap();
    for refusal in [400, 403, 405, 422] {
        world.once("GET", "item", status(refusal));
        let report = context.table::<Item>().pull(Item::full_pull()).await.unwrap();
        assert!(report.stopped_by().is_some(), "{refusal}");
        assert_eq!(world.sent(), ["GET item?"], "{refusal}");
    }
}

#[tokio::test(start_paused = true)]
async fn online_reads_follow_the_policy_too() {
    let world = World::v3();
    let client = RemoteClient::builder("https://server.example")
        .transport(world.clone())
        .clock(world.clock())
        .dialect(Dialect::DatasyncV3)
        .retry(RetryPolicy::new().tries(2))
        .build()
        .unwrap();
    world.always("GET", "item", status(503));
    let error = client.table::<Item>().list(&Item::query()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Busy);
    assert_eq!(world.sent(), ["GET item?"; 2]);
}

/// A request without an answer ends by the clock that was given, and as a failure of the network: it is
/// repeated, and nothing is lost.
#[tokio::test(start_paused = true)]
async fn a_timeout_is_a_failure_of_the_network() {
    let world = World::v3();
    let context = builder(&world, world.clock()).timeout(SECOND * 7).open().await.unwrap();
    insert(&context, "a").await;
    world.times(3, "POST", "item", Meet::Gate(Gate::default()));
    let began = world.clock().now();
    let report = context.push().await.unwrap();
    assert_eq!(report.status(), Status::WithFailures, "the server answers reads");
    let failure = report.failed()[0].failure();
    assert_eq!((failure.kind, failure.status), (FailureKind::Unanswered, None));
    assert!(failure.message.contains("within 7 s"), "{}", failure.message);
    assert_eq!(world.sent(), ["POST item", "POST item", "POST item", "GET item?"]);
    let took = world.clock().now().saturating_since(began);
    assert!((SECOND * 21..SECOND * 23).contains(&took), "three times 7 s, and the waits between: {took:?}");

    world.always("*", "*", Meet::Gate(Gate::default()));
    let report = context.push().await.unwrap();
    assert_eq!(report.status(), Status::Offline);
    assert!(context.pending().await.unwrap()[0].is_unanswered());
    world.heal();
    assert_eq!(context.push().await.unwrap().status(), Status::Complete);
}
