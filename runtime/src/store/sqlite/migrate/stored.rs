//! The definition of a table as the file has it, held against what the file really holds.

use rusqlite::Connection;

use super::{MIGRATING, mismatch};
use crate::error::Error;
use crate::store::ddl;
use crate::store::definition::{ColumnDefinition, Standing, TableDefinition};
use crate::store::sqlite::failure::Fails;
use crate::table::TableSchema;

/// The name of a table or view in the file, whose case may be another.
pub(super) fn name(conn: &Connection, schema: &TableSchema) -> Result<Option<String>, Error> {
    let text = "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name = ?1 COLLATE NOCASE";
    let mut statement = conn.prepare(text).doing(MIGRATING)?;
    let mut names = statement.query([schema.name()]).doing(MIGRATING)?;
    names.next().doing(MIGRATING)?.map(|row| row.get(0)).transpose().doing(MIGRATING)
}

/// A column as SQLite tells it.
struct FileColumn {
    name: String,
    sql_type: String,
    not_null: bool,
    default: Option<String>,
    key: bool,
}

/// Reads the definition of a table.
///
/// # Errors
/// `Schema`: the text of the definition is damaged, or another program has changed the table.
pub(super) fn definition(conn: &Connection, table: &str, text: &str) -> Result<TableDefinition, Error> {
    let mut definition = TableDefinition::from_text(table, text)?;
    let columns = file_columns(conn, table)?;
    for column in &mut definition.columns {
        let there = columns.iter().find(|there| there.name == column.name);
        let expected = declaration(&column.sql_type, !column.optional);
        let fits = there.is_some_and(|there| {
            there.sql_type == column.sql_type && there.not_null != column.optional && there.key == column.is_id
        });
        if !fits {
            let found = there.map_or("no such column".to_owned(), |there| declaration(&there.sql_type, there.not_null));
            return Err(mismatch(format!(
                "column `{}`: expected {expected}, found {found}: the file was changed by another program; put a \
                 copy of the file in its place, or move it away",
                column.name
            )));
        }
    }
    let kept = definition.keep_deleted.then_some(ddl::DELETED);
    for (name, sql_type) in ddl::HIDDEN.iter().filter(|_| definition.synced).chain(&kept) {
        let there = columns.iter().find(|there| there.name == *name);
        if there.is_none_or(|there| there.sql_type != *sql_type) {
            let found = there.map_or("no such column", |there| &there.sql_type);
            return Err(mismatch(format!(
                "column `{name}`: expected {sql_type}, found {found}: the file was changed by another program; put \
                 a copy of the file in its place, or move it away"
            )));
        }
    }
    // The format before did not note the columns that earlier versions of the app had.
    let standing = if text.starts_with('{') { Standing::Foreign } else { Standing::Kept };
    for there in columns {
        let is_known = definition.columns.iter().any(|column| column.name == there.name);
        if is_known || ddl::HIDDEN.iter().chain(&kept).any(|(name, _)| *name == there.name) {
            continue;
        }
        if there.not_null && there.default.is_none() {
            return Err(mismatch(format!(
                "the file has a column `{}` that the table has not, and that needs a value in each row: declare it, \
                 or move the file away",
                there.name
            )));
        }
        definition.columns.push(ColumnDefinition {
            name: there.name,
            column_type: None,
            sql_type: there.sql_type,
            optional: !there.not_null,
            is_id: false,
            local: false,
            checked: false,
            standing,
            default: there.default,
        });
    }
    definition.indexes = indexes(conn, table)?;
    Ok(definition)
}

fn declaration(sql_type: &str, not_null: bool) -> String {
    format!("{sql_type}{}", if not_null { " NOT NULL" } else { "" })
}

fn file_columns(conn: &Connection, table: &str) -> Result<Vec<FileColumn>, Error> {
    let text = "SELECT name, type, \"notnull\", dflt_value, pk > 0 FROM pragma_table_info(?1)";
    let mut statement = conn.prepare(text).doing(MIGRATING)?;
    let columns = statement
        .query_map([table], |row| {
            Ok(FileColumn {
                name: row.get(0)?,
                sql_type: row.get(1)?,
                not_null: row.get(2)?,
                default: row.get(3)?,
                key: row.get(4)?,
            })
        })
        .doing(MIGRATING)?;
    columns.collect::<Result<_, _>>().doing(MIGRATING)
}

/// Our indexes of a table: names, and the texts that created them.
fn indexes(conn: &Connection, table: &str) -> Result<Vec<(String, String)>, Error> {
    let text = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = ?1 AND sql IS NOT NULL \
                AND substr(name, 1, length(?2)) = ?2 ORDER BY name";
    let mut statement = conn.prepare(text).doing(MIGRATING)?;
    let prefix = ddl::index_prefix(table);
    let found = statement.query_map([table, &prefix], |row| Ok((row.get(0)?, row.get(1)?))).doing(MIGRATING)?;
    found.collect::<Result<_, _>>().doing(MIGRATING)
}

/// The texts of the indexes and triggers that other programs made for a table: they go with the table
/// when it is copied, and are made again.
pub(super) fn attachments(conn: &Connection, table: &str) -> Result<Vec<String>, Error> {
    let text = "SELECT sql FROM sqlite_master WHERE type IN ('index', 'trigger') AND tbl_name = ?1 \
                AND sql IS NOT NULL AND substr(name, 1, length(?2)) <> ?2 ORDER BY rowid";
    let mut statement = conn.prepare(text).doing(MIGRATING)?;
    let prefix = ddl::index_prefix(table);
    let found = statement.query_map([table, &prefix], |row| row.get(0)).doing(MIGRATING)?;
    found.collect::<Result<_, _>>().doing(MIGRATING)
}
