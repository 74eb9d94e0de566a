//! Reads and writes on one version of the content.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use super::{Content, Deleted, Table};
use crate::error::{Error, ErrorKind};
use crate::query::Selection;
use crate::query::eval;
use crate::query::predicate::Tree;
use crate::row::{Row, RowBatch};
use crate::store::deleted::{kept_row, says_no_more};
use crate::store::entry::{Entry, Sequence};
use crate::store::system::{DeltaToken, Grave, Quarantined, Settled};
use crate::store::{
    Applied, ChangeKind, ChangeLog, Replaced, SameVersion, StoreRead, StoreWrite, StoredRow, kept, no_id, unknown_table,
};
use crate::table::TableSchema;
use crate::value::{ColumnType, Timestamp, Value};

/// The content as the work changes it; dropped unless the work succeeds.
pub(super) struct Transaction {
    pub(super) content: Content,
    pub(super) log: ChangeLog,
}

impl Transaction {
    fn table(&self, schema: &TableSchema) -> Result<&Table, Error> {
        self.content.tables.get(schema.name()).ok_or_else(|| unknown_table(schema.name()))
    }

    fn rows(&mut self, schema: &TableSchema) -> Result<&mut BTreeMap<Arc<str>, Arc<StoredRow>>, Error> {
        let table = self.content.tables.get_mut(schema.name()).ok_or_else(|| unknown_table(schema.name()))?;
        Ok(Arc::make_mut(&mut table.rows))
    }

    /// The rows that match, by id; deleted ones that are kept among them if they are asked for.
    fn matching(&self, schema: &TableSchema, filter: Option<&Tree>, include_deleted: bool) -> Result<Vec<&Row>, Error> {
        let table = self.table(schema)?;
        filter.map_or(Ok(()), eval::check).map_err(|error| error.in_table(schema.name()))?;
        let mut matching = Vec::new();
        let live = table.rows.values().map(|stored| &stored.row);
        let deleted = table.deleted.values().filter(|kept| include_deleted && !kept.waits).map(|kept| &kept.row);
        for row in live.chain(deleted) {
            if filter.map_or(Ok(true), |tree| eval::holds(tree, row))? {
                matching.push(row);
            }
        }
        matching.sort_by(|left, right| left.id().cmp(right.id()));
        Ok(matching)
    }

    fn deleted(&mut self, schema: &TableSchema) -> Result<&mut BTreeMap<Arc<str>, Deleted>, Error> {
        let table = self.content.tables.get_mut(schema.name()).ok_or_else(|| unknown_table(schema.name()))?;
        Ok(Arc::make_mut(&mut table.deleted))
    }

    fn put(&mut self, schema: &'static TableSchema, mut stored: StoredRow) -> Result<(), Error> {
        check(&stored.row)?;
        stored.row.deleted = false;
        stored.row.lack_nothing();
        let id: Arc<str> = Arc::from(stored.row.id());
        self.deleted(schema)?.remove(&id);
        let before = self.rows(schema)?.insert(Arc::clone(&id), Arc::new(stored));
        let kind = if before.is_some() { ChangeKind::Updated } else { ChangeKind::Inserted };
        self.log.note_row(schema.name(), &id, kind);
        Ok(())
    }

    /// Removes a row, a deleted one that is kept too; false if there is none.
    fn take_away(&mut self, schema: &'static TableSchema, id: &str) -> Result<bool, Error> {
        let was_shown = self.deleted(schema)?.remove(id).is_some_and(|kept| !kept.waits);
        let was_there = self.rows(schema)?.remove(id).is_some() || was_shown;
        if was_there {
            self.log.note_row(schema.name(), id, ChangeKind::Deleted);
        }
        Ok(was_there)
    }
}

/// What there is of a row, live or deleted.
fn known<'a>(table: &'a Table, id: &str) -> Option<&'a Row> {
    table.rows.get(id).map(|stored| &stored.row).or_else(|| table.deleted.get(id).map(|kept| &kept.row))
}

