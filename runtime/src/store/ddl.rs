//! The one DDL writer: the text of an app's table, of its columns for a migration, of its indexes.

use crate::error::{Error, ErrorKind};
use crate::query::sql::quoted;
use crate::table::{ColumnDef, TableSchema};
use crate::value::{ColumnType, Value};

/// The hidden columns of a synced table and their SQL types. In `__replaced` the empty text means
/// that the row had no version before this device's push.
pub(crate) const HIDDEN: [(&str, &str); 5] = [
    ("__version", "TEXT"),
    ("__updated_at", "INTEGER"),
    ("__created_at", "INTEGER"),
    ("__replaced", "TEXT"),
    ("__op", "INTEGER"),
];

/// The hidden column of tables that keep deleted rows, and its SQL type: 0 for a row, 1 for a deleted
/// one, 2 for one whose delete waits for the server.
pub(crate) const DELETED: (&str, &str) = ("__deleted", "INTEGER");

fn deleted_column() -> String {
    format!("{} {} NOT NULL DEFAULT 0", quoted(DELETED.0), DELETED.1)
}

/// The text that adds the column of deleted rows to a table.
pub(crate) fn add_deleted(schema: &TableSchema) -> String {
    format!("ALTER TABLE {} ADD COLUMN {}", quoted(schema.name()), deleted_column())
}

/// The texts that take it away, with the deleted rows.
pub(crate) fn drop_deleted(schema: &TableSchema) -> [String; 2] {
    let (table, column) = (quoted(schema.name()), quoted(DELETED.0));
    [format!("DELETE FROM {table} WHERE {column} <> 0"), format!("ALTER TABLE {table} DROP COLUMN {column}")]
}

/// The SQL type of a column.
pub(crate) fn sql_type(column_type: ColumnType) -> &'static str {
    match column_type {
        ColumnType::Bool
        | ColumnType::I8
        | ColumnType::I16
        | ColumnType::I32
        | ColumnType::I64
        | ColumnType::U8
        | ColumnType::U16
        | ColumnType::U32
        | ColumnType::Timestamp => "INTEGER",
        ColumnType::F32 | ColumnType::F64 => "REAL",
        ColumnType::Text
        | ColumnType::Char
        | ColumnType::Id
        | ColumnType::Version
        | ColumnType::Uuid
        | ColumnType::Decimal
        | ColumnType::Date
        | ColumnType::TimeOfDay
        | ColumnType::Json => "TEXT",
        ColumnType::Bytes => "BLOB",
    }
}

/// The text of one column.
///
/// A column that cannot be null has a DEFAULT in the file even if the schema has none, so that
/// inserts still work after a later version of the app drops the column. The library itself always
/// writes every column that it knows.
fn column(schema: &TableSchema, column: &ColumnDef) -> Result<String, Error> {
    let name = quoted(column.sql_name());
    let sql_type = sql_type(column.column_type());
    if column.is_id() {
        return Ok(format!("{name} {sql_type} PRIMARY KEY NOT NULL"));
    }
    Ok(match (column.is_nullable(), default_cell(schema, column)?) {
        (true, Value::Null) => format!("{name} {sql_type}"),
        (true, default) => format!("{name} {sql_type} DEFAULT {}", literal(&default)),
        (false, Value::Null) => format!("{name} {sql_type} NOT NULL DEFAULT {}", placeholder(sql_type)),
        (false, default) => format!("{name} {sql_type} NOT NULL DEFAULT {}", literal(&default)),
    })
}

fn placeholder(sql_type: &str) -> &'static str {
    match sql_type {
        "TEXT" => "''",
        "BLOB" => "x''",
        _ => "0",
    }
}

fn literal(value: &Value) -> String {
    match value {
        Value::Null => "NULL".to_owned(),
        Value::Integer(value) => value.to_string(),
        // The debug form has a point or an exponent, and reads back as the same number.
        Value::Real(value) => format!("{value:?}"),
        // A NUL would end the statement.
        Value::Text(text) if text.contains('\0') => format!("(CAST({} AS TEXT))", blob(text.as_bytes())),
        Value::Text(text) => format!("'{}'", text.replace('\'', "''")),
        Value::Blob(bytes) => blob(bytes),
    }
}

