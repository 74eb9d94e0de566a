//! What a store file holds, seen from outside: for tools that do not know the app's tables.

use crate::store::entry::{Failure, FailureKind, OperationKind};
use crate::store::system::{DeltaToken, Quarantined};

/// The contents of a store, of one commit; see [`SqliteStore::inspect`](super::SqliteStore::inspect).
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Inspection {
    /// The version of the store's form.
    pub format: i32,
    /// The endpoint that the store is bound to; `None` before the first answer of a server.
    pub endpoint: Option<String>,
    /// The name of the server generation; `None` before the first answer of a server.
    pub dialect: Option<String>,
    /// The user that the store is bound to, if the app named one.
    pub user: Option<String>,
    /// The tables that any version of the app opened the store with, by name.
    pub tables: Vec<InspectedTable>,
    /// The pending operations in the order of sending.
    pub operations: Vec<InspectedOperation>,
    /// The delta tokens by table and query.
    pub tokens: Vec<DeltaToken>,
    /// The pulled rows that were set aside because they could not be read, by table and id.
    pub quarantined: Vec<Quarantined>,
}

/// A table of a store.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct InspectedTable {
    /// The name.
    pub name: String,
    /// Whether writes are queued; false for a local table.
    pub synced: bool,
    /// How many rows the app sees.
    pub rows: u64,
    /// The fingerprint of the table's shape in the file, 16 hexadecimal digits: stores whose tables have
    /// the same columns, types and indexes have the same one. Only for people and reports; the library
    /// compares the shape itself.
    pub fingerprint: String,
}

/// A pending operation, without the cells of its row.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct InspectedOperation {
    /// The place in the order of sending: smaller is sent earlier.
    pub sequence: i64,
    /// The table; it need not be one that the app still has.
    pub table: String,
    /// The row's id.
    pub id: String,
    /// What the operation is.
    pub kind: OperationKind,
    /// How often the row was written since the entry was made, that write included.
    pub revision: u64,
    /// How many requests were sent for it.
    pub attempts: u32,
    /// Whether a request may have arrived of which no answer is known.
    pub unanswered: bool,
    /// The last failure, if it was not mended since.
    pub failure: Option<Failure>,
}

impl InspectedOperation {
    /// Whether the server has another row than the one that was changed here.
    #[must_use]
    pub fn is_conflict(&self) -> bool {
        matches!(&self.failure, Some(failure) if failure.kind == FailureKind::Conflict)
    }
}
