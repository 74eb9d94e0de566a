//! Online tables: reads and writes on the server, with no local row in between.

mod client;
mod failure;
mod read;
mod server;
mod write;

pub use client::{RemoteClient, RemoteClientBuilder};
pub use read::RemoteStream;
pub(crate) use server::Server;
pub use write::{RemoteDelete, RemoteUndelete, RemoteUpdate};

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use crate::error::{Error, ErrorKind};
use crate::query::{Page, Query};
use crate::queue::read_as;
use crate::row::Remote;
use crate::subset::ColumnSubset;
use crate::table::SyncTable;
use crate::value::Id;
use crate::wire::answer::Truth;
use crate::wire::{Dialect, WireTable};
use failure::{Shown, unreadable};
use server::Asked;
use write::Change;

/// The rows of table `T` on the server: every call is a request; cheap to clone.
///
/// It comes from an open context ([`SyncContext::remote`](crate::SyncContext::remote)) or from a
/// [`RemoteClient`], which has no store. Nothing that it does touches the local rows or the queue: the
/// next pull brings what it wrote.
///
/// A read is repeated, at most twice, while its failure may pass. A write is sent once: where no answer
/// came, [`Error::may_have_arrived`] says that it may have been done.
///
/// ```no_run
/// # use synctable::{Id, SyncContext, SyncTable, Version};
/// # #[derive(Debug, Clone, Default, SyncTable)]
/// # pub struct TodoItem { pub id: Id, pub title: String, pub complete: bool, #[sync(system)] pub version: Option<Version> }
/// # async fn example(ctx: SyncContext) -> Result<(), synctable::Error> {
/// let todos = ctx.remote::<TodoItem>();
///
/// let mut milk = todos.insert(TodoItem { title: "Milk".into(), ..Default::default() }).await?;
/// milk.complete = true;
/// let milk = todos.update(&milk).await?; // `Conflict` if somebody else changed it meanwhile
///
/// let open = TodoItem::query().filter(|t| t.complete.eq(false)).order_by(|t| t.title.asc());
/// for item in todos.list(&open).await? {
///     println!("{}", item.title);
/// }
/// let page = todos.page(&open.clone().take(20)).await?;
/// println!("{} of {:?}", page.rows().len(), page.total());
///
/// todos.delete(&milk.id).await?;
/// let milk = todos.undelete(&milk.id).await?;
/// # Ok(())
/// # }
/// ```
pub struct RemoteTable<T> {
    server: Arc<Server>,
    wire: WireTable,
    table: PhantomData<fn() -> T>,
}

impl<T> Clone for RemoteTable<T> {
    fn clone(&self) -> Self {
        Self { server: Arc::clone(&self.server), wire: self.wire.clone(), table: PhantomData }
    }
}

impl<T: SyncTable> fmt::Debug for RemoteTable<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RemoteTable").field(&T::SCHEMA.name()).finish()
    }
}

impl<T: SyncTable> RemoteTable<T> {
    pub(crate) fn new(server: Arc<Server>) -> Self {
        let wire = server.wire.table(T::SCHEMA);
        Self { server, wire, table: PhantomData }
    }

    /// Reads the rows that a query selects, page after page, in its order; of a query that
    /// [selects](Query::select) a column subset, only the columns of that.
    ///
    /// Pages are found by counting: rows that others insert or delete meanwhile can move one over a
    /// page's edge, so that it comes twice or not at all. A pull does not have that weakness.
    ///
    /// # Errors
    /// `Offline`, `Busy`: the server could not be reached or cannot answer now. `Unauthorized`: it wants
    /// a sign-in. `Rejected`: it refuses the query. `Unsupported`: the query cannot be said in its
    /// dialect; nothing was asked. `Invalid`: the table is local. `Decode`: an answer is no page, or a
    /// row cannot be read; the message names row and column.
    ///
    /// # Cancellation
    /// Nothing is changed.
    pub async fn list<R: ColumnSubset<T>>(&self, query: &Query<T, R>) -> Result<Vec<R>, Error> {
        read::list(self, query.selection()).await
    }

