//! The rows in one SQLite database: one thread writes, some read.

use std::path::Path;
use std::sync::Arc;

use rusqlite::Connection;

use super::clock::Clock;
use super::write::{Seed, Write};
use super::{ListAnswer, ListQuery, Outcome, StoreError, StoredRow, StoredTable};

mod cells;
mod functions;
mod list;
mod readers;
mod replies;
mod schema;
mod sql;
mod write;
mod writer;

use readers::Readers;
use writer::Writer;

/// The threads of the database; they end with this.
#[derive(Debug)]
pub(super) struct Engine {
    clock: Arc<Clock>,
    /// None where only the connection that writes sees the rows: in memory. Before the writer: the last
    /// connection to end tidies the file up.
    readers: Option<Readers>,
    writer: Writer,
}

/// Returns what turns an error of SQLite into one of the store.
fn failed(context: impl Into<String>) -> impl Fn(rusqlite::Error) -> StoreError {
    let context = context.into();
    move |error| StoreError::new(context.clone()).because(error)
}

impl Engine {
    /// Opens a database in memory, gone with the engine.
    pub(super) fn in_memory(tables: &[Arc<StoredTable>], clock: Arc<Clock>) -> Result<Self, StoreError> {
        let mut connection = Connection::open_in_memory().map_err(failed("cannot open a database in memory"))?;
        prepare(&mut connection, tables)?;
        let writer = Writer::start(connection, Arc::clone(&clock))?;
        Ok(Self { clock, readers: None, writer })
    }

    /// Opens a file, which is made when it is not there.
    pub(super) fn file(path: &Path, tables: &[Arc<StoredTable>], clock: Arc<Clock>) -> Result<Self, StoreError> {
        let mut connection =
            Connection::open(path).map_err(failed(format!("cannot open the database '{}'", path.display())))?;
        prepare(&mut connection, tables)?;
        let readers = Some(Readers::open(path)?);
        let writer = Writer::start(connection, Arc::clone(&clock))?;
        Ok(Self { clock, readers, writer })
    }

    pub(super) async fn list(&self, table: &Arc<StoredTable>, query: ListQuery) -> Result<ListAnswer, StoreError> {
        let table = Arc::clone(table);
        self.read(move |connection| list::list(connection, &table, &query)).await
    }

    pub(super) async fn row(&self, table: &Arc<StoredTable>, id: String) -> Result<Option<StoredRow>, StoreError> {
        let table = Arc::clone(table);
        let job = move |connection: &mut Connection| {
            write::read_row(connection, &table, &id).map_err(failed(format!("cannot read table '{}'", table.name())))
        };
        match &self.readers {
            Some(readers) => readers.run_short(job).await,
            None => self.writer.run(job).await,
        }
    }

    pub(super) async fn write(&self, write: Write) -> Result<Outcome, StoreError> {
        self.writer.write(write).await
    }

    pub(super) async fn last_stamps(&self) -> Result<Vec<(String, i64)>, StoreError> {
        self.read(|connection| {
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
        self.writer.run_blocking(move |connection| list::list(connection, &table, &query))
    }

    pub(super) fn seed(&self, table: &Arc<StoredTable>, seeds: Vec<Seed>) -> Result<(), StoreError> {
        let (table, clock) = (Arc::clone(table), Arc::clone(&self.clock));
        self.writer.run_blocking(move |connection| write::seed(connection, &clock, &table, seeds))
    }

    /// Runs a job that only reads what is committed.
    async fn read<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        match &self.readers {
            Some(readers) => readers.run(job).await,
            None => self.writer.run(job).await,
        }
    }
}

fn prepare(connection: &mut Connection, tables: &[Arc<StoredTable>]) -> Result<(), StoreError> {
    connection.set_prepared_statement_cache_capacity(256);
    functions::register(connection).map_err(failed("cannot register functions"))?;
    schema::prepare(connection, tables)
}
