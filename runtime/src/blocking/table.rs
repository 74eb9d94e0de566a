//! The blocking form of the local handle of a table.

use std::fmt;
use std::sync::Arc;

use super::Watch;
use super::driver::{Driver, in_work};
use crate::error::Error;
use crate::pull::{Pull, PullReport, QuarantineReport};
use crate::purge::{Purge, PurgeReport};
use crate::push::{Conflict, PushReport};
use crate::query::{Page, Query};
use crate::queue::Resolution;
use crate::store::system::Quarantined;
use crate::subset::ColumnSubset;
use crate::table::SyncTable;
use crate::value::Id;

/// The blocking form of [`Table`](crate::Table); cheap to clone.
///
/// ```
/// # use synctable::{Id, MemoryStore, SyncTable};
/// # #[derive(Debug, Clone, Default, SyncTable)]
/// # pub struct TodoItem { pub id: Id, pub title: String }
/// # fn main() -> Result<(), synctable::Error> {
/// # use synctable::blocking::SyncContext;
/// # let ctx = SyncContext::builder("http://127.0.0.1:9").store(MemoryStore::new()).table::<TodoItem>().open_blocking()?;
/// let todos = ctx.table::<TodoItem>();
/// let milk = todos.insert(TodoItem { title: "Milk".into(), ..Default::default() })?;
/// todos.delete(&milk.id)?;
/// assert!(todos.get(&milk.id)?.is_none());
/// # Ok(())
/// # }
/// ```
pub struct Table<T> {
    table: crate::Table<T>,
    driver: Arc<Driver>,
}

impl<T> Clone for Table<T> {
    fn clone(&self) -> Self {
        Self { table: self.table.clone(), driver: Arc::clone(&self.driver) }
    }
}

impl<T: SyncTable> fmt::Debug for Table<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.table.fmt(f)
    }
}

impl<T: SyncTable> Table<T> {
    pub(super) fn new(table: crate::Table<T>, driver: Arc<Driver>) -> Self {
        Self { table, driver }
    }

    /// The async form of this handle.
    #[must_use]
    pub fn as_async(&self) -> &crate::Table<T> {
        &self.table
    }

    /// Inserts a row; see [`Table::insert`](crate::Table::insert).
    ///
    /// # Errors
    /// Those of the async form.
    pub fn insert(&self, row: T) -> Result<T, Error> {
        self.driver.wait(self.table.insert(row))
    }

    /// Changes a row by a closure; see [`Table::edit`](crate::Table::edit).
    ///
    /// # Errors
    /// Those of the async form. Blocking calls inside the closure are `Invalid`.
    pub fn edit(&self, id: &Id, change: impl FnOnce(&mut T) + Send + 'static) -> Result<Option<T>, Error> {
        self.driver.wait(self.table.edit(id, |row| in_work(|| change(row))))
    }

    /// Replaces a row that is there; see [`Table::update`](crate::Table::update).
    ///
    /// # Errors
    /// Those of the async form.
    pub fn update(&self, row: &T) -> Result<(), Error>
    where
        T: Clone,
    {
        self.driver.wait(self.table.update(row))
    }

    /// Inserts or replaces a row; see [`Table::upsert`](crate::Table::upsert).
    ///
    /// # Errors
    /// Those of the async form.
    pub fn upsert(&self, row: T) -> Result<T, Error> {
        self.driver.wait(self.table.upsert(row))
    }

    /// Deletes a row; see [`Table::delete`](crate::Table::delete).
    ///
    /// # Errors
    /// Those of the async form.
    pub fn delete(&self, id: &Id) -> Result<(), Error> {
        self.driver.wait(self.table.delete(id))
    }

    /// Reads a row; see [`Table::get`](crate::Table::get).
    ///
    /// # Errors
    /// Those of the async form.
    pub fn get(&self, id: &Id) -> Result<Option<T>, Error> {
        self.driver.wait(self.table.get(id))
    }

    /// Reads the rows that a query selects; see [`Table::list`](crate::Table::list).
    ///
    /// # Errors
    /// Those of the async form.
    pub fn list<R: ColumnSubset<T>>(&self, query: &Query<T, R>) -> Result<Vec<R>, Error> {
        self.driver.wait(self.table.list(query))
    }

    /// Counts the rows that a query selects; see [`Table::count`](crate::Table::count).
    ///
    /// # Errors
    /// Those of the async form.
    pub fn count<R>(&self, query: &Query<T, R>) -> Result<u64, Error> {
        self.driver.wait(self.table.count(query))
    }

    /// Reads one page of the rows that a query selects, and how many there are in all; see
    /// [`Table::page`](crate::Table::page).
    ///
    /// # Errors
    /// Those of the async form.
    pub fn page<R: ColumnSubset<T>>(&self, query: &Query<T, R>) -> Result<Page<R>, Error> {
        self.driver.wait(self.table.page(query))
    }

    /// Watches the result of a query; see [`Table::watch`](crate::Table::watch).
    pub fn watch<R: ColumnSubset<T> + Sync>(&self, query: &Query<T, R>) -> Watch<R> {
        Watch::new(self.table.watch(query), &self.driver)
    }

    /// Sends the table's pending operations; see [`Table::push`](crate::Table::push).
    ///
    /// # Errors
    /// Those of the async form.
    pub fn push(&self) -> Result<PushReport, Error> {
        self.driver.wait(self.table.push())
    }

    /// Brings what changed on the server; see [`Table::pull`](crate::Table::pull).
    ///
    /// # Errors
    /// Those of the async form.
    pub fn pull(&self, pull: Pull<T>) -> Result<PullReport, Error> {
        self.driver.wait(self.table.pull(pull))
    }

    /// Lists the conflicts of the table; see [`Table::conflicts`](crate::Table::conflicts).
    ///
    /// # Errors
    /// Those of the async form.
    pub fn conflicts(&self) -> Result<Vec<Conflict<T>>, Error> {
        self.driver.wait(self.table.conflicts())
    }

    /// Ends a conflict that was listed; see [`Table::resolve`](crate::Table::resolve).
    ///
    /// # Errors
    /// Those of the async form.
    pub fn resolve(&self, conflict: &Conflict<T>, resolution: Resolution<T>) -> Result<(), Error> {
        self.driver.wait(self.table.resolve(conflict, resolution))
    }

    /// Lists the rows that were set aside; see [`Table::quarantined`](crate::Table::quarantined).
    ///
    /// # Errors
    /// Those of the async form.
    pub fn quarantined(&self) -> Result<Vec<Quarantined>, Error> {
        self.driver.wait(self.table.quarantined())
    }

    /// Reads rows again that were set aside; see [`Table::retry_quarantined`](crate::Table::retry_quarantined).
    ///
    /// # Errors
    /// Those of the async form.
    pub fn retry_quarantined(&self) -> Result<QuarantineReport, Error> {
        self.driver.wait(self.table.retry_quarantined())
    }

    /// Drops local rows; see [`Table::purge`](crate::Table::purge).
    ///
    /// # Errors
    /// Those of the async form.
    pub fn purge(&self, purge: Purge<T>) -> Result<PurgeReport, Error> {
        self.driver.wait(self.table.purge(purge))
    }
}
