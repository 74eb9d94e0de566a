//! One row of a result, and the columns by which its values are found.

use std::fmt;

use crate::column::Column;
use crate::error::{Error, ErrorKind};
use crate::value::{ColumnValue, ValueError, ValueRef};

/// The names of a result's columns, in order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SqlColumns(Vec<String>);

impl SqlColumns {
    /// Makes the columns of a result.
    #[must_use]
    pub fn new(names: Vec<String>) -> Self {
        Self(names)
    }

    /// The names, as the statement gives them.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.0
    }

    /// The place of the column of a name; upper and lower case of ASCII count as one, as in SQL.
    ///
    /// # Errors
    /// `Invalid`: no column has the name, or more than one has.
    pub fn place_of(&self, name: &str) -> Result<usize, Error> {
        self.find(name)?.ok_or_else(|| {
            Error::new(ErrorKind::Invalid, format!("the result has no column `{name}`, it has {}", self.listed()))
        })
    }

    /// As [`place_of`](Self::place_of), but `None` if no column has the name.
    pub(super) fn find(&self, name: &str) -> Result<Option<usize>, Error> {
        let mut places = (0..self.0.len()).filter(|place| self.0[*place].eq_ignore_ascii_case(name));
        let place = places.next();
        if places.next().is_some() {
            let message = format!("the result has more than one column `{name}`: rename one by AS, or read by place");
            return Err(Error::new(ErrorKind::Invalid, message));
        }
        Ok(place)
    }

    pub(super) fn listed(&self) -> String {
        let names: Vec<String> = self.0.iter().map(|name| format!("`{name}`")).collect();
        if names.is_empty() { "none".to_owned() } else { names.join(", ") }
    }
}

/// Says which column of a result is meant: a place from 0 on, a name, or a table's column by its
/// name in SQL.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not name a column of a result",
    note = "write a place such as `0`, a name such as `\"title\"`, or a column such as `TodoItem::COLUMNS.title`"
)]
pub trait SqlPlace {
    /// The place from 0 on.
    ///
    /// # Errors
    /// `Invalid`: there is no such column, or more than one has the name.
    fn place(&self, columns: &SqlColumns) -> Result<usize, Error>;
}

impl SqlPlace for usize {
    fn place(&self, columns: &SqlColumns) -> Result<usize, Error> {
        if *self < columns.0.len() {
            return Ok(*self);
        }
        let message = format!("the result has no column at place {self}, it has {}", columns.listed());
        Err(Error::new(ErrorKind::Invalid, message))
    }
}

impl SqlPlace for &str {
    fn place(&self, columns: &SqlColumns) -> Result<usize, Error> {
        columns.place_of(self)
    }
}

impl<T, V> SqlPlace for Column<T, V> {
    fn place(&self, columns: &SqlColumns) -> Result<usize, Error> {
        columns.place_of(self.def().sql_name())
    }
}

/// One row of a result, borrowed from the store while it is read.
#[derive(Clone, Copy)]
pub struct SqlRow<'a> {
    columns: &'a SqlColumns,
    number: u64,
    cells: &'a dyn Fn(usize) -> Result<ValueRef<'a>, ValueError>,
}

impl<'a> SqlRow<'a> {
    /// Makes a row for a reader: its number from 1 on, and what gives the cell at a place.
    #[must_use]
    pub fn new(
        columns: &'a SqlColumns,
        number: u64,
        cells: &'a dyn Fn(usize) -> Result<ValueRef<'a>, ValueError>,
    ) -> Self {
        Self { columns, number, cells }
    }

    /// The columns of the result.
    #[must_use]
    pub fn columns(&self) -> &'a SqlColumns {
        self.columns
    }

    /// Reads a value as its Rust type.
    ///
    /// # Errors
    /// `Decode`: the cell does not hold such a value; null is one of an `Option` only. `Invalid`:
    /// there is no such column, or more than one has the name.
    pub fn get<V: ColumnValue>(&self, place: impl SqlPlace) -> Result<V, Error> {
        let place = place.place(self.columns)?;
        self.cell(place).and_then(V::read).map_err(|error| self.error_at(place, &error))
    }

    /// Borrows a value as it is stored.
    ///
    /// # Errors
    /// `Decode`: the cell holds text that is not UTF-8. `Invalid`: as for [`get`](Self::get).
    pub fn value(&self, place: impl SqlPlace) -> Result<ValueRef<'a>, Error> {
        let place = place.place(self.columns)?;
        self.cell(place).map_err(|error| self.error_at(place, &error))
    }

    /// The cell at a place that the result is known to have.
    pub(super) fn cell(&self, place: usize) -> Result<ValueRef<'a>, ValueError> {
        (self.cells)(place)
    }

    pub(super) fn error_at(&self, place: usize, error: &ValueError) -> Error {
        self.error(&format!("column `{}`: {error}", self.columns.0.get(place).map_or("?", String::as_str)))
    }

    pub(super) fn error(&self, message: &str) -> Error {
        Error::new(ErrorKind::Decode, format!("row {} of the result, {message}", self.number))
    }
}

impl fmt::Debug for SqlRow<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut map = f.debug_map();
        for (place, name) in self.columns.0.iter().enumerate() {
            map.entry(name, &self.cell(place));
        }
        map.finish()
    }
}
