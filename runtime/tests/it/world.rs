//! The world around a device in the histories: a server in memory, a network that can be told what to
//! do with which request, and a clock of its own.

mod filter;
pub(crate) mod held;
pub(crate) mod keys;
pub(crate) mod net;
pub(crate) mod server;
pub(crate) mod store;
pub(crate) mod tables;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use synctable::store::entry::FailureKind;
use synctable::store::{ChangeSource, Durability, StoreWrite};
use synctable::{
    Clock, Id, LocalStore, MemoryStore, Operation, Push, PushReport, Status, SyncContext, SyncContextBuilder,
    TableOptions, Timestamp,
};

pub(crate) use net::{Meet, World};
use tables::{Checked, Item, List, Node, Task};

/// The clock of tokio: with paused time, waits are over as soon as nothing else is to do.
///
/// Threads of a store see paused time only through what the runtime's thread has read last.
#[derive(Debug, Clone)]
pub(crate) struct TokioClock {
    began: tokio::time::Instant,
    seen: Arc<AtomicI64>,
}

impl TokioClock {
    pub(crate) fn new() -> Self {
        let start = Timestamp::from_millis(1_780_000_000_000).expect("an instant of our days");
        Self { began: tokio::time::Instant::now(), seen: Arc::new(AtomicI64::new(start.ticks())) }
    }
}

impl Clock for TokioClock {
    fn now(&self) -> Timestamp {
        let start = Timestamp::from_millis(1_780_000_000_000).expect("an instant of our days");
        if tokio::runtime::Handle::try_current().is_ok() {
            self.seen.fetch_max(start.saturating_add(self.began.elapsed()).ticks(), Ordering::SeqCst);
        }
        Timestamp::from_ticks(self.seen.load(Ordering::SeqCst)).expect("an instant of our days")
    }

    fn sleep(&self, duration: Duration) -> synctable::wire::BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(duration))
    }
}

/// A device: a context with all tables of the histories.
#[derive(Debug, Clone)]
pub(crate) struct Device {
    pub(crate) context: SyncContext,
    pub(crate) store: MemoryStore,
    now: TokioClock,
}

impl Device {
    pub(crate) async fn new(world: &World) -> Self {
        Self::over(world, MemoryStore::new()).await
    }

    /// Opens a device over what another has stored.
    pub(crate) async fn over(world: &World, store: MemoryStore) -> Self {
        Self { context: open(world, store.clone()).await, store, now: world.clock() }
    }

    /// A device that has only items, with options of its own.
    pub(crate) async fn with_items(
        world: &World,
        store: MemoryStore,
        options: impl FnOnce(TableOptions<Item>) -> TableOptions<Item>,
    ) -> Self {
        let items = builder(world, store.clone()).table_with::<Item>(|table| options(table.pull(Item::pull("all"))));
        Self { context: items.open().await.unwrap(), store, now: world.clock() }
    }

    /// A device whose context is made by the test.
    pub(crate) async fn opened(world: &World, store: MemoryStore, builder: SyncContextBuilder) -> Self {
        Self { context: builder.open().await.unwrap(), store, now: world.clock() }
    }

    /// The device after a restart of its process.
    pub(crate) async fn restarted(&self, world: &World) -> Self {
        Self::over(world, self.store.snapshot()).await
    }

    pub(crate) async fn push(&self) -> PushReport {
        self.push_with(Push::new()).await
    }

    /// A push of the whole queue, with other lanes.
    pub(crate) async fn push_with(&self, push: Push) -> PushReport {
        let scope = self.pending().await.len();
        let report = self.context.push_with(push).await.unwrap();
        let told = report.failed().len() + report.changed_meanwhile().len() + report.not_attempted().len();
        assert_eq!(report.done() + told as u64, scope as u64, "every entry in scope is told of once: {report:?}");
        report
    }

    /// A push that need not succeed.
    pub(crate) async fn tries_to_push(&self) {
        drop(self.push().await);
    }

    /// A push whose first such request meets this, and all after it are lost; then all goes well again.
    pub(crate) async fn push_loses(&self, world: &World, method: &'static str, path: &str, meet: Meet) {
        world.lose_next(method, path, meet);
        self.tries_to_push().await;
        world.heal();
    }

    /// A push whose first failure is a conflict.
    pub(crate) async fn push_conflicts(&self, about: &str) {
        let report = self.push().await;
        let kind = report.failed().first().map(|failed| failed.failure().kind);
        assert_eq!(kind, Some(FailureKind::Conflict), "{about}: {report:?}");
    }

