//! Tells a process that goes on writing that another version of the app has changed its tables.
//!
//! It would write rows and entries in the columns of before: values under names that nobody reads any
//! more, or rows whose version says that a column is known that it never heard of.

use rusqlite::Connection;

use super::mismatch;
use crate::error::Error;
use crate::store::sqlite::notes;
use crate::store::system::key;

/// The definitions with which a process opened its tables.
#[derive(Debug, Default)]
pub(in crate::store::sqlite) struct Watch {
    /// Tables and the texts of their definitions.
    definitions: Vec<(&'static str, String)>,
    /// The count of changes at which the definitions were last seen to hold.
    changes: Option<String>,
}

impl Watch {
    pub(super) fn add(&mut self, table: &'static str, definition: String) {
        self.definitions.push((table, definition));
    }

    /// Takes the file as it is.
    pub(super) fn begin(&mut self, conn: &Connection) -> Result<(), Error> {
        self.changes = notes::meta(conn, key::CHANGES)?;
        Ok(())
    }

    /// Checks, in a transaction that may write, that the tables are those of the opening.
    ///
    /// # Errors
    /// `Schema`: another version of the app has opened the file since.
    pub(in crate::store::sqlite) fn check(&mut self, conn: &Connection) -> Result<(), Error> {
        let changes = notes::meta(conn, key::CHANGES)?;
        if changes == self.changes {
            return Ok(());
        }
        for (table, definition) in &self.definitions {
            if notes::meta(conn, &key::schema(table))?.as_ref() != Some(definition) {
                let message = "another version of the app has opened the file since and has changed the table's \
                               columns: nothing was written; end this process, or open the store again in it";
                return Err(mismatch(message).in_table(table));
            }
        }
        self.changes = changes;
        Ok(())
    }
}

/// Notes that the columns of a table are others than before.
pub(super) fn count_change(conn: &Connection) -> Result<(), Error> {
    let count = notes::meta(conn, key::CHANGES)?.and_then(|count| count.parse::<u64>().ok()).unwrap_or_default();
    notes::put_meta(conn, key::CHANGES, Some(&count.wrapping_add(1).to_string()))
}
