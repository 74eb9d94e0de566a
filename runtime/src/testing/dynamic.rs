//! Tables whose columns are known only at run time, on the internals of [`Table`](crate::Table): for runners of recorded cases.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::context::{SyncContext, SyncContextBuilder};
use crate::error::{Error, ErrorKind};
use crate::pull::{self, First, PullReport, PullSpec, Remembered};
use crate::push::Push;
use crate::query::Selection;
use crate::query::predicate::Tree;
use crate::queue::{self, AnyConflict, IdOrigin, Operation, Resolution};
use crate::row::{Remote, Row, RowBatch};
use crate::store::entry::Base;
use crate::table::{RowVersion, TableSchema};
use crate::value::{Id, Value, Version};

/// Registers a table by its schema; `sync` pulls nothing of it.
pub fn register(builder: SyncContextBuilder, schema: &'static TableSchema) -> SyncContextBuilder {
    builder.schema(schema)
}

/// Adds a table to a push by its schema; as [`Push::table`].
#[must_use]
pub fn push_of(push: Push, schema: &'static TableSchema) -> Push {
    push.schema(schema)
}

/// The local rows of a table, without a struct.
#[derive(Debug, Clone)]
pub struct DynamicTable {
    context: SyncContext,
    schema: &'static TableSchema,
}

impl DynamicTable {
    /// Gives the handle of a table that was [registered](register).
    #[must_use]
    pub fn new(context: &SyncContext, schema: &'static TableSchema) -> Self {
        Self { context: context.clone(), schema }
    }

