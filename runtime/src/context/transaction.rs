//! Local reads and writes inside one transaction.

use std::fmt;

use crate::error::{Error, ErrorKind};
use crate::query::{Query, Selection};
use crate::queue::{self, IdOrigin, to_row, write_row};
use crate::row::{Row, RowBatch};
use crate::session::Tables;
use crate::store::{Replaced, StoreRead, StoreWrite, StoredRow};
use crate::subset::{ColumnSubset, read_all};
use crate::table::{RowVersion, SyncTable, TableSchema};
use crate::value::{ColumnType, Id, Timestamp};

use super::MakeId;

/// The tables inside [`SyncContext::transaction`](crate::SyncContext::transaction).
pub struct Transaction<'a> {
    store: &'a mut dyn StoreWrite,
    tables: Tables,
    make_id: MakeId,
    now: Timestamp,
}

impl fmt::Debug for Transaction<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Transaction")
    }
}

impl<'a> Transaction<'a> {
    /// `now`: the stamp of what is written.
    pub(super) fn new(store: &'a mut dyn StoreWrite, tables: Tables, make_id: MakeId, now: Timestamp) -> Self {
        Self { store, tables, make_id, now }
    }

    /// Inserts a row and gives it back with its id.
    ///
    /// # Errors
    /// `Exists`: a row of this id is there. `Invalid`: the id or a value breaks a rule.
    pub fn insert<T: SyncTable>(&mut self, row: T) -> Result<T, Error> {
        self.tables.check::<T>()?;
        let mut row = row;
        let origin = if row.id().is_empty() {
            row.set_id(self.make_id());
            IdOrigin::Library
        } else {
            IdOrigin::App
        };
        let mut batch = RowBatch::new(T::SCHEMA);
        write_row(&row, &mut batch)?;
        self.insert_batch(&batch, origin)?;
        Ok(row)
    }

    /// Reads a row, lets the closure change it, and stores it; `None` if there is no such row.
    ///
    /// # Errors
    /// `Invalid`: a value that the closure changed breaks a rule. `Decode`: the stored row does not fit the struct.
    pub fn edit<T: SyncTable>(&mut self, id: &Id, change: impl FnOnce(&mut T)) -> Result<Option<T>, Error> {
        self.tables.check::<T>()?;
        let Some(before) = self.store.row(T::SCHEMA, id.as_str())? else { return Ok(None) };
        let mut row: T = queue::read_as(&before.row)?;
        let has_json = T::SCHEMA.columns().iter().any(|column| column.column_type() == ColumnType::Json);
        let untouched = if has_json { Some(to_row(&row)?) } else { None };
        change(&mut row);
        row.set_id(id.clone());
        let mut wish = to_row(&row)?;
        if let Some(untouched) = untouched {
            wish.keep_json(&untouched, &before.row);
        }
        queue::update(self.store, before, wish, self.now)?;
        self.get(id)
    }

    /// Replaces a row that is there.
    ///
    /// # Errors
    /// `NotFound`: no such row. `Conflict`: the struct carries a version that is neither the stored
    /// one nor the one that this device's own last push replaced. `Invalid`: a value that differs from
    /// the stored one breaks a rule.
    pub fn update<T: SyncTable>(&mut self, row: &T) -> Result<(), Error> {
        self.tables.check::<T>()?;
        self.replace_stored(T::SCHEMA, row.id(), row.version(), |_| to_row(row))
    }

    /// Inserts a row, or replaces the one that is there, whatever its version.
    ///
    /// # Errors
    /// `Invalid`: the id or a value breaks a rule.
    pub fn upsert<T: SyncTable>(&mut self, row: T) -> Result<T, Error> {
        self.tables.check::<T>()?;
        let before = if row.id().is_empty() { None } else { self.store.row(T::SCHEMA, row.id().as_str())? };
        match before {
            Some(before) => {
                queue::update(self.store, before, to_row(&row)?, self.now)?;
                Ok(row)
            }
            None => self.insert(row),
        }
    }

    /// Deletes a row that is there.
    ///
    /// # Errors
    /// `NotFound`: no such row.
    pub fn delete<T: SyncTable>(&mut self, id: &Id) -> Result<(), Error> {
        self.tables.check::<T>()?;
        self.delete_stored(T::SCHEMA, id)
    }

