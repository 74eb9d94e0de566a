//! The key of an encrypted file, in builds that cannot encrypt: there is none.

use std::path::Path;

use rusqlite::Connection;

use super::connection::foreign;
use crate::error::Error;

/// No key.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Key {}

impl Key {
    pub(super) const fn is_given(self) -> bool {
        let Self {} = self;
        false
    }

    pub(super) const fn unlock(self, _conn: &Connection, _path: &Path) -> Result<(), Error> {
        let Self {} = self;
        Ok(())
    }
}

pub(super) fn not_encrypted(path: &Path) -> Error {
    foreign(path, "a key was given, but the file is not encrypted")
}
