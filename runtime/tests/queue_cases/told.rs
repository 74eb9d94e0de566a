//! What our client tells, in the words of the cases.

use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use futures_core::Stream;
use synctable::{Events, SyncEvent};

use crate::client::Told;

/// All that waits, without waiting for more.
pub(crate) fn all(events: &mut Events) -> Vec<Told> {
    let mut context = Context::from_waker(Waker::noop());
    let mut told = Vec::new();
    while let Poll::Ready(Some(event)) = Pin::new(&mut *events).poll_next(&mut context) {
        told.extend(words(event));
    }
    told
}

fn words(event: SyncEvent) -> Option<Told> {
    Some(match event {
        SyncEvent::PushStarted { pending } => Told::PushStarted { queued: pending },
        SyncEvent::OperationSent { id, .. } => Told::WillBePushed(id.as_str().to_owned()),
        SyncEvent::OperationDone { id, .. } => Told::WasPushed(id.as_str().to_owned(), true),
        SyncEvent::OperationFailed { id, .. } => Told::WasPushed(id.as_str().to_owned(), false),
        SyncEvent::PushEnded { .. } => Told::PushFinished,
        SyncEvent::PullStarted { .. } => Told::PullStarted,
        SyncEvent::PageFetched { rows, .. } => Told::PageFetched { rows },
        SyncEvent::PagesApplied { rows_so_far, .. } => Told::PagesStored { rows_so_far },
        SyncEvent::PullEnded { outcome, .. } => Told::PullFinished { complete: outcome.is_complete() },
        // It was done as it was sent.
        SyncEvent::OperationChanged { id, .. } => Told::WasPushed(id.as_str().to_owned(), true),
        // The older clients have no word for it.
        _ => return None,
    })
}
