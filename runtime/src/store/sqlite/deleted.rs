//! Deleted rows of tables that keep them: in the table itself, told apart by a hidden column.

use rusqlite::{Connection, OptionalExtension};

use super::failure::Fails;
use super::rows::{self, at};
use super::statements::TableSql;
use crate::error::Error;
use crate::row::{Row, RowRef};
use crate::store::deleted::{kept_row, says_no_more};
use crate::store::{ChangeKind, ChangeLog, SameVersion, StoredRow};

/// What the table has of an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// No row, or a live one.
    Other,
    /// A deleted row that is kept.
    Kept,
    /// A row whose delete waits for the server.
    Hidden,
}

/// What was done with a pulled tombstone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tombstone {
    Kept,
    Known,
    Protected,
}

pub(super) fn state(conn: &Connection, table: &TableSql, id: &str) -> Result<State, Error> {
    let Some(deleted) = &table.deleted else { return Ok(State::Other) };
    let found = conn
        .prepare_cached(&deleted.state)
        .and_then(|mut statement| statement.query_row([id], |row| row.get::<_, i64>(0)).optional());
    Ok(match found.doing("reading a row").map_err(at(table, id))? {
        Some(1) => State::Kept,
        Some(2) => State::Hidden,
        _ => State::Other,
    })
}

pub(super) fn read(conn: &Connection, table: &TableSql, id: &str) -> Result<Option<Row>, Error> {
    let Some(deleted) = &table.deleted else { return Ok(None) };
    let found = rows::read_by(conn, table, &deleted.read, id)?;
    Ok(found.map(|stored| {
        let mut row = stored.row;
        row.deleted = true;
        row
    }))
}

pub(super) fn hide(conn: &Connection, table: &TableSql, id: &str, log: &mut ChangeLog) -> Result<(), Error> {
    let Some(deleted) = &table.deleted else { return rows::remove(conn, table, id, log) };
    if execute(conn, table, &deleted.hide, id)? > 0 {
        log.note_row(table.schema.name(), id, ChangeKind::Deleted);
    }
    Ok(())
}

/// Keeps a row as deleted; whether there was anything to keep.
pub(super) fn keep(
    conn: &Connection,
    table: &TableSql,
    id: &str,
    tombstone: Option<&Row>,
    log: &mut ChangeLog,
) -> Result<(), Error> {
    keep_known(conn, table, id, tombstone, log).map(drop)
}

fn keep_known(
    conn: &Connection,
    table: &TableSql,
    id: &str,
    tombstone: Option<&Row>,
    log: &mut ChangeLog,
) -> Result<bool, Error> {
    let Some(deleted) = &table.deleted else { return rows::remove(conn, table, id, log).map(|()| false) };
    let before = match rows::read(conn, table, id)? {
        Some(stored) => Some(stored.row),
        None => read(conn, table, id)?,
    };
    let Some(row) = kept_row(tombstone, before.as_ref())? else { return Ok(false) };
    rows::put(conn, table, &StoredRow { row, replaced: None, entry: None }, &mut ChangeLog::off())?;
    execute(conn, table, &deleted.keep, id)?;
    log.note_row(table.schema.name(), id, ChangeKind::Deleted);
    Ok(true)
}

/// Applies a pulled tombstone.
pub(super) fn apply(
    conn: &Connection,
    table: &TableSql,
    tombstone: RowRef<'_>,
    same: SameVersion,
    log: &mut ChangeLog,
) -> Result<Tombstone, Error> {
    let tombstone = tombstone.to_row();
    let id = tombstone.id();
    if rows::link(conn, table, id)?.is_some() {
        return Ok(Tombstone::Protected);
    }
    if state(conn, table, id)? == State::Kept
        && let Some(kept) = read(conn, table, id)?
        && says_no_more(&tombstone, &kept, same)
    {
        return Ok(Tombstone::Known);
    }
    let is_kept = keep_known(conn, table, id, Some(&tombstone), log)?;
    Ok(if is_kept { Tombstone::Kept } else { Tombstone::Known })
}

fn execute(conn: &Connection, table: &TableSql, text: &str, id: &str) -> Result<usize, Error> {
    let done = conn.prepare_cached(text).and_then(|mut statement| statement.execute([id]));
    done.doing("keeping a deleted row").map_err(at(table, id))
}
