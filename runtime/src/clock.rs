//! The clock that waits and stamps go through, so that tests can set it.

use std::fmt::Debug;
use std::pin::Pin;
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
