//! The clock that waits and stamps go through, so that tests can set it.

use std::fmt::Debug;
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

use crate::value::Timestamp;

/// A boxed future, as object-safe async traits return it.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Tells the time and waits.
pub trait Clock: Send + Sync + Debug + 'static {
    /// The instant now, by the device's clock.
    fn now(&self) -> Timestamp;

    /// Ends after a time.
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()>;
}

/// Waits for work at most so long; `None` if the time was over first.
pub(crate) async fn within<T>(clock: &dyn Clock, time: Duration, work: impl Future<Output = T>) -> Option<T> {
    let mut work = pin!(work);
    let mut timer = None;
    std::future::poll_fn(|context| {
        if let Poll::Ready(done) = work.as_mut().poll(context) {
            return Poll::Ready(Some(done));
        }
        // Work that is done at once needs no timer.
        timer.get_or_insert_with(|| clock.sleep(time)).as_mut().poll(context).map(|()| None)
    })
    .await
}

/// The device's clock and tokio's timer.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(duration))
    }
}
