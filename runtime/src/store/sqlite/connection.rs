//! Opens connections and sets their pragmas.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use super::failure::{Fails, failed};
use super::functions;
use super::key::Key;
use super::raw;
use crate::error::{Error, ErrorKind};
use crate::query::sql::DECIMAL_COLLATION;
use crate::value::decimal;

/// Where a store lives.
#[derive(Debug, Clone)]
pub(super) enum Place {
    File(StoreFile),
    Memory,
}

/// A file, and how it is used.
#[derive(Debug, Clone)]
pub(super) struct StoreFile {
    pub(super) path: PathBuf,
    pub(super) access: Access,
    pub(super) key: Key,
}

impl StoreFile {
    pub(super) fn at(path: PathBuf) -> Self {
        Self { path, access: Access::Write, key: Key::default() }
    }
}

/// What may be done with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    Write,
    Read,
}

/// How long a connection waits for another process.
const BUSY: Duration = Duration::from_secs(10);
/// Enough for every statement of a few tables and the queries of an app.
const STATEMENTS: usize = 128;
const OPENING: &str = "opening the store";

/// Opens the connection of the writer. A file must have passed the check of its header.
pub(super) fn writer(place: &Place) -> Result<Connection, Error> {
    let conn = match place {
        Place::File(StoreFile { path, key, .. }) => {
            let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
                | OpenFlags::SQLITE_OPEN_CREATE
                | OpenFlags::SQLITE_OPEN_NO_MUTEX
                | OpenFlags::SQLITE_OPEN_EXRESCODE;
            unlocked(Connection::open_with_flags(path, flags), path, key)?
        }
        Place::Memory => Connection::open_in_memory().doing(OPENING)?,
    };
    prepare(&conn, 8_000)?;
    // Where fsync does not reach the disk (macOS), F_FULLFSYNC does; a no-op elsewhere.
    conn.pragma_update(None, "fullfsync", true).doing(OPENING)?;
    // A WAL file that grew in one big commit is cut again at the next checkpoint.
    conn.pragma_update(None, "journal_size_limit", 16 << 20).doing(OPENING)?;
    Ok(conn)
}

/// Opens a connection for reads.
pub(super) fn reader(path: &Path, key: &Key) -> Result<Connection, Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_EXRESCODE;
    let conn = unlocked(Connection::open_with_flags(path, flags), path, key)?;
    prepare(&conn, 2_000)?;
    Ok(conn)
}

/// A connection that was opened, with its key.
fn unlocked(opened: Result<Connection, rusqlite::Error>, path: &Path, key: &Key) -> Result<Connection, Error> {
    let conn = opened.doing(OPENING).map_err(|error| at(path, &error))?;
    // Else a file that another process locks would be an error while the key is tried.
    conn.busy_timeout(BUSY).doing(OPENING)?;
    key.unlock(&conn, path)?;
    Ok(conn)
}

/// Opens a file that nobody changes, without locks and without making other files.
pub(super) fn resting(path: &Path) -> Result<Connection, Error> {
    let url = std::path::absolute(path).ok().and_then(|path| url::Url::from_file_path(path).ok());
    let url = url.ok_or_else(|| Error::new(ErrorKind::Store, "the path has no form as a URL"))?;
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_EXRESCODE
        | OpenFlags::SQLITE_OPEN_URI;
    let conn = Connection::open_with_flags(format!("{url}?immutable=1"), flags).doing(OPENING)?;
    prepare(&conn, 2_000)?;
    Ok(conn)
}

fn prepare(conn: &Connection, cache_kib: i64) -> Result<(), Error> {
    conn.busy_timeout(BUSY).doing(OPENING)?;
    conn.authorizer(Some(raw::authorize)).doing(OPENING)?;
    conn.set_prepared_statement_cache_capacity(STATEMENTS);
    // A quoted name that is no column is an error, not a text.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, false).doing(OPENING)?;
    conn.create_collation(DECIMAL_COLLATION, decimal::compare).doing(OPENING)?;
    functions::register(conn).doing(OPENING)?;
    // A negative size is in KiB.
    conn.pragma_update(None, "cache_size", -cache_kib).doing(OPENING)?;
    conn.pragma_update(None, "temp_store", "memory").doing(OPENING)
}

/// Switches to WAL. Where the file system has none, the mode stays and everything still holds:
/// readers then wait for the writer.
pub(super) fn use_wal(conn: &Connection) -> Result<(), Error> {
    let mode: Result<String, _> = conn.pragma_update_and_check(None, "journal_mode", "wal", |row| row.get(0));
    mode.map(drop).map_err(|error| failed("switching the store to its write-ahead log", error))
}

pub(super) fn at(path: &Path, error: &Error) -> Error {
    Error::new(error.kind(), format!("{}: {}", path.display(), error.message())).with_source(error.clone())
}

/// Runs a text of several statements.
pub(super) fn run(conn: &Connection, text: &str, doing: &str) -> Result<(), Error> {
    conn.execute_batch(text).doing(doing)
}

/// Reads a pragma that is one integer.
pub(super) fn integer_pragma(conn: &Connection, name: &str) -> Result<i64, Error> {
    conn.pragma_query_value(None, name, |row| row.get(0)).doing(OPENING)
}

/// The error of a file that is not a store of ours.
pub(super) fn foreign(path: &Path, what: &str) -> Error {
    Error::new(ErrorKind::Schema, format!("{}: {what}; it was left as it is", path.display()))
}
