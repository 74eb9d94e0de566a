//! Creates the file, adds tables, columns and indexes, and refuses what would lose data.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, TransactionBehavior};

use super::connection::{self, Place, foreign, integer_pragma, run};
use super::failure::Fails;
use super::notes;
use crate::error::{Error, ErrorKind};
use crate::store::system::{APPLICATION_ID, FORMAT, key};
use crate::store::{check_names, ddl};
use crate::table::{ColumnDef, TableSchema};

const MIGRATING: &str = "bringing the store to the app's tables";

/// Opens a file that is ours or new, and brings it to these tables.
pub(super) fn open(place: &Place, schemas: &[&'static TableSchema]) -> Result<Connection, Error> {
    if let Place::File(path) = place {
        check_header(path)?;
    }
    let conn = connection::writer(place)?;
    // The mark goes into the file before the write-ahead log does, so that the header always tells.
    mark(&conn, place)?;
    connection::use_wal(&conn)?;
    migrate(&conn, schemas)?;
    Ok(conn)
}

/// Reads the file's header without SQLite, which could change the file: nothing is touched that is
/// not ours.
pub(super) fn check_header(path: &Path) -> Result<(), Error> {
    let unreadable = |error: std::io::Error| {
        let message = format!("{}: the file cannot be read: check path and permissions", path.display());
        Error::new(ErrorKind::Store, message).with_source(error)
    };
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(unreadable(error)),
    };
    let metadata = file.metadata().map_err(unreadable)?;
    if metadata.is_dir() {
        let message = format!("{}: this is a folder: give the path of a file", path.display());
        return Err(Error::new(ErrorKind::Store, message));
    }
    let length = metadata.len();
    if length == 0 {
        return Ok(());
    }
    let mut header = [0; 100];
    if length < 100 || file.read_exact(&mut header).is_err() || !header.starts_with(b"SQLite format 3\0") {
        if has_journal(path) {
            // The process ended while it made the file: SQLite first undoes that.
            return Ok(());
        }
        return Err(foreign(path, "not an SQLite database: give another path, or move the file away"));
    }
    let number =
        |place: usize| i32::from_be_bytes([header[place], header[place + 1], header[place + 2], header[place + 3]]);
    let page = u16::from_be_bytes([header[16], header[17]]);
    let page = if page == 1 { 65_536 } else { u64::from(page) };
    let (application, format) = (number(68), number(60));
    check_mark(path, application, format, length <= page || has_journal(path))
}

fn has_journal(path: &Path) -> bool {
    is_beside(path, "-journal")
}

/// Whether no connection has the file open and nothing waits beside it: no log, no journal.
pub(super) fn rests(path: &Path) -> bool {
    !has_journal(path) && !is_beside(path, "-wal")
}

fn is_beside(path: &Path, suffix: &str) -> bool {
    let mut name = PathBuf::from(path).into_os_string();
    name.push(suffix);
    Path::new(&name).exists()
}

fn check_mark(path: &Path, application: i32, format: i32, may_be_new: bool) -> Result<(), Error> {
    match (application, format) {
        (APPLICATION_ID, ..=FORMAT) => Ok(()),
        (APPLICATION_ID, _) => Err(foreign(
            path,
            &format!("the store has format {format}, this version of the app knows {FORMAT} and older: update the app"),
        )),
        (0, 0) if may_be_new => Ok(()),
        _ => Err(foreign(path, "a database of another program: give another path, or move the file away")),
    }
}

/// Refuses an open file that is not ours, a new one too, and tells its format.
pub(super) fn check_ours(conn: &Connection, path: &Path) -> Result<i32, Error> {
    let application = integer_pragma(conn, "application_id")? as i32;
    let format = integer_pragma(conn, "user_version")? as i32;
    match (application, format) {
        (0, 0) => {
            Err(foreign(path, "the file is not marked as a store: give another path, or open it with the app first"))
        }
        _ => check_mark(path, application, format, false).map(|()| format),
    }
}

