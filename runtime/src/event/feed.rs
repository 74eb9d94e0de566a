//! The feed of events: a bounded inbox a listener.

use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll, Waker};

use futures_core::Stream;

use super::SyncEvent;

/// The most events that wait for a listener.
const WAITING: usize = 4096;

/// Where what sync does is told; cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct EventFeed(Arc<Listeners>);

#[derive(Default)]
struct Listeners {
    /// How many there are: all that is looked at while there are none.
    count: AtomicUsize,
    inboxes: Mutex<Vec<Weak<Inbox>>>,
}

/// The events of a context from the time of the call on; made by
/// [`SyncContext::events`](crate::SyncContext::events).
///
/// All listeners are told the same events in the same order. At most 4096 wait for a listener; one that
/// is slower loses the oldest, is told how many, and holds up nobody. The stream ends once the last
/// handle of the context is dropped.
///
/// ```
/// # use synctable::{Id, MemoryStore, SyncContext, SyncTable};
/// # #[derive(Debug, Clone, Default, SyncTable)]
/// # pub struct TodoItem { pub id: Id, pub title: String, pub complete: bool }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), synctable::Error> {
/// # let ctx = SyncContext::builder("http://127.0.0.1:9").store(MemoryStore::new()).table::<TodoItem>().open().await?;
/// use synctable::{Outcome, Status, SyncEvent};
///
/// let mut events = ctx.events();
/// let report = ctx.push().await?;
/// assert!(matches!(events.next().await, Some(SyncEvent::PushStarted { pending: 0 })));
/// match events.next().await {
///     Some(SyncEvent::PushEnded { outcome: Outcome::Ended(status), .. }) => assert_eq!(status, report.status()),
///     other => panic!("{other:?}"),
/// }
/// # Ok(())
/// # }
/// ```
#[must_use = "a feed that is dropped tells nothing"]
pub struct Events {
    inbox: Arc<Inbox>,
    feed: Weak<Listeners>,
}

#[derive(Default)]
struct Inbox(Mutex<Waiting>);

#[derive(Default)]
struct Waiting {
    events: VecDeque<SyncEvent>,
    missed: u64,
    is_closed: bool,
    waker: Option<Waker>,
}

impl EventFeed {
    /// Whether anybody listens.
    pub(crate) fn is_heard(&self) -> bool {
        self.0.count.load(Ordering::Relaxed) > 0
    }

    /// Tells what happened; the event is made only if anybody listens.
    pub(crate) fn emit(&self, event: impl FnOnce() -> SyncEvent) {
        if self.is_heard() {
            self.tell([event()]);
        }
    }

    /// Tells what happened, in order.
    pub(crate) fn tell(&self, events: impl IntoIterator<Item = SyncEvent>) {
        let events: Vec<SyncEvent> = events.into_iter().collect();
        if events.is_empty() {
            return;
        }
        let mut wakers = Vec::new();
        {
            // Held while all are told: every listener has the same order.
            let inboxes = self.0.lock();
            for inbox in inboxes.iter().filter_map(Weak::upgrade) {
                wakers.extend(inbox.add(&events));
            }
        }
        wakers.into_iter().for_each(Waker::wake);
    }

    pub(crate) fn listen(&self) -> Events {
        let inbox = Arc::default();
        self.0.lock().push(Arc::downgrade(&inbox));
        self.0.count.fetch_add(1, Ordering::Relaxed);
        Events { inbox, feed: Arc::downgrade(&self.0) }
    }
}

impl fmt::Debug for EventFeed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventFeed").field("listeners", &self.0.count).finish()
    }
}

impl Listeners {
    fn lock(&self) -> MutexGuard<'_, Vec<Weak<Inbox>>> {
        self.inboxes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Listeners {
    fn drop(&mut self) {
        for inbox in self.lock().iter().filter_map(Weak::upgrade) {
            inbox.close().into_iter().for_each(Waker::wake);
        }
    }
}

impl Inbox {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes events in, and gives back who waits for them.
    fn add(&self, events: &[SyncEvent]) -> Option<Waker> {
        let mut waiting = self.lock();
        for event in events {
            if waiting.events.len() == WAITING {
                waiting.events.pop_front();
                waiting.missed += 1;
            }
            waiting.events.push_back(event.clone());
        }
        waiting.waker.take()
    }

