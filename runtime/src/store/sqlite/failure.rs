//! SQLite's errors in our words.

use rusqlite::ErrorCode;

use crate::error::{Error, ErrorKind};

/// Results of rusqlite, turned into ours.
pub(super) trait Fails<T> {
    /// Says what was being done when SQLite failed.
    fn doing(self, what: &str) -> Result<T, Error>;
}

impl<T> Fails<T> for Result<T, rusqlite::Error> {
    fn doing(self, what: &str) -> Result<T, Error> {
        self.map_err(|error| failed(what, error))
    }
}

/// The error of SQLite, with what was being done.
pub(super) fn failed(what: &str, error: rusqlite::Error) -> Error {
    let (kind, message) = match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => {
            (ErrorKind::Store, "the disk is full: free some space and try again, nothing was changed".to_owned())
        }
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            (ErrorKind::Store, "the file is locked by another process: try again once that is done".to_owned())
        }
        Some(ErrorCode::NotADatabase) => {
            (ErrorKind::Schema, "the file is not a database: give another path, or move the file away".to_owned())
        }
        Some(ErrorCode::DatabaseCorrupt) => {
            (ErrorKind::Store, "the file is damaged: put a copy in its place, or move it away".to_owned())
        }
        Some(ErrorCode::CannotOpen) => {
            (ErrorKind::Store, format!("the file cannot be opened: check path and permissions ({error})"))
        }
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => {
            (ErrorKind::Store, "the file cannot be written: check its permissions and its folder's".to_owned())
        }
        Some(ErrorCode::ConstraintViolation) => (ErrorKind::Invalid, format!("the store refuses the value: {error}")),
        _ => (ErrorKind::Store, error.to_string()),
    };
    Error::new(kind, format!("{what}: {message}")).with_source(error)
}
