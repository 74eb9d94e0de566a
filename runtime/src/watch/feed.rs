//! The feed of changes: what commits did, row by row.

use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use futures_core::Stream;

use super::hub::{Hub, Registration};
use crate::store::changes::Commit;
use crate::store::{ChangeSource, RowChange};

/// The most changes that wait for a listener.
const WAITING: usize = 65_536;

/// What a commit did, as [`SyncContext::changes`](crate::SyncContext::changes) tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ChangeEvent {
    /// A row was inserted, updated or deleted.
    Row(RowChange),
    /// More rows of a table changed in one commit than are told one by one (16 384).
    Table {
        /// The table's name.
        table: &'static str,
        /// What wrote the changes.
        source: ChangeSource,
    },
    /// Anything may have changed: another process has written the file, the tables were migrated, or
    /// more changes came than the listener took (65 536 wait for it). What is kept beside the rows
    /// should be made anew.
    Anything,
}

/// The changes of all tables from the time of the call on; made by
/// [`SyncContext::changes`](crate::SyncContext::changes).
///
/// Changes come in the order of the commits and, within one, of the writes; what was rolled back does
/// not come. A row that was written with the values that it had counts as updated. The stream ends once
/// the last handle of the context is dropped.
///
/// ```
/// # use synctable::{Id, MemoryStore, SyncContext, SyncTable};
/// # #[derive(Debug, Clone, Default, SyncTable)]
/// # pub struct TodoItem { pub id: Id, pub title: String, pub complete: bool }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), synctable::Error> {
/// # let ctx = SyncContext::builder("http://127.0.0.1:9").store(MemoryStore::new()).table::<TodoItem>().open().await?;
/// use synctable::{ChangeEvent, ChangeKind, ChangeSource};
///
/// let mut changes = ctx.changes();
/// let milk = ctx.table::<TodoItem>().insert(TodoItem { title: "Milk".into(), ..Default::default() }).await?;
/// match changes.next().await {
///     Some(ChangeEvent::Row(change)) => {
///         assert_eq!((change.table(), change.id()), ("todoitem", &milk.id));
///         assert_eq!((change.kind(), change.source()), (ChangeKind::Inserted, ChangeSource::Local));
///     }
///     Some(ChangeEvent::Table { table, .. }) => println!("read {table} again"),
///     _ => println!("read everything again"),
/// }
/// # Ok(())
/// # }
/// ```
#[must_use = "a feed that is dropped tells nothing"]
pub struct Changes {
    inbox: Arc<Inbox>,
    /// The commit that is told now, and how much of it was.
    current: Option<(Arc<Commit>, usize)>,
    _registration: Registration,
}

/// Commits that wait for one listener.
#[derive(Default)]
pub(super) struct Inbox(Mutex<Waiting>);

#[derive(Default)]
struct Waiting {
    commits: VecDeque<Arc<Commit>>,
    changes: usize,
    is_closed: bool,
    waker: Option<Waker>,
}

/// How many events a commit makes.
fn size(commit: &Commit) -> usize {
    commit.rows.len() + commit.tables.len() + usize::from(commit.anything)
}

/// Others' writes come first: they were committed before.
fn event(commit: &Commit, place: usize) -> Option<ChangeEvent> {
    let place = match (commit.anything, place) {
        (true, 0) => return Some(ChangeEvent::Anything),
        (anything, place) => place - usize::from(anything),
    };
    if let Some(row) = commit.rows.get(place) {
        return Some(ChangeEvent::Row(row.clone()));
    }
    let (table, source) = *commit.tables.get(place - commit.rows.len())?;
    Some(ChangeEvent::Table { table, source })
}

impl Inbox {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a commit in, and gives back who waits for it.
    pub(super) fn add(&self, commit: &Arc<Commit>) -> Option<Waker> {
        if size(commit) == 0 {
            return None;
        }
        let mut waiting = self.lock();
        waiting.changes += size(commit);
        if waiting.changes > WAITING {
            waiting.commits.clear();
            waiting.commits.push_back(Arc::new(Commit { anything: true, ..Commit::default() }));
            waiting.changes = 1;
        } else {
            waiting.commits.push_back(Arc::clone(commit));
        }
        waiting.waker.take()
    }

    pub(super) fn close(&self) -> Option<Waker> {
        let mut waiting = self.lock();
        waiting.is_closed = true;
        waiting.waker.take()
    }
}

impl Changes {
    pub(crate) fn new(hub: &Hub) -> Self {
        let inbox = Arc::default();
        Self { _registration: hub.subscribe(&inbox), inbox, current: None }
    }

    /// Waits for the next change; `None` once the context is closed and all was told.
    ///
    /// # Cancellation
    /// Nothing is lost.
    pub async fn next(&mut self) -> Option<ChangeEvent> {
        std::future::poll_fn(|context| self.poll_event(context)).await
    }

    fn poll_event(&mut self, context: &mut Context<'_>) -> Poll<Option<ChangeEvent>> {
        loop {
            if let Some((commit, place)) = &mut self.current {
                if let Some(event) = event(commit, *place) {
                    *place += 1;
                    return Poll::Ready(Some(event));
                }
                self.current = None;
            }
            let mut waiting = self.inbox.lock();
            if let Some(commit) = waiting.commits.pop_front() {
                waiting.changes -= size(&commit);
                drop(waiting);
                self.current = Some((commit, 0));
                continue;
            }
            if waiting.is_closed {
                return Poll::Ready(None);
            }
            match &mut waiting.waker {
                Some(waker) => waker.clone_from(context.waker()),
                None => waiting.waker = Some(context.waker().clone()),
            }
            return Poll::Pending;
        }
    }
}

impl Stream for Changes {
    type Item = ChangeEvent;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<ChangeEvent>> {
        self.get_mut().poll_event(context)
    }
}

impl fmt::Debug for Changes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Changes").field("waiting", &self.inbox.lock().changes).finish_non_exhaustive()
    }
}
