//! What a plan consists of: steps, and changes that are refused.

use std::fmt;

/// One step, with the SQL that does it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MigrationStep {
    pub(super) change: Change,
    pub(super) sql: Vec<String>,
}

/// What a step changes.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Change {
    /// The table is made.
    TableAdded,
    /// A column is made; rows from before get its default, or null.
    ColumnAdded {
        /// The column.
        column: String,
    },
    /// A column is read no more. Its values stay in the file.
    ColumnRemoved {
        /// The column.
        column: String,
    },
    /// A column that an earlier version removed is read again, with the values that it had.
    ColumnRestored {
        /// The column.
        column: String,
    },
    /// A column goes on under another name.
    ColumnRenamed {
        /// The name before.
        from: String,
        /// The name now.
        to: String,
    },
    /// A column takes more values than before; those that it has stay.
    ColumnWidened {
        /// The column.
        column: String,
        /// Its definition before.
        from: String,
        /// Its definition now.
        to: String,
    },
    /// An index is made.
    IndexAdded {
        /// Its name in the file.
        index: String,
    },
    /// An index is dropped.
    IndexRemoved {
        /// Its name in the file.
        index: String,
    },
    /// The table is copied into one with other declarations; SQLite cannot change those of a column.
    TableRebuilt,
    /// Deleted rows are kept from now on.
    DeletedKept,
    /// Deleted rows are kept no more: those that there are go.
    DeletedDropped,
}

/// A change that the store does not follow, because values could be lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedChange {
    pub(super) column: Option<String>,
    pub(super) file: Option<String>,
    pub(super) app: Option<String>,
    pub(super) reason: String,
}

impl MigrationStep {
    /// What changes.
    #[must_use]
    pub const fn change(&self) -> &Change {
        &self.change
    }

    /// The SQL statements, in order and without a semicolon; none if only the app's view of the file changes.
    #[must_use]
    pub fn sql(&self) -> &[String] {
        &self.sql
    }
}

impl RefusedChange {
    /// The column; `None` if it is about the table.
    #[must_use]
    pub fn column(&self) -> Option<&str> {
        self.column.as_deref()
    }

    /// The definition in the file; `None` if it has none.
    #[must_use]
    pub fn file(&self) -> Option<&str> {
        self.file.as_deref()
    }

    /// The definition in the app; `None` if it has none.
    #[must_use]
    pub fn app(&self) -> Option<&str> {
        self.app.as_deref()
    }

    /// Why the store does not follow, and what to do.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TableAdded => f.write_str("the table is made"),
            Self::ColumnAdded { column } => write!(f, "column `{column}` is added"),
            Self::ColumnRemoved { column } => {
                write!(f, "column `{column}` is removed: its values stay in the file and are not read")
            }
            Self::ColumnRestored { column } => write!(f, "column `{column}` is back, with the values that were kept"),
            Self::ColumnRenamed { from, to } => write!(f, "column `{from}` is renamed to `{to}`"),
            Self::ColumnWidened { column, from, to } => {
                write!(f, "column `{column}` is widened from ({from}) to ({to})")
            }
            Self::IndexAdded { index } => write!(f, "index `{index}` is made"),
            Self::IndexRemoved { index } => write!(f, "index `{index}` is dropped"),
            Self::DeletedKept => f.write_str("deleted rows are kept from now on"),
            Self::DeletedDropped => f.write_str("deleted rows are kept no more: those that there are go"),
            Self::TableRebuilt => {
                f.write_str("the table is copied, because SQLite cannot change a column's declaration")
            }
        }
    }
}

impl fmt::Display for RefusedChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(column) = &self.column {
            write!(f, "column `{column}`: ")?;
        }
        match (&self.file, &self.app) {
            (Some(file), Some(app)) => write!(f, "the file has ({file}), the app has ({app}): {}", self.reason),
            (Some(file), None) => write!(f, "the file has ({file}): {}", self.reason),
            (None, Some(app)) => write!(f, "the app has ({app}): {}", self.reason),
            (None, None) => f.write_str(&self.reason),
        }
    }
}

impl fmt::Display for MigrationStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.change.fmt(f)
    }
}
