//! The queue's entries.

use std::collections::HashSet;

use rusqlite::{Connection, OptionalExtension, Row, ToSql, params};

use super::failure::Fails;
use super::statements::{TableSql, Tables};
use crate::error::{Error, ErrorKind};
use crate::store::entry::{Base, Entry, OperationKind, Sequence};
use crate::store::inspect::InspectedOperation;
use crate::store::system::key;
use crate::store::{codec, unknown_table};
use crate::value::{Id, Timestamp};

/// A text that selects the columns of an entry, as [`stored`] reads them.
macro_rules! select {
    ($rest:literal) => {
        select!("written_at, doubtful", $rest)
    };
    ($added:literal, $rest:literal) => {
        concat!(
            "SELECT sequence, made, \"table\", id, revision, absent, made_id, sent, discarded, repair, strikes, \
             attempts, struck_at, failure, base, request, candidate, ",
            $added,
            " FROM \"__operations\" ",
            $rest
        )
    };
}

/// Selects all entries.
pub(super) const SELECT: &str = select!("");

/// An entry as the file has it.
struct StoredEntry {
    sequence: i64,
    made: Option<i64>,
    table: String,
    id: String,
    revision: i64,
    absent: bool,
    made_id: bool,
    sent: bool,
    discarded: bool,
    repair: bool,
    strikes: u32,
    attempts: u32,
    struck_at: Option<i64>,
    failure: Option<String>,
    base: Option<String>,
    request: Option<String>,
    candidate: Option<String>,
    written_at: Option<i64>,
    doubtful: bool,
}

fn stored(row: &Row<'_>) -> Result<StoredEntry, rusqlite::Error> {
    Ok(StoredEntry {
        sequence: row.get(0)?,
        made: row.get(1)?,
        table: row.get(2)?,
        id: row.get(3)?,
        revision: row.get(4)?,
        absent: row.get(5)?,
        made_id: row.get(6)?,
        sent: row.get(7)?,
        discarded: row.get(8)?,
        repair: row.get(9)?,
        strikes: row.get(10)?,
        attempts: row.get(11)?,
        struck_at: row.get(12)?,
        failure: row.get(13)?,
        base: row.get(14)?,
        request: row.get(15)?,
        candidate: row.get(16)?,
        written_at: row.get(17)?,
        doubtful: row.get(18)?,
    })
}

impl StoredEntry {
    fn read(self, table: &TableSql) -> Result<Entry, Error> {
        let schema = table.schema;
        let at = |error: Error| error.in_table(schema.name()).in_row(&self.id);
        let base = match self.base.as_deref() {
            None => Base::None,
            Some("") => Base::Tombstone,
            Some(text) => Base::Row(codec::row_from(schema, text).map_err(at)?),
        };
        let request = self.request.as_deref().map(|text| codec::request_from(schema, text)).transpose().map_err(at)?;
        let candidate =
            self.candidate.as_deref().map(|text| codec::remote_from(schema, text)).transpose().map_err(at)?;
        let failure = self.failure.as_deref().map(codec::failure_from).transpose().map_err(at)?;
        let id = Id::parse(&self.id).map_err(|error| {
            at(Error::new(ErrorKind::Decode, format!("the id of an entry cannot be read: {error}")))
        })?;
        Ok(Entry {
            sequence: Sequence(self.sequence),
            made: Sequence(self.made.unwrap_or(self.sequence)),
            table: self.table,
            id,
            revision: self.revision.unsigned_abs(),
            absent: self.absent,
            made_id: self.made_id,
            sent: self.sent,
            discarded: self.discarded,
            repair: self.repair,
            base,
            request,
            candidate,
            failure,
            strikes: self.strikes,
            struck_at: self.struck_at.and_then(Timestamp::from_ticks),
            attempts: self.attempts,
            written_at: self.written_at.and_then(Timestamp::from_ticks),
            doubtful: self.doubtful,
        })
    }

