//! What a pull brings whatever happens beside it, and what it leaves where it is.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, UNIX_EPOCH};

use serde_json::json;
use synctable::store::{ChangeFeed, ChangeSource, Durability, ReadWork, WriteWork};
use synctable::wire::BoxFuture;
use synctable::{Error, LocalStore, MemoryStore, Pull, Status, SyncContext, SyncTable, TableSchema};
use synctable_server::{ColumnType, Config, Server, TableDefinition};

use crate::world::net::{Gate, work};
use crate::world::tables::Item;
use crate::world::{Device, Meet, World, open};

/// Rows `r000` and on, each stamped a second after the one before; the first at second 1.
fn fill(world: &World, rows: u64) {
    for number in 0..rows {
        world.server(|server| server.put("item", &format!("r{number:03}"), json!({ "name": "A", "count": number })));
    }
}

fn pull() -> Pull<Item> {
    Item::pull("all").overlap(Duration::ZERO)
}

/// A pull that is cut after so many pages.
async fn cut_after(pages: usize, world: &World, device: &Device, pull: Pull<Item>) {
    world.times(pages, "GET", "item", Meet::ThenWork(work(|| async {})));
    world.always("GET", "item", Meet::LostRequest);
    let report = device.context.table::<Item>().pull(pull).await.unwrap();
    assert!(report.stopped_by().is_some(), "{report:?}");
    world.heal();
}

#[tokio::test(start_paused = true)]
async fn rows_deleted_before_or_during_the_first_pull_are_gone_after_it() {
    let world = World::v3();
    let device = Device::new(&world).await;
    device.insert("own", "A", 1).await;
    device.pushes().await;
    fill(&world, 4);
    world.server(|server| server.delete("item", "own"));
    let inner = world.clone();
    let delete = work(move || {
        inner.server(|server| server.delete("item", "r000"));
        async {}
    });
    world.once("GET", "item", Meet::ThenWork(delete));
    let report = device.context.table::<Item>().pull(pull().page_size(2)).await.unwrap();
    assert_eq!(report.status(), Status::Complete, "{report:?}");
    assert_eq!(device.sees("own").await, None, "deleted before the first pull");
    assert_eq!(device.sees("r000").await, None, "deleted after its page was read");
    assert!(device.sees("r001").await.is_some());
}

#[tokio::test(start_paused = true)]
async fn a_row_that_was_committed_late_is_found_within_the_overlap() {
    let world = World::v3();
    let device = Device::new(&world).await;
    fill(&world, 50);
    let pull = || Item::pull("all").overlap(Duration::from_secs(30));
    drop(device.context.table::<Item>().pull(pull()).await.unwrap());
    world.server(|server| {
        server.put("item", "late", json!({ "name": "A", "count": 1 }));
        server.rows.get_mut(&("item".to_owned(), "late".to_owned())).unwrap().stamped = 25;
    });
    let report = device.context.table::<Item>().pull(pull()).await.unwrap();
    assert_eq!(report.applied(), 1, "{report:?}");
    assert!(device.sees("late").await.is_some());
}

#[tokio::test(start_paused = true)]
async fn a_pull_that_reads_the_overlap_again_and_is_cut_leaves_the_token() {
    let world = World::v3();
    let device = Device::new(&world).await;
    fill(&world, 50);
    device.pulls().await;
    let overlapping = Item::pull("all").overlap(Duration::from_secs(30)).page_size(3);
    cut_after(2, &world, &device, overlapping).await;
    assert_eq!(device.pull().await.rows(), 1, "only the row that the token names");
}

#[tokio::test(start_paused = true)]
async fn a_token_does_not_pass_a_row_that_still_has_to_be_read() {
    let world = World::v3();
    let device = Device::new(&world).await;
    fill(&world, 3);
    let gate = Gate::default();
    // The row that is deleted meanwhile is to be read by its id, which fails.
    world.once("GET", "item", Meet::Stale(gate.clone()));
    let first = tokio::spawn({
        let items = device.context.table::<Item>();
        async move { items.pull(pull()).await.unwrap() }
    });
    gate.arrival().await;
    let other = Device::over(&world, device.store.clone()).await;
    drop(other.context.table::<Item>().pull(Pull::full()).await.unwrap());
    other.delete("r001").await;
    other.pushes().await;
    world.always("GET", "item", Meet::LostRequest);
    gate.open();
    let report = first.await.unwrap();
    assert!(report.stopped_by().is_some(), "{report:?}");
    world.heal();
    assert_eq!(device.pull().await.rows(), 3, "all of them are asked for again");
    assert_eq!(device.sees("r001").await, None);
}

