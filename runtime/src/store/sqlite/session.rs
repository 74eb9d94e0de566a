//! One transaction or snapshot: the store's traits over a connection.

use std::collections::HashSet;

use rusqlite::Connection;

use super::statements::{TableSql, Tables};
use super::{deleted, entries, notes, raw, rows};
use crate::error::Error;
use crate::query::Selection;
use crate::query::predicate::Tree;
use crate::row::{Row, RowBatch};
use crate::sql::{SqlOutput, SqlQuery, SqlStop};
use crate::store::entry::{Entry, Sequence};
use crate::store::system::{DeltaToken, Grave, Quarantined, Settled};
use crate::store::{
    Applied, ChangeKind, ChangeLog, SameVersion, StoreRead, StoreWrite, StoredRow, no_id, unknown_table,
};
use crate::table::TableSchema;
use crate::value::Timestamp;

/// The work's view of the store.
pub(super) struct Session<'a> {
    conn: &'a Connection,
    tables: &'a Tables,
    log: &'a mut ChangeLog,
    /// The last sequence number given in this transaction.
    given: Option<i64>,
    /// The greatest sequence number that this transaction stored an entry with.
    stored: i64,
}

impl<'a> Session<'a> {
    pub(super) fn new(conn: &'a Connection, tables: &'a Tables, log: &'a mut ChangeLog) -> Self {
        Self { conn, tables, log, given: None, stored: 0 }
    }

    /// Ends the work: a number that was given and not used is not given again.
    pub(super) fn finish(self) -> Result<(), Error> {
        match self.given {
            Some(given) if given > self.stored => entries::keep_sequence(self.conn, given),
            _ => Ok(()),
        }
    }

    fn table(&self, schema: &TableSchema) -> Result<&'a TableSql, Error> {
        self.tables.get(schema.name()).ok_or_else(|| unknown_table(schema.name()))
    }
}

impl StoreRead for Session<'_> {
    fn row(&mut self, schema: &'static TableSchema, id: &str) -> Result<Option<StoredRow>, Error> {
        rows::read(self.conn, self.table(schema)?, id)
    }

    fn select(&mut self, schema: &'static TableSchema, query: &Selection, out: &mut RowBatch) -> Result<(), Error> {
        rows::select(self.conn, self.table(schema)?, query, out)
    }

    fn count(&mut self, schema: &'static TableSchema, query: &Selection) -> Result<u64, Error> {
        rows::count(self.conn, self.table(schema)?, query)
    }

    fn deleted_row(&mut self, schema: &'static TableSchema, id: &str) -> Result<Option<Row>, Error> {
        deleted::read(self.conn, self.table(schema)?, id)
    }

    fn entry_of(&mut self, schema: &'static TableSchema, id: &str) -> Result<Option<Entry>, Error> {
        entries::of_row(self.conn, self.table(schema)?, id)
    }

    fn next_entry(&mut self, after: Sequence, made_until: Sequence) -> Result<Option<Entry>, Error> {
        entries::next(self.conn, self.tables, after, made_until)
    }

    fn pending(&mut self, table: Option<&str>) -> Result<u64, Error> {
        entries::pending(self.conn, table)
    }

    fn absent_ids(&mut self, table: &str) -> Result<HashSet<String>, Error> {
        entries::absent_ids(self.conn, table)
    }

    fn is_remembered(&mut self, table: &str, id: &str, key: &str) -> Result<bool, Error> {
        entries::is_remembered(self.conn, table, id, key)
    }

    fn last_sequence(&mut self) -> Result<Sequence, Error> {
        let last = entries::last_sequence(self.conn)?;
        Ok(Sequence(self.given.map_or(last, |given| given.max(last))))
    }

    fn token(&mut self, table: &str, query: &str) -> Result<Option<DeltaToken>, Error> {
        notes::token(self.conn, table, query)
    }

    fn tokens(&mut self, table: &str) -> Result<Vec<DeltaToken>, Error> {
        notes::tokens_of(self.conn, table)
    }

    fn quarantined(&mut self, table: Option<&str>) -> Result<Vec<Quarantined>, Error> {
        notes::quarantined(self.conn, table)
    }

    fn graves(&mut self, table: &str) -> Result<Vec<Grave>, Error> {
        match self.tables.get(table) {
            Some(table) => notes::graves(self.conn, table),
            None => Ok(Vec::new()),
        }
    }

    fn settled_since(&mut self, table: &str, mark: i64) -> Result<Vec<Settled>, Error> {
        notes::settled_since(self.conn, table, mark)
    }

    fn settle_mark(&mut self) -> Result<i64, Error> {
        notes::settle_mark(self.conn)
    }

    fn meta(&mut self, key: &str) -> Result<Option<String>, Error> {
        notes::meta(self.conn, key)
    }

    fn sql_rows(&mut self, query: &SqlQuery, stop: &SqlStop, rows: &mut dyn SqlOutput) -> Result<(), Error> {
        raw::rows(self.conn, query, stop, rows)
    }
}

