//! The key of an encrypted file, in builds that cannot encrypt: there is none.

use std::path::Path;

use rusqlite::Connection;

use super::connection::foreign;
use crate::error::Error;

/// No key.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Key;

#[expect(clippy::unused_self, clippy::unnecessary_wraps, reason = "the same as where keys are")]
impl Key {
    pub(super) const fn is_given(self) -> bool {
        false
    }

    pub(super) const fn unlock(self, _conn: &Connection, _path: &Path) -> Result<(), Error> {
        Ok(())
    }
}

pub(super) fn not_encrypted(path: &Path) -> Error {
    foreign(path, "a key was given, but the file is not encrypted")
}
