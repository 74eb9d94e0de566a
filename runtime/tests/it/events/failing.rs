//! A store that can be told to fail.

use std::fmt::Debug;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use synctable::store::{BoxFuture, ChangeFeed, ChangeSource, Durability, ReadWork, WriteWork};
use synctable::{Error, ErrorKind, LocalStore, MemoryStore, TableSchema};

/// Takes a number of transactions of pushes and pulls, and fails the further ones; clones are the same store.
#[derive(Debug, Clone)]
pub(crate) struct Failing {
    store: MemoryStore,
    left: Arc<AtomicUsize>,
}

impl Failing {
    pub(crate) fn never() -> Self {
        Self { store: MemoryStore::new(), left: Arc::new(AtomicUsize::new(usize::MAX)) }
    }

    pub(crate) fn after(&self, transactions: usize) {
        self.left.store(transactions, Ordering::SeqCst);
    }
}

impl LocalStore for Failing {
    fn open(&self, tables: &[&'static TableSchema]) -> BoxFuture<'_, Result<(), Error>> {
        self.store.open(tables)
    }

    fn write(&self, durability: Durability, source: ChangeSource, work: WriteWork) -> BoxFuture<'_, Result<(), Error>> {
        let fails = matches!(source, ChangeSource::Push | ChangeSource::Pull)
            && self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_err();
        if fails {
            // The work is done, and rolled back.
            let work: WriteWork = Box::new(move |tx| {
                work(tx)?;
                Err(Error::app(std::io::Error::other("the disk is full")))
            });
            return self.store.write(durability, source, work);
        }
        self.store.write(durability, source, work)
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

/// What the failing store answers.
pub(crate) const FAILED: ErrorKind = ErrorKind::App;
