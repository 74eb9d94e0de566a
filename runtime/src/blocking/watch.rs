//! The blocking forms of live queries and of the feeds of changes and events.

use std::sync::Arc;

use super::driver::Driver;
use crate::error::Error;
use crate::event::{self, SyncEvent};
use crate::watch::{self, ChangeEvent};

/// The blocking form of [`Watch`](crate::Watch): an iterator that waits for each new result.
///
/// A user interface that is drawn anew asks for a repaint by [`on_change`](Self::on_change) and draws
/// [`latest`](Self::latest), and never waits.
///
/// ```
/// # use synctable::{Id, MemoryStore, SyncTable};
/// # #[derive(Debug, Clone, Default, SyncTable)]
/// # pub struct TodoItem { pub id: Id, pub title: String }
/// # fn main() -> Result<(), synctable::Error> {
/// # use synctable::blocking::SyncContext;
/// # let ctx = SyncContext::builder("http://127.0.0.1:9").store(MemoryStore::new()).table::<TodoItem>().open_blocking()?;
/// let todos = ctx.table::<TodoItem>();
/// let mut live = todos.watch(&TodoItem::query());
/// assert_eq!(live.next().transpose()?.map(|rows| rows.len()), Some(0));
/// todos.insert(TodoItem { title: "Milk".into(), ..Default::default() })?;
/// assert_eq!(live.next().transpose()?.map(|rows| rows.len()), Some(1));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use = "a watch that is dropped watches nothing"]
pub struct Watch<R> {
    watch: watch::Watch<R>,
    driver: Arc<Driver>,
}

impl<R: Send + Sync + 'static> Watch<R> {
    pub(super) fn new(watch: watch::Watch<R>, driver: &Arc<Driver>) -> Self {
        Self { watch, driver: Arc::clone(driver) }
    }

    /// The newest rows, without waiting; see [`Watch::latest`](crate::Watch::latest).
    #[must_use]
    pub fn latest(&self) -> Option<Arc<Vec<R>>> {
        self.watch.latest()
    }

    /// The error of the last run; see [`Watch::last_error`](crate::Watch::last_error).
    #[must_use]
    pub fn last_error(&self) -> Option<Error> {
        self.watch.last_error()
    }

    /// Calls a function whenever there is a new result; see [`Watch::on_change`](crate::Watch::on_change).
    pub fn on_change(&self, f: impl Fn() + Send + Sync + 'static) {
        self.watch.on_change(f);
    }

    /// How many times the query was run.
    #[must_use]
    pub fn runs(&self) -> u64 {
        self.watch.runs()
    }
}

impl<R: Send + Sync + 'static> Iterator for Watch<R> {
    type Item = Result<Arc<Vec<R>>, Error>;

    /// Waits for a result that was not given yet; see [`Watch::next`](crate::Watch::next).
    fn next(&mut self) -> Option<Self::Item> {
        self.driver.wait(async { self.watch.next().await.transpose() }).transpose()
    }
}

/// The blocking form of [`PendingWatch`](crate::PendingWatch): an iterator that waits for each new number.
///
/// ```
/// # use synctable::{Id, MemoryStore, SyncTable};
/// # #[derive(Debug, Clone, Default, SyncTable)]
/// # pub struct TodoItem { pub id: Id, pub title: String }
/// # fn main() -> Result<(), synctable::Error> {
/// # use synctable::blocking::SyncContext;
/// # let ctx = SyncContext::builder("http://127.0.0.1:9").store(MemoryStore::new()).table::<TodoItem>().open_blocking()?;
/// let mut pending = ctx.watch_pending();
/// assert_eq!(pending.next().transpose()?, Some(0));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use = "a watch that is dropped watches nothing"]
pub struct PendingWatch {
    watch: watch::PendingWatch,
    driver: Arc<Driver>,
}

