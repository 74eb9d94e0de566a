//! Makes the tables of the database, and writes the statements on their rows.

use std::sync::Arc;

use synctable::testing::ColumnType;
use tokio_postgres::{Client, Transaction};

use super::{failed, functions, replies};
use crate::store::table::quoted;
use crate::store::{Cell, StoreError, StoredTable};
use crate::value::missing;

/// The lock under which one of several programs that start at one time makes the tables.
const LOCK: i64 = 0x73_79_6e_63_74_61_62_6c;

/// PostgreSQL cuts longer names.
const NAME_BYTES: usize = 63;

/// What an index of stamps is called behind the name of its table.
const INDEX: &str = "__updatedAt";

/// Returns the type that a column is stored as.
fn sql_type(column_type: ColumnType) -> &'static str {
    match column_type {
        ColumnType::Bool => "boolean",
        ColumnType::Int32 => "integer",
        ColumnType::Int64 | ColumnType::Instant | ColumnType::Date | ColumnType::Time | ColumnType::Enum(_) => "bigint",
        ColumnType::Single | ColumnType::Double => "double precision",
        ColumnType::Decimal => "numeric",
        ColumnType::Text | ColumnType::Guid | ColumnType::Json => "text",
        ColumnType::Bytes => "bytea",
    }
}

/// Returns the type of a column with the collation that orders by code point, as every engine has to.
fn declared_type(column_type: ColumnType) -> String {
    match sql_type(column_type) {
        "text" => "text COLLATE \"C\"".to_owned(),
        other => other.to_owned(),
    }
}

/// How many columns stand before the table's own.
pub(super) const SYSTEM_COLUMNS: usize = 4;

/// The columns of a row as they are read: id, stamp, deleted, stamp of the insert, then the table's own.
pub(super) fn columns_sql(table: &StoredTable) -> String {
    let mut sql = "\"id\", \"updatedAt\", \"deleted\", \"createdAt\"".to_owned();
    for column in table.columns() {
        sql.push_str(", ");
        sql.push_str(&quoted(column.name()));
        if column.column_type() == ColumnType::Decimal {
            sql.push_str("::text");
        }
    }
    sql
}

pub(super) fn table_sql(table: &StoredTable) -> String {
    quoted(table.name())
}

/// The names of a row's columns in the order of [`columns_sql`], and arrays of their values as a relation of many rows.
fn names_and_arrays(table: &StoredTable) -> (Vec<String>, String) {
    let mut names = ["\"id\"", "\"updatedAt\"", "\"deleted\"", "\"createdAt\""].map(str::to_owned).to_vec();
    let mut arrays = ["$1::text[]", "$2::bigint[]", "$3::boolean[]", "$4::bigint[]"].map(str::to_owned).to_vec();
    for (at, column) in table.columns().iter().enumerate() {
        names.push(quoted(column.name()));
        let place = at + 1 + SYSTEM_COLUMNS;
        arrays.push(match sql_type(column.column_type()) {
            "numeric" => format!("${place}::text[]::numeric[]"),
            other => format!("${place}::{other}[]"),
        });
    }
    (names, format!("unnest({})", arrays.join(", ")))
}

/// Inserts rows; each parameter is the array of a column.
pub(super) fn insert_sql(table: &StoredTable) -> String {
    let (names, rows) = names_and_arrays(table);
    format!("INSERT INTO {} ({}) SELECT * FROM {rows}", table_sql(table), names.join(", "))
}

/// Gives rows other values; each parameter is the array of a column.
pub(super) fn update_sql(table: &StoredTable) -> String {
    let (names, rows) = names_and_arrays(table);
    let sets: Vec<String> = names.iter().enumerate().skip(1).map(|(at, name)| format!("{name} = new.c{at}")).collect();
    let columns: Vec<String> = (0..names.len()).map(|at| format!("c{at}")).collect();
    format!(
        "UPDATE {} AS present SET {} FROM {rows} AS new({}) WHERE present.\"id\" = new.c0",
        table_sql(table),
        sets.join(", "),
        columns.join(", ")
    )
}

/// Removes rows; the parameter is the array of their ids.
pub(super) fn delete_sql(table: &StoredTable) -> String {
    format!("DELETE FROM {} WHERE \"id\" = ANY($1)", table_sql(table))
}

/// Makes what is not there yet, in one transaction; programs that start at one time take turns.
pub(super) async fn prepare(client: &mut Client, tables: &[Arc<StoredTable>]) -> Result<(), StoreError> {
    let failed = failed("cannot prepare the database");
    let encoding: String = client.query_one("SHOW server_encoding", &[]).await.map_err(&failed)?.get(0);
    if encoding != "UTF8" {
        return Err(StoreError::new(format!("the encoding of the database is {encoding} but must be UTF8")));
    }
    let transaction = client.transaction().await.map_err(&failed)?;
    transaction.execute("SELECT pg_advisory_xact_lock($1)", &[&LOCK]).await.map_err(&failed)?;
    functions::prepare(&transaction).await.map_err(&failed)?;
    if !is_there(&transaction, "__stamps").await.map_err(&failed)? {
        // A row of it changes with every transaction that writes: room in its page keeps that cheap.
        transaction
            .batch_execute("CREATE TABLE __stamps (table_name text COLLATE \"C\" PRIMARY KEY, last bigint NOT NULL) WITH (fillfactor = 10)")
            .await
            .map_err(&failed)?;
    }
    if !is_there(&transaction, "__replies").await.map_err(&failed)? {
        transaction.batch_execute(replies::CREATE).await.map_err(&failed)?;
    }
    for table in tables {
        prepare_table(&transaction, table).await?;
    }
    transaction.commit().await.map_err(&failed)
}

