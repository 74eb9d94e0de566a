//! The local handle of a table.

use std::fmt;
use std::marker::PhantomData;

use crate::error::Error;
use crate::pull::{self, Pull, PullReport, QuarantineReport};
use crate::purge::{self, Purge, PurgeReport};
use crate::push::{Conflict, Push, PushReport};
use crate::query::{Page, Query, Selection};
use crate::queue::{AnyConflict, Resolution};
use crate::store::StoreRead;
use crate::store::system::Quarantined;
use crate::subset::ColumnSubset;
use crate::table::SyncTable;
use crate::value::Id;
use crate::watch::Watch;

use super::{SyncContext, transaction};

/// The local rows of table `T`: reads and writes work without a network; cheap to clone.
///
/// A write is durable when it returns, together with its place in the queue: it survives the end of
/// the process and, unless the store was opened otherwise, loss of power.
///
/// ```
/// # use synctable::{Id, MemoryStore, SyncContext, SyncTable, Version};
/// # #[derive(Debug, Clone, Default, SyncTable)]
/// # pub struct TodoItem { pub id: Id, pub title: String, pub complete: bool, #[sync(system)] pub version: Option<Version> }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), synctable::Error> {
/// # let ctx = SyncContext::builder("http://127.0.0.1:9").store(MemoryStore::new()).table::<TodoItem>().open().await?;
/// let todos = ctx.table::<TodoItem>();
///
/// let mut milk = todos.insert(TodoItem { title: "Milk".into(), ..Default::default() }).await?;
/// milk.complete = true;
/// todos.update(&milk).await?; // an outdated row is a `Conflict` error
/// todos.edit(&milk.id, |item| item.title.push('!')).await?; // never is: read, change and queue in one transaction
/// todos.upsert(TodoItem { id: Id::parse("bread")?, title: "Bread".into(), ..Default::default() }).await?;
///
/// let open = TodoItem::query().filter(|t| t.complete.eq(false)).order_by(|t| t.title.asc()).take(20);
/// assert_eq!(todos.list(&open).await?.len(), 1);
/// assert_eq!(todos.count(&TodoItem::query()).await?, 2);
/// assert_eq!(todos.get(&milk.id).await?.map(|item| item.title), Some("Milk!".to_owned()));
///
/// todos.delete(&milk.id).await?;
/// assert!(todos.get(&milk.id).await?.is_none());
/// # Ok(())
/// # }
/// ```
pub struct Table<T> {
    context: SyncContext,
    table: PhantomData<fn() -> T>,
}

impl<T> Clone for Table<T> {
    fn clone(&self) -> Self {
        Self { context: self.context.clone(), table: PhantomData }
    }
}

impl<T: SyncTable> fmt::Debug for Table<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Table").field(&T::SCHEMA.name()).finish()
    }
}

impl<T: SyncTable> Table<T> {
    pub(super) fn new(context: SyncContext) -> Self {
        Self { context, table: PhantomData }
    }

    /// Inserts a row, queues it, and gives it back with its id.
    ///
    /// # Errors
    /// `Exists`: a row of this id is there. `Invalid`: the id or a value breaks a rule. `Store`: the
    /// local store cannot be used. `Schema`: the table was not registered.
    ///
    /// # Cancellation
    /// An insert that was accepted is done even if the future is dropped.
    pub async fn insert(&self, row: T) -> Result<T, Error> {
        self.context.transaction(move |tx| tx.insert(row)).await
    }

    /// Reads a row, lets the closure change it, stores and queues what changed, in one transaction;
    /// `None` if there is no such row.
    ///
    /// # Errors
    /// `Invalid`: a value breaks a rule. `Decode`: the stored row does not fit the struct. `Store`: the
    /// local store cannot be used. `Schema`: the table was not registered.
    ///
    /// # Cancellation
    /// An edit that was accepted is done even if the future is dropped.
    pub async fn edit(&self, id: &Id, change: impl FnOnce(&mut T) + Send + 'static) -> Result<Option<T>, Error> {
        let id = id.clone();
        self.context.transaction(move |tx| tx.edit(&id, change)).await
    }

