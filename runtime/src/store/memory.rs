//! A store in memory: small and obvious, for tests and contexts that keep nothing.

mod migrate;
mod transaction;

use std::collections::BTreeMap;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::entry::{Entry, Sequence};
use super::system::{DeltaToken, Grave, Quarantined, Settled};
use super::{
    BoxFuture, ChangeFeed, ChangeLog, ChangeSource, Durability, LocalStore, ReadWork, StoredRow, WriteWork, panicked,
};
use crate::error::Error;
use crate::row::Row;
use crate::table::TableSchema;
use transaction::Transaction;

/// A store that lives in memory and ends with its last handle.
///
/// Clones are handles on the same content; [`snapshot`](Self::snapshot) copies the content.
///
/// ```
/// # async fn f() -> Result<(), synctable::Error> {
/// use synctable::LocalStore as _;
/// use synctable::store::MemoryStore;
///
/// let store = MemoryStore::new();
/// store.open(&[]).await?;
/// let copy = store.snapshot();
/// assert_eq!(format!("{copy:?}"), format!("{store:?}"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Default)]
pub struct MemoryStore {
    content: Arc<Mutex<Content>>,
    changes: ChangeFeed,
    pushing: Arc<AtomicBool>,
}

/// All that the store holds. Every part is shared until it is written, so a clone is cheap.
#[derive(Clone, Default, PartialEq)]
struct Content {
    tables: BTreeMap<&'static str, Table>,
    entries: Arc<BTreeMap<Sequence, Arc<Entry>>>,
    last_sequence: Sequence,
    tokens: Arc<BTreeMap<(String, String), DeltaToken>>,
    quarantine: Arc<BTreeMap<(String, String), Quarantined>>,
    graves: Arc<BTreeMap<(String, String), Grave>>,
    settled: Arc<BTreeMap<i64, Settled>>,
    settle_mark: i64,
    meta: Arc<BTreeMap<String, String>>,
}

#[derive(Clone, PartialEq)]
struct Table {
    schema: &'static TableSchema,
    rows: Arc<BTreeMap<Arc<str>, Arc<StoredRow>>>,
    /// Deleted rows, of a table that keeps them.
    deleted: Arc<BTreeMap<Arc<str>, Deleted>>,
}

/// A row that is not there any more.
#[derive(Clone, PartialEq)]
struct Deleted {
    row: Row,
    /// Whether its delete waits for the server: then no query shows it.
    waits: bool,
}

impl MemoryStore {
    /// Makes an empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Copies the last commit into a store of its own.
    #[must_use]
    pub fn snapshot(&self) -> Self {
        Self { content: Arc::new(Mutex::new(self.lock().clone())), ..Self::default() }
    }

    /// Whether two stores hold the same tables, rows, entries and system values.
    #[must_use]
    pub fn same_content(&self, other: &Self) -> bool {
        let mine = self.lock().clone();
        let content = other.lock().clone();
        mine == content
    }

    fn lock(&self) -> MutexGuard<'_, Content> {
        // A panic of the work is caught before it reaches the lock, and content is only replaced whole.
        self.content.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn commit(
        &self,
        source: ChangeSource,
        work: impl FnOnce(&mut Transaction) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut content = self.lock();
        let mut transaction = Transaction { content: content.clone(), log: self.changes.begin() };
        transaction.log.set_source(source);
        catch_unwind(AssertUnwindSafe(|| work(&mut transaction))).unwrap_or_else(|panic| Err(panicked(&*panic)))?;
        *content = transaction.content;
        // Under the lock, so that commits are told in their order.
        self.changes.committed(transaction.log);
        Ok(())
    }
}

impl LocalStore for MemoryStore {
    fn open(&self, tables: &[&'static TableSchema]) -> BoxFuture<'_, Result<(), Error>> {
        let result = self.commit(ChangeSource::Local, |transaction| {
            transaction.log.note_anything();
            migrate::open(&mut transaction.content, tables)
        });
        Box::pin(std::future::ready(result))
    }

    fn write(
        &self,
        _durability: Durability,
        source: ChangeSource,
        work: WriteWork,
    ) -> BoxFuture<'_, Result<(), Error>> {
        let result = self.commit(source, |transaction| work(transaction));
        Box::pin(std::future::ready(result))
    }

    fn read(&self, work: ReadWork) -> BoxFuture<'_, Result<(), Error>> {
        let mut snapshot = Transaction { content: self.lock().clone(), log: ChangeLog::off() };
        let result =
            catch_unwind(AssertUnwindSafe(|| work(&mut snapshot))).unwrap_or_else(|panic| Err(panicked(&*panic)));
        Box::pin(std::future::ready(result))
    }

    fn sole_pusher(&self) -> Option<Box<dyn fmt::Debug + Send + Sync>> {
        let taken = self.pushing.swap(true, Ordering::AcqRel);
        (!taken).then(|| Box::new(Pushing(Arc::clone(&self.pushing))) as _)
    }

    fn changes(&self) -> &ChangeFeed {
        &self.changes
    }

    fn wipe(&self) -> BoxFuture<'_, Result<(), Error>> {
        let result = self.commit(ChangeSource::Purge, |transaction| {
            transaction.log.note_anything();
            let before = std::mem::take(&mut transaction.content);
            let empty = |table: Table| Table { schema: table.schema, rows: Arc::default(), deleted: Arc::default() };
            transaction.content = Content {
                tables: before.tables.into_iter().map(|(name, table)| (name, empty(table))).collect(),
                last_sequence: before.last_sequence,
                settle_mark: before.settle_mark,
                ..Content::default()
            };
            Ok(())
        });
        Box::pin(std::future::ready(result))
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let content = self.lock();
        f.debug_struct("MemoryStore")
            .field("tables", &content.tables.keys().collect::<Vec<_>>())
            .field("entries", &content.entries.len())
            .finish()
    }
}

/// Held by the one that pushes.
#[derive(Debug)]
struct Pushing(Arc<AtomicBool>);

impl Drop for Pushing {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}
