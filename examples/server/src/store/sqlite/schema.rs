//! Makes the tables of the database.

use std::sync::Arc;

use rusqlite::Connection;
use synctable::testing::ColumnType;

use super::{failed, replies};
use crate::store::table::quoted;
use crate::store::{Cell, StoreError, StoredTable};
use crate::value::missing;

/// How many columns stand before the table's own.
pub(super) const SYSTEM_COLUMNS: usize = 4;

/// The columns of a row: id, stamp, deleted, stamp of the insert, then the table's own.
pub(super) fn columns_sql(table: &StoredTable) -> String {
    let mut sql = "\"id\", \"updatedAt\", \"deleted\", \"createdAt\"".to_owned();
    for column in table.columns() {
        sql.push_str(", ");
        sql.push_str(&quoted(column.name()));
    }
    sql
}

pub(super) fn table_sql(table: &StoredTable) -> String {
    quoted(table.name())
}

/// Returns the type that a column is stored as.
///
/// Instants and times are counts of 100 ns and days are counts of days, so that they order as numbers;
/// of an enumeration the place of the name is stored, for the same reason; decimals keep their text.
fn sql_type(column_type: ColumnType) -> &'static str {
    match column_type {
        ColumnType::Bool
        | ColumnType::Int32
        | ColumnType::Int64
        | ColumnType::Instant
        | ColumnType::Date
        | ColumnType::Time
        | ColumnType::Enum(_) => "INTEGER",
        ColumnType::Single | ColumnType::Double => "REAL",
        ColumnType::Text | ColumnType::Decimal | ColumnType::Guid | ColumnType::Json => "TEXT",
        ColumnType::Bytes => "BLOB",
    }
}

/// Makes what is not there yet, in one transaction.
pub(super) fn prepare(connection: &mut Connection, tables: &[Arc<StoredTable>]) -> Result<(), StoreError> {
    let failed = failed("cannot prepare the database");
    connection.busy_timeout(std::time::Duration::from_secs(5)).map_err(&failed)?;
    // An answered write is on the disk: every commit waits for it.
    connection
        .execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA cache_size = -16384;")
        .map_err(&failed)?;
    let transaction = connection.transaction().map_err(&failed)?;
    transaction
        .execute_batch("CREATE TABLE IF NOT EXISTS __stamps (table_name TEXT NOT NULL PRIMARY KEY, last INTEGER NOT NULL) STRICT, WITHOUT ROWID")
        .map_err(&failed)?;
    transaction.execute_batch(replies::CREATE).map_err(&failed)?;
    for table in tables {
        prepare_table(&transaction, table)?;
    }
    transaction.commit().map_err(failed)
}

fn prepare_table(connection: &Connection, table: &StoredTable) -> Result<(), StoreError> {
    let failed = failed(format!("cannot prepare table '{}'", table.name()));
    let name = table_sql(table);
    let index = quoted(&format!("{}__updatedAt", table.name()));
    connection
        .execute_batch(&format!(
            "CREATE TABLE IF NOT EXISTS {name} (\"id\" TEXT NOT NULL PRIMARY KEY, \"updatedAt\" INTEGER NOT NULL, \"deleted\" INTEGER NOT NULL, \"createdAt\" INTEGER NOT NULL) STRICT;
             CREATE INDEX IF NOT EXISTS {index} ON {name} (\"updatedAt\", \"id\");
             INSERT OR IGNORE INTO __stamps SELECT '{}', ifnull(max(\"updatedAt\"), 0) FROM {name};",
            table.name()
        ))
        .map_err(&failed)?;
    let mut statement = connection.prepare("SELECT name, type FROM pragma_table_info(?1)").map_err(&failed)?;
    let present: Vec<(String, String)> = statement
        .query_map([table.name()], |row| Ok((row.get(0)?, row.get(1)?)))
        .and_then(Iterator::collect)
        .map_err(&failed)?;
    if !present.iter().any(|(name, _)| name == "createdAt") {
        // A database of an earlier version: of its rows only the last stamp is known.
        connection
            .execute_batch(&format!(
                "ALTER TABLE {name} ADD COLUMN \"createdAt\" INTEGER NOT NULL DEFAULT 0; UPDATE {name} SET \"createdAt\" = \"updatedAt\";"
            ))
            .map_err(&failed)?;
    }
    for column in table.columns() {
        let wanted = sql_type(column.column_type());
        match present.iter().find(|(name, _)| name.eq_ignore_ascii_case(column.name())) {
            Some((_, found)) if found == wanted => {}
            Some((_, found)) => {
                return Err(StoreError::new(format!(
                    "column '{}.{}' is {found} in the database but must be {wanted}; use another database file",
                    table.name(),
                    column.name()
                )));
            }
            None => {
                let mut sql = format!("ALTER TABLE {name} ADD COLUMN {} {wanted}", quoted(column.name()));
                if !column.is_nullable() {
                    let default = match missing(column) {
                        Cell::Int(number) => number.to_string(),
                        Cell::Text(text) => format!("'{text}'"),
                        Cell::Real(_) => "0.0".to_owned(),
                        Cell::Blob(_) => "X''".to_owned(),
                        Cell::Null => "NULL".to_owned(),
                    };
                    sql.push_str(&format!(" NOT NULL DEFAULT {default}"));
                }
                connection.execute_batch(&sql).map_err(&failed)?;
            }
        }
    }
    Ok(())
}