/// Refuses what the typed columns of a database would refuse.
fn check(row: &Row) -> Result<(), Error> {
    let schema = row.schema();
    if row.id().is_empty() {
        return Err(no_id(schema.name()));
    }
    for (column, value) in schema.columns().iter().zip(&row.values) {
        let column_type = column.column_type();
        let is_integer = column_type.is_integer() || matches!(column_type, ColumnType::Bool | ColumnType::Timestamp);
        let is_real = matches!(column_type, ColumnType::F32 | ColumnType::F64);
        let is_blob = column_type == ColumnType::Bytes;
        let fits = match value {
            Value::Null => column.is_nullable(),
            Value::Integer(_) => is_integer || is_real,
            Value::Real(_) => is_real,
            Value::Blob(_) => is_blob,
            Value::Text(_) => !(is_integer || is_real || is_blob),
        };
        if !fits {
            let message = format!("column `{}` cannot hold this value: null, or of another type", column.wire_name());
            return Err(Error::new(ErrorKind::Invalid, message).in_table(schema.name()).in_row(row.id()));
        }
    }
    Ok(())
}

impl StoreRead for Transaction {
    fn row(&mut self, schema: &'static TableSchema, id: &str) -> Result<Option<StoredRow>, Error> {
        Ok(self.table(schema)?.rows.get(id).map(|row| StoredRow::clone(row)))
    }

    fn select(&mut self, schema: &'static TableSchema, query: &Selection, out: &mut RowBatch) -> Result<(), Error> {
        let mut rows = self.matching(schema, query.filter.as_ref(), query.include_deleted)?;
        let mut failure = None;
        rows.sort_by(|left, right| {
            eval::order(&query.order, left, right).unwrap_or_else(|error| {
                failure = Some(error);
                std::cmp::Ordering::Equal
            })
        });
        if let Some(error) = failure {
            return Err(error);
        }
        let bound = |rows: u64| usize::try_from(rows).unwrap_or(usize::MAX);
        let places = query.places(schema)?;
        let mut whole = RowBatch::new(schema);
        for row in rows.into_iter().skip(bound(query.skip)).take(query.take.map_or(usize::MAX, bound)) {
            row.append_to(&mut whole);
        }
        for row in whole.iter() {
            let mut selected = out.push();
            for (place, _) in &places {
                selected.cell(*place).copy(row.value(*place));
            }
        }
        Ok(())
    }

    fn count(&mut self, schema: &'static TableSchema, query: &Selection) -> Result<u64, Error> {
        Ok(self.matching(schema, query.filter.as_ref(), query.include_deleted)?.len() as u64)
    }

    fn deleted_row(&mut self, schema: &'static TableSchema, id: &str) -> Result<Option<Row>, Error> {
        Ok(self.table(schema)?.deleted.get(id).map(|kept| kept.row.clone()))
    }

    fn entry_of(&mut self, schema: &'static TableSchema, id: &str) -> Result<Option<Entry>, Error> {
        let linked = self.table(schema)?.rows.get(id).and_then(|row| row.entry);
        let entry = match linked {
            Some(sequence) => self.content.entries.get(&sequence),
            None => {
                let is_it = |entry: &&Arc<Entry>| entry.absent && entry.table == schema.name() && entry.id == *id;
                self.content.entries.values().find(is_it)
            }
        };
        Ok(entry.map(|entry| Entry::clone(entry)))
    }

    fn next_entry(&mut self, after: Sequence, made_until: Sequence) -> Result<Option<Entry>, Error> {
        let mut behind = self.content.entries.range(Sequence(after.0.saturating_add(1))..);
        Ok(behind.find(|(_, entry)| entry.made <= made_until).map(|(_, entry)| Entry::clone(entry)))
    }

    fn pending(&mut self, table: Option<&str>) -> Result<u64, Error> {
        Ok(self.content.entries.values().filter(|entry| table.is_none_or(|table| entry.table == table)).count() as u64)
    }

    fn absent_ids(&mut self, table: &str) -> Result<HashSet<String>, Error> {
        let absent = self.content.entries.values().filter(|entry| entry.absent && entry.table == table);
        Ok(absent.map(|entry| entry.id.to_string()).collect())
    }

    fn is_remembered(&mut self, table: &str, id: &str, key: &str) -> Result<bool, Error> {
        let is_absent =
            self.content.entries.values().any(|entry| entry.absent && entry.table == table && entry.id == id);
        Ok(is_absent || self.meta(key)?.is_some() || self.graves(table)?.iter().any(|grave| grave.row.id() == id))
    }

    fn last_sequence(&mut self) -> Result<Sequence, Error> {
        Ok(self.content.last_sequence)
    }

    fn token(&mut self, table: &str, query: &str) -> Result<Option<DeltaToken>, Error> {
        Ok(self.content.tokens.get(&(table.to_owned(), query.to_owned())).cloned())
    }

