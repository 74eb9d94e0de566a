//! The seam between sync and storage: what a local store does, said without SQL.

pub(crate) mod changes;
#[cfg(feature = "sqlite")]
mod codec;
#[cfg(feature = "sqlite")]
pub(crate) mod ddl;
#[cfg(feature = "sqlite")]
mod definition;
mod deleted;
pub mod entry;
#[cfg(feature = "sqlite")]
pub mod inspect;
mod memory;
#[cfg(feature = "sqlite")]
mod migration;
#[cfg(feature = "sqlite")]
mod sqlite;
#[cfg(test)]
mod suite;
pub mod system;

use std::collections::HashSet;
use std::fmt;
use std::future::Future;
use std::path::Path;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use crate::error::{Error, ErrorKind};
use crate::query::Selection;
use crate::query::predicate::Tree;
use crate::row::{Row, RowBatch};
use crate::sql::SqlQuery;
use crate::table::TableSchema;
use crate::value::{Timestamp, Version};
use entry::{Entry, Sequence};
use system::{DeltaToken, Grave, Quarantined, Settled};

pub use crate::sql::{SqlOutput, SqlStop};
pub use changes::{ChangeFeed, ChangeKind, ChangeLog, ChangeMark, ChangeSource, RowChange};
#[cfg(feature = "sqlite")]
pub use ddl::schema_text;
pub use memory::MemoryStore;
#[cfg(feature = "sqlite")]
pub use migration::{Change, MigrationPlan, MigrationStep, RefusedChange, migration_plan};
#[cfg(all(test, feature = "sqlite"))]
pub(crate) use sqlite::register_functions;
#[cfg(feature = "sqlite")]
pub use sqlite::{SqliteStore, Synchronous};

/// A future as trait methods return it.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Work done inside one transaction of the writer.
pub type WriteWork = Box<dyn FnOnce(&mut dyn StoreWrite) -> Result<(), Error> + Send>;

/// Work done on one snapshot.
pub type ReadWork = Box<dyn FnOnce(&mut dyn StoreRead) -> Result<(), Error> + Send>;

/// What a commit survives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// Loss of power: the commit is on the disk before it is acknowledged.
    Power,
    /// The end of the process only. For what the server can give again.
    Process,
}

/// A place where tables, the queue and the delta tokens live together.
///
/// All of it changes in one transaction or not at all. Writers are served one after the other, in
/// the order of the calls; readers see the last commit.
pub trait LocalStore: fmt::Debug + Send + Sync + 'static {
    /// Creates what is missing for these tables and migrates what is there.
    ///
    /// A table that got a column is marked for refetching in the same transaction. What was queued
    /// stays queued.
    ///
    /// # Errors
    /// `Schema`: the file is not ours, is newer, lacks or has other columns than can be migrated.
    /// `Store`: it cannot be read or written.
    fn open(&self, tables: &[&'static TableSchema]) -> BoxFuture<'_, Result<(), Error>>;

    /// Runs work in one transaction and commits; an error or a panic of the work rolls all of it back.
    ///
    /// Work that was accepted is done even if the future is dropped. What it changed is told to
    /// [`changes`](Self::changes) after the commit, as written by this source.
    ///
    /// # Errors
    /// The work's own error; `Store` if the commit fails; `App` if the work panicked.
    fn write(&self, durability: Durability, source: ChangeSource, work: WriteWork) -> BoxFuture<'_, Result<(), Error>>;

    /// Runs work on the last commit.
    ///
    /// # Errors
    /// The work's own error; `Store` if the snapshot cannot be read.
    fn read(&self, work: ReadWork) -> BoxFuture<'_, Result<(), Error>>;

    /// Proves, until the guard is dropped, that no other process pushes from this store.
    ///
    /// `None` if the store cannot tell or another process does; a push then waits for the lease
    /// of the other to expire.
    fn sole_pusher(&self) -> Option<Box<dyn fmt::Debug + Send + Sync>>;

    /// The feed that the store tells its changes to: each commit that changed a row or an entry,
    /// with the rows and no others, and nothing of what was rolled back.
    fn changes(&self) -> &ChangeFeed;

    /// Whether every write is refused.
    fn is_read_only(&self) -> bool {
        false
    }

    /// Removes all rows, local ones too, of tables that were not opened too, entries, tokens, and what
    /// is noted of server and user, so that nothing is left of it where the store lives. The tables
    /// stay, and no sequence number is given again. The caller sees to it that nobody pushes or pulls.
    ///
    /// # Errors
    /// `Unsupported`: the store cannot. `Store`: nothing was removed. `Busy`: all is removed, but others
    /// still keep something of it where the store lives.
    fn wipe(&self) -> BoxFuture<'_, Result<(), Error>> {
        let message = "this store cannot be wiped: end the context and remove what it keeps";
        Box::pin(std::future::ready(Err(Error::new(ErrorKind::Unsupported, message))))
    }

    /// Copies the last commit into a new file, which is complete as soon as it is seen under its name.
    /// Others go on meanwhile.
    ///
    /// # Errors
    /// `Unsupported`: the store has no file form. `Exists`: there is a file of this name. `Store`: the
    /// copy cannot be written.
    fn backup(&self, path: &Path) -> BoxFuture<'_, Result<(), Error>> {
        let message = format!("{}: this store cannot be copied into a file: use the SQLite store", path.display());
        Box::pin(std::future::ready(Err(Error::new(ErrorKind::Unsupported, message))))
    }

    /// Looks whether another connection has changed the stored data, and tells
    /// [`changes`](Self::changes) if so; at the latest when the writer has time. Called now and then
    /// while somebody watches. Does nothing where there are no other connections.
    fn look_for_changes(&self) {}
}

