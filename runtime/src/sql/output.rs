//! Where the rows of a result go, and how a read is told to stop.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::{FromSqlRow, SqlColumns, SqlRow};
use crate::error::Error;

/// Takes the rows of a result one by one, on the thread that reads the store.
///
/// A store calls [`columns`](Self::columns) once, before the first row and also if there is none.
pub trait SqlOutput {
    /// Takes the columns of the result.
    ///
    /// # Errors
    /// Rows of these columns cannot be taken; the read ends with this error.
    fn columns(&mut self, columns: &SqlColumns) -> Result<(), Error>;

    /// Takes a row.
    ///
    /// # Errors
    /// The row cannot be taken; the read ends with this error.
    fn row(&mut self, row: SqlRow<'_>) -> Result<(), Error>;
}

/// Tells a running read that nobody waits for its rows any more; clones tell the same.
#[derive(Debug, Clone, Default)]
pub struct SqlStop(Arc<AtomicBool>);

impl SqlStop {
    /// Whether the read should end.
    #[must_use]
    pub fn is_asked(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Asks the read to end.
    pub fn ask(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Collects rows as `R`.
pub(crate) struct Collect<'a, R: FromSqlRow> {
    rows: &'a mut Vec<R>,
    reader: Option<R::Reader>,
}

impl<'a, R: FromSqlRow> Collect<'a, R> {
    pub(crate) fn new(rows: &'a mut Vec<R>) -> Self {
        Self { rows, reader: None }
    }
}

impl<R: FromSqlRow> SqlOutput for Collect<'_, R> {
    fn columns(&mut self, columns: &SqlColumns) -> Result<(), Error> {
        self.reader = Some(R::reader(columns)?);
        Ok(())
    }

    fn row(&mut self, row: SqlRow<'_>) -> Result<(), Error> {
        // A store that forgot to tell of the columns.
        let reader = match &mut self.reader {
            Some(reader) => reader,
            None => self.reader.insert(R::reader(row.columns())?),
        };
        self.rows.push(R::read(reader, row)?);
        Ok(())
    }
}

impl<R: FromSqlRow> fmt::Debug for Collect<'_, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Collect").field("rows", &self.rows.len()).finish_non_exhaustive()
    }
}

/// Collects what a closure makes of the rows.
pub(crate) struct CollectWith<'a, R, F> {
    pub(crate) rows: &'a mut Vec<R>,
    pub(crate) read: F,
}

impl<R, F: FnMut(SqlRow<'_>) -> Result<R, Error>> SqlOutput for CollectWith<'_, R, F> {
    fn columns(&mut self, _columns: &SqlColumns) -> Result<(), Error> {
        Ok(())
    }

    fn row(&mut self, row: SqlRow<'_>) -> Result<(), Error> {
        self.rows.push((self.read)(row)?);
        Ok(())
    }
}

impl<R, F> fmt::Debug for CollectWith<'_, R, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CollectWith").field("rows", &self.rows.len()).finish_non_exhaustive()
    }
}
