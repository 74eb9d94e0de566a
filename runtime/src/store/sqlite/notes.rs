//! Tokens, quarantine, graves, settlements and the values of `__meta`.

use rusqlite::{Connection, OptionalExtension, Params, Row, params};

use super::failure::Fails;
use super::statements::TableSql;
use crate::error::Error;
use crate::store::system::{DeltaToken, Grave, Quarantined, Settled, key};
use crate::store::{codec, kept};
use crate::value::{Timestamp, Version};

fn all<T>(
    conn: &Connection,
    what: &str,
    text: &str,
    params: impl Params,
    read: impl FnMut(&Row<'_>) -> Result<T, rusqlite::Error>,
) -> Result<Vec<T>, Error> {
    let mut statement = conn.prepare_cached(text).doing(what)?;
    let rows = statement.query_map(params, read).doing(what)?;
    rows.collect::<Result<_, _>>().doing(what)
}

fn execute(conn: &Connection, what: &str, text: &str, params: impl Params) -> Result<(), Error> {
    conn.prepare_cached(text).and_then(|mut statement| statement.execute(params)).doing(what).map(drop)
}

/// The tables that the store was ever opened with, by name.
pub(super) fn known_tables(conn: &Connection) -> Result<Vec<String>, Error> {
    let text = "SELECT substr(key, length(?1) + 1) FROM \"__meta\" WHERE substr(key, 1, length(?1)) = ?1 ORDER BY 1";
    all(conn, "reading the names of the tables", text, [key::schema("")], |row| row.get(0))
}

/// An instant of the file; one out of range was not written by us and is cut to the range.
fn instant(ticks: i64) -> Timestamp {
    Timestamp::from_ticks(ticks).unwrap_or(if ticks < 0 { Timestamp::MIN } else { Timestamp::MAX })
}

/// Table, query, filter, token, clock.
fn read_token(row: &Row<'_>) -> Result<DeltaToken, rusqlite::Error> {
    Ok(DeltaToken {
        table: row.get(0)?,
        query: row.get(1)?,
        filter: row.get(2)?,
        token: row.get::<_, Option<i64>>(3)?.and_then(Timestamp::from_ticks),
        read_at: row.get::<_, Option<i64>>(4)?.and_then(Timestamp::from_ticks),
    })
}

pub(super) fn token(conn: &Connection, table: &str, query: &str) -> Result<Option<DeltaToken>, Error> {
    let text = "SELECT \"table\", query, filter, token, read_at FROM \"__delta_tokens\" \
                WHERE \"table\" = ?1 AND query = ?2";
    let found =
        conn.prepare_cached(text).and_then(|mut statement| statement.query_row([table, query], read_token).optional());
    found.doing("reading a delta token")
}

/// All tokens, by table and query.
pub(super) fn tokens(conn: &Connection) -> Result<Vec<DeltaToken>, Error> {
    let text = "SELECT \"table\", query, filter, token, read_at FROM \"__delta_tokens\" ORDER BY \"table\", query";
    all(conn, "reading the delta tokens", text, [], read_token)
}

/// The tokens of a table, by query.
pub(super) fn tokens_of(conn: &Connection, table: &str) -> Result<Vec<DeltaToken>, Error> {
    let text = "SELECT \"table\", query, filter, token, read_at FROM \"__delta_tokens\" \
                WHERE \"table\" = ?1 ORDER BY query";
    all(conn, "reading the delta tokens of a table", text, [table], read_token)
}

pub(super) fn put_token(conn: &Connection, token: &DeltaToken) -> Result<(), Error> {
    execute(
        conn,
        "writing a delta token",
        "INSERT INTO \"__delta_tokens\" (\"table\", query, filter, token, read_at) VALUES (?1, ?2, ?3, ?4, ?5) \
         ON CONFLICT (\"table\", query) DO UPDATE SET filter = excluded.filter, token = excluded.token, \
         read_at = excluded.read_at",
        params![
            token.table,
            token.query,
            token.filter,
            token.token.map(Timestamp::ticks),
            token.read_at.map(Timestamp::ticks)
        ],
    )
}

pub(super) fn remove_tokens(conn: &Connection, table: Option<&str>) -> Result<(), Error> {
    let text = "DELETE FROM \"__delta_tokens\" WHERE ?1 IS NULL OR \"table\" = ?1";
    execute(conn, "removing delta tokens", text, params![table])
}

/// Removes the tokens of pulls that were to read a table anew and are not done.
pub(super) fn remove_unfinished_tokens(conn: &Connection, table: &str) -> Result<(), Error> {
    let text = "DELETE FROM \"__delta_tokens\" WHERE \"table\" = ?1 AND substr(filter, 1, length(?2)) = ?2";
    execute(conn, "removing delta tokens", text, params![table, key::REFETCHING])
}

pub(super) fn quarantined(conn: &Connection, table: Option<&str>) -> Result<Vec<Quarantined>, Error> {
    let text = "SELECT \"table\", id, error, raw, at FROM \"__quarantine\" WHERE ?1 IS NULL OR \"table\" = ?1 \
                ORDER BY \"table\", id";
    all(conn, "reading the quarantine", text, params![table], |row| {
        Ok(Quarantined {
            table: row.get(0)?,
            id: row.get(1)?,
            error: row.get(2)?,
            raw: row.get(3)?,
            at: instant(row.get(4)?),
        })
    })
}

pub(super) fn put_quarantined(conn: &Connection, row: &Quarantined) -> Result<(), Error> {
    execute(
        conn,
        "setting a row aside",
        "INSERT INTO \"__quarantine\" (\"table\", id, error, raw, at) VALUES (?1, ?2, ?3, ?4, ?5) \
         ON CONFLICT (\"table\", id) DO UPDATE SET error = excluded.error, raw = excluded.raw, at = excluded.at",
        params![row.table, row.id, row.error, row.raw, row.at.ticks()],
    )
}

pub(super) fn remove_quarantined(conn: &Connection, table: &str, id: &str) -> Result<(), Error> {
    let text = "DELETE FROM \"__quarantine\" WHERE \"table\" = ?1 AND id = ?2";
    execute(conn, "removing a row from the quarantine", text, [table, id])
}

pub(super) fn graves(conn: &Connection, table: &TableSql) -> Result<Vec<Grave>, Error> {
    let text = "SELECT \"row\", at FROM \"__graves\" WHERE \"table\" = ?1 ORDER BY id";
    let stored: Vec<(String, i64)> =
        all(conn, "reading graves", text, [table.schema.name()], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let grave = |(row, at): (String, i64)| Ok(Grave { row: codec::row_from(table.schema, &row)?, at: instant(at) });
    stored.into_iter().map(grave).collect::<Result<_, Error>>().map_err(|error| error.in_table(table.schema.name()))
}

pub(super) fn put_grave(conn: &Connection, grave: &Grave, old: Timestamp) -> Result<(), Error> {
    let doing = "digging a grave";
    execute(
        conn,
        doing,
        "INSERT INTO \"__graves\" (\"table\", id, \"row\", at) VALUES (?1, ?2, ?3, ?4) \
         ON CONFLICT (\"table\", id) DO UPDATE SET \"row\" = excluded.\"row\", at = excluded.at",
        params![grave.row.schema().name(), grave.row.id(), codec::row_text(&grave.row), grave.at.ticks()],
    )?;
    execute(conn, doing, "DELETE FROM \"__graves\" WHERE at < ?1", [old.ticks()])
}

pub(super) fn remove_grave(conn: &Connection, table: &str, id: &str) -> Result<(), Error> {
    let text = "DELETE FROM \"__graves\" WHERE \"table\" = ?1 AND id = ?2";
    execute(conn, "removing a grave", text, [table, id])
}

pub(super) fn settled_since(conn: &Connection, table: &str, mark: i64) -> Result<Vec<Settled>, Error> {
    let text = "SELECT id, version, updated_at, deleted, at FROM \"__settled\" WHERE mark > ?2 AND \"table\" = ?1 \
                ORDER BY mark";
    all(conn, "reading settlements", text, params![table, mark], |row| {
        Ok(Settled {
            table: table.to_owned(),
            id: row.get(0)?,
            version: row.get::<_, Option<String>>(1)?.as_deref().and_then(Version::parse),
            updated_at: row.get::<_, Option<i64>>(2)?.and_then(Timestamp::from_ticks),
            deleted: row.get(3)?,
            at: instant(row.get(4)?),
        })
    })
}

pub(super) fn settle_mark(conn: &Connection) -> Result<i64, Error> {
    let text = "SELECT max(coalesce((SELECT max(mark) FROM \"__settled\"), 0), \
                coalesce((SELECT CAST(value AS INTEGER) FROM \"__meta\" WHERE key = 'settle_mark'), 0))";
    let mark = conn.prepare_cached(text).and_then(|mut statement| statement.query_row([], |row| row.get(0)));
    mark.doing("reading the mark of the last settlement")
}

pub(super) fn put_settled(conn: &Connection, settled: &Settled, old: Timestamp) -> Result<(), Error> {
    let doing = "noting a settlement";
    let mark = settle_mark(conn)?.saturating_add(1);
    let kept = kept(settled.at, old);
    execute(
        conn,
        doing,
        "INSERT INTO \"__settled\" (mark, \"table\", id, version, updated_at, deleted, at) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![
            mark,
            settled.table,
            settled.id,
            settled.version.as_ref().map(Version::as_str),
            settled.updated_at.map(Timestamp::ticks),
            settled.deleted,
            settled.at.ticks()
        ],
    )?;
    // The first that stays is found by walking over those that go, however many stay behind it.
    execute(
        conn,
        doing,
        "DELETE FROM \"__settled\" WHERE mark < coalesce((SELECT mark FROM \"__settled\" \
         WHERE at BETWEEN ?1 AND ?2 ORDER BY mark LIMIT 1), ?3)",
        params![kept.start(), kept.end(), mark.saturating_add(1)],
    )?;
    if !kept.contains(&settled.at.ticks()) {
        put_meta(conn, key::SETTLE_MARK, Some(&mark.to_string()))?;
    }
    Ok(())
}

pub(super) fn meta(conn: &Connection, key: &str) -> Result<Option<String>, Error> {
    let found = conn
        .prepare_cached("SELECT value FROM \"__meta\" WHERE key = ?1")
        .and_then(|mut statement| statement.query_row([key], |row| row.get(0)).optional());
    found.doing("reading a value of the store")
}

pub(super) fn put_meta(conn: &Connection, key: &str, value: Option<&str>) -> Result<(), Error> {
    let doing = "writing a value of the store";
    match value {
        Some(value) => {
            let text = "INSERT INTO \"__meta\" (key, value) VALUES (?1, ?2) \
                        ON CONFLICT (key) DO UPDATE SET value = excluded.value";
            execute(conn, doing, text, [key, value])
        }
        None => execute(conn, doing, "DELETE FROM \"__meta\" WHERE key = ?1", [key]),
    }
}