#[tokio::test(start_paused = true)]
async fn a_pull_that_was_cut_goes_on_where_it_stopped() {
    let world = World::v3();
    fill(&world, 40);
    let whole = Device::new(&world).await.context.table::<Item>().pull(pull().page_size(4)).await.unwrap();
    let device = Device::new(&world).await;
    cut_after(6, &world, &device, pull().page_size(4)).await;
    let rest = device.context.table::<Item>().pull(pull().page_size(4)).await.unwrap();
    assert_eq!(rest.status(), Status::Complete, "{rest:?}");
    assert!(rest.requests() + 5 <= whole.requests(), "{rest:?} after 6 pages of {whole:?}");
    assert_eq!(device.context.table::<Item>().count(&Item::query()).await.unwrap(), 40);
    assert_eq!(device.pull().await.applied(), 0);
}

/// A store that counts the transactions of pulls.
#[derive(Debug, Default)]
struct Counting {
    store: MemoryStore,
    pulls: Arc<AtomicU64>,
}

impl LocalStore for Counting {
    fn open(&self, tables: &[&'static TableSchema]) -> BoxFuture<'_, Result<(), Error>> {
        self.store.open(tables)
    }

    fn write(&self, durability: Durability, source: ChangeSource, work: WriteWork) -> BoxFuture<'_, Result<(), Error>> {
        if source == ChangeSource::Pull {
            self.pulls.fetch_add(1, Ordering::Relaxed);
        }
        self.store.write(durability, source, work)
    }

    fn read(&self, work: ReadWork) -> BoxFuture<'_, Result<(), Error>> {
        self.store.read(work)
    }

    fn sole_pusher(&self) -> Option<Box<dyn std::fmt::Debug + Send + Sync>> {
        self.store.sole_pusher()
    }

    fn changes(&self) -> &ChangeFeed {
        self.store.changes()
    }
}

#[tokio::test(start_paused = true)]
async fn many_pages_are_applied_in_few_transactions() {
    let world = World::v3();
    fill(&world, 200);
    let store = Counting::default();
    let pulls = Arc::clone(&store.pulls);
    let context = open(&world, store).await;
    let report = context.table::<Item>().pull(pull().page_size(5)).await.unwrap();
    assert_eq!((report.status(), report.applied()), (Status::Complete, 200));
    assert!(report.requests() >= 40, "{report:?}");
    assert!(pulls.load(Ordering::Relaxed) <= 5, "{pulls:?} transactions for {report:?}");
}

#[derive(Debug, Clone, SyncTable)]
#[sync(table = "stamped")]
struct Stamped {
    id: synctable::Id,
}

#[tokio::test]
async fn a_row_a_millisecond_before_the_newest_is_not_fetched_again() {
    let server =
        Server::start(Config::new(vec![TableDefinition::new("stamped").column("x", ColumnType::Text)])).unwrap();
    for number in 0..20 {
        server.store().hold_clock(UNIX_EPOCH + Duration::from_millis(1_700_000_000_000 + number));
        server.store().seed("stamped", &[json!({ "id": format!("r{number}") })]).unwrap();
    }
    server.store().release_clock();
    let builder = SyncContext::builder(&server.url()).store(MemoryStore::new());
    let context = builder.table::<Stamped>().open().await.unwrap();
    let pull = || Stamped::pull("all").overlap(Duration::ZERO);
    assert_eq!(context.table::<Stamped>().pull(pull()).await.unwrap().applied(), 20);
    let again = context.table::<Stamped>().pull(pull()).await.unwrap();
    assert_eq!((again.requests(), again.rows(), again.applied()), (1, 1, 0));
}
