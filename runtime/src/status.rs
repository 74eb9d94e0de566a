//! How a push, a pull or a sync ended.

use std::fmt;

/// How a push, a pull or a sync ended as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Status {
    /// Everything in scope was done.
    Complete,
    /// All was tried, and something failed; see the failures.
    WithFailures,
    /// Stopped: the server could not be reached.
    Offline,
    /// Stopped: the server is reachable but does not do its work now.
    Unavailable,
    /// Stopped: the server wants a (new) sign-in.
    Unauthorized,
    /// Stopped by the app.
    Aborted,
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Complete => "complete",
            Self::WithFailures => "with failures",
            Self::Offline => "offline",
            Self::Unavailable => "unavailable",
            Self::Unauthorized => "unauthorized",
            Self::Aborted => "aborted",
        })
    }
}
