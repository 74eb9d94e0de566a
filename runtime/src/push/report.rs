//! What a push did, as data.

use std::fmt;

use crate::error::{Error, ErrorKind};
use crate::queue::Operation;
pub use crate::status::Status;
use crate::store::entry::{Failure, FailureKind};
use crate::value::Id;

/// An operation that a push sent, or was about to send, and that was not done.
#[derive(Debug, Clone)]
pub struct FailedOperation {
    pub(crate) operation: Operation,
    pub(crate) failure: Failure,
}

impl FailedOperation {
    /// The operation as it stands now.
    #[must_use]
    pub fn operation(&self) -> &Operation {
        &self.operation
    }

    /// The table's name.
    #[must_use]
    pub fn table(&self) -> &str {
        self.operation.table()
    }

    /// The row's id.
    #[must_use]
    pub fn id(&self) -> &Id {
        self.operation.id()
    }

    /// Why it failed.
    #[must_use]
    pub fn failure(&self) -> &Failure {
        &self.failure
    }

    /// Whether the server has another row than the one that was changed here.
    #[must_use]
    pub fn is_conflict(&self) -> bool {
        self.failure.kind == FailureKind::Conflict
    }
}

impl fmt::Display for FailedOperation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.failure.kind {
            FailureKind::Conflict => "conflict",
            FailureKind::Refused => "refused",
            FailureKind::SetAside => "set aside",
            FailureKind::WrongId => "set aside for good",
            FailureKind::Unanswered => "not answered",
        };
        write!(f, "{} {what}", self.operation.kind())?;
        if let Some(status) = self.failure.status {
            write!(f, " with status {status}")?;
        }
        if self.failure.message.is_empty() { Ok(()) } else { write!(f, ": {}", self.failure.message) }
    }
}

/// An operation in scope of a push that was not sent.
#[derive(Debug, Clone)]
pub struct NotAttempted {
    pub(crate) table: String,
    pub(crate) id: Id,
    pub(crate) reason: Reason,
}

impl NotAttempted {
    /// The table's name.
    #[must_use]
    pub fn table(&self) -> &str {
        &self.table
    }

    /// The row's id.
    #[must_use]
    pub fn id(&self) -> &Id {
        &self.id
    }

    /// Why it was not sent.
    #[must_use]
    pub fn reason(&self) -> &Reason {
        &self.reason
    }
}

/// Why an operation was not sent.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// It is set aside until it is edited, retried or discarded.
    SetAside,
    /// The insert of a row that it references has failed, or it is a delete and a row that names its row
    /// is pending in a table that this push does not send: this table and id.
    HeldBack(String, Id),
    /// Its table does not answer.
    TableSkipped,
    /// The context was opened without its table.
    UnknownTable,
    /// The push stopped before its turn.
    Stopped,
    /// Another process pushes from this store.
    PushedElsewhere,
}

/// What a push did: done, failed, changed meanwhile and not attempted add up to what was pending
/// when it began.
#[derive(Debug, Clone)]
#[must_use = "a push that could not send everything says so only in its report"]
pub struct PushReport {
    pub(crate) done: u64,
    pub(crate) failed: Vec<FailedOperation>,
    pub(crate) changed_meanwhile: Vec<(String, Id)>,
    pub(crate) not_attempted: Vec<NotAttempted>,
    pub(crate) stopped: Option<(Status, Error)>,
    pub(crate) requests: u64,
}

impl PushReport {
    pub(crate) fn new() -> Self {
        Self {
            done: 0,
            failed: Vec::new(),
            changed_meanwhile: Vec::new(),
            not_attempted: Vec::new(),
            stopped: None,
            requests: 0,
        }
    }

    /// How the push ended as a whole.
    #[must_use]
    pub fn status(&self) -> Status {
        match &self.stopped {
            Some((status, _)) => *status,
            None if self.failed.is_empty() && self.not_attempted.is_empty() => Status::Complete,
            None => Status::WithFailures,
        }
    }

    /// Operations that the server acknowledged, or with which nothing was left to do.
    #[must_use]
    pub fn done(&self) -> u64 {
        self.done
    }

    /// Operations that were tried and are still pending, with the reason.
    #[must_use]
    pub fn failed(&self) -> &[FailedOperation] {
        &self.failed
    }

    /// Table and id of rows that the app wrote again while they were sent: the next push sends the rest.
    #[must_use]
    pub fn changed_meanwhile(&self) -> &[(String, Id)] {
        &self.changed_meanwhile
    }

    /// Operations that were not tried, with the reason.
    #[must_use]
    pub fn not_attempted(&self) -> &[NotAttempted] {
        &self.not_attempted
    }

    /// Why the push stopped before its end, if it did.
    #[must_use]
    pub fn stopped_by(&self) -> Option<&Error> {
        self.stopped.as_ref().map(|(_, error)| error)
    }

    /// Requests sent, repeats and reads included.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.requests
    }

    /// Turns every incomplete push into an error that says how it ended.
    ///
    /// # Errors
    /// The kind follows the status: `Offline`, `Busy` for unavailable, `Unauthorized`, `Cancelled`
    /// for aborted; with failures `Conflict` if the first failure is one, else `Rejected`.
    pub fn into_result(self) -> Result<(), Error> {
        let status = self.status();
        let kind = match status {
            Status::Complete => return Ok(()),
            Status::Offline => ErrorKind::Offline,
            Status::Unavailable => ErrorKind::Busy,
            Status::Unauthorized => ErrorKind::Unauthorized,
            Status::Aborted => ErrorKind::Cancelled,
            Status::WithFailures if self.failed.first().is_some_and(FailedOperation::is_conflict) => {
                ErrorKind::Conflict
            }
            Status::WithFailures => ErrorKind::Rejected,
        };
        let mut message = format!("push {status}: {self}");
        if let Some(first) = self.failed.first() {
            message.push_str(&format!("; first {}/{}: {first}", first.table(), first.id()));
        }
        let error = Error::new(kind, message);
        Err(match self.stopped {
            Some((_, cause)) => error.with_source(cause),
            None => error,
        })
    }
}

impl fmt::Display for PushReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} done, {} failed, {} changed meanwhile, {} not attempted",
            self.done,
            self.failed.len(),
            self.changed_meanwhile.len(),
            self.not_attempted.len()
        )
    }
}