    /// Reads a row.
    ///
    /// # Errors
    /// `Decode`: the stored row does not fit the struct.
    pub fn get<T: SyncTable>(&mut self, id: &Id) -> Result<Option<T>, Error> {
        get(self.store, &self.tables, id)
    }

    /// Reads the rows that a query selects.
    ///
    /// # Errors
    /// `Decode`: a stored row does not fit the struct.
    pub fn list<T: SyncTable, R: ColumnSubset<T>>(&mut self, query: &Query<T, R>) -> Result<Vec<R>, Error> {
        list::<T, R>(self.store, &self.tables, query.selection())
    }

    /// Counts the rows that a query selects; skip and take count too.
    ///
    /// # Errors
    /// `Store`: the store cannot be read.
    pub fn count<T: SyncTable, R>(&mut self, query: &Query<T, R>) -> Result<u64, Error> {
        count::<T>(self.store, &self.tables, query.selection())
    }

    /// Makes the id of a row that is inserted without one.
    pub(crate) fn make_id(&self) -> Id {
        (self.make_id.0)()
    }

    /// Inserts the only row of a batch.
    pub(crate) fn insert_batch(&mut self, batch: &RowBatch, origin: IdOrigin) -> Result<(), Error> {
        queue::insert(self.store, batch, origin, self.now)
    }

    /// Replaces a row that is there and whose version is not outdated.
    pub(crate) fn replace_stored(
        &mut self,
        schema: &'static TableSchema,
        id: &Id,
        version: RowVersion<'_>,
        wish: impl FnOnce(&Row) -> Result<Row, Error>,
    ) -> Result<(), Error> {
        let before = self.stored(schema, id)?;
        check_version(&before, version)?;
        let wish = wish(&before.row)?;
        queue::update(self.store, before, wish, self.now)
    }

    /// Deletes a row that is there.
    pub(crate) fn delete_stored(&mut self, schema: &'static TableSchema, id: &Id) -> Result<(), Error> {
        let before = self.stored(schema, id)?;
        queue::delete(self.store, before, self.now)
    }

    fn stored(&mut self, schema: &'static TableSchema, id: &Id) -> Result<StoredRow, Error> {
        self.store.row(schema, id.as_str())?.ok_or_else(|| {
            Error::new(ErrorKind::NotFound, "no such row on this device").in_table(schema.name()).in_row(id.as_str())
        })
    }
}

pub(super) fn get<T: SyncTable>(store: &mut dyn StoreRead, tables: &Tables, id: &Id) -> Result<Option<T>, Error> {
    let schema = tables.check::<T>()?;
    store.row(schema, id.as_str())?.map(|stored| queue::read_as(&stored.row)).transpose()
}

pub(super) fn list<T: SyncTable, R: ColumnSubset<T>>(
    store: &mut dyn StoreRead,
    tables: &Tables,
    selection: &Selection,
) -> Result<Vec<R>, Error> {
    let schema = tables.check::<T>()?;
    let mut batch = RowBatch::new(schema);
    store.select(schema, selection, &mut batch)?;
    read_all::<T, R>(&batch)
}

pub(super) fn count<T: SyncTable>(
    store: &mut dyn StoreRead,
    tables: &Tables,
    selection: &Selection,
) -> Result<u64, Error> {
    let schema = tables.check::<T>()?;
    let matching = store.count(schema, selection)?.saturating_sub(selection.skip);
    Ok(selection.take.map_or(matching, |take| matching.min(take)))
}

/// Refuses a struct whose version is outdated (queue.md 9).
fn check_version(stored: &StoredRow, version: RowVersion<'_>) -> Result<(), Error> {
    let RowVersion::Declared(version) = version else { return Ok(()) };
    let is_stored = version == stored.row.version.as_ref();
    let is_replaced = match &stored.replaced {
        Some(Replaced::Version(replaced)) => version == Some(replaced),
        Some(Replaced::Unversioned) => version.is_none(),
        None => false,
    };
    if is_stored || is_replaced {
        return Ok(());
    }
    let message = "the row has changed since it was read; read it again, or use edit";
    Err(Error::new(ErrorKind::Conflict, message).in_table(stored.row.schema().name()).in_row(stored.row.id()))
}
