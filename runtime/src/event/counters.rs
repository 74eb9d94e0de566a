//! Totals since a context was opened.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::wire::Traffic;

/// What a context has done since it was opened; made by
/// [`SyncContext::counters`](crate::SyncContext::counters).
///
/// What is counted is committed. Each number is exact; numbers of a push or pull that is under way may
/// not fit each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Counters {
    /// Requests that were handed to the transport, repeated and redirected ones and those of online
    /// tables included.
    pub requests: u64,
    /// Bytes of request bodies.
    pub sent_bytes: u64,
    /// Bytes of response bodies as received.
    pub received_bytes: u64,
    /// Requests that were sent again after a failure that may pass; a redirect is none.
    pub retries: u64,
    /// Operations that pushes have done.
    pub operations_done: u64,
    /// Operations that pushes have tried in vain, each once a push.
    pub operations_failed: u64,
    /// Conflicts that pushes have found.
    pub conflicts: u64,
    /// Rows that pulls have received.
    pub rows_pulled: u64,
    /// Rows that pulls have inserted, changed or removed in the store.
    pub rows_applied: u64,
    /// Rows that were set aside because a column could not be read.
    pub rows_quarantined: u64,
}

/// The counters as they are counted.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) operations_done: Count,
    pub(crate) operations_failed: Count,
    pub(crate) conflicts: Count,
    pub(crate) rows_pulled: Count,
    pub(crate) rows_applied: Count,
    pub(crate) rows_quarantined: Count,
}

/// One number that only grows.
#[derive(Debug, Default)]
pub(crate) struct Count(AtomicU64);

impl Count {
    pub(crate) fn add(&self, more: u64) {
        if more > 0 {
            self.0.fetch_add(more, Ordering::Relaxed);
        }
    }

    fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Tally {
    pub(crate) fn counters(&self, traffic: Traffic) -> Counters {
        Counters {
            requests: traffic.requests,
            sent_bytes: traffic.sent_bytes,
            received_bytes: traffic.received_bytes,
            retries: traffic.retries,
            operations_done: self.operations_done.get(),
            operations_failed: self.operations_failed.get(),
            conflicts: self.conflicts.get(),
            rows_pulled: self.rows_pulled.get(),
            rows_applied: self.rows_applied.get(),
            rows_quarantined: self.rows_quarantined.get(),
        }
    }
}
