//! What sync does, told while it does it.

mod counters;
mod feed;
mod running;

pub use counters::Counters;
pub(crate) use counters::Tally;
pub(crate) use feed::EventFeed;
pub use feed::Events;
pub(crate) use running::{Run, Running};

use std::fmt;
use std::sync::Arc;

use crate::error::Error;
use crate::status::Status;
use crate::store::entry::{Failure, OperationKind};
use crate::value::Id;

/// A step of a sync, as [`SyncContext::events`](crate::SyncContext::events) tells it.
///
/// What changes the store is told after the commit that makes it true. Each start is followed by one end.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum SyncEvent {
    /// A sync began: its push and its pulls follow.
    SyncStarted,
    /// The sync is over.
    SyncEnded {
        /// How it ended.
        outcome: Outcome,
    },
    /// A push began; told when its turn has come.
    PushStarted {
        /// The operations that are pending.
        pending: u64,
    },
    /// A request of an operation leaves; it is stored as open. It may be told before the end of the
    /// operation before it, whose answer is being stored.
    OperationSent {
        /// The table's name.
        table: &'static str,
        /// The row's id.
        id: Id,
        /// What is asked of the server.
        kind: OperationKind,
        /// How many requests the operation has had, this one included; tries of one request count once.
        attempt: u32,
    },
    /// An operation is done: the server has acknowledged it, or nothing was left to do.
    OperationDone {
        /// The table's name.
        table: &'static str,
        /// The row's id.
        id: Id,
        /// What it was.
        kind: OperationKind,
    },
    /// An operation was tried and is still pending.
    OperationFailed {
        /// The table's name.
        table: &'static str,
        /// The row's id.
        id: Id,
        /// What it is.
        kind: OperationKind,
        /// Why it failed.
        failure: Failure,
    },
    /// The app has written the row again while its operation was sent: the next push sends the rest.
    OperationChanged {
        /// The table's name.
        table: &'static str,
        /// The row's id.
        id: Id,
        /// What was sent.
        kind: OperationKind,
    },
    /// The server has another row than the one that was changed here. A resolution or a failure of the
    /// operation follows.
    ConflictFound {
        /// The table's name.
        table: &'static str,
        /// The row's id.
        id: Id,
        /// What the operation is.
        kind: OperationKind,
    },
    /// A conflict is resolved; the operation goes on if something is left to send.
    ConflictResolved {
        /// The table's name.
        table: &'static str,
        /// The row's id.
        id: Id,
        /// What was kept.
        kept: Kept,
    },
    /// The push is over.
    PushEnded {
        /// How it ended.
        outcome: Outcome,
        /// Operations that are done.
        done: u64,
        /// Operations that were tried and are still pending.
        failed: u64,
        /// Operations that were not tried.
        not_attempted: u64,
    },
    /// A pull began; told when its turn has come.
    PullStarted {
        /// The table's name.
        table: &'static str,
        /// Which query is pulled.
        query: PullQuery,
    },
    /// A page came; its rows are not in the store yet.
    PageFetched {
        /// The table's name.
        table: &'static str,
        /// Which query is pulled.
        query: PullQuery,
        /// The rows of the page.
        rows: u64,
        /// Its bytes as received.
        bytes: u64,
    },
    /// One or more pages were committed to the store.
    PagesApplied {
        /// The table's name.
        table: &'static str,
        /// Which query is pulled.
        query: PullQuery,
        /// Rows inserted or changed.
        applied: u64,
        /// Rows removed because the server deleted them.
        deleted: u64,
        /// Rows kept as they are because they have pending operations.
        protected: u64,
        /// Rows set aside because a column could not be read.
        quarantined: u64,
        /// All rows that this pull has brought into the store until now, those without a change included.
        rows_so_far: u64,
    },
    /// A row of the server was set aside because a column could not be read.
    RowQuarantined {
        /// The table's name.
        table: &'static str,
        /// The row's id.
        id: Id,
    },
    /// Rows that had been set aside were read again, and what became of them is in the store.
    QuarantineRead {
        /// The table's name.
        table: &'static str,
        /// Rows that could be read now.
        restored: u64,
        /// Rows that the server no longer has.
        removed: u64,
    },
    /// The pull is over.
    PullEnded {
        /// The table's name.
        table: &'static str,
        /// Which query was pulled.
        query: PullQuery,
        /// How it ended.
        outcome: Outcome,
    },
    /// Rows were dropped from the store.
    Purged {
        /// The table's name.
        table: &'static str,
        /// Rows dropped.
        removed: u64,
        /// Pending operations discarded with their rows.
        discarded: u64,
    },
    /// Everything was removed from the store.
    Wiped,
    /// A new sign-in token was taken into use.
    TokenRefreshed,
    /// The server wants a sign-in that the app could not give.
    SignedOut,
    /// More events came than the listener took, and the oldest were dropped.
    Missed {
        /// How many.
        count: u64,
    },
}

/// How something that was started has ended.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Outcome {
    /// It gave a report of this status.
    Ended(Status),
    /// It gave an error: the store could not be used, or what was asked for cannot be done.
    Failed(Error),
    /// Its future was dropped. What the store had accepted before may still be committed.
    Cancelled,
}

impl Outcome {
    /// Whether everything was done.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        matches!(self, Self::Ended(Status::Complete))
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ended(status) => status.fmt(f),
            Self::Failed(error) => error.fmt(f),
            Self::Cancelled => f.write_str("cancelled"),
        }
    }
}

/// Which query a pull brings.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum PullQuery {
    /// One with a name, which goes on where its last pull ended.
    Named(Arc<str>),
    /// One without: every pull is whole.
    Full,
}

impl fmt::Display for PullQuery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Named(name) => name,
            Self::Full => "full",
        })
    }
}

/// Which row a resolved conflict leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kept {
    /// What the device wishes.
    Local,
    /// What the server has.
    Remote,
    /// Something of both.
    Merged,
}
