//! Timers go through the injected clock: paused time of tokio runs on while only the thread of a store works,
//! and would let timeouts, renewals and waits fire that are not due.

use std::fmt::Debug;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use synctable::store::{BoxFuture, ChangeFeed, ChangeSource, Durability, ReadWork, WriteWork};
use synctable::wire::{Clock, Dialect, Request, Response, Transport, TransportError};
use synctable::{Error, LocalStore, MemoryStore, Status, SyncContext, TableSchema, Timestamp, Token};

use crate::world::held::Held;
use crate::world::net::Gate;
use crate::world::tables::Item;
use crate::world::{Meet, World, id};

/// A store whose commits take real time on a thread of their own, as those of a slow disk do.
#[derive(Debug, Clone)]
struct Slow {
    store: Arc<MemoryStore>,
    commits: Arc<AtomicU64>,
}

impl LocalStore for Slow {
    fn open(&self, tables: &[&'static TableSchema]) -> BoxFuture<'_, Result<(), Error>> {
        self.store.open(tables)
    }

    fn write(&self, durability: Durability, source: ChangeSource, work: WriteWork) -> BoxFuture<'_, Result<(), Error>> {
        let (store, commits) = (Arc::clone(&self.store), Arc::clone(&self.commits));
        let (done, result) = tokio::sync::oneshot::channel();
        std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(20));
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            let result = runtime.block_on(store.write(durability, source, work));
            commits.fetch_add(1, Ordering::SeqCst);
            drop(done.send(result));
        });
        Box::pin(async move { result.await.unwrap() })
    }

    fn read(&self, work: ReadWork) -> BoxFuture<'_, Result<(), Error>> {
        self.store.read(work)
    }

    fn sole_pusher(&self) -> Option<Box<dyn Debug + Send + Sync>> {
        self.store.sole_pusher()
    }

    fn changes(&self) -> &ChangeFeed {
        self.store.changes()
    }
}

/// Time that stands still: no wait ends.
#[derive(Debug, Clone, Default)]
struct StandsStill(Arc<Mutex<Vec<Duration>>>);

impl Clock for StandsStill {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(1_780_000_000_000).unwrap()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        self.0.lock().unwrap().push(duration);
        Box::pin(std::future::pending())
    }
}

/// Answers from a real thread after real time, as a network does: the runtime has nothing to do meanwhile.
#[derive(Debug)]
struct Far(World);

impl Transport for Far {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        let (done, came) = tokio::sync::oneshot::channel();
        std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(5));
            let _ = done.send(());
        });
        Box::pin(async move {
            came.await.unwrap();
            self.0.send(request).await
        })
    }
}

#[tokio::test(start_paused = true)]
async fn no_timer_fires_while_only_a_commit_or_the_network_takes_its_time() {
    let world = World::v3();
    let clock = StandsStill::default();
    let store = Slow { store: Arc::new(MemoryStore::new()), commits: Arc::default() };
    let context = SyncContext::builder("https://server.example")
        .transport(Far(world.clone()))
        .clock(clock.clone())
        .store(store.clone())
        .dialect(Dialect::DatasyncV3)
        .table_with::<Item>(|table| table.pull(Item::pull("all").page_size(2)))
        .auth(|_reason| async { Ok(Some(Token::new("secret").user("u"))) })
        .open()
        .await
        .unwrap();
    let items = context.table::<Item>();
    for number in 0..5 {
        items.insert(Item { id: id(&format!("here-{number}")), name: "A".to_owned(), count: number }).await.unwrap();
        let there = serde_json::json!({ "name": "B", "count": number });
        world.server(|server| server.put("item", &format!("there-{number}"), there));
    }
    let report = context.sync().await.unwrap();
    assert_eq!(report.status(), Status::Complete, "{report}");
    assert_eq!(report.push().done(), 5);
    assert_eq!(items.count(&Item::query()).await.unwrap(), 10);
    assert!(store.commits.load(Ordering::SeqCst) > 10, "commits were slow");

    let asked = clock.0.lock().unwrap().clone();
    let (timeout, renewal) = (Duration::from_secs(100), Duration::from_secs(20));
    assert!(asked.contains(&timeout) && asked.contains(&renewal), "both were armed on the clock: {asked:?}");
    assert!(asked.iter().all(|wait| [timeout, renewal].contains(wait)), "nothing was repeated: {asked:?}");
}

/// With paused time itself: held while the store works, it runs on for waits only.
#[tokio::test(start_paused = true)]
async fn a_request_does_not_time_out_during_the_commits_of_others() {
    let world = World::v3();
    let store = Slow { store: Arc::new(MemoryStore::new()), commits: Arc::default() };
    let context = SyncContext::builder("https://server.example")
        .transport(world.clone())
        .clock(world.clock())
        .store(Held(store.clone()))
        .dialect(Dialect::DatasyncV3)
        .table::<Item>()
        .open()
        .await
        .unwrap();
    let items = context.table::<Item>();
    items.insert(Item { id: id("a"), name: "A".to_owned(), count: 1 }).await.unwrap();
    let gate = Gate::default();
    world.once("POST", "item", Meet::Gate(gate.clone()));
    let pushing = tokio::spawn({
        let context = context.clone();
        async move { context.push().await.unwrap() }
    });
    gate.arrival().await;
    let began = world.clock().now();
    for number in 0..10 {
        items.insert(Item { id: id(&format!("b{number}")), name: "B".to_owned(), count: number }).await.unwrap();
    }
    assert_eq!(world.clock().now(), began, "ten slow commits, and no time has passed");
    gate.open();
    let report = pushing.await.unwrap();
    assert_eq!((report.status(), report.done()), (Status::Complete, 1));
    assert_eq!(world.writes(), ["POST item"], "sent once");
}
