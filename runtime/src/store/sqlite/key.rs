//! The key of an encrypted file.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use rusqlite::{Connection, ErrorCode, OpenFlags};
use zeroize::Zeroizing;

use super::connection::{at, foreign};
use super::failure::Fails;
use super::migrate;
use crate::error::{Error, ErrorKind};

const UNLOCKING: &str = "unlocking the store";

/// A key, if one was given; wiped from memory with its last copy.
#[derive(Clone, Default)]
pub(super) struct Key(Option<Arc<Zeroizing<String>>>);

impl Key {
    pub(super) fn new(secret: String) -> Self {
        Self(Some(Arc::new(Zeroizing::new(secret))))
    }

    pub(super) fn is_given(&self) -> bool {
        self.0.is_some()
    }

    /// Gives a new connection its key, before anything is read.
    pub(super) fn unlock(&self, conn: &Connection, path: &Path) -> Result<(), Error> {
        let Some(secret) = &self.0 else { return Ok(()) };
        // What does not fit is our error; SQLCipher would also write it to the app's error stream.
        conn.execute_batch("PRAGMA cipher_log_level = NONE").doing(UNLOCKING)?;
        set(conn, "key", secret)?;
        // Only a page that was read tells whether it is the right one.
        let read: Result<i64, _> = conn.query_row("SELECT count(*) FROM sqlite_master", [], |row| row.get(0));
        match read {
            Ok(_) => Ok(()),
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::NotADatabase) => Err(wrong_key(path)),
            Err(error) => Err(at(path, &super::failure::failed(UNLOCKING, error))),
        }
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_given() { "Key(..)" } else { "no key" })
    }
}

fn set(conn: &Connection, pragma: &str, secret: &str) -> Result<(), Error> {
    if secret.is_empty() || secret.contains('\0') {
        let message = "the key of a store is a text that is not empty and has no NUL character";
        return Err(Error::new(ErrorKind::Invalid, message));
    }
    let text = Zeroizing::new(format!("PRAGMA {pragma} = '{}'", secret.replace('\'', "''")));
    // The source would show the text.
    conn.execute_batch(&text).map_err(|_| Error::new(ErrorKind::Store, "SQLite does not take the key of the store"))
}

fn wrong_key(path: &Path) -> Error {
    let message = format!(
        "{}: the key does not fit the file, or the file is no store: give the key that the file was made with, or \
         another path; nothing was changed",
        path.display()
    );
    Error::new(ErrorKind::Store, message)
}

/// The error of a file that is plain although a key was given.
pub(super) fn not_encrypted(path: &Path) -> Error {
    let message = format!(
        "{}: a key was given, but the file is not encrypted: open it without a key, or give another path",
        path.display()
    );
    Error::new(ErrorKind::Store, message)
}

/// Writes every page of a file anew under another key.
pub(super) fn rekey(path: &Path, from: &Key, to: &Key) -> Result<(), Error> {
    let Some(secret) = &to.0 else { return Ok(()) };
    if !path.exists() {
        return Err(foreign_missing(path));
    }
    migrate::check_header(path, from)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_EXRESCODE;
    let conn = Connection::open_with_flags(path, flags).doing(UNLOCKING).map_err(|error| at(path, &error))?;
    conn.busy_timeout(std::time::Duration::from_secs(1)).doing(UNLOCKING)?;
    from.unlock(&conn, path)?;
    migrate::check_ours(&conn, path)?;
    // Without the log there is but one file to write, and only a connection that is alone may do this.
    let mode: Result<String, _> = conn.pragma_update_and_check(None, "journal_mode", "delete", |row| row.get(0));
    if !mode.is_ok_and(|mode| mode == "delete") {
        let message = format!("{}: another context or process has the file open: close it first", path.display());
        return Err(Error::new(ErrorKind::Busy, message));
    }
    set(&conn, "rekey", secret)?;
    drop(conn);
    let conn = Connection::open_with_flags(path, flags).doing(UNLOCKING).map_err(|error| at(path, &error))?;
    to.unlock(&conn, path)
}

fn foreign_missing(path: &Path) -> Error {
    let error = foreign(path, "there is no such file: check the path");
    Error::new(ErrorKind::Store, error.message().to_owned())
}
