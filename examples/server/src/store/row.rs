//! A row as a table holds it, in cells that no engine's types appear in.

use synctable::testing::Value;

use super::StoredTable;
use crate::projection::{Projection, System, version_text};
use crate::value;

/// One value of a column.
///
/// Booleans, instants and times (units of 100 ns), days and the places of names in an enumeration are whole numbers;
/// decimals, uuids and JSON are text.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Cell {
    Null,
    Int(i64),
    Real(f64),
    Text(String),
    Blob(Vec<u8>),
}

/// A borrowed [`Cell`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum CellRef<'a> {
    Null,
    Int(i64),
    Real(f64),
    Text(&'a str),
    Blob(&'a [u8]),
}

impl CellRef<'_> {
    pub(crate) fn to_cell(self) -> Cell {
        match self {
            Self::Null => Cell::Null,
            Self::Int(number) => Cell::Int(number),
            Self::Real(number) => Cell::Real(number),
            Self::Text(text) => Cell::Text(text.to_owned()),
            Self::Blob(bytes) => Cell::Blob(bytes.to_vec()),
        }
    }
}

impl<'a> From<&'a Cell> for CellRef<'a> {
    fn from(cell: &'a Cell) -> Self {
        match cell {
            Cell::Null => Self::Null,
            Cell::Int(number) => Self::Int(*number),
            Cell::Real(number) => Self::Real(*number),
            Cell::Text(text) => Self::Text(text),
            Cell::Blob(bytes) => Self::Blob(bytes),
        }
    }
}

/// A row as the table holds it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct StoredRow {
    pub(crate) id: String,
    /// The stamp of the insert, in units of 100 ns since 1970.
    pub(crate) created_at: i64,
    /// The stamp of the last write.
    pub(crate) updated_at: i64,
    pub(crate) deleted: bool,
    /// In the order of the table's columns.
    pub(crate) cells: Vec<Cell>,
}

impl StoredRow {
    pub(crate) fn version(&self) -> String {
        version_text(self.updated_at)
    }

    /// Returns a member that a filter may name.
    pub(crate) fn value(&self, table: &StoredTable, name: &str) -> Value {
        let Some((name, column_type)) = table.lookup(name) else { return Value::Null };
        let cell = match name.as_str() {
            "id" => CellRef::Text(&self.id),
            "createdAt" => CellRef::Int(self.created_at),
            "updatedAt" => CellRef::Int(self.updated_at),
            "deleted" => CellRef::Int(i64::from(self.deleted)),
            name => table
                .columns()
                .iter()
                .position(|column| column.name() == name)
                .map_or(CellRef::Null, |at| (&self.cells[at]).into()),
        };
        value::to_value(cell, column_type.kind())
    }

    fn system(&self) -> System<'_> {
        System { id: &self.id, created_at: self.created_at, updated_at: self.updated_at, deleted: self.deleted }
    }

    pub(crate) fn json(&self, projection: &Projection) -> String {
        let mut out = String::new();
        projection.write(&mut out, self.system(), |column| (&self.cells[column]).into());
        out
    }
}