    fn tokens(&mut self, table: &str) -> Result<Vec<DeltaToken>, Error> {
        Ok(self.content.tokens.values().filter(|token| token.table == table).cloned().collect())
    }

    fn quarantined(&mut self, table: Option<&str>) -> Result<Vec<Quarantined>, Error> {
        let rows = self.content.quarantine.values();
        Ok(rows.filter(|row| table.is_none_or(|table| row.table == table)).cloned().collect())
    }

    fn graves(&mut self, table: &str) -> Result<Vec<Grave>, Error> {
        Ok(self.content.graves.values().filter(|grave| grave.row.schema().name() == table).cloned().collect())
    }

    fn settled_since(&mut self, table: &str, mark: i64) -> Result<Vec<Settled>, Error> {
        let since = self.content.settled.range(mark.saturating_add(1)..);
        Ok(since.filter(|(_, settled)| settled.table == table).map(|(_, settled)| settled.clone()).collect())
    }

    fn settle_mark(&mut self) -> Result<i64, Error> {
        Ok(self.content.settle_mark)
    }

    fn meta(&mut self, key: &str) -> Result<Option<String>, Error> {
        Ok(self.content.meta.get(key).cloned())
    }
}

impl StoreWrite for Transaction {
    fn insert_row(&mut self, rows: &RowBatch, index: usize, entry: Option<Sequence>) -> Result<bool, Error> {
        let row = rows.get(index).ok_or_else(|| no_id(rows.schema().name()))?;
        if self.table(rows.schema())?.rows.contains_key(row.id()) {
            return Ok(false);
        }
        self.put(rows.schema(), StoredRow { row: row.to_row(), replaced: None, entry })?;
        Ok(true)
    }

    fn put_row(&mut self, row: &StoredRow) -> Result<(), Error> {
        self.put(row.row.schema(), row.clone())
    }

    fn remove_row(&mut self, schema: &'static TableSchema, id: &str) -> Result<(), Error> {
        self.take_away(schema, id)?;
        Ok(())
    }

    fn hide_row(&mut self, schema: &'static TableSchema, id: &str) -> Result<(), Error> {
        let removed = self.rows(schema)?.get(id).cloned();
        let Some(removed) = removed else { return Ok(()) };
        self.take_away(schema, id)?;
        if schema.keeps_deleted() {
            let mut row = removed.row.clone();
            row.deleted = true;
            self.deleted(schema)?.insert(Arc::from(id), Deleted { row, waits: true });
        }
        Ok(())
    }

    fn keep_deleted(&mut self, schema: &'static TableSchema, id: &str, tombstone: Option<&Row>) -> Result<(), Error> {
        let table = self.table(schema)?;
        let Some(row) = kept_row(tombstone, known(table, id))? else { return Ok(()) };
        check(&row)?;
        self.rows(schema)?.remove(id);
        self.deleted(schema)?.insert(Arc::from(id), Deleted { row, waits: false });
        self.log.note_row(schema.name(), id, ChangeKind::Deleted);
        Ok(())
    }

    fn remove_rows(&mut self, schema: &'static TableSchema, filter: Option<&Tree>) -> Result<u64, Error> {
        let rows = &self.table(schema)?.rows;
        let matching = self.matching(schema, filter, true)?.into_iter();
        let is_free = |row: &&Row| rows.get(row.id()).is_none_or(|stored| stored.entry.is_none());
        let ids: Vec<String> = matching.filter(is_free).map(|row| row.id().to_owned()).collect();
        for id in &ids {
            self.take_away(schema, id)?;
        }
        Ok(ids.len() as u64)
    }

