//! The blocking form of the context.

use std::path::Path;
use std::sync::Arc;

use super::driver::{Driver, in_work};
use super::{Changes, Events, PendingWatch, RemoteTable, Table, Watch};
use crate::auto::AutoSyncBuilder;
use crate::context::{SyncContextBuilder, SyncReport, Transaction};
use crate::error::Error;
use crate::event::Counters;
use crate::pull::QuarantineReport;
use crate::push::{Push, PushReport};
use crate::queue::Operation;
use crate::sql::{FromSqlRow, SqlQuery, SqlRow};
use crate::store::system::Quarantined;
use crate::table::{SyncTable, TableSchema};
use crate::value::Timestamp;
use crate::wire::{ApiRequest, ApiResponse, Dialect};

/// The blocking form of [`SyncContext`](crate::SyncContext); cheap to clone.
///
/// ```
/// # use synctable::{Id, MemoryStore, SyncTable};
/// # #[derive(Debug, Clone, Default, SyncTable)]
/// # pub struct TodoItem { pub id: Id, pub title: String }
/// # fn main() -> Result<(), synctable::Error> {
/// use synctable::Status;
/// use synctable::blocking::SyncContext;
///
/// let ctx = SyncContext::builder("http://127.0.0.1:9").store(MemoryStore::new()).table::<TodoItem>().open_blocking()?;
/// ctx.transaction(|tx| {
///     tx.insert(TodoItem { title: "Milk".into(), ..Default::default() })?;
///     tx.insert(TodoItem { title: "Bread".into(), ..Default::default() })
/// })?;
/// assert_eq!(ctx.push()?.status(), Status::Offline);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct SyncContext {
    // Dropped first: what the context ends may still want the background.
    context: crate::SyncContext,
    driver: Arc<Driver>,
}

impl SyncContextBuilder {
    /// Opens the context as its blocking form, with a background thread of its own.
    ///
    /// # Errors
    /// As [`open`](Self::open), and `Store`: the thread cannot be started.
    pub fn open_blocking(self) -> Result<SyncContext, Error> {
        let driver = Driver::start()?;
        Ok(SyncContext { context: driver.wait(self.open())?, driver })
    }
}

impl crate::SyncContext {
    /// The blocking form of this context, with a background thread of its own.
    ///
    /// # Errors
    /// `Store`: the thread cannot be started.
    pub fn blocking(&self) -> Result<SyncContext, Error> {
        Ok(SyncContext { context: self.clone(), driver: Driver::start()? })
    }
}

impl SyncContext {
    /// Begins to describe a context; see [`SyncContext::builder`](crate::SyncContext::builder). End it by
    /// [`open_blocking`](SyncContextBuilder::open_blocking).
    pub fn builder(endpoint: &str) -> SyncContextBuilder {
        crate::SyncContext::builder(endpoint)
    }

    /// The async form of this context.
    #[must_use]
    pub fn as_async(&self) -> &crate::SyncContext {
        &self.context
    }

    /// Gives the local handle of a table; see [`SyncContext::table`](crate::SyncContext::table).
    #[must_use]
    pub fn table<T: SyncTable>(&self) -> Table<T> {
        Table::new(self.context.table(), Arc::clone(&self.driver))
    }

    /// Gives the online handle of a table; see [`SyncContext::remote`](crate::SyncContext::remote).
    #[must_use]
    pub fn remote<T: SyncTable>(&self) -> RemoteTable<T> {
        RemoteTable::new(self.context.remote(), Arc::clone(&self.driver))
    }

    /// Sends the pending operations to the server; see [`SyncContext::push`](crate::SyncContext::push).
    ///
    /// # Errors
    /// Those of the async form.
    pub fn push(&self) -> Result<PushReport, Error> {
        self.driver.wait(self.context.push())
    }

    /// Sends some of the pending operations; see [`SyncContext::push_with`](crate::SyncContext::push_with).
    ///
    /// # Errors
    /// Those of the async form.
    pub fn push_with(&self, push: Push) -> Result<PushReport, Error> {
        self.driver.wait(self.context.push_with(push))
    }

    /// Pushes, then pulls what was registered; see [`SyncContext::sync`](crate::SyncContext::sync).
    ///
    /// # Errors
    /// Those of the async form.
    pub fn sync(&self) -> Result<SyncReport, Error> {
        self.driver.wait(self.context.sync())
    }

    /// Pulls what was registered; see [`SyncContext::pull_all`](crate::SyncContext::pull_all).
    ///
    /// # Errors
    /// Those of the async form.
    pub fn pull_all(&self) -> Result<SyncReport, Error> {
        self.driver.wait(self.context.pull_all())
    }

    /// Sends a request to another endpoint of the server; see [`SyncContext::send`](crate::SyncContext::send).
    ///
    /// # Errors
    /// Those of the async form.
    pub fn send(&self, request: ApiRequest) -> Result<ApiResponse, Error> {
        self.driver.wait(self.context.send(request))
    }

    /// Forgets the token; see [`SyncContext::forget_token`](crate::SyncContext::forget_token).
    pub fn forget_token(&self) {
        self.context.forget_token();
    }

    /// When the server may be asked again; see [`SyncContext::next_attempt`](crate::SyncContext::next_attempt).
    #[must_use]
    pub fn next_attempt(&self) -> Option<Timestamp> {
        self.context.next_attempt()
    }

    /// Forgets that requests have failed; see [`SyncContext::close_circuit`](crate::SyncContext::close_circuit).
    pub fn close_circuit(&self) {
        self.context.close_circuit();
    }

    /// Lists the pending operations; see [`SyncContext::pending`](crate::SyncContext::pending).
    ///
    /// # Errors
    /// Those of the async form.
    pub fn pending(&self) -> Result<Vec<Operation>, Error> {
        self.driver.wait(self.context.pending())
    }

