//! The rows in one SQLite database that one thread owns.

use std::path::Path;
use std::sync::{Arc, mpsc};
use std::thread;

use rusqlite::Connection;
use tokio::sync::oneshot;

use super::clock::Clock;
use super::write::{Seed, Write};
use super::{ListAnswer, ListQuery, Outcome, StoreError, StoredRow, StoredTable};

mod cells;
mod functions;
mod list;
mod schema;
mod sql;
mod write;

type Job = Box<dyn FnOnce(&mut Connection) + Send>;

/// The thread of the database; it ends with this.
#[derive(Debug)]
pub(super) struct Engine {
    clock: Arc<Clock>,
    /// Invariant: some until the drop, which closes the channel before it waits for the thread.
    jobs: Option<mpsc::Sender<Job>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take().filter(|thread| thread.thread().id() != thread::current().id()) {
            // The thread ends with the channel; it holds nothing that could fail now.
            let _ = thread.join();
        }
    }
}

/// Returns what turns an error of SQLite into one of the store.
fn failed(context: impl Into<String>) -> impl Fn(rusqlite::Error) -> StoreError {
    let context = context.into();
    move |error| StoreError::new(context.clone()).because(error)
}

impl Engine {
    /// Opens a database in memory, gone with the engine.
    pub(super) fn in_memory(tables: &[Arc<StoredTable>], clock: Arc<Clock>) -> Result<Self, StoreError> {
        let connection = Connection::open_in_memory().map_err(failed("cannot open a database in memory"))?;
        Self::start(connection, tables, clock)
    }

    /// Opens a file, which is made when it is not there.
    pub(super) fn file(path: &Path, tables: &[Arc<StoredTable>], clock: Arc<Clock>) -> Result<Self, StoreError> {
        let connection =
            Connection::open(path).map_err(failed(format!("cannot open the database '{}'", path.display())))?;
        Self::start(connection, tables, clock)
    }

    fn start(mut connection: Connection, tables: &[Arc<StoredTable>], clock: Arc<Clock>) -> Result<Self, StoreError> {
        connection.set_prepared_statement_cache_capacity(256);
        functions::register(&connection).map_err(failed("cannot register functions"))?;
        schema::prepare(&mut connection, tables)?;
        let (jobs, queue) = mpsc::channel::<Job>();
        let thread = thread::Builder::new()
            .name("synctable-server-store".to_owned())
            .spawn(move || {
                while let Ok(job) = queue.recv() {
                    job(&mut connection);
                }
            })
            .map_err(|error| StoreError::new("cannot start the thread of the store").because(error))?;
        Ok(Self { clock, jobs: Some(jobs), thread: Some(thread) })
    }

    pub(super) async fn list(&self, table: &Arc<StoredTable>, query: ListQuery) -> Result<ListAnswer, StoreError> {
        let table = Arc::clone(table);
        self.run(move |connection| list::list(connection, &table, &query)).await
    }

    pub(super) async fn row(&self, table: &Arc<StoredTable>, id: String) -> Result<Option<StoredRow>, StoreError> {
        let table = Arc::clone(table);
        self.run(move |connection| {
            write::read_row(connection, &table, &id).map_err(failed(format!("cannot read table '{}'", table.name())))
        })
        .await
    }

    pub(super) async fn write(&self, write: Write) -> Result<Outcome, StoreError> {
        let clock = Arc::clone(&self.clock);
        self.run(move |connection| write::write(connection, &clock, &write)).await
    }

    pub(super) async fn last_stamps(&self) -> Result<Vec<(String, i64)>, StoreError> {
        self.run(|connection| {
            connection
                .prepare_cached("SELECT table_name, last FROM __stamps")
                .and_then(|mut statement| {
                    statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).and_then(Iterator::collect)
                })
                .map_err(failed("cannot read the last stamps"))
        })
        .await
    }

    pub(super) fn list_blocking(&self, table: &Arc<StoredTable>, query: ListQuery) -> Result<ListAnswer, StoreError> {
        let table = Arc::clone(table);
        self.run_blocking(move |connection| list::list(connection, &table, &query))
    }

    pub(super) fn seed(&self, table: &Arc<StoredTable>, seeds: Vec<Seed>) -> Result<(), StoreError> {
        let (table, clock) = (Arc::clone(table), Arc::clone(&self.clock));
        self.run_blocking(move |connection| write::seed(connection, &clock, &table, seeds))
    }

    /// Runs a job on the thread that owns the database.
    async fn run<T: Send + 'static>(
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
        let jobs = self.jobs.as_ref().ok_or_else(|| StoreError::new("the store is closed"))?;
        jobs.send(job).map_err(|_| StoreError::new("the thread of the store has ended"))
    }
}
