//! Events: each step of a push, pull or sync once, in order, with its true outcome.

mod failing;
mod pulls;
mod pushes;
mod random;
mod resolutions;
mod tokens;
mod traces;

use std::task::{Context, Poll, Waker};

use futures_core::Stream;
use synctable::{Events, Outcome, SyncEvent};

/// All events that wait, as short lines.
pub(crate) fn told(events: &mut Events) -> Vec<String> {
    let mut context = Context::from_waker(Waker::noop());
    let mut lines = Vec::new();
    while let Poll::Ready(Some(event)) = std::pin::Pin::new(&mut *events).poll_next(&mut context) {
        lines.push(line(&event));
    }
    lines
}

fn line(event: &SyncEvent) -> String {
    match event {
        SyncEvent::SyncStarted => "sync starts".into(),
        SyncEvent::SyncEnded { outcome } => format!("sync ends: {}", end(outcome)),
        SyncEvent::PushStarted { pending } => format!("push of {pending} starts"),
        SyncEvent::OperationSent { table, id, kind, attempt } => format!("{kind} {table}/{id} sent, {attempt}"),
        SyncEvent::OperationDone { table, id, kind } => format!("{kind} {table}/{id} done"),
        SyncEvent::OperationFailed { table, id, kind, failure } => {
            format!("{kind} {table}/{id} failed: {} {:?}", failure.kind.name(), failure.status)
        }
        SyncEvent::OperationChanged { table, id, kind } => format!("{kind} {table}/{id} changed meanwhile"),
        SyncEvent::ConflictFound { table, id, kind } => format!("conflict of {kind} {table}/{id}"),
        SyncEvent::ConflictResolved { table, id, kept } => format!("conflict of {table}/{id} resolved: {kept:?}"),
        SyncEvent::PushEnded { outcome, done, failed, not_attempted } => {
            format!("push ends: {}, {done} done, {failed} failed, {not_attempted} not attempted", end(outcome))
        }
        SyncEvent::PullStarted { table, query } => format!("pull {table}/{query} starts"),
        SyncEvent::PageFetched { table, query, rows, bytes } => {
            assert!(*bytes > 0);
            format!("page {table}/{query} of {rows}")
        }
        SyncEvent::PagesApplied { table, query, applied, deleted, protected, quarantined, rows_so_far } => format!(
            "applied {table}/{query}: {applied} applied, {deleted} deleted, {protected} protected, \
             {quarantined} quarantined, {rows_so_far} so far"
        ),
        SyncEvent::RowQuarantined { table, id } => format!("row {table}/{id} quarantined"),
        SyncEvent::QuarantineRead { table, restored, removed } => {
            format!("quarantine of {table} read: {restored} restored, {removed} removed")
        }
        SyncEvent::PullEnded { table, query, outcome } => format!("pull {table}/{query} ends: {}", end(outcome)),
        SyncEvent::Purged { table, removed, discarded } => {
            format!("purged {table}: {removed} removed, {discarded} discarded")
        }
        other => format!("{other:?}"),
    }
}

fn end(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Failed(error) => format!("{:?} error", error.kind()),
        other => other.to_string(),
    }
}

#[test]
fn events_are_a_stream_that_can_be_sent_and_kept() {
    fn is<S: Stream + Send + Sync + Unpin + 'static>() {}
    is::<Events>();
}