    fn close(&self) -> Option<Waker> {
        let mut waiting = self.lock();
        waiting.is_closed = true;
        waiting.waker.take()
    }
}

impl Events {
    /// Waits for the next event; `None` once the context is closed and all was told.
    ///
    /// # Cancellation
    /// Nothing is lost.
    pub async fn next(&mut self) -> Option<SyncEvent> {
        std::future::poll_fn(|context| self.poll_event(context)).await
    }

    fn poll_event(&mut self, context: &mut Context<'_>) -> Poll<Option<SyncEvent>> {
        let mut waiting = self.inbox.lock();
        let count = std::mem::take(&mut waiting.missed);
        if count > 0 {
            return Poll::Ready(Some(SyncEvent::Missed { count }));
        }
        if let Some(event) = waiting.events.pop_front() {
            return Poll::Ready(Some(event));
        }
        if waiting.is_closed {
            return Poll::Ready(None);
        }
        match &mut waiting.waker {
            Some(waker) => waker.clone_from(context.waker()),
            None => waiting.waker = Some(context.waker().clone()),
        }
        Poll::Pending
    }
}

impl Stream for Events {
    type Item = SyncEvent;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<SyncEvent>> {
        self.get_mut().poll_event(context)
    }
}

impl Drop for Events {
    fn drop(&mut self) {
        let Some(feed) = self.feed.upgrade() else { return };
        feed.count.fetch_sub(1, Ordering::Relaxed);
        let own = Arc::downgrade(&self.inbox);
        feed.lock().retain(|inbox| !inbox.ptr_eq(&own));
    }
}

impl fmt::Debug for Events {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Events").field("waiting", &self.inbox.lock().events.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pushed(pending: u64) -> SyncEvent {
        SyncEvent::PushStarted { pending }
    }

    fn waiting(events: &mut Events) -> Vec<SyncEvent> {
        let mut context = Context::from_waker(Waker::noop());
        let mut all = Vec::new();
        while let Poll::Ready(Some(event)) = events.poll_event(&mut context) {
            all.push(event);
        }
        all
    }

    #[test]
    fn an_event_is_made_only_for_listeners() {
        let feed = EventFeed::default();
        feed.emit(|| panic!("nobody listens"));
        let mut events = feed.listen();
        feed.emit(|| pushed(1));
        assert!(matches!(waiting(&mut events)[..], [SyncEvent::PushStarted { pending: 1 }]));
        drop(events);
        assert!(!feed.is_heard() && feed.0.lock().is_empty());
        feed.emit(|| panic!("nobody listens any more"));
    }

    #[test]
    fn a_slow_listener_loses_the_oldest_and_is_told_how_many() {
        let feed = EventFeed::default();
        let (mut slow, mut quick) = (feed.listen(), feed.listen());
        let most = WAITING as u64;
        let mut told = 0;
        for number in 0..most + 3 {
            feed.emit(|| pushed(number));
            told += waiting(&mut quick).len() as u64;
        }
        assert_eq!(told, most + 3, "a listener that keeps up misses nothing");
        let late = waiting(&mut slow);
        assert_eq!(late.len() as u64, most + 1);
        assert!(matches!(late[0], SyncEvent::Missed { count: 3 }), "{:?}", late[0]);
        assert!(matches!(late[1], SyncEvent::PushStarted { pending: 3 }), "{:?}", late[1]);
        feed.emit(|| pushed(0));
        assert!(matches!(waiting(&mut slow)[..], [SyncEvent::PushStarted { pending: 0 }]), "told once");
    }

    #[tokio::test]
    async fn the_stream_ends_with_the_feed() {
        let feed = EventFeed::default();
        let mut events = feed.listen();
        feed.emit(|| pushed(7));
        let waits = tokio::spawn(async move {
            let first = events.next().await;
            (first, events.next().await)
        });
        tokio::task::yield_now().await;
        drop(feed);
        let (first, last) = waits.await.unwrap();
        assert!(matches!(first, Some(SyncEvent::PushStarted { pending: 7 })) && last.is_none());
    }
}