    /// What can be told of it without its table.
    fn inspected(self) -> Result<InspectedOperation, Error> {
        let failure = self.failure.as_deref().map(codec::failure_from).transpose();
        let failure = failure.map_err(|error| error.in_table(&self.table).in_row(&self.id))?;
        // The empty text is a tombstone.
        let had_row = self.base.is_some_and(|base| !base.is_empty());
        Ok(InspectedOperation {
            sequence: self.sequence,
            kind: OperationKind::of(had_row, self.absent),
            table: self.table,
            id: self.id,
            revision: self.revision.unsigned_abs(),
            attempts: self.attempts,
            unanswered: self.request.is_some(),
            failure,
        })
    }
}

/// All entries in the order of sending, those of unknown tables too.
pub(super) fn inspected(conn: &Connection) -> Result<Vec<InspectedOperation>, Error> {
    let doing = "reading the queue";
    // The file may be of a format that has not all columns.
    let mut statement = conn.prepare(select!("NULL, 0", "ORDER BY sequence")).doing(doing)?;
    let entries = statement.query_map([], stored).doing(doing)?;
    entries.map(|entry| entry.doing(doing)?.inspected()).collect()
}

pub(super) fn of_row(conn: &Connection, table: &TableSql, id: &str) -> Result<Option<Entry>, Error> {
    let doing = "reading an entry";
    let read = |text: &str, params: &[&dyn ToSql]| {
        let mut statement = conn.prepare_cached(text)?;
        statement.query_row(params, stored).optional()
    };
    let mut found = if table.schema.is_synced() { read(&table.entry_of_row, &[&id]).doing(doing)? } else { None };
    if found.is_none() {
        let text = select!("WHERE absent AND \"table\" = ?1 AND id = ?2");
        found = read(text, &[&table.schema.name(), &id]).doing(doing)?;
    }
    found.map(|entry| entry.read(table)).transpose()
}

/// Entries of tables that this version of the app does not know are passed over, and kept.
pub(super) fn next(
    conn: &Connection,
    tables: &Tables,
    after: Sequence,
    made_until: Sequence,
) -> Result<Option<Entry>, Error> {
    let doing = "reading the next entry";
    let text = select!("WHERE sequence > ?1 AND coalesce(made, sequence) <= ?2 ORDER BY sequence");
    let mut statement = conn.prepare_cached(text).doing(doing)?;
    let mut rows = statement.query([after.0, made_until.0]).doing(doing)?;
    while let Some(row) = rows.next().doing(doing)? {
        let name = row.get_ref(2).doing(doing)?.as_str().unwrap_or_default();
        if let Some(table) = tables.get(name) {
            return stored(row).doing(doing)?.read(table).map(Some);
        }
    }
    Ok(None)
}

pub(super) fn pending(conn: &Connection, table: Option<&str>) -> Result<u64, Error> {
    let count: Result<i64, _> = match table {
        None => conn
            .prepare_cached("SELECT count(*) FROM \"__operations\"")
            .and_then(|mut statement| statement.query_row([], |row| row.get(0))),
        Some(table) => conn
            .prepare_cached("SELECT count(*) FROM \"__operations\" WHERE \"table\" = ?1")
            .and_then(|mut statement| statement.query_row([table], |row| row.get(0))),
    };
    count.doing("counting entries").map(i64::unsigned_abs)
}

pub(super) fn absent_ids(conn: &Connection, table: &str) -> Result<HashSet<String>, Error> {
    let doing = "reading the ids of absent rows";
    let text = "SELECT id FROM \"__operations\" WHERE absent AND \"table\" = ?1";
    let mut statement = conn.prepare_cached(text).doing(doing)?;
    let ids = statement.query_map([table], |row| row.get(0)).doing(doing)?;
    ids.collect::<Result<_, _>>().doing(doing)
}

pub(super) fn is_remembered(conn: &Connection, table: &str, id: &str, key: &str) -> Result<bool, Error> {
    let text = "SELECT EXISTS (SELECT 1 FROM \"__operations\" WHERE absent AND \"table\" = ?1 AND id = ?2) \
                OR EXISTS (SELECT 1 FROM \"__graves\" WHERE \"table\" = ?1 AND id = ?2) \
                OR EXISTS (SELECT 1 FROM \"__meta\" WHERE key = ?3)";
    let found =
        conn.prepare_cached(text).and_then(|mut statement| statement.query_row([table, id, key], |row| row.get(0)));
    found.doing("looking for what is kept of an id")
}

