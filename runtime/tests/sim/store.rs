//! A store with a place to be left before and after each commit.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use synctable::store::{BoxFuture, ChangeFeed, ChangeSource, Durability, ReadWork, SqliteStore, WriteWork};
use synctable::{Error, LocalStore, MemoryStore, TableSchema};

use crate::step::{pause, wait};

/// Where a device keeps its rows.
#[derive(Debug, Clone)]
pub(crate) enum Place {
    Memory(MemoryStore),
    File(PathBuf),
}

/// The store of a device while its process lives.
#[derive(Debug, Clone)]
pub(crate) struct Stepped {
    inner: Arc<dyn LocalStore>,
    writes: Arc<AtomicU64>,
}

impl Stepped {
    /// Opens what the place holds, as a new process does.
    pub(crate) fn open(place: &mut Place) -> Self {
        let inner: Arc<dyn LocalStore> = match place {
            Place::Memory(store) => {
                *store = store.snapshot();
                Arc::new(store.clone())
            }
            Place::File(path) => Arc::new(SqliteStore::at(path.clone())),
        };
        Self { inner, writes: Arc::default() }
    }

    /// Reads without a place to be left.
    pub(crate) fn quiet_read(&self, work: ReadWork) -> BoxFuture<'_, Result<(), Error>> {
        self.inner.read(work)
    }

    /// Commits so far.
    pub(crate) fn writes(&self) -> u64 {
        self.writes.load(Ordering::SeqCst)
    }
}

impl LocalStore for Stepped {
    fn open(&self, tables: &[&'static TableSchema]) -> BoxFuture<'_, Result<(), Error>> {
        Box::pin(std::future::ready(wait(self.inner.open(tables))))
    }

    fn write(&self, durability: Durability, source: ChangeSource, work: WriteWork) -> BoxFuture<'_, Result<(), Error>> {
        Box::pin(async move {
            pause().await;
            let result = wait(self.inner.write(durability, source, work));
            self.writes.fetch_add(1, Ordering::SeqCst);
            pause().await;
            result
        })
    }

    fn read(&self, work: ReadWork) -> BoxFuture<'_, Result<(), Error>> {
        Box::pin(async move {
            let result = wait(self.inner.read(work));
            pause().await;
            result
        })
    }

    fn sole_pusher(&self) -> Option<Box<dyn fmt::Debug + Send + Sync>> {
        self.inner.sole_pusher()
    }

    fn changes(&self) -> &ChangeFeed {
        self.inner.changes()
    }
}
