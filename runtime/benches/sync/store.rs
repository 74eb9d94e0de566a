//! The floors' SQLite file: its pragmas and tables, and the statements that are driven by the list of columns.

use std::path::Path;

use rusqlite::{Connection, Statement};

use crate::Result;
use crate::rows::COLUMNS;

/// What a connection of a floor is set to; every one is in WAL mode.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pragmas {
    /// `PRAGMA synchronous`.
    pub(crate) synchronous: Synchronous,
    /// `PRAGMA cache_size` in KiB.
    pub(crate) cache_kib: u32,
    /// `PRAGMA wal_autocheckpoint`.
    pub(crate) checkpoint_pages: u32,
}

/// When SQLite waits for the disk: at every commit, or at a checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Synchronous {
    Full,
    Normal,
}

impl Pragmas {
    /// SQLite's own cache and checkpoint, NORMAL.
    pub(crate) const NORMAL: Pragmas =
        Pragmas { synchronous: Synchronous::Normal, cache_kib: 2_000, checkpoint_pages: 1_000 };
    /// SQLite's own cache and checkpoint, FULL.
    pub(crate) const FULL: Pragmas = Pragmas { synchronous: Synchronous::Full, ..Pragmas::NORMAL };
    /// A grouped pull: 8 MB of cache, and a checkpoint at about 64 MB of log.
    pub(crate) const PULL: Pragmas = Pragmas { cache_kib: 8_000, checkpoint_pages: 16_000, ..Pragmas::NORMAL };
}

/// Opens a file that holds the measured table, the queue of operations and the delta tokens.
pub(crate) fn open(path: &Path, pragmas: Pragmas) -> Result<Connection> {
    let connection = Connection::open(path)?;
    let synchronous = match pragmas.synchronous {
        Synchronous::Full => "FULL",
        Synchronous::Normal => "NORMAL",
    };
    connection.execute_batch(&format!(
        "PRAGMA journal_mode = WAL;
         PRAGMA synchronous = {synchronous};
         PRAGMA cache_size = -{};
         PRAGMA wal_autocheckpoint = {};
         CREATE TABLE IF NOT EXISTS items (
             id TEXT PRIMARY KEY NOT NULL, title TEXT NOT NULL, complete INTEGER NOT NULL, priority INTEGER NOT NULL,
             dueAt TEXT NOT NULL, updatedAt TEXT NOT NULL, version TEXT NOT NULL) STRICT;
         CREATE TABLE IF NOT EXISTS operations (
             sequence INTEGER PRIMARY KEY, tbl TEXT NOT NULL, item TEXT NOT NULL, kind INTEGER NOT NULL,
             payload TEXT) STRICT;
         CREATE UNIQUE INDEX IF NOT EXISTS operations_item ON operations (tbl, item);
         CREATE TABLE IF NOT EXISTS tokens (name TEXT PRIMARY KEY NOT NULL, token TEXT NOT NULL) STRICT;",
        pragmas.cache_kib, pragmas.checkpoint_pages
    ))?;
    Ok(connection)
}

/// Fails unless the table holds `rows` rows: a floor that did less than its work has no figure.
pub(crate) fn check_count(path: &Path, table: &str, rows: u64) -> Result<()> {
    let count = format!("SELECT count(*) FROM {table}");
    let held: i64 = Connection::open(path)?.query_row(&count, [], |row| row.get(0))?;
    if u64::try_from(held)? != rows {
        return Err(format!("{table} holds {held} rows, expected {rows}").into());
    }
    Ok(())
}

/// `INSERT` of every column.
pub(crate) fn insert_sql() -> String {
    let places: Vec<_> = (1..=COLUMNS.len()).map(|place| format!("?{place}")).collect();
    format!("INSERT INTO items ({}) VALUES ({})", COLUMNS.join(", "), places.join(", "))
}

/// `INSERT` of every column that overwrites the row of the same id.
pub(crate) fn upsert_sql() -> String {
    let sets: Vec<_> = COLUMNS[1..].iter().map(|column| format!("{column} = excluded.{column}")).collect();
    format!("{} ON CONFLICT (id) DO UPDATE SET {}", insert_sql(), sets.join(", "))
}

/// Transactions around statements that were prepared on the same connection before. A failed one stays open: its
/// bench ends and closes the file.
pub(crate) struct Transactions<'c> {
    begin: Statement<'c>,
    commit: Statement<'c>,
}

impl<'c> Transactions<'c> {
    pub(crate) fn on(connection: &'c Connection) -> Result<Transactions<'c>> {
        Ok(Transactions { begin: connection.prepare("BEGIN IMMEDIATE")?, commit: connection.prepare("COMMIT")? })
    }

    /// Begins, works, commits.
    pub(crate) fn run<R>(&mut self, work: impl FnOnce() -> Result<R>) -> Result<R> {
        self.begin.execute([])?;
        let done = work()?;
        self.commit.execute([])?;
        Ok(done)
    }
}