    /// Replaces a row that is there, and queues what differs.
    ///
    /// # Errors
    /// `NotFound`: no such row. `Conflict`: the row has changed since it was read (only if the struct
    /// has a version field). `Invalid`: a value breaks a rule. `Store`, `Schema`: as for insert.
    ///
    /// # Cancellation
    /// An update that was accepted is done even if the future is dropped.
    pub async fn update(&self, row: &T) -> Result<(), Error>
    where
        T: Clone,
    {
        let row = row.clone();
        self.context.transaction(move |tx| tx.update(&row)).await
    }

    /// Inserts a row, or replaces the one that is there, whatever its version.
    ///
    /// # Errors
    /// `Invalid`: the id or a value breaks a rule. `Store`, `Schema`: as for insert.
    ///
    /// # Cancellation
    /// An upsert that was accepted is done even if the future is dropped.
    pub async fn upsert(&self, row: T) -> Result<T, Error> {
        self.context.transaction(move |tx| tx.upsert(row)).await
    }

    /// Deletes a row, and queues the deletion.
    ///
    /// # Errors
    /// `NotFound`: no such row. `Store`, `Schema`: as for insert.
    ///
    /// # Cancellation
    /// A delete that was accepted is done even if the future is dropped.
    pub async fn delete(&self, id: &Id) -> Result<(), Error> {
        let id = id.clone();
        self.context.transaction(move |tx| tx.delete::<T>(&id)).await
    }

    /// Reads a row; `None` if there is no such row.
    ///
    /// # Errors
    /// `Decode`: the stored row does not fit the struct. `Store`, `Schema`: as for insert.
    ///
    /// # Cancellation
    /// Nothing is changed.
    pub async fn get(&self, id: &Id) -> Result<Option<T>, Error> {
        let (id, tables) = (id.clone(), self.context.session.tables.clone());
        self.context.session.read(move |snapshot| transaction::get(snapshot, &tables, &id)).await
    }

    /// Reads the rows that a query selects, in its order; of a query that
    /// [selects](Query::select) a column subset, only the columns of that.
    ///
    /// # Errors
    /// `Decode`: a stored row does not fit the struct. `Store`, `Schema`: as for insert.
    ///
    /// # Cancellation
    /// Nothing is changed.
    pub async fn list<R: ColumnSubset<T>>(&self, query: &Query<T, R>) -> Result<Vec<R>, Error> {
        let (selection, tables) = (query.selection().clone(), self.context.session.tables.clone());
        self.context.session.read(move |snapshot| transaction::list::<T, R>(snapshot, &tables, &selection)).await
    }

    /// Counts the rows that a query selects; skip and take count too.
    ///
    /// # Errors
    /// `Store`, `Schema`: as for insert.
    ///
    /// # Cancellation
    /// Nothing is changed.
    pub async fn count<R>(&self, query: &Query<T, R>) -> Result<u64, Error> {
        let (selection, tables) = (query.selection().clone(), self.context.session.tables.clone());
        self.context.session.read(move |snapshot| transaction::count::<T>(snapshot, &tables, &selection)).await
    }

    /// Reads the rows that a query selects, and how many its filter selects whatever skip and take, in
    /// one snapshot.
    ///
    /// # Errors
    /// As [`list`](Self::list).
    ///
    /// # Cancellation
    /// Nothing is changed.
    pub async fn page<R: ColumnSubset<T>>(&self, query: &Query<T, R>) -> Result<Page<R>, Error> {
        let (selection, tables) = (query.selection().clone(), self.context.session.tables.clone());
        let read = move |snapshot: &mut dyn StoreRead| {
            let rows = transaction::list::<T, R>(snapshot, &tables, &selection)?;
            let all = Selection { skip: 0, take: None, ..selection };
            Ok(Page::new(rows, Some(transaction::count::<T>(snapshot, &tables, &all)?)))
        };
        self.context.session.read(read).await
    }

    /// Watches a query: gives its result now and whenever a commit has changed it, also as a
    /// [column subset](Query::select).
    ///
    /// A table that was not registered makes the first item an error.
    pub fn watch<R: ColumnSubset<T> + Sync>(&self, query: &Query<T, R>) -> Watch<R> {
        Watch::of_query(&self.context.hub, self.context.session.tables.clone(), query)
    }

