//! Which rows a commit touched, told after the commit.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering, fence};
use std::sync::{Arc, Mutex, PoisonError};

use crate::value::Id;

/// The most rows that one commit tells one by one; of the tables of further ones only the names are told.
const ROWS_TOLD: usize = 16_384;

/// What wrote a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ChangeSource {
    /// The app: a write, a transaction or a discard on this device.
    Local,
    /// An answer of the server to a push.
    Push,
    /// A pull.
    Pull,
    /// A purge.
    Purge,
}

/// What happened to a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ChangeKind {
    /// There was none of this id.
    Inserted,
    /// It was written anew; it may hold what it held before.
    Updated,
    /// It is gone.
    Deleted,
}

/// A row that a commit touched.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RowChange {
    table: &'static str,
    id: Id,
    kind: ChangeKind,
    source: ChangeSource,
}

impl RowChange {
    /// The table's name.
    #[must_use]
    pub fn table(&self) -> &'static str {
        self.table
    }

    /// The row's id.
    #[must_use]
    pub fn id(&self) -> &Id {
        &self.id
    }

    /// What happened to the row.
    #[must_use]
    pub fn kind(&self) -> ChangeKind {
        self.kind
    }

    /// What wrote the change.
    #[must_use]
    pub fn source(&self) -> ChangeSource {
        self.source
    }
}

/// What one commit changed.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Commit {
    /// Rows in the order in which they were written.
    pub(crate) rows: Vec<RowChange>,
    /// Tables of which more rows changed than are told one by one.
    pub(crate) tables: Vec<(&'static str, ChangeSource)>,
    /// Whether entries of the queue were made, changed or removed.
    pub(crate) queue: bool,
    /// Whether anything else may have changed too.
    pub(crate) anything: bool,
}

impl Commit {
    fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.tables.is_empty() && !self.queue && !self.anything
    }
}

/// The notes of one transaction. A store writes them while it works and hands them to its
/// [`ChangeFeed`] once the transaction is committed.
#[derive(Debug)]
pub struct ChangeLog {
    noting: Noting,
    source: ChangeSource,
    commit: Commit,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Noting {
    /// Nobody listened when the transaction began.
    Off,
    On,
}

/// A place in a log, to go back to when part of a transaction is rolled back.
#[derive(Debug, Clone, Copy)]
pub struct ChangeMark {
    rows: usize,
    tables: usize,
    queue: bool,
}

impl ChangeLog {
    fn new(noting: Noting) -> Self {
        Self { noting, source: ChangeSource::Local, commit: Commit::default() }
    }

    /// A log that notes nothing, for work that reads.
    #[must_use]
    pub fn off() -> Self {
        Self::new(Noting::Off)
    }

    /// Whether anybody listens; without a listener nothing need be found out for the log.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.noting == Noting::On
    }

    /// Says what the following changes are written by.
    pub fn set_source(&mut self, source: ChangeSource) {
        self.source = source;
    }

    /// Notes a row.
    pub fn note_row(&mut self, table: &'static str, id: &str, kind: ChangeKind) {
        if self.noting == Noting::Off {
            return;
        }
        if self.commit.rows.len() < ROWS_TOLD {
            self.commit.rows.push(RowChange { table, id: Id::trusted(id), kind, source: self.source });
        } else if !self.commit.tables.contains(&(table, self.source)) {
            self.commit.tables.push((table, self.source));
        }
    }

    /// Notes that an entry of the queue was made, changed or removed.
    pub fn note_queue(&mut self) {
        self.commit.queue = self.noting == Noting::On;
    }

    /// Notes that anything may have changed, by another connection to the same file. It stays noted
    /// if the transaction is rolled back.
    pub fn note_anything(&mut self) {
        self.commit.anything = self.noting == Noting::On;
    }

    /// The place at the end of what is noted.
    #[must_use]
    pub fn mark(&self) -> ChangeMark {
        ChangeMark { rows: self.commit.rows.len(), tables: self.commit.tables.len(), queue: self.commit.queue }
    }

    /// Forgets what was noted since a mark, because it was rolled back.
    pub fn roll_back_to(&mut self, mark: ChangeMark) {
        self.commit.rows.truncate(mark.rows);
        self.commit.tables.truncate(mark.tables);
        self.commit.queue = mark.queue;
    }
}

/// Is called after each commit that changed something, on the thread that committed.
pub(crate) type Listener = dyn Fn(&Arc<Commit>) + Send + Sync;

/// Where a store tells what its commits changed; clones tell the same listeners.
///
/// A store makes a log when a transaction begins and hands it in after the commit:
///
/// ```
/// use synctable::store::{ChangeFeed, ChangeKind, ChangeSource};
///
/// let feed = ChangeFeed::new();
/// let mut log = feed.begin();
/// log.set_source(ChangeSource::Local);
/// let before_part = log.mark();
/// log.note_row("todoitem", "a", ChangeKind::Inserted);
/// log.roll_back_to(before_part); // a part of the transaction failed
/// log.note_row("todoitem", "b", ChangeKind::Inserted);
/// // Here the transaction is committed.
/// feed.committed(log);
/// ```
///
/// While nobody listens this costs an atomic load and a fence a transaction.
#[derive(Clone, Default)]
pub struct ChangeFeed(Arc<Shared>);

#[derive(Default)]
struct Shared {
    count: AtomicUsize,
    listeners: Mutex<Listeners>,
}

#[derive(Clone, Default)]
struct Listeners {
    last: u64,
    // Shared, so that they are called without the lock.
    all: Arc<Vec<(u64, Arc<Listener>)>>,
}

