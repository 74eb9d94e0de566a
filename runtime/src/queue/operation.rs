//! What the app sees of an entry.

use crate::error::Error;
use crate::error::ErrorKind;
use crate::row::{Remote, Row, RowBatch};
pub use crate::store::entry::OperationKind;
use crate::store::entry::{Base, Failure};
use crate::table::{SyncTable, TableSchema};
use crate::value::Id;

use super::plan::Case;

/// A pending operation: what the device has and the server does not.
///
/// It is a snapshot; [`SyncContext::discard`](crate::SyncContext::discard) refuses one that a later
/// write has outdated.
#[derive(Debug, Clone)]
pub struct Operation {
    case: Case,
}

impl Operation {
    pub(crate) fn new(case: Case) -> Self {
        Self { case }
    }

    pub(crate) fn case(&self) -> &Case {
        &self.case
    }

    /// The table's name.
    #[must_use]
    pub fn table(&self) -> &str {
        &self.case.entry.table
    }

    /// The row's id.
    #[must_use]
    pub fn id(&self) -> &Id {
        &self.case.entry.id
    }

    /// What the operation is.
    #[must_use]
    pub fn kind(&self) -> OperationKind {
        self.case.kind()
    }

    /// The place in the order of sending: smaller is sent earlier.
    #[must_use]
    pub fn sequence(&self) -> i64 {
        self.case.entry.sequence.0
    }

    /// How often the row was written since the entry was made, that write included.
    #[must_use]
    pub fn revision(&self) -> u64 {
        self.case.entry.revision
    }

    /// How many requests were sent for it.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.case.entry.attempts
    }

    /// Whether a request may have arrived of which no answer is known.
    #[must_use]
    pub fn is_unanswered(&self) -> bool {
        self.case.entry.request.is_some()
    }

    /// The last failure, if it was not mended since.
    #[must_use]
    pub fn failure(&self) -> Option<&Failure> {
        self.case.entry.failure.as_ref()
    }

    /// Whether the server has another row than the one that was changed here.
    #[must_use]
    pub fn is_conflict(&self) -> bool {
        self.case.is_conflict()
    }

    /// Whether the operation is not sent until the row is written again, or the operation is
    /// [retried](crate::SyncContext::retry) or [discarded](crate::SyncContext::discard).
    #[must_use]
    pub fn is_set_aside(&self) -> bool {
        self.case.entry.is_set_aside()
    }

    /// What the server had when the operation began; `None` if no live row.
    ///
    /// # Errors
    /// `Invalid`: `T` is another table. `Decode`: the row does not fit `T`.
    pub fn base<T: SyncTable>(&self) -> Result<Option<T>, Error> {
        match &self.case.entry.base {
            Base::Row(row) => self.typed(Some(row)),
            Base::None | Base::Tombstone => self.typed(None),
        }
    }

    /// The row as the device wishes it; `None` if it is to be deleted.
    ///
    /// # Errors
    /// `Invalid`: `T` is another table. `Decode`: the row does not fit `T`.
    pub fn local<T: SyncTable>(&self) -> Result<Option<T>, Error> {
        self.typed(self.case.wish.as_ref())
    }

    /// The newest state of the server that a pull or a conflict showed meanwhile; `None` if there
    /// was none, [`RemoteRow::Deleted`] if the row is deleted there.
    ///
    /// # Errors
    /// `Invalid`: `T` is another table. `Decode`: the row does not fit `T`.
    pub fn remote<T: SyncTable>(&self) -> Result<Option<RemoteRow<T>>, Error> {
        Ok(match &self.case.entry.candidate {
            Some(Remote::Row(row)) => self.typed(Some(row))?.map(RemoteRow::Live),
            Some(Remote::Deleted(_)) => Some(RemoteRow::Deleted),
            None => None,
        })
    }

    fn typed<T: SyncTable>(&self, row: Option<&Row>) -> Result<Option<T>, Error> {
        if T::SCHEMA != self.case.schema {
            let message = format!("the operation belongs to table `{}`, not to `{}`", self.table(), T::SCHEMA.name());
            return Err(Error::new(ErrorKind::Invalid, message));
        }
        row.map(|row| read_as(row)).transpose()
    }
}

/// The server's side of an operation.
#[derive(Debug, Clone, PartialEq)]
pub enum RemoteRow<T> {
    /// This row.
    Live(T),
    /// The row is deleted on the server.
    Deleted,
}

/// Writes a struct into a batch.
///
/// # Errors
/// `Invalid`: the id breaks its rules, or a value has no stored form.
pub(crate) fn write_row<T: SyncTable>(row: &T, batch: &mut RowBatch) -> Result<(), Error> {
    let schema: &'static TableSchema = T::SCHEMA;
    let id = row.id().as_str();
    let invalid = |message: String| Error::new(ErrorKind::Invalid, message).in_table(schema.name()).in_row(id);
    Id::parse(id).map_err(|error| invalid(error.to_string()))?;
    row.write_row(&mut batch.push()).map_err(|error| invalid(error.to_string()))
}

/// The cells of a struct.
///
/// # Errors
/// As [`write_row`].
pub(crate) fn to_row<T: SyncTable>(row: &T) -> Result<Row, Error> {
    let mut batch = RowBatch::new(T::SCHEMA);
    write_row(row, &mut batch)?;
    match batch.get(0) {
        Some(row) => Ok(row.to_row()),
        None => Ok(Row::new(T::SCHEMA)),
    }
}

/// Reads a row as its struct.
pub(crate) fn read_as<T: SyncTable>(row: &Row) -> Result<T, Error> {
    let mut batch = RowBatch::new(row.schema());
    row.append_to(&mut batch);
    let decode = |message: String| Error::new(ErrorKind::Decode, message).in_table(T::SCHEMA.name()).in_row(row.id());
    match batch.get(0) {
        Some(row) => T::read_row(row).map_err(|error| decode(error.to_string())),
        None => Err(decode("the row is empty".to_owned())),
    }
}
