//! The rows of the served tables, whatever database holds them.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::TableDefinition;

mod batch;
#[cfg(test)]
mod cases;
mod clock;
mod error;
#[cfg(test)]
mod hidden;
mod list;
mod postgres;
mod reply;
mod row;
mod select;
mod sqlite;
mod table;
mod write;

pub use error::StoreError;
pub(crate) use list::{ListAnswer, ListQuery, SortKey};
#[doc(hidden)]
pub use postgres::{Hold, PostgresOptions, Stamps};
pub(crate) use reply::{Kept, KeyState, Keyed, Note};
pub(crate) use row::{Cell, CellRef, StoredRow};
pub(crate) use table::StoredTable;
pub(crate) use write::{Change, Outcome, Patch, Read, Refusal, SystemMembers, View, Write, WriteKind, read_cells};

/// How long the database may take to show that it answers.
const READY_BOUND: Duration = Duration::from_secs(2);

/// Where the rows are kept.
#[derive(Clone, PartialEq, Eq)]
pub enum Database {
    /// In memory, gone with the last handle of the store.
    Memory,
    /// In a file, which is made when it is not there.
    File(PathBuf),
    /// In a database of PostgreSQL 14 or later, which any number of servers share, at an address as `postgres://user:password@host/database`
    /// or, over the unix socket in a folder, `postgres:///database?host=/run/postgresql`.
    ///
    /// The connection is not encrypted. The encoding of the database has to be UTF8. The role of the server makes tables, and a schema for
    /// its functions.
    Postgres(String),
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Memory => f.write_str("Memory"),
            Self::File(path) => f.debug_tuple("File").field(path).finish(),
            // The address may have a password.
            Self::Postgres(_) => f.debug_tuple("Postgres").finish_non_exhaustive(),
        }
    }
}

/// A handle of the rows; clones share them, and the last one closes the database.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    clock: Arc<clock::Clock>,
    tables: Vec<Arc<StoredTable>>,
    engine: Engine,
}

enum Engine {
    Sqlite(sqlite::Engine),
    Postgres(postgres::Engine),
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.inner.tables.iter().map(|table| table.name()).collect();
        f.debug_struct("Store").field("tables", &names).finish_non_exhaustive()
    }
}

impl Store {
    /// Opens the database and makes the tables and columns that are not there yet.
    ///
    /// # Errors
    /// When a definition cannot be served, when the database cannot be opened, and when a column is there with another type.
    pub fn open(database: &Database, tables: &[TableDefinition]) -> Result<Self, StoreError> {
        Self::open_with(database, tables, PostgresOptions::default())
    }

    /// Opens the database as [`Store::open`] does, with options of PostgreSQL that are for tests and benches.
    ///
    /// # Errors
    /// As [`Store::open`].
    #[doc(hidden)]
    pub fn open_with(
        database: &Database,
        tables: &[TableDefinition],
        options: PostgresOptions,
    ) -> Result<Self, StoreError> {
        let tables = table::tables(tables)?;
        let clock = Arc::new(clock::Clock::new());
        let engine = match database {
            Database::Memory => Engine::Sqlite(sqlite::Engine::in_memory(&tables, Arc::clone(&clock))?),
            Database::File(path) => Engine::Sqlite(sqlite::Engine::file(path, &tables, Arc::clone(&clock))?),
            Database::Postgres(url) => Engine::Postgres(postgres::Engine::open(url, &tables, &clock, options)?),
        };
        Ok(Self { inner: Arc::new(Inner { clock, tables, engine }) })
    }

    /// Finds a table by its name in any case.
    pub(crate) fn table(&self, name: &str) -> Option<Arc<StoredTable>> {
        self.inner.tables.iter().find(|table| table.name().eq_ignore_ascii_case(name)).cloned()
    }

    /// Returns the tables in the order of their definitions.
    pub(crate) fn tables(&self) -> &[Arc<StoredTable>] {
        &self.inner.tables
    }

    /// Reads a page and its count, which agree.
    pub(crate) async fn list(&self, table: &Arc<StoredTable>, query: ListQuery) -> Result<ListAnswer, StoreError> {
        match &self.inner.engine {
            Engine::Sqlite(engine) => engine.list(table, query).await,
            Engine::Postgres(engine) => engine.list(table, query).await,
        }
    }

    /// Reads one row.
    pub(crate) async fn read(&self, table: &Arc<StoredTable>, read: Read) -> Result<Outcome, StoreError> {
        let found = match &self.inner.engine {
            Engine::Sqlite(engine) => engine.row(table, read.id.clone()).await?,
            Engine::Postgres(engine) => engine.row(table, read.id.clone()).await?,
        };
        Ok(read.decide(table, found))
    }

    /// Writes one row; what was written is kept, whatever happens to the process, once this returns.
    ///
    /// Dropping the future does not stop the write.
    pub(crate) async fn write(&self, write: Write) -> Result<Outcome, StoreError> {
        match &self.inner.engine {
            Engine::Sqlite(engine) => engine.write(write).await,
            Engine::Postgres(engine) => engine.write(write).await,
        }
    }

    /// Returns the last stamp that was given in each table.
    pub(crate) async fn last_stamps(&self) -> Result<Vec<(String, i64)>, StoreError> {
        match &self.inner.engine {
            Engine::Sqlite(engine) => engine.last_stamps().await,
            Engine::Postgres(engine) => engine.last_stamps().await,
        }
    }

    /// Asks the database for an answer.
    ///
    /// # Errors
    /// When it fails, or takes more than two seconds.
    ///
    /// # Cancellation
    /// Nothing is changed.
    pub async fn ready(&self) -> Result<(), StoreError> {
        let asked = async {
            match &self.inner.engine {
                Engine::Sqlite(engine) => engine.last_stamps().await.map(drop),
                Engine::Postgres(engine) => engine.last_stamps().await.map(drop),
            }
        };
        let late = |_| StoreError::unavailable("the database does not answer within two seconds");
        tokio::time::timeout(READY_BOUND, asked).await.map_err(late)?
    }

    fn named(&self, table: &str) -> Result<Arc<StoredTable>, StoreError> {
        self.table(table).ok_or_else(|| StoreError::new(format!("the server has no table '{table}'")))
    }

    /// Reads a page and blocks the calling thread until it is there.
    fn list_blocking(&self, table: &Arc<StoredTable>, query: ListQuery) -> Result<ListAnswer, StoreError> {
        match &self.inner.engine {
            Engine::Sqlite(engine) => engine.list_blocking(table, query),
            Engine::Postgres(engine) => engine.list_blocking(table, query),
        }
    }

    /// Returns all rows of a table in the order of their ids, tombstones included, with the members that the Toolkit dialect shows.
    ///
    /// Blocks the calling thread for the time of the query.
    ///
    /// # Errors
    /// When there is no such table, or the database fails.
    pub fn rows(&self, table: &str) -> Result<Vec<serde_json::Value>, StoreError> {
        let table = self.named(table)?;
        let page = self.list_blocking(&table, ListQuery::all(&table))?;
        serde_json::from_str(&page.items).map_err(|error| StoreError::new("the rows are not JSON").because(error))
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
        let seeds = rows.iter().map(|row| write::Seed::read(&table, row)).collect::<Result<_, _>>()?;
        match &self.inner.engine {
            Engine::Sqlite(engine) => engine.seed(&table, seeds),
            Engine::Postgres(engine) => engine.seed(&table, seeds),
        }
    }
}