pub(super) fn last_sequence(conn: &Connection) -> Result<i64, Error> {
    let text = "SELECT max(coalesce((SELECT max(sequence) FROM \"__operations\"), 0), \
                coalesce((SELECT CAST(value AS INTEGER) FROM \"__meta\" WHERE key = 'sequence'), 0))";
    let last = conn.prepare_cached(text).and_then(|mut statement| statement.query_row([], |row| row.get(0)));
    last.doing("reading the last sequence number")
}

/// Remembers a sequence number that no entry has (any more).
pub(super) fn keep_sequence(conn: &Connection, sequence: i64) -> Result<(), Error> {
    let text = "INSERT INTO \"__meta\" (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE \
                SET value = excluded.value WHERE CAST(value AS INTEGER) < CAST(excluded.value AS INTEGER)";
    let kept = conn
        .prepare_cached(text)
        .and_then(|mut statement| statement.execute(params![key::SEQUENCE, sequence.to_string()]));
    kept.doing("keeping the last sequence number").map(drop)
}

pub(super) fn put(conn: &Connection, tables: &Tables, entry: &Entry) -> Result<(), Error> {
    let schema = tables.get(&entry.table).ok_or_else(|| unknown_table(&entry.table))?.schema;
    let base = match &entry.base {
        Base::None => None,
        Base::Tombstone => Some(String::new()),
        Base::Row(row) => Some(codec::row_text(row)),
    };
    let request = entry.request.as_ref().map(|request| codec::request_text(schema, request));
    let failure = entry.failure.as_ref().map(codec::failure_text).transpose()?;
    let text = "INSERT INTO \"__operations\" (sequence, made, \"table\", id, revision, absent, made_id, sent, \
                discarded, repair, strikes, attempts, struck_at, failure, base, request, candidate, \
                written_at, doubtful) \
                VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19) \
                ON CONFLICT (sequence) DO UPDATE SET made = excluded.made, \"table\" = excluded.\"table\", \
                id = excluded.id, revision = excluded.revision, absent = excluded.absent, \
                made_id = excluded.made_id, sent = excluded.sent, discarded = excluded.discarded, \
                repair = excluded.repair, \
                strikes = excluded.strikes, attempts = excluded.attempts, struck_at = excluded.struck_at, \
                failure = excluded.failure, base = excluded.base, request = excluded.request, \
                candidate = excluded.candidate, written_at = excluded.written_at, doubtful = excluded.doubtful";
    let done = conn.prepare_cached(text).and_then(|mut statement| {
        statement.execute(params![
            entry.sequence.0,
            (entry.made != entry.sequence).then_some(entry.made.0),
            entry.table,
            entry.id.as_str(),
            i64::try_from(entry.revision).unwrap_or(i64::MAX),
            entry.absent,
            entry.made_id,
            entry.sent,
            entry.discarded,
            entry.repair,
            entry.strikes,
            entry.attempts,
            entry.struck_at.map(Timestamp::ticks),
            failure,
            base,
            request,
            entry.candidate.as_ref().map(codec::remote_text),
            entry.written_at.map(Timestamp::ticks),
            entry.doubtful,
        ])
    });
    done.doing("writing an entry").map(drop).map_err(|error| error.in_table(schema.name()).in_row(entry.id.as_str()))
}

pub(super) fn remove(conn: &Connection, sequence: i64) -> Result<(), Error> {
    let doing = "removing an entry";
    let newest: Option<i64> = conn
        .prepare_cached("SELECT max(sequence) FROM \"__operations\"")
        .and_then(|mut statement| statement.query_row([], |row| row.get(0)))
        .doing(doing)?;
    if newest == Some(sequence) {
        keep_sequence(conn, sequence)?;
    }
    let removed = conn
        .prepare_cached("DELETE FROM \"__operations\" WHERE sequence = ?1")
        .and_then(|mut statement| statement.execute([sequence]));
    removed.doing(doing).map(drop)
}
