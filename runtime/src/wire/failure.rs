//! Failures of reads: the error, and what the caller's next step depends on.

use std::fmt;
use std::time::Duration;

use crate::error::{Error, ErrorKind};

/// The failure of a read.
#[derive(Debug, Clone)]
pub struct WireError {
    /// The error, with URL and status.
    pub error: Error,
    /// How long the server asks to wait, 0 to 1 h.
    pub retry_after: Option<Duration>,
    /// Whether the answer carries the server's own form (see [`Answer`](super::answer::Answer)).
    pub own_form: bool,
    /// Whether the same request may succeed if it is repeated soon.
    pub is_transient: bool,
}

impl WireError {
    /// A failure that lasts: the answer, or what was asked for, is wrong.
    pub(crate) fn lasting(error: Error) -> Self {
        Self { error, retry_after: None, own_form: false, is_transient: false }
    }

    /// A failure that may pass.
    pub(crate) fn passing(error: Error) -> Self {
        Self { error, retry_after: None, own_form: false, is_transient: true }
    }
}

impl fmt::Display for WireError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl std::error::Error for WireError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.error.source()
    }
}

impl From<WireError> for Error {
    fn from(failure: WireError) -> Self {
        failure.error
    }
}

/// What a status that is no success means for a read (protocol.md 5 and 8).
pub(crate) fn kind_of_status(status: u16) -> ErrorKind {
    match status {
        401 => ErrorKind::Unauthorized,
        408 | 425 | 429 | 500.. => ErrorKind::Busy,
        // Nothing conditional is read.
        304 => ErrorKind::Decode,
        // A redirect that may not be followed: most often a portal that wants a sign-in first.
        300..=399 => ErrorKind::Busy,
        400..=499 => ErrorKind::Rejected,
        _ => ErrorKind::Decode,
    }
}
