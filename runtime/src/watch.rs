//! Live queries: results that come again when a commit has changed them.

mod feed;
mod hub;
mod live;
mod print;
mod query;
mod sql;
mod touched;
mod wait;

pub use feed::{ChangeEvent, Changes};
pub(crate) use hub::{Hub, LOOK_INTERVAL};
pub(crate) use live::{Interest, Ran, Run};
pub(crate) use print::Print;

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_core::Stream;

use crate::error::Error;
use crate::query::Query;
use crate::session::Tables;
use crate::sql::{FromSqlRow, SqlQuery, SqlStop};
use crate::subset::ColumnSubset;
use crate::table::{SyncTable, TableSchema};
use live::Watched;

/// The result of a query, now and whenever a commit has changed it; made by
/// [`Table::watch`](crate::Table::watch).
///
/// The first item is the result as it is; a further one comes after a commit that changed a row or
/// the order of the rows, whatever made it: a local write, a push, a pull, a purge or another process.
/// A consumer that is slow gets the newest result only and holds up nobody. An error of the query is
/// an item too and ends nothing: the query is run again after the next change.
///
/// The stream ends once the last handle of the context is dropped, which a watch does not keep open.
/// Dropping the watch ends it at once.
///
/// ```
/// # use synctable::{Id, MemoryStore, SyncContext, SyncTable};
/// # #[derive(Debug, Clone, Default, SyncTable)]
/// # pub struct TodoItem { pub id: Id, pub title: String, pub complete: bool }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), synctable::Error> {
/// # let ctx = SyncContext::builder("http://127.0.0.1:9").store(MemoryStore::new()).table::<TodoItem>().open().await?;
/// let todos = ctx.table::<TodoItem>();
/// let mut live = todos.watch(&TodoItem::query().filter(|t| t.complete.eq(false)));
///
/// let Some(first) = live.next().await else { return Ok(()) };
/// assert!(first?.is_empty());
///
/// todos.insert(TodoItem { title: "Milk".into(), ..Default::default() }).await?;
/// let Some(second) = live.next().await else { return Ok(()) };
/// assert_eq!(second?[0].title, "Milk");
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use = "a watch that is dropped watches nothing"]
pub struct Watch<R> {
    watched: Watched<Arc<Vec<R>>>,
}

impl<R: Send + Sync + 'static> Watch<R> {
    /// Watches what a closure reads, again after changes of its interest.
    pub(crate) fn new(hub: &Hub, interest: Interest, run: Run<Arc<Vec<R>>>) -> Self {
        Self { watched: Watched::new(hub, interest, run) }
    }

    /// Watches a typed query.
    pub(crate) fn of_query<T: SyncTable>(hub: &Hub, tables: Tables, query: &Query<T, R>) -> Self
    where
        R: ColumnSubset<T>,
    {
        let (interest, run) = query::watched::<T, R>(tables, query.selection().clone());
        Self::new(hub, interest, run)
    }

    /// Watches a read in SQL over a list of tables.
    pub(crate) fn of_sql(hub: &Hub, tables: &Tables, query: &SqlQuery, of: &[&'static TableSchema]) -> Self
    where
        R: FromSqlRow,
    {
        let stop = SqlStop::default();
        let run = sql::watched::<R>(tables, query.clone(), of, stop.clone());
        let interest = Interest::Tables(of.iter().map(|schema| schema.name()).collect());
        Self { watched: Watched::with_stop(hub, interest, run, stop) }
    }

    /// Waits for a result that was not given yet; `None` once the context is closed.
    ///
    /// # Errors
    /// An item is an error if the query could not be run: `Schema`, `Invalid`, `Decode` or `Store`,
    /// as of [`Table::list`](crate::Table::list).
    ///
    /// # Cancellation
    /// Nothing is lost.
    pub async fn next(&mut self) -> Option<Result<Arc<Vec<R>>, Error>> {
        self.watched.next().await
    }

    /// The newest rows that a run has given; `None` before the first. Reads no store and waits for
    /// nothing, and does not count as seen by [`next`](Self::next).
    ///
    /// If the last run failed these are the rows of the one before; see [`last_error`](Self::last_error).
    #[must_use]
    pub fn latest(&self) -> Option<Arc<Vec<R>>> {
        self.watched.latest()
    }

    /// The error of the last run; `None` if it succeeded or there was none.
    #[must_use]
    pub fn last_error(&self) -> Option<Error> {
        self.watched.last_error()
    }

    /// Calls a function whenever there is a new result, in place of the function that was given
    /// before; also now, if there is one already. For user interfaces that are drawn anew: it asks
    /// for a repaint, and the drawing reads [`latest`](Self::latest).
    ///
    /// It runs on a thread of the library and must be short: the results of all watches wait for it.
    /// It keeps what it captures, a context too, until the watch is dropped.
    ///
    /// ```
    /// # use synctable::{Id, MemoryStore, SyncContext, SyncTable};
    /// # #[derive(Debug, Clone, Default, SyncTable)]
    /// # pub struct TodoItem { pub id: Id, pub title: String, pub complete: bool }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), synctable::Error> {
    /// # let ctx = SyncContext::builder("http://127.0.0.1:9").store(MemoryStore::new()).table::<TodoItem>().open().await?;
    /// # let (repaint, repainted) = std::sync::mpsc::channel();
    /// let live = ctx.table::<TodoItem>().watch(&TodoItem::query());
    /// live.on_change(move || drop(repaint.send(())));
    /// # repainted.recv().map_err(synctable::Error::app)?;
    /// // In the function that draws:
    /// for item in live.latest().iter().flat_map(|rows| rows.iter()) {
    ///     println!("{}", item.title);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn on_change(&self, f: impl Fn() + Send + Sync + 'static) {
        self.watched.on_change(Arc::new(f));
    }

    /// How many times the query was run, for tests and for whoever wonders.
    #[must_use]
    pub fn runs(&self) -> u64 {
        self.watched.runs()
    }
}