    /// Counts the pending operations; see [`SyncContext::pending_count`](crate::SyncContext::pending_count).
    ///
    /// # Errors
    /// Those of the async form.
    pub fn pending_count(&self) -> Result<u64, Error> {
        self.driver.wait(self.context.pending_count())
    }

    /// Lists the operations that are in conflict; see [`SyncContext::conflicts`](crate::SyncContext::conflicts).
    ///
    /// # Errors
    /// Those of the async form.
    pub fn conflicts(&self) -> Result<Vec<Operation>, Error> {
        self.driver.wait(self.context.conflicts())
    }

    /// Makes a failed operation ready for the next push; see [`SyncContext::retry`](crate::SyncContext::retry).
    ///
    /// # Errors
    /// Those of the async form.
    pub fn retry(&self, operation: &Operation) -> Result<(), Error> {
        self.driver.wait(self.context.retry(operation))
    }

    /// Drops an operation; see [`SyncContext::discard`](crate::SyncContext::discard).
    ///
    /// # Errors
    /// Those of the async form.
    pub fn discard(&self, operation: &Operation) -> Result<(), Error> {
        self.driver.wait(self.context.discard(operation))
    }

    /// Removes everything that the store keeps; see [`SyncContext::wipe`](crate::SyncContext::wipe).
    ///
    /// # Errors
    /// Those of the async form.
    pub fn wipe(&self) -> Result<(), Error> {
        self.driver.wait(self.context.wipe())
    }

    /// Copies the store into a new file; see [`SyncContext::backup`](crate::SyncContext::backup).
    ///
    /// # Errors
    /// Those of the async form.
    pub fn backup(&self, path: impl AsRef<Path>) -> Result<(), Error> {
        self.driver.wait(self.context.backup(path))
    }

    /// Runs several local reads and writes in one transaction; see
    /// [`SyncContext::transaction`](crate::SyncContext::transaction).
    ///
    /// # Errors
    /// Those of the async form. Blocking calls inside the closure are `Invalid`.
    pub fn transaction<R: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Transaction<'_>) -> Result<R, Error> + Send + 'static,
    ) -> Result<R, Error> {
        self.driver.wait(self.context.transaction(|tx| in_work(|| work(tx))))
    }

    /// Tells what commits change; see [`SyncContext::changes`](crate::SyncContext::changes).
    pub fn changes(&self) -> Changes {
        Changes::new(self.context.changes(), &self.driver)
    }

    /// Tells what pushes, pulls and syncs do; see [`SyncContext::events`](crate::SyncContext::events).
    pub fn events(&self) -> Events {
        Events::new(self.context.events(), &self.driver)
    }

    /// What was done since the context was opened; see
    /// [`SyncContext::counters`](crate::SyncContext::counters).
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.context.counters()
    }

    /// Begins to describe a background task that keeps the store in sync, finished by
    /// [`start_blocking`](AutoSyncBuilder::start_blocking); see
    /// [`SyncContext::auto_sync`](crate::SyncContext::auto_sync).
    pub fn auto_sync(&self) -> AutoSyncBuilder {
        self.context.auto_sync()
    }

    /// Watches the number of pending operations; see
    /// [`SyncContext::watch_pending`](crate::SyncContext::watch_pending).
    pub fn watch_pending(&self) -> PendingWatch {
        PendingWatch::new(self.context.watch_pending(), &self.driver)
    }

    /// Watches a read in SQL over a list of tables; see
    /// [`SyncContext::watch_sql`](crate::SyncContext::watch_sql).
    pub fn watch_sql<R: FromSqlRow + Sync>(
        &self,
        query: &SqlQuery,
        tables: impl IntoIterator<Item = &'static TableSchema>,
    ) -> Watch<R> {
        Watch::new(self.context.watch_sql(query, tables), &self.driver)
    }

    /// Lists the rows that a pull set aside; see [`SyncContext::quarantined`](crate::SyncContext::quarantined).
    ///
    /// # Errors
    /// Those of the async form.
    pub fn quarantined(&self) -> Result<Vec<Quarantined>, Error> {
        self.driver.wait(self.context.quarantined())
    }

    /// Reads rows again that were set aside; see
    /// [`SyncContext::retry_quarantined`](crate::SyncContext::retry_quarantined).
    ///
    /// # Errors
    /// Those of the async form.
    pub fn retry_quarantined(&self) -> Result<QuarantineReport, Error> {
        self.driver.wait(self.context.retry_quarantined())
    }

    /// The server generation, once it is known.
    #[must_use]
    pub fn dialect(&self) -> Option<Dialect> {
        self.context.dialect()
    }

    /// Runs a read in SQL; see [`SyncContext::sql_rows`](crate::SyncContext::sql_rows).
    ///
    /// # Errors
    /// Those of the async form.
    pub fn sql_rows<R: FromSqlRow>(&self, query: &SqlQuery) -> Result<Vec<R>, Error> {
        self.driver.wait(self.context.sql_rows(query))
    }

    /// Runs a read in SQL and reads its rows by a closure; see
    /// [`SyncContext::sql_rows_with`](crate::SyncContext::sql_rows_with).
    ///
    /// # Errors
    /// Those of the async form. Blocking calls inside the closure are `Invalid`.
    pub fn sql_rows_with<R: Send + 'static>(
        &self,
        query: &SqlQuery,
        mut read: impl FnMut(SqlRow<'_>) -> Result<R, Error> + Send + 'static,
    ) -> Result<Vec<R>, Error> {
        self.driver.wait(self.context.sql_rows_with(query, move |row| in_work(|| read(row))))
    }
}
