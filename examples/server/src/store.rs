//! The rows of the served tables, in one SQLite database that one thread owns.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc;
use std::thread;
use std::time::SystemTime;

use rusqlite::Connection;
use tokio::sync::oneshot;

use crate::TableDefinition;

mod clock;
mod functions;
mod list;
mod schema;
mod sql;
mod write;

pub(crate) use list::{ListAnswer, ListQuery, SortKey, list};
pub(crate) use schema::StoredTable;
pub(crate) use write::{Change, Outcome, StoredRow, View, delete, insert, read, read_cells, update};

/// Where the rows are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Database {
    /// In memory, gone with the last handle of the store.
    Memory,
    /// In a file, which is made when it is not there.
    File(PathBuf),
}

/// Why the store could not be opened or did not answer.
#[derive(Debug)]
pub struct StoreError {
    context: String,
    source: Option<rusqlite::Error>,
}

impl StoreError {
    pub(crate) fn new(context: impl Into<String>) -> Self {
        Self { context: context.into(), source: None }
    }

    pub(crate) fn sqlite(context: impl Into<String>, source: rusqlite::Error) -> Self {
        Self { context: context.into(), source: Some(source) }
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.source {
            Some(source) => write!(f, "{}: {source}", self.context),
            None => f.write_str(&self.context),
        }
    }
}

impl std::error::Error for StoreError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|source| source as _)
    }
}

type Job = Box<dyn FnOnce(&mut Connection) + Send>;

/// A handle of the rows; clones share them, and the last one closes the database.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    clock: Arc<clock::Clock>,
    tables: Vec<Arc<StoredTable>>,
    /// Invariant: some until the drop, which closes the channel before it waits for the thread.
    jobs: Option<mpsc::Sender<Job>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.inner.tables.iter().map(|table| table.name()).collect();
        f.debug_struct("Store").field("tables", &names).finish_non_exhaustive()
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take().filter(|thread| thread.thread().id() != thread::current().id()) {
            // The thread ends with the channel; it holds nothing that could fail now.
            let _ = thread.join();
        }
    }
}

impl Store {
    /// Opens the database and makes the tables and columns that are not there yet.
    ///
    /// # Errors
    /// When a definition cannot be served, when the file cannot be opened, and when a column is there with another type.
    pub fn open(database: &Database, tables: &[TableDefinition]) -> Result<Self, StoreError> {
        let mut connection = match database {
            Database::Memory => Connection::open_in_memory()
                .map_err(|error| StoreError::sqlite("cannot open a database in memory", error))?,
            Database::File(path) => Connection::open(path)
                .map_err(|error| StoreError::sqlite(format!("cannot open the database '{}'", path.display()), error))?,
        };
        connection.set_prepared_statement_cache_capacity(256);
        functions::register(&connection).map_err(|error| StoreError::sqlite("cannot register functions", error))?;
        let clock = Arc::new(clock::Clock::new());
        let tables = schema::prepare(&mut connection, tables, &clock)?;
        let (jobs, queue) = mpsc::channel::<Job>();
        let thread = thread::Builder::new()
            .name("synctable-server-store".to_owned())
            .spawn(move || {
                while let Ok(job) = queue.recv() {
                    job(&mut connection);
                }
            })
            .map_err(|error| StoreError::new(format!("cannot start the thread of the store: {error}")))?;
        Ok(Self { inner: Arc::new(Inner { tables, clock, jobs: Some(jobs), thread: Some(thread) }) })
    }

    /// Finds a table by its name in any case.
    pub(crate) fn table(&self, name: &str) -> Option<Arc<StoredTable>> {
        self.inner.tables.iter().find(|table| table.name().eq_ignore_ascii_case(name)).cloned()
    }

    /// Runs a job on the thread that owns the database.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (reply, answer) = oneshot::channel();
        self.send(Box::new(move |connection| {
            // Nobody waits any more when the request was dropped; the write stands all the same.
            let _ = reply.send(job(connection));
        }))?;
        answer.await.map_err(|_| StoreError::new("the thread of the store has ended"))?
    }

    /// Runs a job and blocks the calling thread until it is done.
    fn run_blocking<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (reply, answer) = mpsc::channel();
        self.send(Box::new(move |connection| {
            let _ = reply.send(job(connection));
        }))?;
        answer.recv().map_err(|_| StoreError::new("the thread of the store has ended"))?
    }

    fn send(&self, job: Job) -> Result<(), StoreError> {
        let jobs = self.inner.jobs.as_ref().ok_or_else(|| StoreError::new("the store is closed"))?;
        jobs.send(job).map_err(|_| StoreError::new("the thread of the store has ended"))
    }

    fn named(&self, table: &str) -> Result<Arc<StoredTable>, StoreError> {
        self.table(table).ok_or_else(|| StoreError::new(format!("the server has no table '{table}'")))
    }

    /// Returns all rows of a table in the order of their ids, tombstones included, with the members that the Toolkit dialect shows.
    ///
    /// Blocks the calling thread for the time of the query.
    ///
    /// # Errors
    /// When there is no such table, or the database fails.
    pub fn rows(&self, table: &str) -> Result<Vec<serde_json::Value>, StoreError> {
        let table = self.named(table)?;
        let json = self.run_blocking(move |connection| list::all_rows(connection, &table))?;
        serde_json::from_str(&json).map_err(|error| StoreError::new(format!("the rows are not JSON: {error}")))
    }

    /// Holds the clock of stamps at an instant: writes that follow are stamped 100 ns apart, 10 000 of them in a millisecond.
    ///
    /// A stamp is still larger than all before it in its table, so an instant in the past changes nothing.
    pub fn hold_clock(&self, at: SystemTime) {
        self.inner.clock.hold(at);
    }

    /// Lets the clock of stamps run with that of the machine again.
    pub fn release_clock(&self) {
        self.inner.clock.release();
    }

    /// Returns one row, a tombstone too.
    ///
    /// Blocks the calling thread for the time of the query.
    ///
    /// # Errors
    /// When there is no such table, or the database fails.
    pub fn row(&self, table: &str, id: &str) -> Result<Option<serde_json::Value>, StoreError> {
        Ok(self.rows(table)?.into_iter().find(|row| row["id"] == id))
    }

    /// Inserts or replaces rows as another device would, all in one transaction, in order; system members other than `id` and `deleted` are
    /// set by the server.
    ///
    /// Blocks the calling thread for the time of the transaction.
    ///
    /// # Errors
    /// When there is no such table, a row does not fit it, or the database fails; then no row is written.
    pub fn seed(&self, table: &str, rows: &[serde_json::Value]) -> Result<(), StoreError> {
        let table = self.named(table)?;
        let bodies: Vec<String> = rows.iter().map(ToString::to_string).collect();
        self.run_blocking(move |connection| write::seed(connection, &table, &bodies))
    }
}
