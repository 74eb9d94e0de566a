//! What was told to have started, and will be told to have ended.

use super::{EventFeed, Outcome, PullQuery, SyncEvent};
use crate::error::Error;
use crate::status::Status;
use crate::trace::{self, Span};

/// A sync, push or pull that is under way. Dropping it tells the end: as cancelled, unless another
/// outcome was given before.
#[derive(Debug)]
pub(crate) struct Running {
    feed: EventFeed,
    pub(crate) run: Run,
    outcome: Outcome,
    span: Span,
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
        Self::start(feed, Run::Sync, trace::sync(), || SyncEvent::SyncStarted)
    }

    pub(crate) fn push(feed: &EventFeed, pending: u64) -> Self {
        let run = Run::Push { done: 0, failed: 0, not_attempted: 0 };
        Self::start(feed, run, trace::push(pending), || SyncEvent::PushStarted { pending })
    }

    pub(crate) fn pull(feed: &EventFeed, table: &'static str, query: PullQuery) -> Self {
        let run = Run::Pull { table, query: query.clone() };
        Self::start(feed, run, trace::pull(table, &query), || SyncEvent::PullStarted { table, query })
    }

    fn start(feed: &EventFeed, run: Run, span: Span, event: impl FnOnce() -> SyncEvent) -> Self {
        feed.emit(event);
        Self { feed: feed.clone(), run, outcome: Outcome::Cancelled, span }
    }

    /// The span that what is under way runs in.
    pub(crate) fn span(&self) -> Span {
        self.span.clone()
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
        trace_end(&self.span, &self.run, &outcome);
        self.feed.emit(|| match self.run.clone() {
            Run::Sync => SyncEvent::SyncEnded { outcome },
            Run::Push { done, failed, not_attempted } => SyncEvent::PushEnded { outcome, done, failed, not_attempted },
            Run::Pull { table, query } => SyncEvent::PullEnded { table, query, outcome },
        });
    }
}

fn trace_end(span: &Span, run: &Run, outcome: &Outcome) {
    match outcome {
        Outcome::Ended(status) => span.text("status", status),
        Outcome::Failed(error) => {
            span.text("status", &"error");
            span.text("error", &error.kind());
        }
        Outcome::Cancelled => span.text("status", &"cancelled"),
    }
    if let Run::Push { done, failed, not_attempted } = run {
        span.number("done", *done);
        span.number("failed", *failed);
        span.number("not_attempted", *not_attempted);
    }
}
