//! The clock of a fake server, which a test turns by hand.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use tokio::sync::watch;

use crate::clock::{BoxFuture, Clock};
use crate::value::Timestamp;

/// 2026-01-01T00:00:00Z: a start of its own would make each run of a test another.
const START_MILLIS: i64 = 1_767_225_600_000;

/// The clock shows units of 100 ns.
const NANOS_PER_TICK: u32 = 100;

/// A clock that stands still until a test or a wait moves it; clones are one clock.
///
/// It starts at 2026-01-01. Whoever [waits](Clock::sleep) by it goes on when tokio's timer is over,
/// which moves this clock to the end of the wait, or when the clock is moved past that end. In a test
/// with paused time (`#[tokio::test(start_paused = true)]`) waits therefore take no time, and the clock
/// tells how long they would have been.
///
/// ```
/// use std::time::Duration;
/// use synctable::testing::FakeServer;
///
/// let clock = FakeServer::new().clock();
/// let start = clock.now();
/// clock.advance(Duration::from_secs(90));
/// assert_eq!(clock.now().saturating_since(start), Duration::from_secs(90));
/// ```
#[derive(Debug, Clone)]
pub struct FakeClock(Arc<watch::Sender<Timestamp>>);

impl FakeClock {
    pub(super) fn new() -> Self {
        let start = Timestamp::from_millis(START_MILLIS).unwrap_or(Timestamp::EPOCH);
        Self(Arc::new(watch::Sender::new(start)))
    }

    /// The time now.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        *self.0.borrow()
    }

    /// Moves the clock on.
    pub fn advance(&self, time: Duration) {
        self.0.send_modify(|now| *now = now.saturating_add(time));
    }

    /// Sets the clock, back too: stamps of the server go on from the last one all the same.
    pub fn set(&self, time: Timestamp) {
        self.0.send_replace(time);
    }

    fn reach(&self, time: Timestamp) {
        self.0.send_if_modified(|now| {
            let is_later = time > *now;
            if is_later {
                *now = time;
            }
            is_later
        });
    }
}

impl Clock for FakeClock {
    fn now(&self) -> Timestamp {
        Self::now(self)
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        // A wait shorter than the clock can show would end at the instant it began, over and over.
        let rest = duration.subsec_nanos() % NANOS_PER_TICK;
        let rounding = if rest == 0 { 0 } else { NANOS_PER_TICK - rest };
        let duration = duration.saturating_add(Duration::from_nanos(u64::from(rounding)));
        let clock = self.clone();
        let until = self.now().saturating_add(duration);
        let mut moves = self.0.subscribe();
        Box::pin(async move {
            let mut timer = pin!(tokio::time::sleep(duration));
            let mut moved = pin!(moves.wait_for(|now| *now >= until));
            poll_fn(|context| match (timer.as_mut().poll(context), moved.as_mut().poll(context)) {
                (Poll::Pending, Poll::Pending) => Poll::Pending,
                _ => Poll::Ready(()),
            })
            .await;
            clock.reach(until);
        })
    }
}
