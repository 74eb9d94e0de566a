//! Time that only the test moves.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use synctable::wire::BoxFuture;
use synctable::{Clock, Timestamp};

/// When every sequence begins, in milliseconds since 1970; later than the server's stamps.
const BEGIN_MILLIS: i64 = 1_780_000_000_000;

/// The one clock of a world.
#[derive(Debug, Clone)]
pub(crate) struct Time(Arc<Mutex<Inner>>);

#[derive(Debug)]
struct Inner {
    now: Timestamp,
    timers: Vec<Timer>,
    last: u64,
}

#[derive(Debug)]
struct Timer {
    number: u64,
    until: Timestamp,
    waker: Waker,
}

impl Time {
    pub(crate) fn new() -> Self {
        let now = Timestamp::from_millis(BEGIN_MILLIS).unwrap();
        Self(Arc::new(Mutex::new(Inner { now, timers: Vec::new(), last: 0 })))
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets time pass, and wakes who waited for it.
    pub(crate) fn pass(&self, duration: Duration) {
        let until = self.lock().now.saturating_add(duration);
        self.turn_to(until);
    }

    /// Turns to the end of the wait that ends first; false if nobody waits.
    pub(crate) fn end_first_wait(&self) -> bool {
        let Some(until) = self.lock().timers.iter().map(|timer| timer.until).min() else { return false };
        self.turn_to(until);
        true
    }

    fn turn_to(&self, until: Timestamp) {
        let due: Vec<Timer> = {
            let mut inner = self.lock();
            inner.now = inner.now.max(until);
            let now = inner.now;
            inner.timers.extract_if(.., |timer| timer.until <= now).collect()
        };
        for timer in due {
            timer.waker.wake();
        }
    }
}

impl Clock for Time {
    fn now(&self) -> Timestamp {
        self.lock().now
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        let mut inner = self.lock();
        inner.last += 1;
        let until = inner.now.saturating_add(duration);
        Box::pin(Sleep { time: self.clone(), number: inner.last, until })
    }
}

struct Sleep {
    time: Time,
    number: u64,
    until: Timestamp,
}

impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut inner = self.time.lock();
        if inner.now >= self.until {
            return Poll::Ready(());
        }
        inner.timers.retain(|timer| timer.number != self.number);
        inner.timers.push(Timer { number: self.number, until: self.until, waker: context.waker().clone() });
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        self.time.lock().timers.retain(|timer| timer.number != self.number);
    }
}
