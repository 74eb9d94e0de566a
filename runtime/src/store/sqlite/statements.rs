//! The SQL texts of each table, made once, and the cells bound to them.

use std::collections::HashMap;
use std::sync::Arc;

use rusqlite::types::{ToSqlOutput, ValueRef as SqlValue};

use super::entries;
use super::migrate::Kept;
use crate::error::{Error, ErrorKind};
use crate::query::sql::{LIVE, quoted};
use crate::store::definition::KeptColumn;
use crate::table::TableSchema;
use crate::value::{Value, ValueRef};

/// The tables that the store was opened with.
#[derive(Debug, Default)]
pub(super) struct Tables(HashMap<&'static str, TableSql>);

/// The texts for one table.
#[derive(Debug)]
pub(super) struct TableSql {
    pub(super) schema: &'static TableSchema,
    /// Columns of earlier versions of the app, ordered by name; synced tables only.
    pub(super) kept: Vec<KeptColumn>,
    /// Columns, then for synced tables version, updated, created, replaced, entry, kept columns.
    pub(super) read: String,
    /// Columns, then for synced tables version, updated, created, entry.
    pub(super) insert: String,
    /// As `read`, but for the kept columns.
    pub(super) put: String,
    /// The texts that write one kept column each: its value, then the id.
    pub(super) put_kept: Vec<String>,
    /// Columns, then version, updated, created.
    pub(super) apply: String,
    /// As `apply`, for rows of the same version too.
    pub(super) rewrite: String,
    /// Whether there is a row of an id.
    pub(super) exists: String,
    pub(super) remove: String,
    pub(super) remove_unprotected: String,
    /// The texts of deleted rows; only of tables that keep them.
    pub(super) deleted: Option<DeletedSql>,
    pub(super) entry: String,
    /// The entry to which a row is linked; synced tables only.
    pub(super) entry_of_row: String,
    /// The cells of local-only columns in a pulled row that is new.
    pub(super) defaults: Vec<(usize, Value)>,
}

/// The texts for the deleted rows of a table.
#[derive(Debug)]
pub(super) struct DeletedSql {
    /// As `read` of the table, for a row that is not there for it.
    pub(super) read: String,
    /// What the hidden column holds.
    pub(super) state: String,
    pub(super) hide: String,
    pub(super) keep: String,
}

impl Tables {
    pub(super) fn new(schemas: &[&'static TableSchema], mut kept: Kept) -> Result<Arc<Self>, Error> {
        let mut tables = HashMap::new();
        for schema in schemas {
            let kept = kept.remove(schema.name()).unwrap_or_default();
            tables.insert(schema.name(), TableSql::new(schema, kept)?);
        }
        Ok(Arc::new(Self(tables)))
    }

    pub(super) fn get(&self, name: &str) -> Option<&TableSql> {
        self.0.get(name)
    }
}

impl TableSql {
    fn new(schema: &'static TableSchema, mut kept: Vec<KeptColumn>) -> Result<Self, Error> {
        let table = quoted(schema.name());
        let columns: Vec<String> = schema.columns().iter().map(|column| quoted(column.sql_name())).collect();
        let id = &columns[schema.id_index()];
        let synced = schema.is_synced();
        kept.retain(|_| synced);
        kept.sort_by(|left, right| left.name.cmp(&right.name));
        let with = |hidden: &[&str]| -> Vec<String> {
            let hidden = if synced { hidden } else { &[] };
            columns.iter().cloned().chain(hidden.iter().map(|name| quoted(name))).collect()
        };
        let into = |names: &[String]| {
            let parameters: Vec<String> = (1..=names.len()).map(|number| format!("?{number}")).collect();
            format!("INSERT INTO {table} ({}) VALUES ({})", names.join(", "), parameters.join(", "))
        };
        let set = |names: &[String]| {
            let changed: Vec<String> =
                names.iter().filter(|name| *name != id).map(|name| format!("{name} = excluded.{name}")).collect();
            if changed.is_empty() { format!("{id} = excluded.{id}") } else { changed.join(", ") }
        };

        let all = with(&["__version", "__updated_at", "__created_at", "__replaced", "__op"]);
        let inserted = with(&["__version", "__updated_at", "__created_at", "__op"]);
        let pulled = with(&["__version", "__updated_at", "__created_at"]);
        let local_only: Vec<&String> = schema
            .columns()
            .iter()
            .zip(&columns)
            .filter(|(column, _)| column.is_local_only())
            .map(|(_, name)| name)
            .collect();
        let overwritten: Vec<String> = pulled.iter().filter(|name| !local_only.contains(name)).cloned().collect();
        let upsert = format!("{} ON CONFLICT ({id}) DO UPDATE SET {}", into(&pulled), set(&overwritten));
        let mut defaults = Vec::new();
        for (index, column) in schema.columns().iter().enumerate().filter(|(_, column)| column.is_local_only()) {
            let default = column.default_cell().map_err(|error| {
                let message = format!("the default of column `{}` cannot be stored: {error}", column.wire_name());
                Error::new(ErrorKind::Schema, message).in_table(schema.name())
            })?;
            defaults.push((index, default));
        }
        let unprotected = if synced { " AND \"__op\" IS NULL" } else { "" };
        let kept_names: Vec<String> = kept.iter().map(|column| quoted(&column.name)).collect();
        let read: Vec<&str> = all.iter().chain(&kept_names).map(String::as_str).collect();
        let read = format!("SELECT {} FROM {table} WHERE {id} = ?1", read.join(", "));
        let keeps = schema.keeps_deleted();
        // A deleted row that is kept gives way to a live one of its id.
        let (live, revived) = if keeps { (format!(" AND {LIVE}"), ", \"__deleted\" = 0") } else { (String::new(), "") };
        let insert = if keeps {
            let forgotten: String = kept_names.iter().map(|name| format!(", {name} = NULL")).collect();
            format!(
                "{} ON CONFLICT ({id}) DO UPDATE SET {}, \"__replaced\" = NULL{forgotten}{revived} WHERE NOT ({LIVE})",
                into(&inserted),
                set(&inserted)
            )
        } else {
            format!("{} ON CONFLICT ({id}) DO NOTHING", into(&inserted))
        };
        let or_deleted = if keeps { format!(" OR NOT ({LIVE})") } else { String::new() };
        let deleted = keeps.then(|| DeletedSql {
            read: format!("{read} AND NOT ({LIVE})"),
            state: format!("SELECT \"__deleted\" FROM {table} WHERE {id} = ?1"),
            hide: format!("{} \"__deleted\" = 2 WHERE {id} = ?1 AND {LIVE}", unlink(&table)),
            keep: format!("{} \"__deleted\" = 1 WHERE {id} = ?1", unlink(&table)),
        });
        Ok(Self {
            schema,
            kept,
            read: format!("{read}{live}"),
            insert,
            put: format!("{} ON CONFLICT ({id}) DO UPDATE SET {}{revived}", into(&all), set(&all)),
            put_kept: kept_names.iter().map(|name| format!("UPDATE {table} SET {name} = ?1 WHERE {id} = ?2")).collect(),
            apply: format!(
                "{upsert}, \"__replaced\" = NULL{revived} WHERE \"__op\" IS NULL AND \
                 (\"__version\" IS NOT excluded.\"__version\" OR excluded.\"__version\" IS NULL{or_deleted})"
            ),
            rewrite: format!(
                "{upsert}, \"__replaced\" = CASE WHEN \"__version\" = excluded.\"__version\" THEN \"__replaced\" END{revived} \
                 WHERE \"__op\" IS NULL"
            ),
            exists: format!("SELECT EXISTS (SELECT 1 FROM {table} WHERE {id} = ?1{live})"),
            remove: format!("DELETE FROM {table} WHERE {id} = ?1"),
            remove_unprotected: format!("DELETE FROM {table} WHERE {id} = ?1{unprotected}"),
            entry: format!("SELECT \"__op\" FROM {table} WHERE {id} = ?1"),
            entry_of_row: format!("{}WHERE sequence = (SELECT \"__op\" FROM {table} WHERE {id} = ?1)", entries::SELECT),
            deleted,
            defaults,
        })
    }
}

/// How an update begins that takes a row from its entry.
fn unlink(table: &str) -> String {
    format!("UPDATE {table} SET \"__op\" = NULL, \"__replaced\" = NULL,")
}

/// A cell as a bound parameter, without a copy of ours.
#[derive(Debug)]
pub(super) struct Bound<'a>(pub(super) ValueRef<'a>);

impl rusqlite::ToSql for Bound<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self.0 {
            ValueRef::Null => SqlValue::Null,
            ValueRef::Integer(value) => SqlValue::Integer(value),
            ValueRef::Real(value) => SqlValue::Real(value),
            ValueRef::Text(value) => SqlValue::Text(value.as_bytes()),
            ValueRef::Blob(value) => SqlValue::Blob(value),
        }))
    }
}
