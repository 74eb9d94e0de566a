//! The shape of our own tables besides the queue: tokens, quarantine, graves, settlements, keys of `__meta`.

use crate::row::Row;
use crate::value::{Timestamp, Version};

/// The delta token of one query of one table (protocol.md 9.4).
#[derive(Debug, Clone, PartialEq)]
pub struct DeltaToken {
    /// The table.
    pub table: String,
    /// The query's name.
    pub query: String,
    /// The filter's text, values included: another filter under the same name starts anew.
    pub filter: String,
    /// The greatest `updatedAt` of which all before is applied, protected or quarantined.
    pub token: Option<Timestamp>,
    /// The server's clock at the start of the pull that set the token.
    pub read_at: Option<Timestamp>,
}

/// A pulled row that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quarantined {
    /// The table.
    pub table: String,
    /// The row's id.
    pub id: String,
    /// Which column, what was expected and what came.
    pub error: String,
    /// The row's JSON as the server sent it.
    pub raw: String,
    /// When it was set aside, by the device's clock.
    pub at: Timestamp,
}

/// A row whose insert was open when the app deleted it (queue.md 7): should it appear after all, it
/// is deleted again.
#[derive(Debug, Clone, PartialEq)]
pub struct Grave {
    /// The row as it was sent.
    pub row: Row,
    /// When the entry ended, by the device's clock.
    pub at: Timestamp,
}

/// What an entry was settled to: a page asked for before is held against it (queue.md 7).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled {
    /// The table.
    pub table: String,
    /// The row's id.
    pub id: String,
    /// The version of the row; `None` if it is deleted or has none.
    pub version: Option<Version>,
    /// The row's `updatedAt`; `None` if it is deleted or unknown.
    pub updated_at: Option<Timestamp>,
    /// Whether the row was deleted.
    pub deleted: bool,
    /// When it was settled, by the device's clock.
    pub at: Timestamp,
}

#[cfg(feature = "sqlite")]
/// The version of the store's form; a file with a greater one is refused.
pub(crate) const FORMAT: i32 = 3;
#[cfg(feature = "sqlite")]
/// Marks our files: "SyTb" in ASCII.
pub(crate) const APPLICATION_ID: i32 = 0x5379_5462;

/// Keys of `__meta`.
pub(crate) mod key {
    #[cfg(feature = "sqlite")]
    /// The greatest sequence number of entries that are gone.
    pub(crate) const SEQUENCE: &str = "sequence";
    #[cfg(feature = "sqlite")]
    /// The mark of the last settlement.
    pub(crate) const SETTLE_MARK: &str = "settle_mark";
    /// The endpoint that the store is bound to.
    pub(crate) const ENDPOINT: &str = "endpoint";
    /// The server generation, as detected.
    pub(crate) const DIALECT: &str = "dialect";
    /// The user that the store is bound to.
    pub(crate) const USER: &str = "user";
    /// Who pushes, and until when.
    pub(crate) const LEASE: &str = "lease";

    /// Present while a table waits for rows to be fetched anew because a column was added.
    pub(crate) fn refetch(table: &str) -> String {
        format!("refetch|{table}")
    }

    /// How the filter's text of a token begins while its pull reads a table anew; that of a query never does.
    pub(crate) const REFETCHING: &str = "refetch of ";

    /// Present while updates must not carry whole rows of a table: for good once the server's rows have
    /// members that the table lacks, with [`ADDED`] until a whole pull has brought every column.
    pub(crate) fn narrow(table: &str) -> String {
        format!("narrow|{table}")
    }

    /// The value of [`narrow`] that a whole pull removes.
    pub(crate) const ADDED: &str = "added";

    /// The form of a table's columns when a row of it was last set aside because it could not be read.
    pub(crate) fn quarantine(table: &str) -> String {
        format!("quarantine|{table}")
    }

    /// Present once this device's own push has ended with a deleted row that the server keeps.
    pub(crate) fn tombstone(table: &str, id: &str) -> String {
        format!("tombstone|{table}|{id}")
    }

    #[cfg(feature = "sqlite")]
    /// Counts the openings that changed the columns of a table.
    pub(crate) const CHANGES: &str = "changes";

    #[cfg(feature = "sqlite")]
    /// The schema text of a table.
    pub(crate) fn schema(table: &str) -> String {
        format!("schema|{table}")
    }
}
