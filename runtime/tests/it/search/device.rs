//! The device of the search: a real context over a store in memory, for one row with the columns a and b.

use std::fmt::Debug;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use synctable::store::entry::{Base, Entry, FailureKind, Sequence};
use synctable::store::{ChangeFeed, ChangeSource, Durability, ReadWork, StoreRead, StoreWrite, WriteWork};
use synctable::wire::{BoxFuture, Dialect, Transport};
use synctable::{Error, Id, LocalStore, MemoryStore, Pull, Row, SyncContext, SyncTable, Value};

use super::net::Still;
use crate::world::server::Server;

pub(crate) const TABLE: &str = "pair";
pub(crate) const ID: &str = "r";

/// The values of a and b.
pub(crate) type Values = (i64, i64);

#[derive(Debug, Clone, SyncTable)]
#[sync(table = "pair")]
pub(crate) struct Pair {
    id: Id,
    a: i64,
    b: i64,
}

/// A write of the app.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Local {
    Insert(i64, i64),
    Update(i64),
    Delete,
    /// Not in the model: what is pending is dropped.
    Discard,
}

/// What a local write left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Written {
    pub(crate) wish: Option<Values>,
    /// Whether the wish is what the server had when the entry began: then a delete by the other
    /// device may win.
    pub(crate) is_base: bool,
    /// Whether it was a discard: then the server may have what was sent, or not.
    pub(crate) is_discard: bool,
}

/// Runs work that never waits.
pub(crate) fn run<R>(work: impl Future<Output = R>) -> R {
    let mut work = std::pin::pin!(work);
    match work.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(result) => result,
        Poll::Pending => panic!("nothing in the search waits"),
    }
}

/// Opens a context; the queue is kept as the store keeps it.
pub(crate) fn open(store: &MemoryStore, transport: impl Transport, memory: Memory) -> SyncContext {
    let builder = SyncContext::builder("https://server.example")
        .dialect(Dialect::DatasyncV3)
        .transport(transport)
        .clock(Still)
        .table::<Pair>();
    let builder = match memory {
        Memory::Keeps => builder.store(store.clone()),
        Memory::ForgetsRequests => builder.store(Forgetful(store.clone())),
    };
    run(builder.open()).unwrap()
}

/// Writes the row; `None` if the row as it is does not allow it.
pub(crate) async fn write(context: &SyncContext, local: Local) -> Option<Written> {
    let table = context.table::<Pair>();
    let id = Id::parse(ID).unwrap();
    let there = table.get(&id).await.unwrap().is_some();
    let is_discard = local == Local::Discard;
    if !is_discard && there == matches!(local, Local::Insert(..)) {
        return None;
    }
    let began = began_with(context, &id).await;
    match local {
        Local::Insert(a, b) => drop(table.insert(Pair { id: id.clone(), a, b }).await.unwrap()),
        Local::Update(a) => drop(table.edit(&id, move |pair| pair.a = a).await.unwrap()),
        Local::Delete => table.delete(&id).await.unwrap(),
        Local::Discard => {
            let pending = context.pending().await.unwrap();
            context.discard(pending.first()?).await.unwrap();
        }
    }
    let wish = table.get(&id).await.unwrap().map(|pair| (pair.a, pair.b));
    Some(Written { wish, is_base: wish.is_some() && wish == began, is_discard })
}

/// What the server had when the row's entry began; without an entry, what it is known to have.
async fn began_with(context: &SyncContext, id: &Id) -> Option<Values> {
    let pending = context.pending().await.unwrap();
    let row = match pending.first() {
        Some(operation) => operation.base::<Pair>().unwrap(),
        None => context.table::<Pair>().get(id).await.unwrap(),
    };
    row.map(|pair| (pair.a, pair.b))
}

/// Another device writes column b; `None` deletes the row. False if there is no row.
pub(crate) fn other_device(server: &mut Server, b: Option<i64>) -> bool {
    if server.live(TABLE, ID).is_none() {
        return false;
    }
    match b {
        Some(b) => server.change(TABLE, ID, serde_json::json!({ "b": b })),
        None => server.delete(TABLE, ID),
    }
    true
}

/// Pulls while another process pushes, so that the pull stands alone.
pub(crate) async fn pull(context: &SyncContext) {
    let report = context.table::<Pair>().pull(Pull::named("all").overlap(Duration::ZERO)).await.unwrap();
    assert!(report.stopped_by().is_none(), "{report:?}");
    let pushed = report.push().map_or(0, |push| push.requests());
    assert_eq!(pushed, 0, "the pull of the search sends nothing: {report:?}");
}

/// Another process holds the right to push while the work runs.
pub(crate) async fn beside_a_push(store: &MemoryStore, work: impl Future<Output = ()>) {
    let alone = store.sole_pusher();
    assert!(alone.is_some(), "no push is under way");
    let until = synctable::Clock::now(&Still).saturating_add(Duration::from_secs(30)).ticks();
    set_lease(store, Some(format!("another {until}"))).await;
    work.await;
    set_lease(store, None).await;
}