impl PendingWatch {
    pub(super) fn new(watch: watch::PendingWatch, driver: &Arc<Driver>) -> Self {
        Self { watch, driver: Arc::clone(driver) }
    }

    /// The newest number, without waiting.
    #[must_use]
    pub fn latest(&self) -> Option<u64> {
        self.watch.latest()
    }

    /// The error of the last count.
    #[must_use]
    pub fn last_error(&self) -> Option<Error> {
        self.watch.last_error()
    }

    /// Calls a function whenever there is a new number; see
    /// [`PendingWatch::on_change`](crate::PendingWatch::on_change).
    pub fn on_change(&self, f: impl Fn() + Send + Sync + 'static) {
        self.watch.on_change(f);
    }
}

impl Iterator for PendingWatch {
    type Item = Result<u64, Error>;

    /// Waits for a number that was not given yet.
    fn next(&mut self) -> Option<Self::Item> {
        self.driver.wait(async { self.watch.next().await.transpose() }).transpose()
    }
}

/// The blocking form of [`Changes`](crate::Changes): an iterator that waits for each change.
///
/// ```
/// # use synctable::{Id, MemoryStore, SyncTable};
/// # #[derive(Debug, Clone, Default, SyncTable)]
/// # pub struct TodoItem { pub id: Id, pub title: String }
/// # fn main() -> Result<(), synctable::Error> {
/// # use synctable::blocking::SyncContext;
/// # let ctx = SyncContext::builder("http://127.0.0.1:9").store(MemoryStore::new()).table::<TodoItem>().open_blocking()?;
/// let mut changes = ctx.changes();
/// ctx.table::<TodoItem>().insert(TodoItem { title: "Milk".into(), ..Default::default() })?;
/// println!("{:?}", changes.next());
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use = "a feed that is dropped tells nothing"]
pub struct Changes {
    changes: watch::Changes,
    driver: Arc<Driver>,
}

impl Changes {
    pub(super) fn new(changes: watch::Changes, driver: &Arc<Driver>) -> Self {
        Self { changes, driver: Arc::clone(driver) }
    }
}

impl Iterator for Changes {
    type Item = ChangeEvent;

    /// Waits for the next change; `None` once the context is closed and all was told, and inside a
    /// closure that the store runs, where it would wait for itself.
    fn next(&mut self) -> Option<ChangeEvent> {
        self.driver.wait(async { Ok(self.changes.next().await) }).ok().flatten()
    }
}

/// The blocking form of [`Events`](crate::Events): an iterator that waits for each event.
///
/// ```
/// # use synctable::{Id, MemoryStore, SyncEvent, SyncTable};
/// # #[derive(Debug, Clone, Default, SyncTable)]
/// # pub struct TodoItem { pub id: Id, pub title: String }
/// # fn main() -> Result<(), synctable::Error> {
/// # use synctable::blocking::SyncContext;
/// # let ctx = SyncContext::builder("http://127.0.0.1:9").store(MemoryStore::new()).table::<TodoItem>().open_blocking()?;
/// let events = ctx.events();
/// let listens = std::thread::spawn(move || {
///     for event in events {
///         println!("{event:?}");
///     }
/// });
/// let report = ctx.push()?;
/// # drop(report);
/// drop(ctx); // ends the feed
/// # listens.join().unwrap();
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use = "a feed that is dropped tells nothing"]
pub struct Events {
    events: event::Events,
    driver: Arc<Driver>,
}

impl Events {
    pub(super) fn new(events: event::Events, driver: &Arc<Driver>) -> Self {
        Self { events, driver: Arc::clone(driver) }
    }
}

impl Iterator for Events {
    type Item = SyncEvent;

    /// Waits for the next event; `None` once the context is closed and all was told, and inside a
    /// closure that the store runs, where it would hold up what it waits for.
    fn next(&mut self) -> Option<SyncEvent> {
        self.driver.wait(async { Ok(self.events.next().await) }).ok().flatten()
    }
}
