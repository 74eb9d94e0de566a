//! What was told to have started, and will be told to have ended.

use super::{EventFeed, Outcome, PullQuery, SyncEvent};
use crate::error::Error;
use crate::status::Status;

/// A sync, push or pull that is under way. Dropping it tells the end: as cancelled, unless another
/// outcome was given before.
#[derive(Debug)]
pub(crate) struct Running {
    feed: EventFeed,
    pub(crate) run: Run,
    outcome: Outcome,
}

/// What is under way.
#[derive(Debug, Clone)]
pub(crate) enum Run {
    Sync,
    /// With what was committed until now.
    Push {
        done: u64,
        failed: u64,
        not_attempted: u64,
    },
    Pull {
        table: &'static str,
        query: PullQuery,
    },
}

impl Running {
    pub(crate) fn sync(feed: &EventFeed) -> Self {
        Self::start(feed, Run::Sync, || SyncEvent::SyncStarted)
    }

    pub(crate) fn push(feed: &EventFeed, pending: u64) -> Self {
        let run = Run::Push { done: 0, failed: 0, not_attempted: 0 };
        Self::start(feed, run, || SyncEvent::PushStarted { pending })
    }

    pub(crate) fn pull(feed: &EventFeed, table: &'static str, query: PullQuery) -> Self {
        let run = Run::Pull { table, query: query.clone() };
        Self::start(feed, run, || SyncEvent::PullStarted { table, query })
    }

    fn start(feed: &EventFeed, run: Run, event: impl FnOnce() -> SyncEvent) -> Self {
        feed.emit(event);
        Self { feed: feed.clone(), run, outcome: Outcome::Cancelled }
    }

    /// Tells the end.
    pub(crate) fn end<R>(mut self, result: &Result<R, Error>, status: impl FnOnce(&R) -> Status) {
        self.outcome = match result {
            Ok(report) => Outcome::Ended(status(report)),
            Err(error) => Outcome::Failed(error.clone()),
        };
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let outcome = std::mem::replace(&mut self.outcome, Outcome::Cancelled);
        self.feed.emit(|| match self.run.clone() {
            Run::Sync => SyncEvent::SyncEnded { outcome },
            Run::Push { done, failed, not_attempted } => SyncEvent::PushEnded { outcome, done, failed, not_attempted },
            Run::Pull { table, query } => SyncEvent::PullEnded { table, query, outcome },
        });
    }
}
