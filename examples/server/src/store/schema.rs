//! Makes the tables of the database, and knows their columns.

use std::sync::Arc;

use rusqlite::Connection;
use synctable::testing::ColumnType;

use super::StoreError;
use super::clock::Clock;
use crate::value::sql_type;
use crate::{Column, TableDefinition};

/// A table of the database.
#[derive(Debug)]
pub(crate) struct StoredTable {
    definition: TableDefinition,
    clock: Arc<Clock>,
}

impl StoredTable {
    pub(crate) fn name(&self) -> &str {
        self.definition.name()
    }

    pub(super) fn clock(&self) -> &Clock {
        &self.clock
    }

    pub(crate) fn columns(&self) -> &[Column] {
        self.definition.columns()
    }

    pub(crate) fn is_soft_delete(&self) -> bool {
        self.definition.is_soft_delete()
    }

    pub(crate) fn column(&self, name: &str) -> Option<&Column> {
        self.columns().iter().find(|column| column.name().eq_ignore_ascii_case(name))
    }

    /// Finds what a filter or an order may name; the version may not, it is opaque.
    pub(crate) fn lookup(&self, name: &str) -> Option<(String, ColumnType)> {
        const SYSTEM: [(&str, ColumnType); 3] =
            [("id", ColumnType::Text), ("updatedAt", ColumnType::Instant), ("deleted", ColumnType::Bool)];
        let system = SYSTEM
            .into_iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(known, kind)| (known.to_owned(), kind));
        system.or_else(|| self.column(name).map(|column| (column.name().to_owned(), column.column_type())))
    }

    /// The columns of a row in the order of `read_row`: id, stamp, deleted, then the table's own.
    pub(crate) fn sql_columns(&self) -> String {
        let mut sql = "\"id\", \"updatedAt\", \"deleted\"".to_owned();
        for column in self.columns() {
            sql.push_str(", ");
            sql.push_str(&quoted(column.name()));
        }
        sql
    }

    pub(crate) fn sql_name(&self) -> String {
        quoted(self.name())
    }
}

pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Makes what is not there yet, in one transaction.
pub(super) fn prepare(
    connection: &mut Connection,
    definitions: &[TableDefinition],
    clock: &Arc<Clock>,
) -> Result<Vec<Arc<StoredTable>>, StoreError> {
    for (at, definition) in definitions.iter().enumerate() {
        if let Some(fault) = definition.fault() {
            return Err(StoreError::new(fault));
        }
        if definitions[..at].iter().any(|other| other.name().eq_ignore_ascii_case(definition.name())) {
            return Err(StoreError::new(format!("table '{}' is defined twice", definition.name())));
        }
    }
    let failed = |error| StoreError::sqlite("cannot prepare the database", error);
    connection.busy_timeout(std::time::Duration::from_secs(5)).map_err(failed)?;
    // An answered write is on the disk: every commit waits for it.
    connection
        .execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA cache_size = -16384;")
        .map_err(failed)?;
    let transaction = connection.transaction().map_err(failed)?;
    transaction
        .execute_batch("CREATE TABLE IF NOT EXISTS __stamps (table_name TEXT NOT NULL PRIMARY KEY, last INTEGER NOT NULL) STRICT, WITHOUT ROWID")
        .map_err(failed)?;
    for definition in definitions {
        prepare_table(&transaction, definition)?;
    }
    transaction.commit().map_err(failed)?;
    Ok(definitions
        .iter()
        .map(|definition| Arc::new(StoredTable { definition: definition.clone(), clock: Arc::clone(clock) }))
        .collect())
}

fn prepare_table(connection: &Connection, definition: &TableDefinition) -> Result<(), StoreError> {
    let failed = |error| StoreError::sqlite(format!("cannot prepare table '{}'", definition.name()), error);
    let name = quoted(definition.name());
    let index = quoted(&format!("{}__updatedAt", definition.name()));
    connection
        .execute_batch(&format!(
            "CREATE TABLE IF NOT EXISTS {name} (\"id\" TEXT NOT NULL PRIMARY KEY, \"updatedAt\" INTEGER NOT NULL, \"deleted\" INTEGER NOT NULL) STRICT;
             CREATE INDEX IF NOT EXISTS {index} ON {name} (\"updatedAt\", \"id\");
             INSERT OR IGNORE INTO __stamps SELECT '{}', ifnull(max(\"updatedAt\"), 0) FROM {name};",
            definition.name()
        ))
        .map_err(failed)?;
    let mut statement = connection.prepare("SELECT name, type FROM pragma_table_info(?1)").map_err(failed)?;
    let present: Vec<(String, String)> = statement
        .query_map([definition.name()], |row| Ok((row.get(0)?, row.get(1)?)))
        .and_then(Iterator::collect)
        .map_err(failed)?;
    for column in definition.columns() {
        let wanted = sql_type(column.column_type());
        match present.iter().find(|(name, _)| name.eq_ignore_ascii_case(column.name())) {
            Some((_, found)) if found == wanted => {}
            Some((_, found)) => {
                return Err(StoreError::new(format!(
                    "column '{}.{}' is {found} in the database but must be {wanted}; use another database file",
                    definition.name(),
                    column.name()
                )));
            }
            None => {
                let mut sql = format!("ALTER TABLE {name} ADD COLUMN {} {wanted}", quoted(column.name()));
                if !column.is_nullable() {
                    let default = match crate::value::missing(column) {
                        rusqlite::types::Value::Integer(number) => number.to_string(),
                        rusqlite::types::Value::Text(text) => format!("'{text}'"),
                        rusqlite::types::Value::Real(_) => "0.0".to_owned(),
                        rusqlite::types::Value::Blob(_) => "X''".to_owned(),
                        rusqlite::types::Value::Null => "NULL".to_owned(),
                    };
                    sql.push_str(&format!(" NOT NULL DEFAULT {default}"));
                }
                connection.execute_batch(&sql).map_err(failed)?;
            }
        }
    }
    Ok(())
}