/// Marks a new file as ours and makes our own tables; a marked one is left alone.
fn mark(conn: &Connection, place: &Place) -> Result<(), Error> {
    let application = integer_pragma(conn, "application_id")? as i32;
    if application == APPLICATION_ID {
        return Ok(());
    }
    let transaction = rusqlite::Transaction::new_unchecked(conn, TransactionBehavior::Immediate).doing(MIGRATING)?;
    let application = integer_pragma(conn, "application_id")? as i32;
    if let Place::File(path) = place {
        let format = integer_pragma(conn, "user_version")? as i32;
        let tables: i64 =
            conn.query_row("SELECT count(*) FROM sqlite_master", [], |row| row.get(0)).doing(MIGRATING)?;
        check_mark(path, application, format, tables == 0)?;
    }
    conn.pragma_update(None, "application_id", APPLICATION_ID).doing(MIGRATING)?;
    conn.pragma_update(None, "user_version", FORMAT).doing(MIGRATING)?;
    run(conn, ddl::SYSTEM, MIGRATING)?;
    transaction.commit().doing(MIGRATING)
}

/// Brings an open file to these tables, in one transaction.
pub(super) fn migrate(conn: &Connection, schemas: &[&'static TableSchema]) -> Result<(), Error> {
    check_names(schemas)?;
    let transaction = rusqlite::Transaction::new_unchecked(conn, TransactionBehavior::Immediate).doing(MIGRATING)?;
    run(conn, ddl::SYSTEM, MIGRATING)?;
    for &schema in schemas {
        migrate_table(conn, schema).map_err(|error| error.in_table(schema.name()))?;
    }
    transaction.commit().doing(MIGRATING)
}

fn migrate_table(conn: &Connection, schema: &TableSchema) -> Result<(), Error> {
    let text = ddl::schema_text(schema)?;
    let before = notes::meta(conn, &key::schema(schema.name()))?;
    match (stored_name(conn, schema)?, &before) {
        (None, None) => run(conn, &ddl::table(schema)?, MIGRATING)?,
        (None, Some(_)) => {
            return Err(mismatch(
                "the table was removed from the file: put a copy of the file in its place, or move it away",
            ));
        }
        (Some(name), _) if name != schema.name() => {
            return Err(mismatch(format!(
                "the file has the table as `{name}`: keep the case of a table's name from version to version"
            )));
        }
        (Some(_), None) => {
            return Err(mismatch("the file has a table of this name that is not ours: rename one of them"));
        }
        (Some(_), Some(before)) => migrate_columns(conn, schema, before)?,
    }
    migrate_indexes(conn, schema)?;
    if before.as_deref() != Some(&text) {
        notes::put_meta(conn, &key::schema(schema.name()), Some(&text))?;
    }
    Ok(())
}

fn mismatch(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Schema, message)
}

fn stored_name(conn: &Connection, schema: &TableSchema) -> Result<Option<String>, Error> {
    let text = "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name = ?1 COLLATE NOCASE";
    let mut statement = conn.prepare(text).doing(MIGRATING)?;
    let mut names = statement.query([schema.name()]).doing(MIGRATING)?;
    names.next().doing(MIGRATING)?.map(|row| row.get(0)).transpose().doing(MIGRATING)
}

/// A column as the file has it.
struct StoredColumn {
    name: String,
    sql_type: String,
    not_null: bool,
    has_default: bool,
    key: bool,
}

fn stored_columns(conn: &Connection, schema: &TableSchema) -> Result<Vec<StoredColumn>, Error> {
    let text = "SELECT name, type, \"notnull\", dflt_value IS NOT NULL, pk > 0 FROM pragma_table_info(?1)";
    let mut statement = conn.prepare(text).doing(MIGRATING)?;
    let columns = statement
        .query_map([schema.name()], |row| {
            Ok(StoredColumn {
                name: row.get(0)?,
                sql_type: row.get(1)?,
                not_null: row.get(2)?,
                has_default: row.get(3)?,
                key: row.get(4)?,
            })
        })
        .doing(MIGRATING)?;
    columns.collect::<Result<_, _>>().doing(MIGRATING)
}

/// Whether the file's table has the columns of a synced one.
pub(super) fn stored_is_synced(conn: &Connection, table: &str) -> Result<bool, Error> {
    let text = "SELECT count(*) > 0 FROM pragma_table_info(?1) WHERE name = '__op'";
    conn.query_row(text, [table], |row| row.get(0)).doing("reading the columns of a table")
}