async fn is_there(transaction: &Transaction<'_>, name: &str) -> Result<bool, tokio_postgres::Error> {
    let row = transaction.query_one("SELECT to_regclass($1) IS NOT NULL", &[&quoted(name)]).await?;
    Ok(row.get(0))
}

async fn prepare_table(transaction: &Transaction<'_>, table: &StoredTable) -> Result<(), StoreError> {
    let failed = failed(format!("cannot prepare table '{}'", table.name()));
    check_names(table)?;
    let (name, index) = (table_sql(table), format!("{}{INDEX}", table.name()));
    if !is_there(transaction, table.name()).await.map_err(&failed)? {
        let sql = format!(
            "CREATE TABLE {name} (\"id\" text COLLATE \"C\" PRIMARY KEY, \"updatedAt\" bigint NOT NULL, \"deleted\" boolean NOT NULL, \"createdAt\" bigint NOT NULL)"
        );
        transaction.batch_execute(&sql).await.map_err(&failed)?;
    }
    if !is_there(transaction, &index).await.map_err(&failed)? {
        let sql = format!("CREATE INDEX {} ON {name} (\"updatedAt\", \"id\")", quoted(&index));
        transaction.batch_execute(&sql).await.map_err(&failed)?;
    }
    let sql =
        format!("INSERT INTO __stamps SELECT $1, coalesce(max(\"updatedAt\"), 0) FROM {name} ON CONFLICT DO NOTHING");
    transaction.execute(&sql, &[&table.name()]).await.map_err(&failed)?;
    let present = transaction
        .query(
            "SELECT attname::text, format_type(atttypid, NULL), attcollation = 0 OR attcollation = '\"C\"'::regcollation
             FROM pg_attribute WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped",
            &[&name],
        )
        .await
        .map_err(&failed)?;
    if !present.iter().any(|row| row.get::<_, &str>(0) == "createdAt") {
        // A database of an earlier version: of its rows only the last stamp is known.
        let sql = format!(
            "ALTER TABLE {name} ADD COLUMN \"createdAt\" bigint; UPDATE {name} SET \"createdAt\" = \"updatedAt\"; ALTER TABLE {name} ALTER COLUMN \"createdAt\" SET NOT NULL"
        );
        transaction.batch_execute(&sql).await.map_err(&failed)?;
    }
    for column in table.columns() {
        let wanted = sql_type(column.column_type());
        let found = present.iter().find(|row| row.get::<_, &str>(0) == column.name());
        let Some(found) = found else {
            let mut sql = format!(
                "ALTER TABLE {name} ADD COLUMN {} {}",
                quoted(column.name()),
                declared_type(column.column_type())
            );
            if !column.is_nullable() {
                sql.push_str(&format!(" NOT NULL DEFAULT {}", literal(&missing(column), column.column_type())));
            }
            transaction.batch_execute(&sql).await.map_err(&failed)?;
            continue;
        };
        let (found, ordered): (&str, bool) = (found.get(1), found.get(2));
        if found != wanted || !ordered {
            return Err(StoreError::new(format!(
                "column '{}.{}' is {found}{} in the database but must be {}; use another database",
                table.name(),
                column.name(),
                if ordered { "" } else { " with another collation" },
                declared_type(column.column_type())
            )));
        }
    }
    Ok(())
}

fn check_names(table: &StoredTable) -> Result<(), StoreError> {
    if table.name().len() + INDEX.len() > NAME_BYTES {
        let most = NAME_BYTES - INDEX.len();
        return Err(StoreError::new(format!("the name of table '{}' is longer than {most} bytes", table.name())));
    }
    match table.columns().iter().find(|column| column.name().len() > NAME_BYTES) {
        None => Ok(()),
        Some(column) => Err(StoreError::new(format!(
            "the name of column '{}.{}' is longer than {NAME_BYTES} bytes",
            table.name(),
            column.name()
        ))),
    }
}

/// Writes a default of a column.
fn literal(cell: &Cell, column_type: ColumnType) -> String {
    match cell {
        Cell::Null => "NULL".to_owned(),
        Cell::Int(number) if column_type == ColumnType::Bool => (*number != 0).to_string(),
        Cell::Int(number) => number.to_string(),
        Cell::Real(number) => format!("'{number}'"),
        Cell::Text(text) => format!("'{}'", text.replace('\'', "''")),
        Cell::Blob(_) => "''".to_owned(),
    }
}