/// Runs typed work in one transaction.
pub(crate) async fn write<R: Send + 'static>(
    store: &dyn LocalStore,
    durability: Durability,
    source: ChangeSource,
    work: impl FnOnce(&mut dyn StoreWrite) -> Result<R, Error> + Send + 'static,
) -> Result<R, Error> {
    let slot = Arc::new(Mutex::new(None));
    let filled = Arc::clone(&slot);
    let work: WriteWork = Box::new(move |tx| {
        let result = work(tx)?;
        *filled.lock().unwrap_or_else(PoisonError::into_inner) = Some(result);
        Ok(())
    });
    store.write(durability, source, work).await?;
    take(&slot)
}

/// Runs typed work on one snapshot.
pub(crate) async fn read<R: Send + 'static>(
    store: &dyn LocalStore,
    work: impl FnOnce(&mut dyn StoreRead) -> Result<R, Error> + Send + 'static,
) -> Result<R, Error> {
    let slot = Arc::new(Mutex::new(None));
    let filled = Arc::clone(&slot);
    let work: ReadWork = Box::new(move |snapshot| {
        let result = work(snapshot)?;
        *filled.lock().unwrap_or_else(PoisonError::into_inner) = Some(result);
        Ok(())
    });
    store.read(work).await?;
    take(&slot)
}

/// The error of work that panicked.
pub(crate) fn panicked(panic: &(dyn std::any::Any + Send)) -> Error {
    let said = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    Error::new(
        ErrorKind::App,
        format!("the work in the store panicked, nothing of it was kept: {}", said.unwrap_or("no message")),
    )
}

/// Refuses two tables of one name; SQLite does not tell upper from lower case.
fn check_names(schemas: &[&'static TableSchema]) -> Result<(), Error> {
    for (index, schema) in schemas.iter().enumerate() {
        if schemas[..index].iter().any(|other| other.name().eq_ignore_ascii_case(schema.name())) {
            let message = "two tables have this name (upper and lower case count as one): rename one of them";
            return Err(Error::new(ErrorKind::Schema, message).in_table(schema.name()));
        }
    }
    Ok(())
}

/// The error of a table that the store was not opened with.
fn unknown_table(name: &str) -> Error {
    Error::new(ErrorKind::Schema, "the store was not opened with this table: register it before opening").in_table(name)
}

/// The error of a row without an id.
fn no_id(table: &str) -> Error {
    Error::new(ErrorKind::Invalid, "a row without an id cannot be stored").in_table(table)
}

/// The instants, in ticks, of the settlements to keep: from `old` on. One from as far in the future
/// was made before the device's clock was set back, and would else be kept for ever.
fn kept(now: Timestamp, old: Timestamp) -> std::ops::RangeInclusive<i64> {
    let (now, old) = (now.ticks(), old.ticks());
    old..=now.saturating_add(now.saturating_sub(old).max(0))
}

fn take<R>(slot: &Mutex<Option<R>>) -> Result<R, Error> {
    let result = slot.lock().unwrap_or_else(PoisonError::into_inner).take();
    result.ok_or_else(|| Error::new(ErrorKind::Store, "the store reported work as done that it has not run"))
}

/// A row as the store keeps it.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredRow {
    /// Columns and the server's members.
    pub row: Row,
    /// The version that this device's own last push replaced.
    pub replaced: Option<Replaced>,
    /// The row's pending entry.
    pub entry: Option<Sequence>,
}

