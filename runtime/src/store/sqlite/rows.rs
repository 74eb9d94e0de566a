//! Rows of the app's tables: reads, writes and the applying of pulled rows.

use rusqlite::types::ValueRef as SqlValue;
use rusqlite::{CachedStatement, Connection, OptionalExtension, Statement, params};

use super::deleted::{self, State, Tombstone};
use super::failure::{Fails, failed};
use super::statements::{Bound, TableSql};
use crate::error::{Error, ErrorKind};
use crate::query::predicate::Tree;
use crate::query::{Selection, sql};
use crate::row::{KeptCell, Row, RowBatch, RowRef};
use crate::store::entry::Sequence;
use crate::store::{Applied, ChangeKind, ChangeLog, Replaced, SameVersion, StoredRow, no_id};
use crate::value::{Timestamp, Value, ValueError, ValueRef, Version};

pub(super) fn read(conn: &Connection, table: &TableSql, id: &str) -> Result<Option<StoredRow>, Error> {
    read_by(conn, table, &table.read, id)
}

pub(super) fn read_by(conn: &Connection, table: &TableSql, text: &str, id: &str) -> Result<Option<StoredRow>, Error> {
    let schema = table.schema;
    let mut statement = conn.prepare_cached(text).doing("reading a row").map_err(at(table, id))?;
    let mut found = statement.query([id]).doing("reading a row").map_err(at(table, id))?;
    let Some(sql_row) = found.next().doing("reading a row").map_err(at(table, id))? else { return Ok(None) };
    let mut row = Row::new(schema);
    for (index, value) in row.values.iter_mut().enumerate() {
        *value = cell(sql_row, index).map_err(at(table, id))?.to_value();
    }
    let mut stored = StoredRow { row, replaced: None, entry: None };
    if schema.is_synced() {
        let hidden = schema.columns().len();
        let text = |place: usize| match cell(sql_row, hidden + place) {
            Ok(ValueRef::Text(text)) => Some(text.to_owned()),
            _ => None,
        };
        let integer = |place: usize| match cell(sql_row, hidden + place) {
            Ok(ValueRef::Integer(value)) => Some(value),
            _ => None,
        };
        stored.row.version = text(0).as_deref().and_then(Version::parse);
        stored.row.updated_at = integer(1).and_then(Timestamp::from_ticks);
        stored.row.created_at = integer(2).and_then(Timestamp::from_ticks);
        stored.replaced = text(3).map(|text| Version::parse(&text).map_or(Replaced::Unversioned, Replaced::Version));
        stored.entry = integer(4).map(Sequence);
        let mut kept = Vec::with_capacity(table.kept.len());
        for (place, column) in table.kept.iter().enumerate() {
            let value = cell(sql_row, hidden + 5 + place).map_err(at(table, id))?.to_value();
            kept.push(KeptCell { name: column.name.clone(), column_type: column.column_type, value });
        }
        stored.row.set_kept(kept);
    }
    Ok(Some(stored))
}

pub(super) fn at<'a>(table: &'a TableSql, id: &'a str) -> impl Fn(Error) -> Error + 'a {
    move |error| error.in_table(table.schema.name()).in_row(id)
}

fn cell<'a>(row: &'a rusqlite::Row<'_>, index: usize) -> Result<ValueRef<'a>, Error> {
    let value = row.get_ref(index).doing("reading a column")?;
    as_cell(value).map_err(|error| Error::new(ErrorKind::Decode, format!("a stored value: {error}")))
}