impl ChangeFeed {
    /// Makes a feed to which nobody listens yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether anybody listens.
    #[must_use]
    pub fn is_watched(&self) -> bool {
        self.0.count.load(Ordering::Relaxed) > 0
    }

    /// The log of a transaction that begins.
    #[must_use]
    pub fn begin(&self) -> ChangeLog {
        ChangeLog::new(if self.is_watched() { Noting::On } else { Noting::Off })
    }

    /// Tells a transaction that is committed.
    ///
    /// Invariant: readers see the commit before this is called. Whoever began to listen while the
    /// transaction ran then either reads it, or is told that anything may have changed.
    pub fn committed(&self, log: ChangeLog) {
        // The listener raises the count and then reads; here the commit comes first and then the count.
        fence(Ordering::SeqCst);
        if !self.is_watched() {
            return;
        }
        match log.noting {
            Noting::On if log.commit.is_empty() => {}
            Noting::On => self.tell(log.commit),
            Noting::Off => self.tell_anything(),
        }
    }

    /// Tells what stays true of a transaction that was rolled back: what other connections did.
    pub fn rolled_back(&self, log: &ChangeLog) {
        if log.commit.anything {
            self.tell_anything();
        }
    }

    /// Tells that anything may have changed: another connection has written, or the tables were migrated.
    pub fn tell_anything(&self) {
        if self.is_watched() {
            self.tell(Commit { anything: true, ..Commit::default() });
        }
    }

    fn tell(&self, commit: Commit) {
        let listeners = Arc::clone(&self.0.listeners.lock().unwrap_or_else(PoisonError::into_inner).all);
        let commit = Arc::new(commit);
        for (_, listener) in listeners.iter() {
            listener(&commit);
        }
    }

    /// Calls a function after each commit until the guard is dropped; once more if a commit is being
    /// told just then. It runs on the thread that committed, so it must be short and must not use
    /// the store.
    pub(crate) fn listen(&self, listener: Arc<Listener>) -> Listening {
        let mut listeners = self.0.listeners.lock().unwrap_or_else(PoisonError::into_inner);
        listeners.last += 1;
        let key = listeners.last;
        Arc::make_mut(&mut listeners.all).push((key, listener));
        self.0.count.store(listeners.all.len(), Ordering::SeqCst);
        // Pairs with the fence of a commit.
        fence(Ordering::SeqCst);
        Listening { feed: self.clone(), key }
    }
}

impl fmt::Debug for ChangeFeed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChangeFeed").field("listeners", &self.0.count).finish()
    }
}

/// Listens until it is dropped.
#[derive(Debug)]
pub(crate) struct Listening {
    feed: ChangeFeed,
    key: u64,
}

impl Drop for Listening {
    fn drop(&mut self) {
        let mut listeners = self.feed.0.listeners.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::make_mut(&mut listeners.all).retain(|(key, _)| *key != self.key);
        self.feed.0.count.store(listeners.all.len(), Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(feed: &ChangeFeed) -> (Listening, Arc<Mutex<Vec<Arc<Commit>>>>) {
        let told = Arc::new(Mutex::new(Vec::new()));
        let listener = {
            let told = Arc::clone(&told);
            Arc::new(move |commit: &Arc<Commit>| told.lock().unwrap().push(Arc::clone(commit)))
        };
        (feed.listen(listener), told)
    }

    #[test]
    fn a_transaction_that_began_unwatched_tells_that_anything_may_have_changed() {
        let feed = ChangeFeed::new();
        let mut log = feed.begin();
        log.note_row("item", "a", ChangeKind::Inserted);
        let (_listening, told) = told(&feed);
        feed.committed(log);
        let told = told.lock().unwrap();
        assert!(told.len() == 1 && told[0].anything && told[0].rows.is_empty(), "{told:?}");
    }

    #[test]
    fn nothing_is_told_of_nothing_or_to_those_who_have_left() {
        let feed = ChangeFeed::new();
        let (listening, told) = told(&feed);
        feed.committed(feed.begin());
        assert!(told.lock().unwrap().is_empty());
        drop(listening);
        assert!(!feed.is_watched() && !feed.begin().is_on());
        feed.tell_anything();
        assert!(told.lock().unwrap().is_empty());
    }

    #[test]
    fn too_many_rows_are_told_by_their_table() {
        let feed = ChangeFeed::new();
        let (_listening, told) = told(&feed);
        let mut log = feed.begin();
        log.set_source(ChangeSource::Purge);
        for _ in 0..ROWS_TOLD {
            log.note_row("item", "a", ChangeKind::Deleted);
        }
        let mark = log.mark();
        log.note_row("other", "a", ChangeKind::Deleted);
        log.roll_back_to(mark);
        log.note_row("item", "b", ChangeKind::Deleted);
        log.note_row("item", "c", ChangeKind::Deleted);
        feed.committed(log);
        let told = told.lock().unwrap();
        assert_eq!(told[0].rows.len(), ROWS_TOLD);
        assert_eq!(told[0].tables, [("item", ChangeSource::Purge)]);
    }

    #[test]
    fn what_others_did_is_told_of_a_transaction_that_was_rolled_back() {
        let feed = ChangeFeed::new();
        let (_listening, told) = told(&feed);
        let mut log = feed.begin();
        log.note_row("item", "a", ChangeKind::Inserted);
        feed.rolled_back(&log);
        assert!(told.lock().unwrap().is_empty());
        log.note_anything();
        feed.rolled_back(&log);
        assert_eq!(**told.lock().unwrap(), [Arc::new(Commit { anything: true, ..Commit::default() })]);
    }
}
