//! One watcher: what it depends on, how it is run, and the newest result for whoever waits.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use super::hub::{Hub, Registration};
use super::print::Print;
use super::touched::{ChangedRows, Touched, Which};
use crate::error::{Error, ErrorKind};
use crate::query::eval;
use crate::query::predicate::Tree;
use crate::sql::SqlStop;
use crate::store::{StoreRead, panicked};
use crate::table::TableSchema;

/// The changes after which a watcher is run again.
#[derive(Debug, Clone)]
pub(crate) enum Interest {
    /// Any of these tables.
    Tables(Vec<&'static str>),
    /// Rows of one table that its last result shows, or that match now.
    Rows {
        /// The table.
        schema: &'static TableSchema,
        /// What the rows must match; all do if there is none.
        filter: Option<Tree>,
    },
    /// The queue.
    Queue,
}

/// What a run found.
#[derive(Debug)]
pub(crate) struct Ran<V> {
    /// The result, unless its print is that of the last.
    pub(crate) value: Option<V>,
    /// The print of the result.
    pub(crate) print: Print,
    /// The prints of the ids that the result shows, ascending; `None` if it cannot be told which.
    pub(crate) ids: Option<Vec<u64>>,
}

/// Reads the result on a snapshot. It is given the print of the last result, so that an equal one
/// need not be made.
pub(crate) type Run<V> = Box<dyn FnMut(&mut dyn StoreRead, Option<Print>) -> Result<Ran<V>, Error> + Send>;

/// What the hub does with a watcher, whatever its result is.
pub(super) trait Watcher: Send + Sync {
    /// Whether changes may concern the result.
    fn is_touched(&self, touched: &Touched, rows: &mut ChangedRows<'_>) -> bool;
    /// Runs the query; what it found is kept for [`deliver`](Self::deliver).
    fn run(&self, snapshot: &mut dyn StoreRead);
    /// Takes the error of a run that could not begin.
    fn fail(&self, error: Error);
    /// Shows what the last run found, if it is new.
    fn deliver(&self);
    /// Ends a run that is going on, where that can be done; no other follows.
    fn stop(&self);
    /// Ends the stream.
    fn close(&self);
}

pub(super) struct Live<V> {
    interest: Interest,
    stop: SqlStop,
    query: Mutex<Query<V>>,
    runs: AtomicU64,
    shown: Mutex<Shown<V>>,
}

struct Query<V> {
    run: Run<V>,
    last: Last,
    staged: Option<Result<V, Error>>,
}

/// What the last run found.
enum Last {
    Nothing,
    Rows { print: Print, ids: Option<Vec<u64>> },
    Failed(String),
}

/// What consumers see.
struct Shown<V> {
    latest: Option<V>,
    error: Option<Error>,
    state: State,
    waker: Option<Waker>,
    on_change: Option<Arc<dyn Fn() + Send + Sync>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct State {
    /// Whether the newest result waits for the stream's consumer.
    is_unseen: bool,
    is_closed: bool,
}

impl<V> Live<V> {
    fn new(interest: Interest, run: Run<V>, stop: SqlStop) -> Self {
        let state = State { is_unseen: false, is_closed: false };
        Self {
            interest,
            stop,
            query: Mutex::new(Query { run, last: Last::Nothing, staged: None }),
            runs: AtomicU64::new(0),
            shown: Mutex::new(Shown { latest: None, error: None, state, waker: None, on_change: None }),
        }
    }

    fn query(&self) -> MutexGuard<'_, Query<V>> {
        self.query.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn shown(&self) -> MutexGuard<'_, Shown<V>> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<V> Query<V> {
    fn take_in(&mut self, found: Result<Ran<V>, Error>) {
        match found {
            Ok(Ran { value, print, ids }) => {
                self.last = Last::Rows { print, ids };
                if let Some(value) = value {
                    self.staged = Some(Ok(value));
                }
            }
            Err(error) => {
                let text = error.to_string();
                // The same mistake after each change is news only once.
                if !matches!(&self.last, Last::Failed(last) if *last == text) {
                    self.staged = Some(Err(error));
                }
                self.last = Last::Failed(text);
            }
        }
    }
}

impl<V: Send + Sync> Watcher for Live<V> {
    fn is_touched(&self, touched: &Touched, rows: &mut ChangedRows<'_>) -> bool {
        if touched.anything {
            return true;
        }
        let (schema, filter) = match &self.interest {
            Interest::Queue => return touched.queue,
            Interest::Tables(names) => return names.iter().any(|name| touched.table(name).is_some()),
            Interest::Rows { schema, filter } => (schema, filter),
        };
        let changed = match touched.table(schema.name()) {
            None => return false,
            Some(Which::Many) => return true,
            Some(Which::Few(changed)) => changed,
        };
        let query = self.query();
        let Last::Rows { ids: Some(ids), .. } = &query.last else { return true };
        if changed.iter().any(|(_, print)| ids.binary_search(print).is_ok()) {
            return true;
        }
        match (rows.of(schema, changed), filter) {
            (Ok(rows), None) => !rows.is_empty(),
            (Ok(rows), Some(filter)) => rows.iter().any(|row| eval::holds(filter, row).unwrap_or(true)),
            (Err(_), _) => true,
        }
    }