async fn set_lease(store: &MemoryStore, lease: Option<String>) {
    store
        .write(Durability::Power, ChangeSource::Local, Box::new(move |tx| tx.put_meta("lease", lease.as_deref())))
        .await
        .unwrap();
}

/// What the store holds of the row.
#[derive(Debug, Clone)]
pub(crate) struct Holding {
    pub(crate) wish: Option<Values>,
    pub(crate) has_entry: bool,
    pub(crate) is_conflict: bool,
    /// All that decides what comes next, as text.
    pub(crate) key: String,
}

pub(crate) fn holding(store: &MemoryStore) -> Holding {
    let slot = Arc::new(Mutex::new(None));
    let filled = Arc::clone(&slot);
    run(store.read(Box::new(move |snapshot| {
        *filled.lock().unwrap() = Some(read_holding(snapshot)?);
        Ok(())
    })))
    .unwrap();
    slot.lock().unwrap().take().unwrap()
}

fn read_holding(snapshot: &mut dyn StoreRead) -> Result<Holding, Error> {
    let stored = snapshot.row(Pair::SCHEMA, ID)?;
    let entry = snapshot.next_entry(Sequence(0), Sequence(i64::MAX))?;
    let token = snapshot.token(TABLE, "all")?.and_then(|token| token.token);
    let graves = snapshot.graves(TABLE)?.into_iter().map(|grave| brief(&grave.row)).collect::<Vec<_>>();
    let is_conflict =
        entry.as_ref().and_then(|entry| entry.failure.as_ref()).is_some_and(|f| f.kind == FailureKind::Conflict);
    let row = stored.as_ref().map(|stored| brief(&stored.row));
    let key = format!("{row:?} {:?} {is_conflict} {token:?} {graves:?}", entry.as_ref().map(entry_key));
    Ok(Holding {
        wish: stored.as_ref().map(|stored| values(&stored.row)),
        has_entry: entry.is_some(),
        is_conflict,
        key,
    })
}

fn values(row: &Row) -> Values {
    match (&row.values[1], &row.values[2]) {
        (Value::Integer(a), Value::Integer(b)) => (*a, *b),
        other => panic!("two integers: {other:?}"),
    }
}

fn brief(row: &Row) -> impl Debug + use<> {
    (values(row), row.version.clone(), row.updated_at, row.deleted)
}

/// The entry without what only counts or orders.
fn entry_key(entry: &Entry) -> impl Debug + use<> {
    let base = match &entry.base {
        Base::None => "none".to_owned(),
        Base::Tombstone => "tombstone".to_owned(),
        Base::Row(row) => format!("{:?}", brief(row)),
    };
    let request = entry.request.as_ref().map(|request| {
        let wish = request.wish.as_ref().map(values);
        (request.kind, request.columns.clone(), request.if_match.clone(), wish)
    });
    let candidate = entry.candidate.as_ref().map(|remote| (remote.live().is_some(), remote.row().map(brief)));
    let flags = (entry.absent, entry.sent, entry.discarded, entry.repair, entry.is_set_aside());
    (base, request, format!("{candidate:?}"), flags)
}

/// How a store keeps open requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Memory {
    Keeps,
    /// It forgets them when the push ends, so that each push plans anew from the row as it is.
    ForgetsRequests,
}

#[derive(Debug)]
struct Forgetful(MemoryStore);

impl LocalStore for Forgetful {
    fn open(&self, tables: &[&'static synctable::TableSchema]) -> BoxFuture<'_, Result<(), Error>> {
        self.0.open(tables)
    }

    fn write(&self, durability: Durability, source: ChangeSource, work: WriteWork) -> BoxFuture<'_, Result<(), Error>> {
        self.0.write(
            durability,
            source,
            Box::new(move |tx| {
                work(tx)?;
                forget_requests(tx)
            }),
        )
    }

    fn read(&self, work: ReadWork) -> BoxFuture<'_, Result<(), Error>> {
        self.0.read(work)
    }

    fn sole_pusher(&self) -> Option<Box<dyn Debug + Send + Sync>> {
        self.0.sole_pusher()
    }

    fn changes(&self) -> &ChangeFeed {
        self.0.changes()
    }
}

fn forget_requests(tx: &mut dyn StoreWrite) -> Result<(), Error> {
    if tx.meta("lease")?.is_some() {
        return Ok(());
    }
    let mut cursor = Sequence(0);
    while let Some(mut entry) = tx.next_entry(cursor, Sequence(i64::MAX))? {
        cursor = entry.sequence;
        if entry.request.take().is_some() {
            tx.put_entry(&entry)?;
        }
    }
    Ok(())
}
