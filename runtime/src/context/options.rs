//! What an app says of one table when it describes its context.

use std::marker::PhantomData;

use crate::pull::{Pull, PullSpec};
use crate::push::conflict::{self, Conflict, ConflictHandler};
use crate::queue::conflict::Declared;
use crate::queue::{ConflictPolicy, Resolution};
use crate::table::SyncTable;

/// How one table is synced; given to the closure of
/// [`SyncContextBuilder::table_with`](super::SyncContextBuilder::table_with).
#[derive(Debug)]
pub struct TableOptions<T> {
    pub(super) pulls: Vec<PullSpec>,
    pub(super) refetch: Refetch,
    pub(super) conflicts: Declared,
    table: PhantomData<fn() -> T>,
}

/// Whether a table is read again once a column was added to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refetch {
    Yes,
    No,
}

impl<T: SyncTable> TableOptions<T> {
    pub(super) fn new() -> Self {
        Self { pulls: Vec::new(), refetch: Refetch::Yes, conflicts: Declared::default(), table: PhantomData }
    }

    /// Adds a query that `sync` pulls, in place of the whole table.
    #[must_use]
    pub fn pull(mut self, pull: Pull<T>) -> Self {
        self.pulls.push(pull.into_spec());
        self
    }

    /// Does not read all rows of the table again when a version of the app adds a column to it, or
    /// brings one back.
    ///
    /// Without this call the next pull of each query name begins anew, so that the rows of before get
    /// the server's values of the column. With it they hold the column's default, null, or the value
    /// that was kept, until the server changes the row. Meant for large tables whose new column is
    /// empty on the server.
    ///
    /// ```
    /// # use synctable::{Id, MemoryStore, SyncContext, SyncTable};
    /// # #[derive(SyncTable)]
    /// # struct Reading { id: Id, value: f64 }
    /// let builder = SyncContext::builder("https://todo.example")
    ///     .store(MemoryStore::new())
    ///     .table_with::<Reading>(|table| table.pull(Reading::pull("all")).without_refetch());
    /// ```
    #[must_use]
    pub fn without_refetch(mut self) -> Self {
        self.refetch = Refetch::No;
        self
    }

    /// Has the table's conflicts ended by a handler; it comes before every policy, and before what is
    /// said of the whole context.
    ///
    /// ```
    /// # use synctable::{Id, MemoryStore, SyncContext, SyncTable, Version};
    /// use synctable::{Conflict, ConflictHandler, RemoteRow, Resolution, Timestamp};
    ///
    /// # #[derive(Debug, Clone, Default, SyncTable)]
    /// # pub struct TodoItem { pub id: Id, pub title: String, pub complete: bool, pub changed: Option<Timestamp> }
    /// struct KeepNewer;
    ///
    /// impl ConflictHandler<TodoItem> for KeepNewer {
    ///     async fn resolve(&self, c: Conflict<TodoItem>) -> Resolution<TodoItem> {
    ///         match (c.local(), c.remote()) {
    ///             (Some(local), RemoteRow::Live(remote)) if local.changed > remote.changed => Resolution::KeepLocal,
    ///             (Some(_), RemoteRow::Live(_)) => Resolution::KeepRemote,
    ///             _ => Resolution::Defer, // one side deleted it: the push reports the conflict
    ///         }
    ///     }
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), synctable::Error> {
    /// let ctx = SyncContext::builder("https://todo.example")
    ///     # .store(MemoryStore::new())
    ///     .table_with::<TodoItem>(|t| {
    ///         t.pull(TodoItem::pull("open").filter(|t| t.complete.eq(false))).on_conflict(KeepNewer)
    ///     })
    ///     .open()
    ///     .await?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn on_conflict(mut self, handler: impl ConflictHandler<T>) -> Self {
        self.conflicts.handler = Some(conflict::by_handler(handler));
        self
    }

    /// Has the table's conflicts ended by a closure; otherwise as [`on_conflict`](Self::on_conflict).
    ///
    /// ```
    /// # use synctable::{Id, MemoryStore, SyncContext, SyncTable};
    /// # #[derive(Debug, Clone, Default, SyncTable)]
    /// # pub struct TodoItem { pub id: Id, pub title: String, pub complete: bool }
    /// use synctable::Resolution;
    ///
    /// let builder = SyncContext::builder("https://todo.example").table_with::<TodoItem>(|t| {
    ///     t.resolve_with(|conflict| async move {
    ///         match conflict.local() {
    ///             Some(local) if local.complete => Resolution::KeepLocal,
    ///             _ => Resolution::KeepRemote,
    ///         }
    ///     })
    /// });
    /// ```
    #[must_use]
    pub fn resolve_with<F, R>(self, resolve: F) -> Self
    where
        F: Fn(Conflict<T>) -> R + Send + Sync + 'static,
        R: Future<Output = Resolution<T>> + Send + 'static,
    {
        self.on_conflict(conflict::ByClosure(resolve))
    }

    /// Has the table's conflicts ended by a policy, unless it has a handler; what is said of the whole
    /// context counts for this table no more.
    #[must_use]
    pub fn conflict_policy(mut self, policy: ConflictPolicy) -> Self {
        self.conflicts.policy = Some(policy);
        self
    }
}