fn migrate_columns(conn: &Connection, schema: &TableSchema, before: &str) -> Result<(), Error> {
    let stored = stored_columns(conn, schema)?;
    let mut refetch = false;
    for column in schema.columns() {
        let there = stored.iter().find(|there| there.name.eq_ignore_ascii_case(column.sql_name()));
        let was_known = ddl::text_has_column(before, column);
        if !was_known && !column.is_nullable() && column.default_writer().is_none() {
            return Err(mismatch(format!(
                "column `{}` is new, neither optional nor has it a default: rows from before have no value for it; \
                 make it an Option or give it a default",
                column.wire_name()
            )));
        }
        match there {
            Some(there) => check_column(column, there)?,
            None if was_known => {
                let wanted = wanted(column);
                return Err(mismatch(format!(
                    "column `{}`: expected {wanted}, found no such column: the file was changed by another program",
                    column.wire_name()
                )));
            }
            None => run(conn, &ddl::add_column(schema, column)?, MIGRATING)?,
        }
        refetch |= !was_known && !column.is_local_only();
    }
    if !schema.is_synced() && stored.iter().any(|there| there.name == "__op") {
        return Err(mismatch("the table was synced before and is local now: give the local one another name"));
    }
    for (name, sql_type) in ddl::HIDDEN.iter().filter(|_| schema.is_synced()) {
        let there = stored.iter().find(|there| there.name == *name);
        if there.is_none_or(|there| there.sql_type != *sql_type) {
            return Err(mismatch(format!(
                "column `{name}`: expected {sql_type}, found {}: a local table cannot become a synced one",
                there.map_or("no such column", |there| &there.sql_type)
            )));
        }
    }
    for there in &stored {
        let is_known = schema.columns().iter().any(|column| column.sql_name().eq_ignore_ascii_case(&there.name));
        if !is_known && there.not_null && !there.has_default {
            return Err(mismatch(format!(
                "the file has a column `{}` that the table has not, and that needs a value in each row: \
                 declare it, or move the file away",
                there.name
            )));
        }
    }
    if refetch && schema.is_synced() {
        notes::put_meta(conn, &key::refetch(schema.name()), Some(""))?;
    }
    Ok(())
}

fn wanted(column: &ColumnDef) -> String {
    let not_null = if column.is_nullable() { "" } else { " NOT NULL" };
    format!("{}{not_null}", ddl::sql_type(column.column_type()))
}

fn check_column(column: &ColumnDef, there: &StoredColumn) -> Result<(), Error> {
    let fits = there.name == column.sql_name()
        && there.sql_type == ddl::sql_type(column.column_type())
        && there.not_null != column.is_nullable()
        && there.key == column.is_id();
    if fits {
        return Ok(());
    }
    Err(mismatch(format!(
        "column `{}`: expected {}, found `{}` {}{}: a column keeps its name, type and whether it is optional",
        column.wire_name(),
        wanted(column),
        there.name,
        there.sql_type,
        if there.not_null { " NOT NULL" } else { "" }
    )))
}

fn migrate_indexes(conn: &Connection, schema: &TableSchema) -> Result<(), Error> {
    let wanted = ddl::indexes(schema);
    let prefix = ddl::index_prefix(schema);
    let stored: Vec<(String, String)> = {
        let text = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = ?1 AND sql IS NOT NULL";
        let mut statement = conn.prepare(text).doing(MIGRATING)?;
        let indexes = statement.query_map([schema.name()], |row| Ok((row.get(0)?, row.get(1)?))).doing(MIGRATING)?;
        indexes.collect::<Result<_, _>>().doing(MIGRATING)?
    };
    for (name, _) in stored.iter().filter(|index| index.0.starts_with(&prefix) && !wanted.contains(index)) {
        run(conn, &format!("DROP INDEX {}", crate::query::sql::quoted(name)), MIGRATING)?;
    }
    for (_, text) in wanted.iter().filter(|index| !stored.contains(index)) {
        run(conn, text, MIGRATING)?;
    }
    Ok(())
}
