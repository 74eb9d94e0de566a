//! What a served table looks like.

use synctable::testing::ColumnType;

/// A table that the server serves: its name, its columns and whether deletes leave tombstones.
///
/// Every table has the system columns `id`, `updatedAt`, `version` and `deleted` besides.
///
/// ```
/// use synctable_server::{ColumnType, TableDefinition};
///
/// let table = TableDefinition::new("todoitem").column("title", ColumnType::Text).required("complete", ColumnType::Bool).soft_delete();
/// assert_eq!(table.name(), "todoitem");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableDefinition {
    name: String,
    columns: Vec<Column>,
    soft_delete: bool,
}

/// A column of a served table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    name: String,
    column_type: ColumnType,
    nullable: bool,
}

impl TableDefinition {
    /// Makes a table without columns, whose deletes remove the row.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), columns: Vec::new(), soft_delete: false }
    }

    /// Adds a column that may be null; a missing member is null.
    #[must_use]
    pub fn column(mut self, name: impl Into<String>, column_type: ColumnType) -> Self {
        self.columns.push(Column { name: name.into(), column_type, nullable: true });
        self
    }

    /// Adds a column that is never null; a missing member is zero, false, the empty text or the earliest instant.
    #[must_use]
    pub fn required(mut self, name: impl Into<String>, column_type: ColumnType) -> Self {
        self.columns.push(Column { name: name.into(), column_type, nullable: false });
        self
    }

    /// Makes deletes leave a tombstone.
    #[must_use]
    pub fn soft_delete(mut self) -> Self {
        self.soft_delete = true;
        self
    }

    /// Returns the name of the table.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the columns in the order in which rows show them.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// Tells whether deletes leave a tombstone.
    pub fn is_soft_delete(&self) -> bool {
        self.soft_delete
    }

    /// Returns why the definition cannot be served, if so.
    pub(crate) fn fault(&self) -> Option<String> {
        let is_name = |name: &str| {
            name.len() <= 128
                && name.starts_with(|c: char| c.is_ascii_alphabetic())
                && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        };
        if !is_name(&self.name) || self.name.to_ascii_lowercase().starts_with("sqlite_") {
            return Some(format!("'{}' is not a name that a table can have; use letters, digits and '_'", self.name));
        }
        let mut seen: Vec<String> = ["id", "updatedat", "createdat", "version", "deleted"].map(str::to_owned).to_vec();
        for column in &self.columns {
            let folded = column.name.to_ascii_lowercase();
            if !is_name(&column.name) {
                return Some(format!(
                    "'{}.{}' is not a name that a column can have; use letters, digits and '_'",
                    self.name, column.name
                ));
            }
            if seen.contains(&folded) {
                return Some(format!(
                    "column '{}.{}' is there twice, or has the name of a system column",
                    self.name, column.name
                ));
            }
            seen.push(folded);
        }
        None
    }
}

impl Column {
    /// Returns the name of the column.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the type of the column.
    pub fn column_type(&self) -> ColumnType {
        self.column_type
    }

    /// Tells whether the column may be null.
    pub fn is_nullable(&self) -> bool {
        self.nullable
    }
}