    /// Reads the rows that a query selects as they come: a page is asked for when its first row is.
    ///
    /// Nothing is sent before the stream is polled.
    pub fn stream<R: ColumnSubset<T>>(&self, query: &Query<T, R>) -> RemoteStream<T, R> {
        RemoteStream::new(self.clone(), query.selection().clone())
    }

    /// Reads one page of the rows that a query selects, and how many there are in all: one request.
    ///
    /// A page has at most 1 000 rows, and fewer where the server's own bound is smaller; the next begins
    /// at the query's skip and the number of rows.
    ///
    /// # Errors
    /// As [`list`](Self::list).
    ///
    /// # Cancellation
    /// Nothing is changed.
    pub async fn page<R: ColumnSubset<T>>(&self, query: &Query<T, R>) -> Result<Page<R>, Error> {
        read::page(self, query.selection()).await
    }

    /// Counts the rows that a query selects; skip and take count too.
    ///
    /// # Errors
    /// As [`list`](Self::list).
    ///
    /// # Cancellation
    /// Nothing is changed.
    pub async fn count<R>(&self, query: &Query<T, R>) -> Result<u64, Error> {
        read::count(self, query.selection()).await
    }

    /// Reads a row; `None` if there is no such row, or it is deleted.
    ///
    /// # Errors
    /// As [`list`](Self::list), and `Invalid`: the id cannot stand in a URL.
    ///
    /// # Cancellation
    /// Nothing is changed.
    pub async fn get(&self, id: &Id) -> Result<Option<T>, Error> {
        match self.truth(id.as_str()).await? {
            Truth::None | Truth::There(Remote::Deleted(_), _) => Ok(None),
            Truth::There(Remote::Row(row), _) => Ok(Some(read_as(&row)?)),
            Truth::Unreadable(row) => Err(unreadable(&row).in_table(T::SCHEMA.name())),
        }
    }

    /// Reads a row again, as the server has it now.
    ///
    /// # Errors
    /// `NotFound`: there is no such row any more. Else as [`get`](Self::get).
    ///
    /// # Cancellation
    /// Nothing is changed.
    pub async fn refresh(&self, row: &T) -> Result<T, Error> {
        let id = row.id().as_str();
        let gone = |message: &str| Error::new(ErrorKind::NotFound, message).in_table(T::SCHEMA.name()).in_row(id);
        match self.truth(id).await? {
            Truth::None => Err(gone("no such row on the server")),
            Truth::There(Remote::Deleted(row), _) => {
                Err(gone("the row is deleted on the server").showing(Shown::Deleted(row)))
            }
            Truth::There(Remote::Row(row), _) => read_as(&row),
            Truth::Unreadable(row) => Err(unreadable(&row).in_table(T::SCHEMA.name())),
        }
    }

    /// Inserts a row and gives it back as the server has it; a row without an id gets one.
    ///
    /// # Errors
    /// `Exists`: a row of this id is there, live or deleted, and the error [shows](Error::remote) it.
    /// `Invalid`: the id or a value breaks a rule, or the server could not keep a value exactly.
    /// `Rejected`: the server refuses the row. `Decode`: the insert was done, and the server's row
    /// cannot be read. `Offline`, `Busy`, `Unauthorized`: as for [`list`](Self::list); the insert may have
    /// been done if the error [says so](Error::may_have_arrived).
    ///
    /// # Cancellation
    /// The row may or may not be inserted.
    pub async fn insert(&self, row: T) -> Result<T, Error> {
        let mut row = row;
        if row.id().is_empty() {
            row.set_id((self.server.make_id)());
        }
        self.send_insert(&row).await
    }

