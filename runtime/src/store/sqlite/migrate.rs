//! Opens a file that is ours or new, and brings it to the app's tables.

mod queue;
mod stored;
mod tables;
mod watch;

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, TransactionBehavior};

use super::connection::{self, Place, StoreFile, foreign, integer_pragma, run};
use super::failure::Fails;
use super::key::{Key, not_encrypted};
use crate::error::{Error, ErrorKind};
use crate::store::ddl;
use crate::store::system::{APPLICATION_ID, FORMAT};
use crate::table::TableSchema;
pub(super) use tables::{Kept, migrate};
pub(super) use watch::Watch;

/// How a file begins that is not encrypted.
const MAGIC: &[u8] = b"SQLite format 3\0";
#[cfg(feature = "sqlcipher")]
const NO_DATABASE: &str =
    "not an SQLite database, unless it is encrypted: give its key, or another path, or move the file away";
#[cfg(not(feature = "sqlcipher"))]
const NO_DATABASE: &str = "not an SQLite database: give another path, or move the file away";
const MIGRATING: &str = "bringing the store to the app's tables";

/// Opens a file that is ours or new, and brings it to these tables.
pub(super) fn open(place: &Place, schemas: &[&'static TableSchema]) -> Result<(Connection, Kept, Watch), Error> {
    if let Place::File(file) = place {
        check_header(&file.path, &file.key)?;
    }
    let conn = connection::writer(place)?;
    // The mark goes into the file before the write-ahead log does, so that the header always tells.
    mark(&conn, place)?;
    connection::use_wal(&conn)?;
    let (kept, watch) = migrate(&conn, schemas)?;
    Ok((conn, kept, watch))
}

/// Opens a file of ours to read it alone. Nothing is made or changed, so it has to fit as it is.
pub(super) fn open_to_read(
    file: &StoreFile,
    schemas: &[&'static TableSchema],
) -> Result<(Connection, Kept, Watch), Error> {
    if !file.path.exists() {
        let message = format!("{}: there is no such file, and reading makes none: check the path", file.path.display());
        return Err(Error::new(ErrorKind::Store, message));
    }
    check_header(&file.path, &file.key)?;
    let conn = connection::reader(&file.path, &file.key)?;
    let (kept, watch) = fit(&conn, &file.path, schemas)?;
    Ok((conn, kept, watch))
}

/// Holds the tables against those of a file that is only read.
pub(super) fn fit(conn: &Connection, path: &Path, schemas: &[&'static TableSchema]) -> Result<(Kept, Watch), Error> {
    // Reads only, so the end of the transaction has nothing to say.
    let _snapshot = conn.unchecked_transaction().doing("beginning to read")?;
    let format = check_ours(conn, path)?;
    if format < FORMAT {
        return Err(unfit(path, &format!("the store has format {format}, this version of the app needs {FORMAT}")));
    }
    tables::fit(conn, schemas, |steps| unfit(path, steps))
}

fn unfit(path: &Path, what: &str) -> Error {
    let message =
        format!("{}: opened read-only, but {what}: open it once to write with this version of the app", path.display());
    Error::new(ErrorKind::Schema, message)
}

/// Reads the file's header without SQLite, which could change the file: nothing is touched that is
/// not ours.
pub(super) fn check_header(path: &Path, key: &Key) -> Result<(), Error> {
    let unreadable = |error: std::io::Error| {
        let message = format!("{}: the file cannot be read: check path and permissions", path.display());
        Error::new(ErrorKind::Store, message).with_source(error)
    };
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(unreadable(error)),
    };
    let metadata = file.metadata().map_err(unreadable)?;
    if metadata.is_dir() {
        let message = format!("{}: this is a folder: give the path of a file", path.display());
        return Err(Error::new(ErrorKind::Store, message));
    }
    let length = metadata.len();
    if length == 0 {
        return Ok(());
    }
    let mut header = [0; 100];
    let is_read = file.read_exact(&mut header).is_ok();
    if key.is_given() {
        // An encrypted header says nothing: what the file is shows once it is unlocked.
        return if header.starts_with(MAGIC) { Err(not_encrypted(path)) } else { Ok(()) };
    }
    if length < 100 || !is_read || !header.starts_with(MAGIC) {
        if has_journal(path) {
            // The process ended while it made the file: SQLite first undoes that.
            return Ok(());
        }
        return Err(foreign(path, NO_DATABASE));
    }
    let number =
        |place: usize| i32::from_be_bytes([header[place], header[place + 1], header[place + 2], header[place + 3]]);
    let page = u16::from_be_bytes([header[16], header[17]]);
    let page = if page == 1 { 65_536 } else { u64::from(page) };
    let (application, format) = (number(68), number(60));
    check_mark(path, application, format, length <= page || has_journal(path))
}

fn has_journal(path: &Path) -> bool {
    is_beside(path, "-journal")
}

/// Whether no connection has the file open and nothing waits beside it: no log, no journal.
pub(super) fn rests(path: &Path) -> bool {
    !has_journal(path) && !is_beside(path, "-wal")
}

fn is_beside(path: &Path, suffix: &str) -> bool {
    let mut name = PathBuf::from(path).into_os_string();
    name.push(suffix);
    Path::new(&name).exists()
}

fn check_mark(path: &Path, application: i32, format: i32, may_be_new: bool) -> Result<(), Error> {
    match (application, format) {
        (APPLICATION_ID, ..=FORMAT) => Ok(()),
        (APPLICATION_ID, _) => Err(foreign(
            path,
            &format!("the store has format {format}, this version of the app knows {FORMAT} and older: update the app"),
        )),
        (0, 0) if may_be_new => Ok(()),
        _ => Err(foreign(path, "a database of another program: give another path, or move the file away")),
    }
}

/// Refuses an open file that is not ours, a new one too, and tells its format.
pub(super) fn check_ours(conn: &Connection, path: &Path) -> Result<i32, Error> {
    let application = integer_pragma(conn, "application_id")? as i32;
    let format = integer_pragma(conn, "user_version")? as i32;
    match (application, format) {
        (0, 0) => {
            Err(foreign(path, "the file is not marked as a store: give another path, or open it with the app first"))
        }
        _ => check_mark(path, application, format, false).map(|()| format),
    }
}

/// Marks a new file as ours and makes our own tables; a marked one is left alone.
fn mark(conn: &Connection, place: &Place) -> Result<(), Error> {
    let application = integer_pragma(conn, "application_id")? as i32;
    if application == APPLICATION_ID {
        return Ok(());
    }
    let transaction = rusqlite::Transaction::new_unchecked(conn, TransactionBehavior::Immediate).doing(MIGRATING)?;
    let application = integer_pragma(conn, "application_id")? as i32;
    if let Place::File(StoreFile { path, .. }) = place {
        let format = integer_pragma(conn, "user_version")? as i32;
        let tables: i64 =
            conn.query_row("SELECT count(*) FROM sqlite_master", [], |row| row.get(0)).doing(MIGRATING)?;
        check_mark(path, application, format, tables == 0)?;
    }
    conn.pragma_update(None, "application_id", APPLICATION_ID).doing(MIGRATING)?;
    conn.pragma_update(None, "user_version", FORMAT).doing(MIGRATING)?;
    run(conn, ddl::SYSTEM, MIGRATING)?;
    transaction.commit().doing(MIGRATING)
}

fn mismatch(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Schema, message)
}

/// Whether the file's table has the columns of a synced one.
pub(super) fn stored_is_synced(conn: &Connection, table: &str) -> Result<bool, Error> {
    has_column(conn, table, "__op")
}

/// Whether the file's table keeps deleted rows.
pub(super) fn keeps_deleted(conn: &Connection, table: &str) -> Result<bool, Error> {
    has_column(conn, table, ddl::DELETED.0)
}

fn has_column(conn: &Connection, table: &str, column: &str) -> Result<bool, Error> {
    let text = "SELECT count(*) > 0 FROM pragma_table_info(?1) WHERE name = ?2";
    conn.query_row(text, [table, column], |row| row.get(0)).doing("reading the columns of a table")
}