    fn run(&self, snapshot: &mut dyn StoreRead) {
        self.runs.fetch_add(1, Ordering::Relaxed);
        let mut query = self.query();
        let last = match &query.last {
            Last::Rows { print, .. } => Some(*print),
            Last::Nothing | Last::Failed(_) => None,
        };
        let run = AssertUnwindSafe(|| (query.run)(snapshot, last));
        let found = catch_unwind(run).unwrap_or_else(|panic| Err(panicked(&*panic)));
        let is_stopped = matches!(&found, Err(error) if error.kind() == ErrorKind::Cancelled && self.stop.is_asked());
        if !is_stopped {
            query.take_in(found);
        }
    }

    fn fail(&self, error: Error) {
        self.query().take_in(Err(error));
    }

    fn deliver(&self) {
        let Some(staged) = self.query().staged.take() else { return };
        let mut shown = self.shown();
        if shown.state.is_closed {
            return;
        }
        let replaced = match staged {
            Ok(value) => {
                shown.error = None;
                shown.latest.replace(value)
            }
            Err(error) => {
                shown.error = Some(error);
                None
            }
        };
        shown.state.is_unseen = true;
        let (waker, on_change) = (shown.waker.take(), shown.on_change.clone());
        drop(shown);
        drop(replaced);
        if let Some(waker) = waker {
            waker.wake();
        }
        if let Some(on_change) = on_change {
            // The panic hook has told of it; the other watchers go on.
            let _ = catch_unwind(AssertUnwindSafe(|| on_change()));
        }
    }

    fn stop(&self) {
        self.stop.ask();
    }

    fn close(&self) {
        let mut shown = self.shown();
        shown.state.is_closed = true;
        let waker = shown.waker.take();
        drop(shown);
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

/// A watcher and its place in the hub; what the public types wrap.
pub(super) struct Watched<V> {
    live: Arc<Live<V>>,
    _registration: Registration,
}

impl<V: Clone + Send + Sync + 'static> Watched<V> {
    pub(super) fn new(hub: &Hub, interest: Interest, run: Run<V>) -> Self {
        Self::with_stop(hub, interest, run, SqlStop::default())
    }

    /// As [`new`](Self::new), for runs that end early when they are told to.
    pub(super) fn with_stop(hub: &Hub, interest: Interest, run: Run<V>, stop: SqlStop) -> Self {
        let live = Arc::new(Live::new(interest, run, stop));
        let watcher: Arc<dyn Watcher> = live.clone();
        Self { _registration: hub.add(&watcher), live }
    }

    pub(super) async fn next(&mut self) -> Option<Result<V, Error>> {
        std::future::poll_fn(|context| self.poll_next(context)).await
    }

    pub(super) fn poll_next(&self, context: &mut Context<'_>) -> Poll<Option<Result<V, Error>>> {
        let mut shown = self.live.shown();
        if std::mem::take(&mut shown.state.is_unseen) {
            return Poll::Ready(match &shown.error {
                Some(error) => Some(Err(error.clone())),
                None => shown.latest.clone().map(Ok),
            });
        }
        if shown.state.is_closed {
            return Poll::Ready(None);
        }
        match &mut shown.waker {
            Some(waker) => waker.clone_from(context.waker()),
            None => shown.waker = Some(context.waker().clone()),
        }
        Poll::Pending
    }

    pub(super) fn latest(&self) -> Option<V> {
        self.live.shown().latest.clone()
    }

    pub(super) fn last_error(&self) -> Option<Error> {
        self.live.shown().error.clone()
    }

    pub(super) fn on_change(&self, f: Arc<dyn Fn() + Send + Sync>) {
        let mut shown = self.live.shown();
        let is_due = shown.latest.is_some() || shown.error.is_some();
        let replaced = shown.on_change.replace(Arc::clone(&f));
        drop(shown);
        drop(replaced);
        if is_due {
            f();
        }
    }

    pub(super) fn runs(&self) -> u64 {
        self.live.runs.load(Ordering::Relaxed)
    }
}

impl<V> Drop for Watched<V> {
    fn drop(&mut self) {
        self.live.stop.ask();
    }
}

impl<V> fmt::Debug for Watched<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.live.shown().state;
        f.debug_struct("Watched")
            .field("interest", &self.live.interest)
            .field("runs", &self.live.runs)
            .field("state", &state)
            .finish_non_exhaustive()
    }
}
