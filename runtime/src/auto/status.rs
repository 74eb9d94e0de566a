//! What the background sync does, as a user interface shows it.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use futures_core::Stream;

use crate::error::Error;
use crate::value::Timestamp;

/// What the background sync does now, and what waits for it or for the user.
#[derive(Debug, Clone)]
pub struct SyncStatus {
    pub(super) state: SyncState,
    pub(super) pending: u64,
    pub(super) conflicts: u64,
    pub(super) last_sync: Option<Timestamp>,
    pub(super) next_attempt: Option<Timestamp>,
}

/// What the background sync does now.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum SyncState {
    /// Nothing is wrong and nothing is under way.
    Idle,
    /// A push or a pull is under way.
    Syncing(SyncProgress),
    /// The app said so, or the server could not be reached.
    Offline,
    /// The server answers but cannot work now: it is asked again at this instant.
    WaitingUntil(Timestamp),
    /// The server wants a (new) sign-in.
    Unauthorized,
    /// The app paused it.
    Paused,
    /// The local store failed, or a registered query cannot be asked of this server.
    Error(Error),
}

/// How far a push or a pull has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SyncProgress {
    pub(super) to_push: u64,
    pub(super) pushed: u64,
    pub(super) pulled: u64,
}

impl SyncProgress {
    /// Operations that were pending when the push began; zero once it is over.
    #[must_use]
    pub fn to_push(&self) -> u64 {
        self.to_push
    }

    /// Operations of these that are no longer pending.
    #[must_use]
    pub fn pushed(&self) -> u64 {
        self.pushed
    }

    /// Rows that this sync has read from the server.
    #[must_use]
    pub fn pulled(&self) -> u64 {
        self.pulled
    }
}

impl SyncStatus {
    pub(super) fn new() -> Self {
        Self { state: SyncState::Idle, pending: 0, conflicts: 0, last_sync: None, next_attempt: None }
    }

    /// What is done now.
    #[must_use]
    pub fn state(&self) -> &SyncState {
        &self.state
    }

    /// Pending operations.
    #[must_use]
    pub fn pending(&self) -> u64 {
        self.pending
    }

    /// Pending operations that wait for a decision, since the server has another row.
    #[must_use]
    pub fn conflicts(&self) -> u64 {
        self.conflicts
    }

    /// When everything was last pushed and pulled to the end, since the start of the background sync.
    #[must_use]
    pub fn last_sync(&self) -> Option<Timestamp> {
        self.last_sync
    }

    /// After a failure: when the server is asked again without being told to.
    #[must_use]
    pub fn next_attempt(&self) -> Option<Timestamp> {
        self.next_attempt
    }

    /// Whether a user interface would show the same.
    fn looks_like(&self, other: &Self) -> bool {
        let same_state = match (&self.state, &other.state) {
            (SyncState::Idle, SyncState::Idle)
            | (SyncState::Offline, SyncState::Offline)
            | (SyncState::Unauthorized, SyncState::Unauthorized)
            | (SyncState::Paused, SyncState::Paused) => true,
            (SyncState::Syncing(a), SyncState::Syncing(b)) => a == b,
            (SyncState::WaitingUntil(a), SyncState::WaitingUntil(b)) => a == b,
            (SyncState::Error(a), SyncState::Error(b)) => a.kind() == b.kind() && a.to_string() == b.to_string(),
            _ => false,
        };
        let numbers = |status: &Self| (status.pending, status.conflicts, status.last_sync, status.next_attempt);
        same_state && numbers(self) == numbers(other)
    }
}

impl fmt::Display for SyncStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.state {
            SyncState::Idle => f.write_str("idle")?,
            SyncState::Syncing(progress) => {
                write!(f, "syncing: {} of {} sent, {} rows read", progress.pushed, progress.to_push, progress.pulled)?;
            }
            SyncState::Offline => f.write_str("offline")?,
            SyncState::WaitingUntil(until) => write!(f, "waiting until {until}")?,
            SyncState::Unauthorized => f.write_str("sign in again")?,
            SyncState::Paused => f.write_str("paused")?,
            SyncState::Error(error) => write!(f, "error: {error}")?,
        }
        if self.pending > 0 {
            write!(f, "; {} pending", self.pending)?;
        }
        if self.conflicts > 0 {
            write!(f, "; {} conflicts", self.conflicts)?;
        }
        Ok(())
    }
}

