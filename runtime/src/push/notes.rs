//! What a transaction of a push did: noted inside, told once it is committed.

use crate::event::{EventFeed, Kept, Run, Running, SyncEvent};
use crate::queue::Operation;
use crate::queue::answer::Reply;
use crate::queue::plan::Case;
use crate::session::Session;
use crate::store::entry::{Failure, OperationKind, RequestKind};
use crate::table::TableSchema;
use crate::trace::{self, Span};
use crate::value::Id;

use super::report::PushReport;
use super::round::{Outcome, Task};

/// What is to be told and counted after the commit.
#[derive(Debug)]
pub(crate) struct Notes {
    feed: EventFeed,
    events: Vec<SyncEvent>,
    done: u64,
    failed: u64,
    conflicts: u64,
    quarantined: u64,
}

impl Notes {
    pub(super) fn new(session: &Session) -> Self {
        Self { feed: session.events.clone(), events: Vec::new(), done: 0, failed: 0, conflicts: 0, quarantined: 0 }
    }

    /// Notes an event; it is made only if anybody listens.
    pub(super) fn event(&mut self, event: impl FnOnce() -> SyncEvent) {
        if self.feed.is_heard() {
            self.events.push(event());
        }
    }

    pub(super) fn done(&mut self, schema: &'static TableSchema, id: &Id, kind: OperationKind) {
        self.done += 1;
        self.event(|| SyncEvent::OperationDone { table: schema.name(), id: id.clone(), kind });
    }

    pub(super) fn changed(&mut self, schema: &'static TableSchema, id: &Id, kind: OperationKind) {
        self.event(|| SyncEvent::OperationChanged { table: schema.name(), id: id.clone(), kind });
    }

    pub(super) fn failed(&mut self, schema: &'static TableSchema, operation: &Operation, failure: &Failure) {
        self.failed += 1;
        let kind = operation.kind();
        self.event(|| SyncEvent::OperationFailed {
            table: schema.name(),
            id: operation.id().clone(),
            kind,
            failure: failure.clone(),
        });
    }

    pub(super) fn conflict(&mut self, schema: &'static TableSchema, id: &Id, kind: OperationKind) {
        self.conflicts += 1;
        self.event(|| SyncEvent::ConflictFound { table: schema.name(), id: id.clone(), kind });
    }

    pub(super) fn resolved(&mut self, schema: &'static TableSchema, id: &Id, kept: Kept) {
        self.event(|| SyncEvent::ConflictResolved { table: schema.name(), id: id.clone(), kept });
    }

    pub(super) fn quarantined(&mut self, schema: &'static TableSchema, id: &str) {
        self.quarantined += 1;
        self.event(|| SyncEvent::RowQuarantined { table: schema.name(), id: Id::trusted(id) });
    }

    /// Tells and counts what was noted; called after the commit.
    pub(super) fn committed(&mut self, session: &Session, running: &mut Running, report: &PushReport) {
        self.feed.tell(self.events.drain(..));
        let tally = &session.tally;
        tally.operations_done.add(std::mem::take(&mut self.done));
        tally.operations_failed.add(std::mem::take(&mut self.failed));
        tally.conflicts.add(std::mem::take(&mut self.conflicts));
        tally.rows_quarantined.add(std::mem::take(&mut self.quarantined));
        running.run = Run::Push {
            done: report.done,
            failed: report.failed.len() as u64,
            not_attempted: report.not_attempted.len() as u64,
        };
    }
}

/// What an operation is whose request is of a kind.
pub(super) fn kind_of_request(kind: RequestKind) -> OperationKind {
    match kind {
        RequestKind::Insert | RequestKind::Undelete => OperationKind::Insert,
        RequestKind::Update => OperationKind::Update,
        RequestKind::Delete => OperationKind::Delete,
    }
}

/// What an entry is now.
pub(super) fn kind_of_case(case: &Case) -> OperationKind {
    OperationKind::of(matches!(case.entry.base, crate::store::entry::Base::Row(_)), case.wish.is_none())
}

/// Tells that the request of a task leaves, and gives the span that it leaves in.
pub(super) fn leaves(session: &Session, task: &Task) -> Span {
    session.events.emit(|| SyncEvent::OperationSent {
        table: task.schema.name(),
        id: task.id.clone(),
        kind: task.kind,
        attempt: task.attempt,
    });
    trace::operation(task.schema.name(), &task.id, &task.kind, task.attempt)
}

/// Notes in the span of a request how it ended.
pub(super) fn came_back(span: &Span, outcome: &Outcome) {
    let status = match outcome {
        Outcome::Reply(reply, ..) | Outcome::Weighed(reply, ..) => match reply {
            Reply::Row(_) | Reply::Unreadable(_) | Reply::Deleted(_) => "done",
            Reply::Gone(_) => "gone",
            Reply::Clash { .. } => "conflict",
            Reply::Refused { .. } => "refused",
            Reply::WrongId(_) => "wrong id",
        },
        Outcome::Truth(_) => "asked",
        Outcome::Resolved(_) => "resolved",
        Outcome::Open(..) => "unanswered",
        Outcome::SkipTable(..) => "table skipped",
        Outcome::Stop(..) => "stopped",
    };
    span.text("status", &status);
}