/// A value of SQLite as a cell.
pub(super) fn as_cell(value: SqlValue<'_>) -> Result<ValueRef<'_>, ValueError> {
    Ok(match value {
        SqlValue::Null => ValueRef::Null,
        SqlValue::Integer(value) => ValueRef::Integer(value),
        SqlValue::Real(value) => ValueRef::Real(value),
        SqlValue::Text(text) => {
            ValueRef::Text(std::str::from_utf8(text).map_err(|_| ValueError::new("the text is not UTF-8"))?)
        }
        SqlValue::Blob(bytes) => ValueRef::Blob(bytes),
    })
}

pub(super) fn select(conn: &Connection, table: &TableSql, query: &Selection, out: &mut RowBatch) -> Result<(), Error> {
    let schema = table.schema;
    let within = |error: Error| error.in_table(schema.name());
    let places = query.places(schema)?;
    let query = sql::select(schema, query)?;
    let mut statement = conn.prepare_cached(&query.text).doing("querying").map_err(within)?;
    bind_all(&mut statement, &query.bindings).map_err(within)?;
    let mut rows = statement.raw_query();
    while let Some(row) = rows.next().doing("querying").map_err(within)? {
        let mut writer = out.push();
        for (index, (place, _)) in places.iter().enumerate() {
            writer.cell(*place).copy(cell(row, index).map_err(within)?);
        }
    }
    Ok(())
}

pub(super) fn count(conn: &Connection, table: &TableSql, query: &Selection) -> Result<u64, Error> {
    let within = |error: Error| error.in_table(table.schema.name());
    let query = sql::count(table.schema, query)?;
    let mut statement = conn.prepare_cached(&query.text).doing("counting").map_err(within)?;
    bind_all(&mut statement, &query.bindings).map_err(within)?;
    let mut rows = statement.raw_query();
    let row = rows.next().doing("counting").map_err(within)?;
    let count: i64 = match row {
        Some(row) => row.get(0).doing("counting").map_err(within)?,
        None => 0,
    };
    Ok(count.unsigned_abs())
}

pub(super) fn bind_all(statement: &mut Statement<'_>, values: &[Value]) -> Result<(), Error> {
    for (index, value) in values.iter().enumerate() {
        statement.raw_bind_parameter(index + 1, Bound(value.as_ref())).doing("binding a value")?;
    }
    Ok(())
}

/// The row's link to its entry; `None` also if there is no row.
pub(super) fn link(conn: &Connection, table: &TableSql, id: &str) -> Result<Option<i64>, Error> {
    if !table.schema.is_synced() {
        return Ok(None);
    }
    let mut statement = conn.prepare_cached(&table.entry).doing("reading a row's entry").map_err(at(table, id))?;
    let link = statement.query_row([id], |row| row.get(0)).optional();
    link.map(Option::flatten).doing("reading a row's entry").map_err(at(table, id))
}

pub(super) fn insert(
    conn: &Connection,
    table: &TableSql,
    row: RowRef<'_>,
    entry: Option<Sequence>,
) -> Result<bool, Error> {
    let id = row.id();
    if id.is_empty() {
        return Err(no_id(table.schema.name()));
    }
    let inserted = || -> Result<bool, rusqlite::Error> {
        let mut statement = conn.prepare_cached(&table.insert)?;
        let width = bind_row(&mut statement, table, row)?;
        if table.schema.is_synced() {
            statement.raw_bind_parameter(width + 1, entry.map(|sequence| sequence.0))?;
        }
        Ok(statement.raw_execute()? > 0)
    };
    inserted().doing("inserting a row").map_err(at(table, id))
}

/// Binds the columns and, for a synced table, version, updated and created; returns how many.
fn bind_row(statement: &mut CachedStatement<'_>, table: &TableSql, row: RowRef<'_>) -> Result<usize, rusqlite::Error> {
    let columns = table.schema.columns().len();
    let width = if table.schema.is_synced() { columns + 3 } else { columns };
    // Version, updated and created are the first three system cells, in this order.
    for index in 0..width {
        statement.raw_bind_parameter(index + 1, Bound(row.value(index)))?;
    }
    Ok(width)
}

/// What an upsert of a row will be; not found out for a log that is off.
fn kind_of_put(conn: &Connection, table: &TableSql, id: &str, log: &ChangeLog) -> Result<ChangeKind, rusqlite::Error> {
    if !log.is_on() {
        return Ok(ChangeKind::Updated);
    }
    let exists: bool = conn.prepare_cached(&table.exists)?.query_row([id], |row| row.get(0))?;
    Ok(if exists { ChangeKind::Updated } else { ChangeKind::Inserted })
}

pub(super) fn put(conn: &Connection, table: &TableSql, stored: &StoredRow, log: &mut ChangeLog) -> Result<(), Error> {
    let row = &stored.row;
    if row.id().is_empty() {
        return Err(no_id(table.schema.name()));
    }
    let put = || -> Result<ChangeKind, rusqlite::Error> {
        let kind = kind_of_put(conn, table, row.id(), log)?;
        let mut statement = conn.prepare_cached(&table.put)?;
        for (index, value) in row.values.iter().enumerate() {
            statement.raw_bind_parameter(index + 1, Bound(value.as_ref()))?;
        }
        if table.schema.is_synced() {
            let replaced = stored.replaced.as_ref().map(|replaced| match replaced {
                Replaced::Unversioned => "",
                Replaced::Version(version) => version.as_str(),
            });
            let hidden = row.values.len();
            statement.raw_bind_parameter(hidden + 1, row.version.as_ref().map(Version::as_str))?;
            statement.raw_bind_parameter(hidden + 2, row.updated_at.map(Timestamp::ticks))?;
            statement.raw_bind_parameter(hidden + 3, row.created_at.map(Timestamp::ticks))?;
            statement.raw_bind_parameter(hidden + 4, replaced)?;
            statement.raw_bind_parameter(hidden + 5, stored.entry.map(|sequence| sequence.0))?;
        }
        statement.raw_execute()?;
        put_kept(conn, table, row)?;
        Ok(kind)
    };
    let kind = put().doing("writing a row").map_err(at(table, row.id()))?;
    log.note_row(table.schema.name(), row.id(), kind);
    Ok(())
}

/// Writes the kept cells that a row has; those that it has not stay as they are.
fn put_kept(conn: &Connection, table: &TableSql, row: &Row) -> Result<(), rusqlite::Error> {
    for cell in row.kept() {
        let Some(place) = table.kept.iter().position(|column| column.name == cell.name) else { continue };
        conn.prepare_cached(&table.put_kept[place])?.execute(params![Bound(cell.value.as_ref()), row.id()])?;
    }
    Ok(())
}

pub(super) fn remove(conn: &Connection, table: &TableSql, id: &str, log: &mut ChangeLog) -> Result<(), Error> {
    // A row whose delete waits for the server is gone for all who listen.
    let was_hidden = deleted::state(conn, table, id)? == State::Hidden;
    let removed = conn.prepare_cached(&table.remove).and_then(|mut statement| statement.execute([id]));
    if removed.doing("removing a row").map_err(at(table, id))? > 0 && !was_hidden {
        log.note_row(table.schema.name(), id, ChangeKind::Deleted);
    }
    Ok(())
}

pub(super) fn remove_matching(
    conn: &Connection,
    table: &TableSql,
    filter: Option<&Tree>,
    log: &mut ChangeLog,
) -> Result<u64, Error> {
    let within = |error: Error| error.in_table(table.schema.name());
    let mut text = format!("DELETE FROM {}", sql::quoted(table.schema.name()));
    let mut bindings = Vec::new();
    let mut conditions = Vec::new();
    // The filter comes first, where SQLite's parser has most room for it.
    if let Some(filter) = filter {
        let condition = sql::condition(table.schema, filter).map_err(within)?;
        conditions.push(condition.text);
        bindings = condition.bindings;
    }
    if table.schema.is_synced() {
        conditions.push("\"__op\" IS NULL".to_owned());
    }
    if table.deleted.is_some() {
        conditions.push(sql::SHOWN.to_owned());
    }
    if !conditions.is_empty() {
        text.push_str(" WHERE ");
        text.push_str(&conditions.join(" AND "));
    }
    if log.is_on() {
        text.push_str(" RETURNING ");
        text.push_str(&sql::quoted(table.schema.columns()[table.schema.id_index()].sql_name()));
    }
    let mut statement = conn.prepare_cached(&text).doing("removing rows").map_err(within)?;
    bind_all(&mut statement, &bindings).map_err(within)?;
    if !log.is_on() {
        return statement.raw_execute().doing("removing rows").map(|rows| rows as u64).map_err(within);
    }
    let (mut rows, mut count) = (statement.raw_query(), 0);
    while let Some(row) = rows.next().doing("removing rows").map_err(within)? {
        if let ValueRef::Text(id) = cell(row, 0).map_err(within)? {
            log.note_row(table.schema.name(), id, ChangeKind::Deleted);
        }
        count += 1;
    }
    Ok(count)
}

/// Applies pulled rows. One statement a row; a second only for a row that it left as it was.
pub(super) fn apply(
    conn: &Connection,
    table: &TableSql,
    rows: &RowBatch,
    skip: &[usize],
    same: SameVersion,
    log: &mut ChangeLog,
) -> Result<Applied, Error> {
    let schema = table.schema;
    if !schema.is_synced() {
        let message = "the table is local: nothing can be pulled into it";
        return Err(Error::new(ErrorKind::Invalid, message).in_table(schema.name()));
    }
    let upsert = match same {
        SameVersion::Keep => &table.apply,
        SameVersion::Rewrite => &table.rewrite,
    };
    let within = |error: rusqlite::Error| failed("applying pulled rows", error).in_table(schema.name());
    let mut upsert = conn.prepare_cached(upsert).map_err(within)?;
    let mut remove = conn.prepare_cached(&table.remove_unprotected).map_err(within)?;
    for (index, default) in &table.defaults {
        upsert.raw_bind_parameter(index + 1, Bound(default.as_ref())).map_err(within)?;
    }
    let mut skip = skip.iter().copied().peekable();
    let mut applied = Applied::default();
    for (index, row) in rows.iter().enumerate() {
        if skip.next_if_eq(&index).is_some() {
            continue;
        }
        let id = row.id();
        if id.is_empty() {
            return Err(no_id(schema.name()));
        }
        if row.is_deleted() && table.deleted.is_some() {
            match deleted::apply(conn, table, row, same, log)? {
                Tombstone::Kept => applied.removed += 1,
                Tombstone::Known => {}
                Tombstone::Protected => applied.protected.push(index),
            }
            continue;
        }
        let (result, count, kind) = if row.is_deleted() {
            (remove.execute(params![id]), &mut applied.removed, ChangeKind::Deleted)
        } else {
            let kind = kind_of_put(conn, table, id, log).map_err(|error| within(error).in_row(id))?;
            (upsert_row(&mut upsert, table, row), &mut applied.changed, kind)
        };
        let changed = result.map_err(|error| within(error).in_row(id))?;
        *count += changed as u64;
        if changed > 0 {
            log.note_row(schema.name(), id, kind);
        } else if link(conn, table, id)?.is_some() {
            applied.protected.push(index);
        }
    }
    Ok(applied)
}

fn upsert_row(
    statement: &mut CachedStatement<'_>,
    table: &TableSql,
    row: RowRef<'_>,
) -> Result<usize, rusqlite::Error> {
    let width = table.schema.columns().len() + 3;
    let mut defaults = table.defaults.iter().peekable();
    for index in 0..width {
        // Local-only cells keep the defaults that were bound before the first row.
        if defaults.next_if(|(place, _)| *place == index).is_none() {
            statement.raw_bind_parameter(index + 1, Bound(row.value(index)))?;
        }
    }
    statement.raw_execute()
}