impl<R: Send + Sync + 'static> Stream for Watch<R> {
    type Item = Result<Arc<Vec<R>>, Error>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.watched.poll_next(context)
    }
}

/// The number of pending operations, now and whenever it has changed; made by
/// [`SyncContext::watch_pending`](crate::SyncContext::watch_pending).
///
/// As of a [`Watch`], a slow consumer gets the newest number only, an error ends nothing, and the
/// stream ends with the context.
///
/// ```
/// # use synctable::{Id, MemoryStore, SyncContext, SyncTable};
/// # #[derive(Debug, Clone, Default, SyncTable)]
/// # pub struct TodoItem { pub id: Id, pub title: String, pub complete: bool }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), synctable::Error> {
/// # let ctx = SyncContext::builder("http://127.0.0.1:9").store(MemoryStore::new()).table::<TodoItem>().open().await?;
/// let mut pending = ctx.watch_pending();
/// assert_eq!(pending.next().await.transpose()?, Some(0));
/// ctx.table::<TodoItem>().insert(TodoItem::default()).await?;
/// assert_eq!(pending.next().await.transpose()?, Some(1));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use = "a watch that is dropped watches nothing"]
pub struct PendingWatch {
    watched: Watched<u64>,
}

impl PendingWatch {
    pub(crate) fn new(hub: &Hub) -> Self {
        let run: Run<u64> = Box::new(|snapshot, last| {
            let count = snapshot.pending(None)?;
            let print = Print::of_number(count);
            Ok(Ran { value: (Some(print) != last).then_some(count), print, ids: None })
        });
        Self { watched: Watched::new(hub, Interest::Queue, run) }
    }

    /// Waits for a number that was not given yet; `None` once the context is closed.
    ///
    /// # Errors
    /// `Store`: the local store cannot be read.
    ///
    /// # Cancellation
    /// Nothing is lost.
    pub async fn next(&mut self) -> Option<Result<u64, Error>> {
        self.watched.next().await
    }

    /// The newest number; `None` before the first.
    #[must_use]
    pub fn latest(&self) -> Option<u64> {
        self.watched.latest()
    }

    /// The error of the last count; `None` if it succeeded or there was none.
    #[must_use]
    pub fn last_error(&self) -> Option<Error> {
        self.watched.last_error()
    }

    /// Calls a function whenever there is a new number, as [`Watch::on_change`] does.
    pub fn on_change(&self, f: impl Fn() + Send + Sync + 'static) {
        self.watched.on_change(Arc::new(f));
    }
}

impl Stream for PendingWatch {
    type Item = Result<u64, Error>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.watched.poll_next(context)
    }
}