fn blob(bytes: &[u8]) -> String {
    format!("x'{}'", bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
}

/// The text that creates a table, a line a column.
///
/// # Errors
/// `Schema`: a default has no stored form.
pub(crate) fn table(schema: &TableSchema) -> Result<String, Error> {
    table_named(schema.name(), schema, &[])
}

/// As [`table`], under another name and with columns that the schema lacks, given by their texts.
///
/// # Errors
/// `Schema`: a default has no stored form.
pub(crate) fn table_named(name: &str, schema: &TableSchema, others: &[String]) -> Result<String, Error> {
    let mut lines = Vec::new();
    for each in schema.columns() {
        lines.push(format!("  {}", column(schema, each)?));
    }
    lines.extend(others.iter().map(|other| format!("  {other}")));
    if schema.is_synced() {
        lines.extend(HIDDEN.map(|(name, sql_type)| format!("  {} {sql_type}", quoted(name))));
    }
    if schema.keeps_deleted() {
        lines.push(format!("  {}", deleted_column()));
    }
    Ok(format!("CREATE TABLE {} (\n{}\n) STRICT", quoted(name), lines.join(",\n")))
}

/// The SQL text of a column's default; `NULL` if it has none.
///
/// # Errors
/// `Schema`: the default has no stored form.
pub(crate) fn default_text(schema: &TableSchema, column: &ColumnDef) -> Result<String, Error> {
    default_cell(schema, column).map(|default| literal(&default))
}

fn default_cell(schema: &TableSchema, column: &ColumnDef) -> Result<Value, Error> {
    column.default_cell().map_err(|error| {
        let message = format!("the default of column `{}` cannot be stored: {error}", column.wire_name());
        Error::new(ErrorKind::Schema, message).in_table(schema.name())
    })
}

/// The text that adds a column; rows from before get the default or null.
///
/// # Errors
/// `Schema`: the default has no stored form.
pub(crate) fn add_column(schema: &TableSchema, added: &ColumnDef) -> Result<String, Error> {
    Ok(format!("ALTER TABLE {} ADD COLUMN {}", quoted(schema.name()), column(schema, added)?))
}

/// The names of the indexes of a table and the texts that create them.
pub(crate) fn indexes(schema: &TableSchema) -> Vec<(String, String)> {
    let indexed = schema.columns().iter().filter(|column| column.is_indexed() && !column.is_id());
    indexed
        .map(|column| {
            let name = format!("{}{}", index_prefix(schema.name()), column.sql_name());
            let (on, by) = (quoted(schema.name()), quoted(column.sql_name()));
            let text = format!("CREATE INDEX {} ON {on} ({by})", quoted(&name));
            (name, text)
        })
        .collect()
}

/// How the names of our indexes of a table begin.
pub(crate) fn index_prefix(table: &str) -> String {
    format!("__index|{table}|")
}

/// The SQL text of a table in the SQLite store: what creates the table and its indexes.
///
/// # Errors
/// `Schema`: a default has no stored form.
pub fn schema_text(schema: &TableSchema) -> Result<String, Error> {
    let mut text = table(schema)?;
    for (_, index) in indexes(schema) {
        text.push_str(";\n");
        text.push_str(&index);
    }
    Ok(text)
}

/// Our own tables whose rows are a user's or a server's.
pub(crate) const SYSTEM_ROWS: [&str; 5] = ["__operations", "__delta_tokens", "__quarantine", "__graves", "__settled"];

/// Creates our own tables; the partial index is the only one of the queue.
pub(crate) const SYSTEM: &str = r#"
CREATE TABLE IF NOT EXISTS "__operations" (
  sequence INTEGER PRIMARY KEY NOT NULL,
  made INTEGER,
  "table" TEXT NOT NULL,
  id TEXT NOT NULL,
  revision INTEGER NOT NULL,
  absent INTEGER NOT NULL,
  made_id INTEGER NOT NULL,
  sent INTEGER NOT NULL,
  discarded INTEGER NOT NULL,
  repair INTEGER NOT NULL,
  strikes INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  struck_at INTEGER,
  failure TEXT,
  base TEXT,
  request TEXT,
  candidate TEXT,
  written_at INTEGER,
  doubtful INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS "__operations_absent" ON "__operations" ("table", id) WHERE absent;
CREATE TABLE IF NOT EXISTS "__delta_tokens" (
  "table" TEXT NOT NULL,
  query TEXT NOT NULL,
  filter TEXT NOT NULL,
  token INTEGER,
  read_at INTEGER,
  PRIMARY KEY ("table", query)
) STRICT;
CREATE TABLE IF NOT EXISTS "__quarantine" (
  "table" TEXT NOT NULL,
  id TEXT NOT NULL,
  error TEXT NOT NULL,
  raw TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY ("table", id)
) STRICT;
CREATE TABLE IF NOT EXISTS "__graves" (
  "table" TEXT NOT NULL,
  id TEXT NOT NULL,
  "row" TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY ("table", id)
) STRICT;
CREATE TABLE IF NOT EXISTS "__settled" (
  mark INTEGER PRIMARY KEY NOT NULL,
  "table" TEXT NOT NULL,
  id TEXT NOT NULL,
  version TEXT,
  updated_at INTEGER,
  deleted INTEGER NOT NULL,
  at INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS "__meta" (
  key TEXT PRIMARY KEY NOT NULL,
  value TEXT NOT NULL
) STRICT;
"#;