    /// A push after which nothing is left.
    pub(crate) async fn pushes(&self) {
        let report = self.push().await;
        assert_eq!(report.status(), Status::Complete, "{report:?}");
        let pending = self.pending().await;
        assert!(pending.is_empty(), "{pending:?}");
    }

    /// A row that another device wrote and this one has pulled.
    pub(crate) async fn given(&self, world: &World, id_text: &str, name: &str, count: i64) {
        world.server(|server| server.put("item", id_text, serde_json::json!({ "name": name, "count": count })));
        self.pulls().await;
    }

    /// A pull that comes to its end.
    pub(crate) async fn pulls(&self) {
        let report = self.pull().await;
        assert!(report.stopped_by().is_none(), "{report:?}");
    }

    pub(crate) async fn pending(&self) -> Vec<Operation> {
        self.context.pending().await.unwrap()
    }

    /// The only pending operation.
    pub(crate) async fn only(&self) -> Operation {
        let mut pending = self.pending().await;
        assert_eq!(pending.len(), 1, "{pending:?}");
        pending.remove(0)
    }

    pub(crate) async fn insert(&self, id_text: &str, name: &str, count: i64) {
        let item = Item { id: id(id_text), name: name.to_owned(), count };
        self.context.table::<Item>().insert(item).await.unwrap();
    }

    pub(crate) async fn rename(&self, id_text: &str, name: &str) {
        let name = name.to_owned();
        let edited = self.context.table::<Item>().edit(&id(id_text), move |item| item.name = name).await.unwrap();
        assert!(edited.is_some(), "{id_text} is there");
    }

    pub(crate) async fn recount(&self, id_text: &str, count: i64) {
        let edited = self.context.table::<Item>().edit(&id(id_text), move |item| item.count = count).await.unwrap();
        assert!(edited.is_some(), "{id_text} is there");
    }

    pub(crate) async fn delete(&self, id_text: &str) {
        self.context.table::<Item>().delete(&id(id_text)).await.unwrap();
    }

    /// The item as the app sees it.
    pub(crate) async fn sees(&self, id_text: &str) -> Option<(String, i64)> {
        let item = self.context.table::<Item>().get(&id(id_text)).await.unwrap();
        item.map(|item| (item.name, item.count))
    }

    pub(crate) async fn pull(&self) -> synctable::PullReport {
        self.context.table::<Item>().pull(Item::pull("all").overlap(Duration::ZERO)).await.unwrap()
    }

    /// Pulls while another process holds the right to push, so that nothing is sent before.
    pub(crate) async fn pull_alone(&self) -> synctable::PullReport {
        let alone = self.store.sole_pusher();
        let until = self.now.now().saturating_add(Duration::from_secs(50)).ticks();
        set_lease(&self.store, Some(format!("another {until}"))).await;
        let report = self.pull().await;
        set_lease(&self.store, None).await;
        drop(alone);
        assert_eq!(report.push().map_or(0, PushReport::requests), 0, "nothing was pushed");
        report
    }
}

/// Lets so much of a test's paused time pass, for what must not end by it; where time is not paused it panics, so that no test waits.
pub(crate) async fn time_passes(time: Duration) {
    tokio::time::advance(Duration::ZERO).await;
    tokio::time::sleep(time).await;
}

/// Says who pushes.
pub(crate) async fn set_lease(store: &dyn LocalStore, lease: Option<String>) {
    let work = Box::new(move |tx: &mut dyn StoreWrite| tx.put_meta("lease", lease.as_deref()));
    store.write(Durability::Power, ChangeSource::Local, work).await.unwrap();
}

/// Opens a context with all tables of the histories.
pub(crate) async fn open(world: &World, store: impl LocalStore) -> SyncContext {
    let tables =
        builder(world, store).table::<Item>().table::<List>().table::<Task>().table::<Node>().table::<Checked>();
    tables.open().await.unwrap()
}

/// A context of this world without tables.
pub(crate) fn builder(world: &World, store: impl LocalStore) -> SyncContextBuilder {
    let builder =
        SyncContext::builder("https://server.example").transport(world.clone()).clock(world.clock()).store(store);
    match world.told_dialect() {
        Some(dialect) => builder.dialect(dialect),
        None => builder,
    }
}

pub(crate) fn id(text: &str) -> Id {
    Id::parse(text).unwrap()
}