impl StoreWrite for Session<'_> {
    fn insert_row(&mut self, rows: &RowBatch, index: usize, entry: Option<Sequence>) -> Result<bool, Error> {
        let row = rows.get(index).ok_or_else(|| no_id(rows.schema().name()))?;
        let is_inserted = rows::insert(self.conn, self.table(rows.schema())?, row, entry)?;
        if is_inserted {
            self.log.note_row(rows.schema().name(), row.id(), ChangeKind::Inserted);
        }
        Ok(is_inserted)
    }

    fn put_row(&mut self, row: &StoredRow) -> Result<(), Error> {
        rows::put(self.conn, self.table(row.row.schema())?, row, self.log)
    }

    fn remove_row(&mut self, schema: &'static TableSchema, id: &str) -> Result<(), Error> {
        rows::remove(self.conn, self.table(schema)?, id, self.log)
    }

    fn hide_row(&mut self, schema: &'static TableSchema, id: &str) -> Result<(), Error> {
        deleted::hide(self.conn, self.table(schema)?, id, self.log)
    }

    fn keep_deleted(&mut self, schema: &'static TableSchema, id: &str, tombstone: Option<&Row>) -> Result<(), Error> {
        deleted::keep(self.conn, self.table(schema)?, id, tombstone, self.log)
    }

    fn remove_rows(&mut self, schema: &'static TableSchema, filter: Option<&Tree>) -> Result<u64, Error> {
        rows::remove_matching(self.conn, self.table(schema)?, filter, self.log)
    }

    fn apply(&mut self, rows: &RowBatch, skip: &[usize], same: SameVersion) -> Result<Applied, Error> {
        rows::apply(self.conn, self.table(rows.schema())?, rows, skip, same, self.log)
    }

    fn next_sequence(&mut self) -> Result<Sequence, Error> {
        let next = self.last_sequence()?.0.saturating_add(1);
        self.given = Some(next);
        Ok(Sequence(next))
    }

    fn put_entry(&mut self, entry: &Entry) -> Result<(), Error> {
        entries::put(self.conn, self.tables, entry)?;
        self.stored = self.stored.max(entry.sequence.0);
        self.log.note_queue();
        Ok(())
    }

    fn remove_entry(&mut self, sequence: Sequence) -> Result<(), Error> {
        self.log.note_queue();
        entries::remove(self.conn, sequence.0)
    }

    fn put_token(&mut self, token: &DeltaToken) -> Result<(), Error> {
        notes::put_token(self.conn, token)
    }

    fn remove_tokens(&mut self, table: Option<&str>) -> Result<(), Error> {
        notes::remove_tokens(self.conn, table)
    }

    fn put_quarantined(&mut self, row: &Quarantined) -> Result<(), Error> {
        notes::put_quarantined(self.conn, row)
    }

    fn remove_quarantined(&mut self, table: &str, id: &str) -> Result<(), Error> {
        notes::remove_quarantined(self.conn, table, id)
    }

    fn put_grave(&mut self, grave: &Grave, old: Timestamp) -> Result<(), Error> {
        notes::put_grave(self.conn, grave, old)
    }

    fn remove_grave(&mut self, table: &str, id: &str) -> Result<(), Error> {
        notes::remove_grave(self.conn, table, id)
    }

    fn put_settled(&mut self, settled: &Settled, old: Timestamp) -> Result<(), Error> {
        notes::put_settled(self.conn, settled, old)
    }

    fn put_meta(&mut self, key: &str, value: Option<&str>) -> Result<(), Error> {
        notes::put_meta(self.conn, key, value)
    }
}