    fn apply(&mut self, rows: &RowBatch, skip: &[usize], same: SameVersion) -> Result<Applied, Error> {
        let schema = rows.schema();
        let mut applied = Applied::default();
        for (index, pulled) in rows.iter().enumerate().filter(|(index, _)| skip.binary_search(index).is_err()) {
            let stored = self.table(schema)?.rows.get(pulled.id()).cloned();
            if stored.as_ref().is_some_and(|stored| stored.entry.is_some()) {
                applied.protected.push(index);
                continue;
            }
            if pulled.is_deleted() && schema.keeps_deleted() {
                let row = pulled.to_row();
                let table = self.table(schema)?;
                let kept = table.deleted.get(row.id()).filter(|kept| !kept.waits);
                let is_known = kept.is_some_and(|kept| says_no_more(&row, &kept.row, same));
                if !is_known && kept_row(Some(&row), known(table, row.id()))?.is_some() {
                    self.keep_deleted(schema, row.id(), Some(&row))?;
                    applied.removed += 1;
                }
                continue;
            }
            if pulled.is_deleted() {
                if self.take_away(schema, pulled.id())? {
                    applied.removed += 1;
                }
                continue;
            }
            let mut row = pulled.to_row();
            let before = stored.as_ref().filter(|stored| row.version.is_some() && stored.row.version == row.version);
            if before.is_some() && same == SameVersion::Keep {
                continue;
            }
            // A row changed by others must not count as one that this device's push replaced.
            let replaced: Option<Replaced> = before.and_then(|before| before.replaced.clone());
            for (index, column) in schema.columns().iter().enumerate().filter(|(_, column)| column.is_local_only()) {
                row.values[index] = match known(self.table(schema)?, pulled.id()) {
                    Some(known) => known.values[index].clone(),
                    None => column
                        .default_cell()
                        .map_err(|error| Error::new(ErrorKind::Schema, error.to_string()).in_table(schema.name()))?,
                };
            }
            self.put(schema, StoredRow { row, replaced, entry: None })?;
            applied.changed += 1;
        }
        Ok(applied)
    }

    fn next_sequence(&mut self) -> Result<Sequence, Error> {
        self.content.last_sequence.0 += 1;
        Ok(self.content.last_sequence)
    }

    fn put_entry(&mut self, entry: &Entry) -> Result<(), Error> {
        if !self.content.tables.contains_key(entry.table.as_str()) {
            return Err(unknown_table(&entry.table));
        }
        self.content.last_sequence = self.content.last_sequence.max(entry.sequence);
        Arc::make_mut(&mut self.content.entries).insert(entry.sequence, Arc::new(entry.clone()));
        self.log.note_queue();
        Ok(())
    }

    fn remove_entry(&mut self, sequence: Sequence) -> Result<(), Error> {
        Arc::make_mut(&mut self.content.entries).remove(&sequence);
        self.log.note_queue();
        Ok(())
    }

    fn put_token(&mut self, token: &DeltaToken) -> Result<(), Error> {
        Arc::make_mut(&mut self.content.tokens).insert((token.table.clone(), token.query.clone()), token.clone());
        Ok(())
    }

    fn remove_tokens(&mut self, table: Option<&str>) -> Result<(), Error> {
        Arc::make_mut(&mut self.content.tokens).retain(|(of, _), _| table.is_some_and(|table| of != table));
        Ok(())
    }

    fn put_quarantined(&mut self, row: &Quarantined) -> Result<(), Error> {
        Arc::make_mut(&mut self.content.quarantine).insert((row.table.clone(), row.id.clone()), row.clone());
        Ok(())
    }

    fn remove_quarantined(&mut self, table: &str, id: &str) -> Result<(), Error> {
        Arc::make_mut(&mut self.content.quarantine).remove(&(table.to_owned(), id.to_owned()));
        Ok(())
    }

    fn put_grave(&mut self, grave: &Grave, old: Timestamp) -> Result<(), Error> {
        let graves = Arc::make_mut(&mut self.content.graves);
        graves.insert((grave.row.schema().name().to_owned(), grave.row.id().to_owned()), grave.clone());
        graves.retain(|_, grave| grave.at >= old);
        Ok(())
    }

    fn remove_grave(&mut self, table: &str, id: &str) -> Result<(), Error> {
        Arc::make_mut(&mut self.content.graves).remove(&(table.to_owned(), id.to_owned()));
        Ok(())
    }

    fn put_settled(&mut self, settled: &Settled, old: Timestamp) -> Result<(), Error> {
        self.content.settle_mark += 1;
        let notes = Arc::make_mut(&mut self.content.settled);
        notes.insert(self.content.settle_mark, settled.clone());
        let kept = kept(settled.at, old);
        while notes.first_entry().is_some_and(|first| !kept.contains(&first.get().at.ticks())) {
            notes.pop_first();
        }
        Ok(())
    }

    fn put_meta(&mut self, key: &str, value: Option<&str>) -> Result<(), Error> {
        let meta = Arc::make_mut(&mut self.content.meta);
        match value {
            Some(value) => drop(meta.insert(key.to_owned(), value.to_owned())),
            None => drop(meta.remove(key)),
        }
        Ok(())
    }
}