/// The status now and whenever it has changed; made by [`AutoSync::status`](super::AutoSync::status).
///
/// A consumer that is slow gets the newest status only. The stream ends once the background sync does;
/// dropping it ends nothing.
#[must_use = "a watch that is dropped watches nothing"]
pub struct StatusWatch {
    cell: Arc<StatusCell>,
    key: u64,
    seen: u64,
}

/// The newest status, and who waits for the next.
pub(super) struct StatusCell(Mutex<Shown>);

struct Shown {
    status: SyncStatus,
    /// Raised by each change; a watch begins with none seen.
    change: u64,
    is_closed: bool,
    wakers: Vec<Waker>,
    /// By the key of their watch.
    callbacks: Vec<(u64, Callback)>,
    last_key: u64,
}

type Callback = Arc<dyn Fn() + Send + Sync>;

impl StatusCell {
    pub(super) fn new() -> Self {
        Self(Mutex::new(Shown {
            status: SyncStatus::new(),
            change: 1,
            is_closed: false,
            wakers: Vec::new(),
            callbacks: Vec::new(),
            last_key: 0,
        }))
    }

    fn lock(&self) -> MutexGuard<'_, Shown> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn latest(&self) -> SyncStatus {
        self.lock().status.clone()
    }

    pub(super) fn show(&self, status: SyncStatus) {
        let mut shown = self.lock();
        if shown.status.looks_like(&status) {
            return;
        }
        shown.status = status;
        shown.change += 1;
        Self::wake(shown);
    }

    pub(super) fn close(&self) {
        let mut shown = self.lock();
        shown.is_closed = true;
        Self::wake(shown);
    }

    fn wake(mut shown: MutexGuard<'_, Shown>) {
        let wakers = std::mem::take(&mut shown.wakers);
        let callbacks: Vec<Callback> = shown.callbacks.iter().map(|(_, callback)| Arc::clone(callback)).collect();
        drop(shown);
        wakers.into_iter().for_each(Waker::wake);
        for callback in callbacks {
            // The panic hook has told of it; the sync and the other watches go on.
            let _ = catch_unwind(AssertUnwindSafe(|| callback()));
        }
    }
}

impl StatusWatch {
    pub(super) fn new(cell: Arc<StatusCell>) -> Self {
        let mut shown = cell.lock();
        shown.last_key += 1;
        let key = shown.last_key;
        drop(shown);
        Self { cell, key, seen: 0 }
    }

    /// The newest status, without waiting.
    #[must_use]
    pub fn latest(&self) -> SyncStatus {
        self.cell.latest()
    }

    /// Waits for a status that was not given yet, the first one at once; `None` once the background
    /// sync has ended.
    ///
    /// # Cancellation
    /// Nothing is lost.
    pub async fn next(&mut self) -> Option<SyncStatus> {
        std::future::poll_fn(|context| self.poll_status(context)).await
    }

    /// Calls a function whenever there is a new status, and at its end, in place of an earlier function
    /// of this watch; at most as long as the watch is there. It runs on the thread of the task, so it
    /// should only tell a user interface to draw [`latest`](Self::latest) anew.
    pub fn on_change(&self, f: impl Fn() + Send + Sync + 'static) {
        let mut shown = self.cell.lock();
        shown.callbacks.retain(|(key, _)| *key != self.key);
        shown.callbacks.push((self.key, Arc::new(f)));
    }

    fn poll_status(&mut self, context: &mut Context<'_>) -> Poll<Option<SyncStatus>> {
        let mut shown = self.cell.lock();
        if shown.change > self.seen {
            self.seen = shown.change;
            return Poll::Ready(Some(shown.status.clone()));
        }
        if shown.is_closed {
            return Poll::Ready(None);
        }
        if !shown.wakers.iter().any(|waker| waker.will_wake(context.waker())) {
            shown.wakers.push(context.waker().clone());
        }
        Poll::Pending
    }
}

impl Drop for StatusWatch {
    fn drop(&mut self) {
        let mut shown = self.cell.lock();
        let (kept, dropped) = std::mem::take(&mut shown.callbacks).into_iter().partition(|(key, _)| *key != self.key);
        shown.callbacks = kept;
        drop(shown);
        // What a callback holds may do anything when it goes.
        let dropped: Vec<(u64, Callback)> = dropped;
        drop(dropped);
    }
}

impl Stream for StatusWatch {
    type Item = SyncStatus;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<SyncStatus>> {
        self.get_mut().poll_status(context)
    }
}

impl fmt::Debug for StatusCell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StatusCell").field("latest", &self.latest()).finish_non_exhaustive()
    }
}

impl fmt::Debug for StatusWatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StatusWatch").field("latest", &self.latest()).finish_non_exhaustive()
    }
}
