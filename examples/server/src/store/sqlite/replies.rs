//! The kept answers in SQLite.

use rusqlite::{Connection, Error, OptionalExtension as _, params};

use crate::store::reply::{Keyed, Reply};

/// Makes the table.
pub(super) const CREATE: &str = "CREATE TABLE IF NOT EXISTS __replies (seq INTEGER PRIMARY KEY, user TEXT NOT NULL, \"key\" TEXT NOT NULL, print TEXT NOT NULL, outcome TEXT NOT NULL, at INTEGER NOT NULL, UNIQUE (user, \"key\")) STRICT";

/// Of the oldest answers a few go with each new one, if they are too old or too many.
const CLEAN: &str =
    "DELETE FROM __replies WHERE seq IN (SELECT seq FROM (SELECT seq, at FROM __replies ORDER BY seq LIMIT 4)
    WHERE at < ?1 OR seq <= (SELECT max(seq) FROM __replies) - ?2)";

/// Finds the answer that is kept under a key.
pub(super) fn find(connection: &Connection, keyed: &Keyed) -> Result<Option<Reply>, Error> {
    connection
        .prepare_cached("SELECT print, outcome FROM __replies WHERE user = ?1 AND \"key\" = ?2")?
        .query_row([&keyed.user, &keyed.key], |row| Ok(Reply { print: row.get(0)?, outcome: row.get(1)? }))
        .optional()
}

/// Keeps an answer, and lets go of old ones.
pub(super) fn keep(connection: &Connection, keyed: &Keyed, reply: &Reply, now: i64) -> Result<(), Error> {
    connection
        .prepare_cached("INSERT INTO __replies (user, \"key\", print, outcome, at) VALUES (?1, ?2, ?3, ?4, ?5)")?
        .execute(params![keyed.user, keyed.key, reply.print, reply.outcome, now])?;
    connection.prepare_cached(CLEAN)?.execute([keyed.kept.since(now), keyed.kept.most()])?;
    Ok(())
}