    /// The table's shape.
    #[must_use]
    pub fn schema(&self) -> &'static TableSchema {
        self.schema
    }

    /// Inserts a row and gives it back with its id; as [`Table::insert`](crate::Table::insert).
    ///
    /// # Errors
    /// `Exists`: a row of this id is there. `Invalid`: the id breaks a rule. `Store`: the local store
    /// cannot be used.
    ///
    /// # Cancellation
    /// An insert that was accepted is done even if the future is dropped.
    pub async fn insert(&self, mut row: Row) -> Result<Row, Error> {
        let schema = self.schema;
        self.context
            .transaction(move |tx| {
                let origin = if row.id().is_empty() {
                    row.values[schema.id_index()] = Value::Text(tx.make_id().as_str().to_owned());
                    IdOrigin::Library
                } else {
                    IdOrigin::App
                };
                Id::parse(row.id()).map_err(|error| {
                    Error::new(ErrorKind::Invalid, error.to_string()).in_table(schema.name()).in_row(row.id())
                })?;
                let mut batch = RowBatch::new(schema);
                row.append_to(&mut batch);
                tx.insert_batch(&batch, origin)?;
                Ok(row)
            })
            .await
    }

    /// Changes a row that is there; a version is checked as [`Table::update`](crate::Table::update)
    /// checks that of a struct, without one nothing is.
    ///
    /// # Errors
    /// `NotFound`: no such row. `Conflict`: the version is outdated. `Store`: the local store cannot
    /// be used.
    ///
    /// # Cancellation
    /// A change that was accepted is done even if the future is dropped.
    pub async fn change(
        &self,
        id: &Id,
        version: Option<Version>,
        change: impl FnOnce(&mut Row) + Send + 'static,
    ) -> Result<(), Error> {
        let (schema, id) = (self.schema, id.clone());
        self.context
            .transaction(move |tx| {
                let version = version.as_ref();
                let declared = version.map_or(RowVersion::NotDeclared, |version| RowVersion::Declared(Some(version)));
                tx.replace_stored(schema, &id, declared, |stored| {
                    let mut wish = stored.clone();
                    change(&mut wish);
                    Ok(wish)
                })
            })
            .await
    }

    /// Deletes a row that is there; as [`Table::delete`](crate::Table::delete).
    ///
    /// # Errors
    /// `NotFound`: no such row. `Store`: the local store cannot be used.
    ///
    /// # Cancellation
    /// A delete that was accepted is done even if the future is dropped.
    pub async fn delete(&self, id: &Id) -> Result<(), Error> {
        let (schema, id) = (self.schema, id.clone());
        self.context.transaction(move |tx| tx.delete_stored(schema, &id)).await
    }

    /// Ends a conflict that was listed; as [`Table::resolve`](crate::Table::resolve).
    ///
    /// # Errors
    /// `NotFound`: the operation is no longer pending. `Conflict`: it is no conflict, or the row was
    /// written or resolved since. `Invalid`: the merged row breaks a rule. `Store`: the local store
    /// cannot be used.
    ///
    /// # Cancellation
    /// A resolution that was accepted is done.
    pub async fn resolve(&self, operation: &Operation, resolution: Resolution<Row>) -> Result<(), Error> {
        let Some(conflict) = AnyConflict::of(operation.case(), 1) else {
            return Err(Error::new(ErrorKind::Conflict, "the operation is not in conflict").in_table(operation.table()));
        };
        self.context.resolve(conflict, resolution).await
    }

    /// Reads the rows that a query selects, in its order, with the members that the server wrote.
    ///
    /// # Errors
    /// `Store`: the local store cannot be used.
    ///
    /// # Cancellation
    /// Nothing is changed.
    pub async fn list(&self, selection: &Selection) -> Result<Vec<Row>, Error> {
        let (schema, selection) = (self.schema, selection.clone());
        self.context
            .session
            .read(move |snapshot| {
                let mut rows = RowBatch::new(schema);
                snapshot.select(schema, &selection, &mut rows)?;
                Ok(rows.iter().map(|row| row.to_row()).collect())
            })
            .await
    }

    /// Pulls, under a name or whole, with further parameters and a push before; as [`Table::pull`](crate::Table::pull).
    ///
    /// # Errors
    /// `Store`: the local store cannot be used. `Unsupported`: the filter cannot be said in the
    /// server's dialect. `Invalid`: a parameter belongs to the protocol.
    ///
    /// # Cancellation
    /// What was applied stays, with the delta token that covers it.
    pub async fn pull(
        &self,
        name: Option<&str>,
        filter: Option<Tree>,
        parameters: BTreeMap<String, String>,
        overlap: Duration,
        push: Push,
    ) -> Result<PullReport, Error> {
        let remembered = name.map_or(Remembered::No, |name| Remembered::As(name.to_owned()));
        let first = First::Push(push);
        let spec = PullSpec { filter, parameters, overlap, first, ..PullSpec::new(self.schema, remembered) };
        pull::pull(&self.context.session, spec).await
    }
}

/// The row as the device wishes it; `None` if it is to be deleted.
#[must_use]
pub fn local(operation: &Operation) -> Option<&Row> {
    operation.case().wish.as_ref()
}

/// The row of a conflict as the device wishes it; `None` if it is to be deleted.
#[must_use]
pub fn wished(conflict: &AnyConflict) -> Option<&Row> {
    conflict.case().wish.as_ref()
}

/// What the server had when the operation began; `None` if no live row.
#[must_use]
pub fn base(operation: &Operation) -> Option<&Row> {
    match &operation.case().entry.base {
        Base::Row(row) => Some(row),
        Base::None | Base::Tombstone => None,
    }
}

/// The three-way merge of rows by the rules of their columns; `None` if a column stays open.
#[must_use]
pub fn merged(base: Option<&Row>, local: &Row, remote: &Row) -> Option<Row> {
    let merged = queue::merge::three_way(base, local, remote, queue::merge::Additions::Known);
    merged.open.is_empty().then_some(merged.row)
}

/// The newest state of the server that a pull or a conflict showed meanwhile, live or deleted.
#[must_use]
pub fn remote(operation: &Operation) -> Option<&Row> {
    operation.case().entry.candidate.as_ref().and_then(Remote::row)
}