    /// Changes the columns of a row that the struct has, and gives the row back as the server has it;
    /// columns that the struct lacks stay as they are.
    ///
    /// It is sent when it is awaited, and done only if the row still has the version that the struct
    /// carries; a struct without a version field overwrites what is there.
    /// [`if_version`](RemoteUpdate::if_version) and [`force`](RemoteUpdate::force) say otherwise.
    ///
    /// Servers with `PATCH` are sent all columns of the struct. A `toolkit` server is sent the whole row
    /// by `PUT`; unless rows have shown that it has no other columns, the row is read first and the
    /// struct's columns are laid over it.
    ///
    /// # Errors
    /// `Conflict`: the row has another version, or is deleted; the error [shows](Error::remote) it.
    /// `NotFound`: no such row, or it is deleted. `Invalid`: a value breaks a rule; the struct has a
    /// version field and no version in it. Else as for [`insert`](Self::insert).
    ///
    /// # Cancellation
    /// The update may or may not be done.
    pub fn update<'a>(&'a self, row: &'a T) -> RemoteUpdate<'a, T> {
        RemoteUpdate::new(self, row, Change::Update)
    }

    /// Replaces a row, as [`update`](Self::update) does, but for columns that the struct lacks: servers
    /// with `PUT` (`v3`, `toolkit`) reset them to their defaults. Servers without it (`node-v2`,
    /// `dotnet-v2`) keep them.
    ///
    /// # Errors
    /// As for [`update`](Self::update).
    ///
    /// # Cancellation
    /// The replacement may or may not be done.
    pub fn replace<'a>(&'a self, row: &'a T) -> RemoteUpdate<'a, T> {
        RemoteUpdate::new(self, row, Change::Replace)
    }

    /// Deletes a row, whatever its version, unless [`if_version`](RemoteDelete::if_version) says which.
    ///
    /// It is sent when it is awaited.
    ///
    /// # Errors
    /// `NotFound`: no such row, or it is deleted already. `Conflict`: the row has another version; the
    /// error [shows](Error::remote) it. Else as for [`insert`](Self::insert).
    ///
    /// # Cancellation
    /// The deletion may or may not be done.
    pub fn delete<'a>(&'a self, id: &'a Id) -> RemoteDelete<'a, T> {
        RemoteDelete::new(self, id)
    }

    /// Makes a deleted row live again with the values that it had, and gives it back; a live row stays
    /// live. Only tables that keep their deleted rows (soft delete) can do it.
    ///
    /// It is sent when it is awaited.
    ///
    /// # Errors
    /// `NotFound`: no such row, not even a deleted one. `Conflict`: the row has another version than
    /// [`if_version`](RemoteUndelete::if_version) says. `Rejected` or `Busy`: the table keeps no deleted
    /// rows. Else as for [`insert`](Self::insert).
    ///
    /// # Cancellation
    /// The row may or may not be live.
    pub fn undelete<'a>(&'a self, id: &'a Id) -> RemoteUndelete<'a, T> {
        RemoteUndelete::new(self, id)
    }

    /// The server generation; a local table has none.
    async fn dialect(&self) -> Result<Dialect, Error> {
        if !T::SCHEMA.is_synced() {
            let message = "the table is declared `#[sync(local)]`: no server has it";
            return Err(Error::new(ErrorKind::Invalid, message).in_table(T::SCHEMA.name()));
        }
        self.server.dialect::<T>().await
    }

    /// What the server has of a row, live or deleted.
    async fn truth(&self, id: &str) -> Result<Truth, Error> {
        self.dialect().await?;
        let truth = self.server.wire.repeat(|| self.wire.truth(id)).await?;
        let unknown = match &truth {
            Truth::None => return Ok(truth),
            Truth::There(_, unknown) => *unknown,
            Truth::Unreadable(row) => row.has_unknown_members,
        };
        let shows_all = matches!(truth, Truth::There(Remote::Row(_), _)) && !T::SCHEMA.is_narrow();
        self.server.note::<T>(unknown, if shows_all { Asked::ForAll } else { Asked::ForSome }).await?;
        Ok(truth)
    }
}