/// The version before this device's own last push.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Replaced {
    /// There was none: the push was the row's insert.
    Unversioned,
    /// This one.
    Version(Version),
}

/// What [`StoreWrite::apply`] does with a row whose stored version is the pulled one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SameVersion {
    /// Nothing.
    Keep,
    /// Writes it, because a column was added since.
    Rewrite,
}

/// What [`StoreWrite::apply`] did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Applied {
    /// Rows inserted or changed.
    pub changed: u64,
    /// Rows removed by a tombstone, or tombstones kept.
    pub removed: u64,
    /// Places in the batch of rows that have an entry: nothing was done with them.
    pub protected: Vec<usize>,
}

/// Reads of one snapshot or transaction.
///
/// Ids, tables and queries are those of the schemas that [`LocalStore::open`] was given; entries
/// may also belong to tables that this version of the app does not know.
///
/// Deleted rows that a table [keeps](TableSchema::keeps_deleted) show only in queries that include
/// them, and by [`deleted_row`](Self::deleted_row); for all else they are not there.
pub trait StoreRead {
    /// Reads a row.
    fn row(&mut self, schema: &'static TableSchema, id: &str) -> Result<Option<StoredRow>, Error>;
    /// Appends the rows that a query selects, in its order. Only the cells of the columns that it
    /// selects are filled; the others are null. Without a list of columns all are, system cells too.
    fn select(&mut self, schema: &'static TableSchema, query: &Selection, out: &mut RowBatch) -> Result<(), Error>;
    /// Counts the rows that a query's filter selects; what it passes over and its bound do not count.
    fn count(&mut self, schema: &'static TableSchema, query: &Selection) -> Result<u64, Error>;
    /// Reads what is kept of a row that was deleted or is to be; `None` for tables that
    /// [keep none](TableSchema::keeps_deleted).
    fn deleted_row(&mut self, schema: &'static TableSchema, id: &str) -> Result<Option<Row>, Error>;

    /// Finds the entry of a row, whether its wish is a row or absent.
    fn entry_of(&mut self, schema: &'static TableSchema, id: &str) -> Result<Option<Entry>, Error>;
    /// Finds the first entry behind a sequence number, of those made at or before another; passes
    /// over entries of tables that this version of the app does not know.
    fn next_entry(&mut self, after: Sequence, made_until: Sequence) -> Result<Option<Entry>, Error>;
    /// Counts the entries, of all tables (unknown ones too) or of one.
    fn pending(&mut self, table: Option<&str>) -> Result<u64, Error>;
    /// The ids of a table's entries whose wish is absent.
    fn absent_ids(&mut self, table: &str) -> Result<HashSet<String>, Error>;
    /// Whether anything is kept of an id besides a row: an entry whose wish is absent, a grave, or a
    /// value of our own under this key. One look instead of three, since mostly there is nothing.
    fn is_remembered(&mut self, table: &str, id: &str, key: &str) -> Result<bool, Error>;
    /// The greatest sequence number ever given; zero before the first.
    fn last_sequence(&mut self) -> Result<Sequence, Error>;

    /// The delta token of a query.
    fn token(&mut self, table: &str, query: &str) -> Result<Option<DeltaToken>, Error>;
    /// The delta tokens of a table, by the name of the query.
    fn tokens(&mut self, table: &str) -> Result<Vec<DeltaToken>, Error>;
    /// The rows set aside because they could not be read, of all tables or of one.
    fn quarantined(&mut self, table: Option<&str>) -> Result<Vec<Quarantined>, Error>;
    /// The graves of a table.
    fn graves(&mut self, table: &str) -> Result<Vec<Grave>, Error>;
    /// The entries of a table that were settled after a mark, with what they were settled to.
    fn settled_since(&mut self, table: &str, mark: i64) -> Result<Vec<Settled>, Error>;
    /// The mark of the last settlement; zero before the first.
    fn settle_mark(&mut self) -> Result<i64, Error>;
    /// A value of our own, by its key.
    fn meta(&mut self, key: &str) -> Result<Option<String>, Error>;

    /// Runs a read in SQL and gives its rows to `rows`, on the thread of the work.
    ///
    /// Everything else of a store is said without SQL, so a store need not have this: by default it
    /// refuses. One that has it must refuse whatever is not exactly one read, and should end early
    /// once `stop` asks it to.
    ///
    /// # Errors
    /// `Unsupported`: the store has no SQL. `Invalid`: the text is no single read or SQLite refuses
    /// it, or the number of values is not that of the parameters. `Cancelled`: it was told to stop.
    fn sql_rows(&mut self, query: &SqlQuery, stop: &SqlStop, rows: &mut dyn SqlOutput) -> Result<(), Error> {
        let _ = (query, stop, rows);
        let message = "this store cannot be read by SQL: use queries, or the SQLite store";
        Err(Error::new(ErrorKind::Unsupported, message))
    }
}

/// Writes of one transaction.
pub trait StoreWrite: StoreRead {
    /// Inserts a row that the app wrote, with its entry; false, and nothing done, if the id is there.
    fn insert_row(&mut self, rows: &RowBatch, index: usize, entry: Option<Sequence>) -> Result<bool, Error>;
    /// Inserts or replaces a row.
    fn put_row(&mut self, row: &StoredRow) -> Result<(), Error>;
    /// Removes a row, a deleted one that is kept too; nothing if there is none.
    fn remove_row(&mut self, schema: &'static TableSchema, id: &str) -> Result<(), Error>;
    /// Removes a row whose delete waits for the server. A table that keeps deleted rows keeps it, shown
    /// by no query, for [`keep_deleted`](Self::keep_deleted).
    fn hide_row(&mut self, schema: &'static TableSchema, id: &str) -> Result<(), Error>;
    /// Keeps a row as deleted, from now on: the tombstone, where the server showed one with the row's
    /// values, else what the store still has of the row. Only for tables that keep deleted rows.
    fn keep_deleted(&mut self, schema: &'static TableSchema, id: &str, tombstone: Option<&Row>) -> Result<(), Error>;
    /// Removes the rows without an entry that match, deleted ones that are kept too, and counts them.
    fn remove_rows(&mut self, schema: &'static TableSchema, filter: Option<&Tree>) -> Result<u64, Error>;
    /// Applies pulled rows in order, tombstones as removals, or kept as [`keep_deleted`](Self::keep_deleted)
    /// does; leaves out the places in `skip`
    /// (ascending) and the rows that have an entry whose wish is a row. Local-only columns keep
    /// their values; a new row gets their defaults. A row without a version is always written. A row
    /// that gets another version forgets the one that this device's own push replaced.
    ///
    /// Invariant: the caller skips rows whose entry's wish is absent.
    fn apply(&mut self, rows: &RowBatch, skip: &[usize], same: SameVersion) -> Result<Applied, Error>;

    /// Gives a new sequence number, greater than all before.
    fn next_sequence(&mut self) -> Result<Sequence, Error>;
    /// Inserts or replaces an entry by its sequence number. The row's link is the caller's.
    fn put_entry(&mut self, entry: &Entry) -> Result<(), Error>;
    /// Removes an entry.
    fn remove_entry(&mut self, sequence: Sequence) -> Result<(), Error>;

    /// Stores the delta token of a query.
    fn put_token(&mut self, token: &DeltaToken) -> Result<(), Error>;
    /// Removes the tokens of a table, or all.
    fn remove_tokens(&mut self, table: Option<&str>) -> Result<(), Error>;
    /// Sets a row aside, in place of an earlier one of the same id.
    fn put_quarantined(&mut self, row: &Quarantined) -> Result<(), Error>;
    /// Removes a row that was set aside; nothing if there is none.
    fn remove_quarantined(&mut self, table: &str, id: &str) -> Result<(), Error>;
    /// Digs a grave, in place of an earlier one of the same id, and removes those dug before `old`.
    fn put_grave(&mut self, grave: &Grave, old: Timestamp) -> Result<(), Error>;
    /// Removes a grave; nothing if there is none.
    fn remove_grave(&mut self, table: &str, id: &str) -> Result<(), Error>;
    /// Notes to what an entry was settled, with the next mark, and forgets notes from before `old`;
    /// a note may stay until those noted before it are forgotten.
    fn put_settled(&mut self, settled: &Settled, old: Timestamp) -> Result<(), Error>;
    /// Stores a value of our own; `None` removes it.
    fn put_meta(&mut self, key: &str, value: Option<&str>) -> Result<(), Error>;
}
