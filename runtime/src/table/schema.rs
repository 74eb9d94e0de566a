//! The shape of a table.

use super::{ColumnDef, Constant, SystemColumn};

/// Whether a table is synced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TableKind {
    /// Writes are queued and pushed, and the table can be pulled.
    Synced,
    /// `#[sync(local)]`: never queued, never pulled.
    Local,
}

/// The shape of a table: its names and its columns. Made in constants by generated code.
#[derive(Debug, PartialEq)]
pub struct TableSchema {
    name: &'static str,
    route: Option<&'static str>,
    kind: TableKind,
    columns: &'static [ColumnDef],
    id_index: usize,
    narrow: bool,
    on_insert: &'static [(&'static str, Constant)],
    docs: &'static str,
    hard_delete: bool,
    keep_deleted: bool,
    declared: &'static [(SystemColumn, &'static str)],
}

impl TableSchema {
    /// Makes the schema of a synced table.
    ///
    /// # Panics
    /// At compile time, if no column is the id or more than one is.
    #[must_use]
    pub const fn new(name: &'static str, columns: &'static [ColumnDef]) -> Self {
        let mut id_index = columns.len();
        let mut index = 0;
        while index < columns.len() {
            if columns[index].is_id() {
                assert!(id_index == columns.len(), "a table has one id column");
                id_index = index;
            }
            index += 1;
        }
        assert!(id_index < columns.len(), "a table has an id column");
        Self {
            name,
            route: None,
            kind: TableKind::Synced,
            columns,
            id_index,
            narrow: false,
            on_insert: &[],
            docs: "",
            hard_delete: false,
            keep_deleted: false,
            declared: &[],
        }
    }

    /// Makes the table local: never queued, never pulled.
    #[must_use]
    pub const fn local(mut self) -> Self {
        self.kind = TableKind::Local;
        self
    }

    /// Sets the path below the endpoint, such as `api/todo`, in place of `tables/<name>`.
    #[must_use]
    pub const fn route(mut self, route: &'static str) -> Self {
        self.route = Some(route);
        self
    }

    /// Declares that the server's table has columns that these are not: lists ask only for these.
    #[must_use]
    pub const fn narrow(mut self) -> Self {
        self.narrow = true;
        self
    }

    /// Sets the struct's doc comment, for documents.
    #[must_use]
    pub const fn docs(mut self, docs: &'static str) -> Self {
        self.docs = docs;
        self
    }

    /// Sets the system columns that the struct has fields for, each with the field's doc comment, for
    /// documents.
    #[must_use]
    pub const fn declares(mut self, columns: &'static [(SystemColumn, &'static str)]) -> Self {
        self.declared = columns;
        self
    }

    /// Declares that the server deletes rows for good and keeps no tombstones.
    #[must_use]
    pub const fn hard_delete(mut self) -> Self {
        self.hard_delete = true;
        self
    }

    /// Declares that the device keeps deleted rows; without effect for a local table.
    #[must_use]
    pub const fn keep_deleted(mut self) -> Self {
        self.keep_deleted = true;
        self
    }

    /// Sets what inserts send for columns of the server that the table lacks, by their names on the
    /// wire.
    #[must_use]
    pub const fn on_insert(mut self, constants: &'static [(&'static str, Constant)]) -> Self {
        self.on_insert = constants;
        self
    }

    /// The name on the server and in the store.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The path below the endpoint, if it is not `tables/<name>`.
    #[must_use]
    pub const fn wire_route(&self) -> Option<&'static str> {
        self.route
    }

    /// Whether the table is synced.
    #[must_use]
    pub const fn kind(&self) -> TableKind {
        self.kind
    }

    /// Whether the table is synced.
    #[must_use]
    pub const fn is_synced(&self) -> bool {
        matches!(self.kind, TableKind::Synced)
    }

    /// Whether the table was declared to have only some of the server's columns.
    #[must_use]
    pub const fn is_narrow(&self) -> bool {
        self.narrow
    }

    /// Whether the server was declared to delete rows for good, so that no pull tells of a delete.
    #[must_use]
    pub const fn is_hard_delete(&self) -> bool {
        self.hard_delete
    }

    /// Whether the device keeps rows that were deleted, for queries that
    /// [include them](crate::Query::include_deleted).
    #[must_use]
    pub const fn keeps_deleted(&self) -> bool {
        self.keep_deleted && self.is_synced()
    }

    /// The struct's doc comment; empty without one.
    #[must_use]
    pub const fn doc_text(&self) -> &'static str {
        self.docs
    }

    /// The system columns that the struct has fields for, with the fields' doc comments.
    #[must_use]
    pub const fn declared_system_columns(&self) -> &'static [(SystemColumn, &'static str)] {
        self.declared
    }

    /// What inserts send for columns of the server that the table lacks, by their names on the wire.
    #[must_use]
    pub const fn insert_constants(&self) -> &'static [(&'static str, Constant)] {
        self.on_insert
    }

    /// Whether the server's table is known to have columns that this one lacks: it was declared so,
    /// or inserts send constants for some.
    pub(crate) const fn lacks_columns(&self) -> bool {
        self.narrow || !self.on_insert.is_empty()
    }

    /// The columns in the order of the struct's fields; system columns are not among them.
    #[must_use]
    pub const fn columns(&self) -> &'static [ColumnDef] {
        self.columns
    }

    /// The place of the id among the columns.
    #[must_use]
    pub const fn id_index(&self) -> usize {
        self.id_index
    }

    /// The place in a row of a column, that of a system column included; `None` for a column of
    /// another table.
    #[must_use]
    pub const fn place(&self, column: &ColumnDef) -> Option<usize> {
        let mut index = 0;
        while index < self.columns.len() {
            if same_text(self.columns[index].sql_name(), column.sql_name()) {
                return Some(index);
            }
            index += 1;
        }
        let mut system = 0;
        while system < SystemColumn::ALL.len() {
            if same_text(SystemColumn::ALL[system].column().sql_name(), column.sql_name()) {
                return Some(self.columns.len() + SystemColumn::ALL[system].offset());
            }
            system += 1;
        }
        None
    }

    /// The places of the columns that the server has: all but local-only ones.
    pub(crate) fn wire_columns(&self) -> impl Iterator<Item = (usize, &'static ColumnDef)> + use<> {
        self.columns.iter().enumerate().filter(|(_, column)| !column.is_local_only())
    }

    /// The columns that the server has and that a write may change: all but the id.
    pub(crate) fn data_columns(&self) -> impl Iterator<Item = (usize, &'static ColumnDef)> + use<> {
        let id = self.id_index;
        self.wire_columns().filter(move |(index, _)| *index != id)
    }
}

/// Compares texts, in constants too.
const fn same_text(left: &str, right: &str) -> bool {
    let (left, right) = (left.as_bytes(), right.as_bytes());
    let mut index = 0;
    while index < left.len() && index < right.len() && left[index] == right[index] {
        index += 1;
    }
    index == left.len() && index == right.len()
}
