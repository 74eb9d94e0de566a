//! What can happen to a request between a device and its server.

use std::time::Duration;

/// What one request meets: the fake does it to the [next](super::FakeServer::next) request, the
/// reference server to a share of all requests (`--faults`).
///
/// ```
/// use std::time::Duration;
/// use synctable::testing::{FakeServer, Fault, Skew};
///
/// let server = FakeServer::new();
/// server.next(Fault::DropReply);
/// server.next(Fault::Delay(Duration::from_secs(5)));
/// server.next(Fault::ClockSkew(Skew::Ahead(Duration::from_secs(3600))));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Fault {
    /// The request is lost on its way: the server never sees it, and no answer comes.
    DropRequest,
    /// The server does what the request asks for, and its answer is lost.
    DropReply,
    /// The server does at once what the request asks for, and its answer takes so long. One that takes
    /// longer than the device waits is lost.
    Delay(Duration),
    /// Something before the server answers with this status and no body: the server never sees the
    /// request.
    Status(u16),
    /// Something before the server answers 503 without a body, and asks to come again after this time (`Retry-After`, in whole
    /// seconds): the server never sees the request.
    Busy(Duration),
    /// The server does what the request asks for, and half of its answer's body arrives. An answer
    /// without a body arrives whole.
    Truncate,
    /// The `Date` of the answer is off, as behind a gateway whose clock is wrong.
    ClockSkew(Skew),
}

/// How far a clock is off.
///
/// ```
/// use std::time::Duration;
/// use synctable::testing::Skew;
/// use synctable::Timestamp;
///
/// let late = Skew::Behind(Duration::from_secs(60)).of(Timestamp::from_millis(120_000).unwrap());
/// assert_eq!(late, Timestamp::from_millis(60_000).unwrap());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Skew {
    /// It shows a later time.
    Ahead(Duration),
    /// It shows an earlier time.
    Behind(Duration),
}

impl Fault {
    /// The time of a [`Busy`](Self::Busy) as the header `Retry-After` tells it: whole seconds, rounded up.
    #[doc(hidden)]
    #[must_use]
    pub fn retry_after(time: Duration) -> u64 {
        time.as_secs().saturating_add(u64::from(time.subsec_nanos() > 0))
    }
}

impl Skew {
    /// What the clock shows at an instant.
    #[must_use]
    pub fn of(self, time: crate::Timestamp) -> crate::Timestamp {
        match self {
            Self::Ahead(by) => time.saturating_add(by),
            Self::Behind(by) => time.saturating_sub(by),
        }
    }
}
