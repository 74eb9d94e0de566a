//! Names of tables and columns as SQL writes them.

use std::fmt;

use crate::column::Column;
use crate::table::{SyncTable, TableSchema};

/// The quoted name of a column, behind that of its table or of an alias; display it to get the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SqlName<'a> {
    table: &'a str,
    column: &'static str,
}

impl fmt::Display for SqlName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_quoted(self.table, f)?;
        f.write_str(".")?;
        write_quoted(self.column, f)
    }
}

impl<T, V> Column<T, V> {
    /// The name in SQL behind an alias of the table, such as `"t"."title"`, for
    /// [reads by SQL](crate::SqlQuery) that name a table twice or in short.
    #[must_use]
    pub const fn sql_of(self, alias: &str) -> SqlName<'_> {
        SqlName { table: alias, column: self.def().sql_name() }
    }
}

/// The name in SQL behind that of the table, such as `"todoitem"."title"`.
impl<T: SyncTable, V> fmt::Display for Column<T, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.sql_of(T::SCHEMA.name()).fmt(f)
    }
}

/// The table's quoted name in SQL.
impl fmt::Display for TableSchema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_quoted(self.name(), f)
    }
}

fn write_quoted(name: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str("\"")?;
    for (place, part) in name.split('"').enumerate() {
        if place > 0 {
            f.write_str("\"\"")?;
        }
        f.write_str(part)?;
    }
    f.write_str("\"")
}
