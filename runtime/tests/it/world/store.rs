//! A store in memory that counts its writes and can be told to be slow.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use synctable::store::{BoxFuture, ChangeFeed, ChangeSource, Durability, ReadWork, WriteWork};
use synctable::{Error, LocalStore, MemoryStore};

use super::net::Gate;

/// Clones are handles on the same store.
#[derive(Debug, Clone, Default)]
pub(crate) struct SlowStore {
    pub(crate) inner: MemoryStore,
    writes: Arc<AtomicUsize>,
    gates: Arc<Mutex<Vec<Gate>>>,
}

impl SlowStore {
    /// The next write of a pull waits at this gate before it begins.
    pub(crate) fn hold(&self, gate: &Gate) {
        self.gates.lock().unwrap().push(gate.clone());
    }

    /// How many writes are done.
    pub(crate) fn writes(&self) -> usize {
        self.writes.load(Ordering::SeqCst)
    }

    /// Ends when this many writes are done.
    pub(crate) async fn done(&self, writes: usize) {
        while self.writes() < writes {
            tokio::task::yield_now().await;
        }
    }
}

impl LocalStore for SlowStore {
    fn open(&self, tables: &[&'static synctable::TableSchema]) -> BoxFuture<'_, Result<(), Error>> {
        self.inner.open(tables)
    }

    fn write(&self, durability: Durability, source: ChangeSource, work: WriteWork) -> BoxFuture<'_, Result<(), Error>> {
        Box::pin(async move {
            let gate = (source == ChangeSource::Pull).then(|| self.gates.lock().unwrap().pop()).flatten();
            if let Some(gate) = gate {
                gate.pass().await;
            }
            let written = self.inner.write(durability, source, work).await;
            self.writes.fetch_add(1, Ordering::SeqCst);
            written
        })
    }

    fn read(&self, work: ReadWork) -> BoxFuture<'_, Result<(), Error>> {
        self.inner.read(work)
    }

    fn sole_pusher(&self) -> Option<Box<dyn std::fmt::Debug + Send + Sync>> {
        self.inner.sole_pusher()
    }

    fn changes(&self) -> &ChangeFeed {
        self.inner.changes()
    }
}
