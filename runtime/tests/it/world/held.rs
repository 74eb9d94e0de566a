//! Paused time that does not run on while a store works.

use std::fmt::Debug;
use std::sync::mpsc;

use synctable::store::{BoxFuture, ChangeFeed, ChangeSource, Durability, ReadWork, WriteWork};
use synctable::{Error, LocalStore, TableSchema};

/// A store with threads of its own, in tests that pause time: tokio takes a runtime that waits for such a thread
/// for an idle one, and would let timeouts fire; it does not while a blocking task of its own runs.
#[derive(Debug, Clone)]
pub(crate) struct Held<S>(pub(crate) S);

/// Holds time until it is dropped.
struct Hold(#[expect(dead_code, reason = "its end is what counts")] mpsc::Sender<()>);

fn hold() -> Hold {
    let (held, ended) = mpsc::channel();
    tokio::task::spawn_blocking(move || {
        let _ = ended.recv();
    });
    Hold(held)
}

fn holding<'a, T: 'a>(work: BoxFuture<'a, T>) -> BoxFuture<'a, T> {
    Box::pin(async move {
        let _hold = hold();
        work.await
    })
}

impl<S: LocalStore> LocalStore for Held<S> {
    fn open(&self, tables: &[&'static TableSchema]) -> BoxFuture<'_, Result<(), Error>> {
        holding(self.0.open(tables))
    }

    fn write(&self, durability: Durability, source: ChangeSource, work: WriteWork) -> BoxFuture<'_, Result<(), Error>> {
        holding(self.0.write(durability, source, work))
    }

    fn read(&self, work: ReadWork) -> BoxFuture<'_, Result<(), Error>> {
        holding(self.0.read(work))
    }

    fn sole_pusher(&self) -> Option<Box<dyn Debug + Send + Sync>> {
        self.0.sole_pusher()
    }

    fn changes(&self) -> &ChangeFeed {
        self.0.changes()
    }

    fn look_for_changes(&self) {
        self.0.look_for_changes();
    }
}