    /// Sends the table's pending operations, and before them the pending inserts of rows that they
    /// reference; other tables stay as they are and are not in the report.
    ///
    /// # Errors
    /// `Store`: the local store cannot be used. `Schema`: as for insert. All that happens on the wire is
    /// in the report.
    ///
    /// # Cancellation
    /// As [`SyncContext::push`].
    pub async fn push(&self) -> Result<PushReport, Error> {
        self.context.push_with(Push::new().table::<T>()).await
    }

    /// Brings what changed on the server; pushes the whole queue first if the table has pending
    /// operations.
    ///
    /// # Errors
    /// `Store`: the local store cannot be used. `Unsupported`: the filter cannot be said in the
    /// server's dialect. `Schema`: as for insert. All that happens on the wire is in the report.
    ///
    /// # Cancellation
    /// What was applied stays, with the delta token that covers it; the next pull goes on from there.
    pub async fn pull(&self, pull: Pull<T>) -> Result<PullReport, Error> {
        self.context.session.tables.check::<T>()?;
        pull::pull(&self.context.session, pull.into_spec()).await
    }

    /// Lists the conflicts of the table, in the order of sending, with their rows: those that a push
    /// left to the app, also in an earlier run of it.
    ///
    /// # Errors
    /// `Decode`: a row does not fit the struct. `Store`, `Schema`: as for insert.
    ///
    /// # Cancellation
    /// Nothing is changed.
    pub async fn conflicts(&self) -> Result<Vec<Conflict<T>>, Error> {
        self.context.session.tables.check::<T>()?;
        let operations = self.context.conflicts().await?;
        let of_table = operations.iter().filter(|operation| operation.case().schema == T::SCHEMA);
        of_table.filter_map(|operation| AnyConflict::of(operation.case(), 1)).map(Conflict::read).collect()
    }

    /// Ends a conflict that was listed. [`Resolution::Defer`] and [`Resolution::Abort`] leave it as it
    /// is; what the others ask of the server is sent by the next push.
    ///
    /// # Errors
    /// `NotFound`: the operation is no longer pending. `Conflict`: the row was written, or the conflict
    /// resolved, since it was listed. `Invalid`: the merged row breaks a rule. `Store`, `Schema`: as for
    /// insert.
    ///
    /// # Cancellation
    /// A resolution that was accepted is done.
    pub async fn resolve(&self, conflict: &Conflict<T>, resolution: Resolution<T>) -> Result<(), Error> {
        self.context.session.tables.check::<T>()?;
        let resolution = conflict.cells_of(resolution)?;
        self.context.resolve(conflict.untyped().clone(), resolution).await
    }

    /// Lists the rows of this table that were set aside because a column could not be read.
    ///
    /// # Errors
    /// `Store`, `Schema`: as for insert.
    ///
    /// # Cancellation
    /// Nothing is changed.
    pub async fn quarantined(&self) -> Result<Vec<Quarantined>, Error> {
        let schema = self.context.session.tables.check::<T>()?;
        self.context.session.read(move |snapshot| snapshot.quarantined(Some(schema.name()))).await
    }

    /// Reads the rows of this table again that were set aside; as
    /// [`SyncContext::retry_quarantined`].
    ///
    /// # Errors
    /// `Store`, `Schema`: as for insert. All that happens on the wire is in the report.
    ///
    /// # Cancellation
    /// What was applied stays; the other rows stay set aside.
    pub async fn retry_quarantined(&self) -> Result<QuarantineReport, Error> {
        let schema = self.context.session.tables.check::<T>()?;
        let mut report = QuarantineReport::default();
        pull::quarantine::retry(&self.context.session, schema, &mut report).await?;
        Ok(report)
    }

    /// Drops local rows; nothing is sent.
    ///
    /// # Errors
    /// `Pending`: operations are pending and the purge does not say what becomes of them. `Store`,
    /// `Schema`: as for insert.
    ///
    /// # Cancellation
    /// A purge that was accepted is done even if the future is dropped.
    pub async fn purge(&self, purge: Purge<T>) -> Result<PurgeReport, Error> {
        self.context.session.tables.check::<T>()?;
        purge::purge(&self.context.session, purge.into_spec()).await
    }
}
