//! The one error type, its kinds and the context it carries.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use crate::value::{InvalidId, Timestamp};

/// Names what went wrong, so that an app can choose what to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The server could not be reached: nothing is lost, sync again later.
    Offline,
    /// The server wants a (new) sign-in.
    Unauthorized,
    /// The server understood the request and refuses it.
    Rejected,
    /// The row has changed on the server, or a row in hand is outdated.
    Conflict,
    /// The server is reachable but cannot answer now: try again later.
    Busy,
    /// The local store failed: disk full, file damaged or locked.
    Store,
    /// Tables and store file, or two tables, do not fit together.
    Schema,
    /// An answer, a stored value or a file is not of the expected form.
    Decode,
    /// The work was given up because the context was closed.
    Cancelled,
    /// An argument breaks a rule that its documentation states.
    Invalid,
    /// A row of this id is there already.
    Exists,
    /// No such row.
    NotFound,
    /// Operations are pending and the call would destroy them.
    Pending,
    /// The server generation cannot do this.
    Unsupported,
    /// The app's own error, passed through a transaction.
    App,
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Offline => "offline",
            Self::Unauthorized => "unauthorized",
            Self::Rejected => "rejected",
            Self::Conflict => "conflict",
            Self::Busy => "busy",
            Self::Store => "store",
            Self::Schema => "schema",
            Self::Decode => "decode",
            Self::Cancelled => "cancelled",
            Self::Invalid => "invalid",
            Self::Exists => "exists",
            Self::NotFound => "not found",
            Self::Pending => "pending",
            Self::Unsupported => "unsupported",
            Self::App => "app",
        })
    }
}

/// Every failure of this crate: a [kind](ErrorKind), a message, and where it happened.
///
/// It is one word wide and cheap to clone. The causes are reached by
/// [`source`](std::error::Error::source); their types are not part of the API.
#[derive(Clone)]
pub struct Error(Arc<Inner>);

#[derive(Debug, Clone)]
struct Inner {
    kind: ErrorKind,
    message: String,
    table: Option<String>,
    row: Option<String>,
    url: Option<String>,
    status: Option<u16>,
    may_have_arrived: bool,
    retry_at: Option<Timestamp>,
    /// What the server has of the row; its type is known where it is put in and taken out.
    shown: Option<Arc<dyn Any + Send + Sync>>,
    source: Option<Arc<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// Makes an error of a kind; the message says what was expected and what came.
    ///
    /// Meant for implementers of [`LocalStore`](crate::LocalStore) and
    /// [`Transport`](crate::wire::Transport).
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Arc::new(Inner {
            kind,
            message: message.into(),
            table: None,
            row: None,
            url: None,
            status: None,
            may_have_arrived: false,
            retry_at: None,
            shown: None,
            source: None,
        }))
    }

    /// Wraps an error of the app, to leave a transaction with it.
    pub fn app(source: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::new(ErrorKind::App, source.to_string()).with_source(source)
    }

    /// Adds the cause.
    #[must_use]
    pub fn with_source(self, source: impl std::error::Error + Send + Sync + 'static) -> Self {
        self.change(|inner| inner.source = Some(Arc::new(source)))
    }

    /// Adds the table, unless one is named already.
    #[must_use]
    pub fn in_table(self, table: &str) -> Self {
        self.change(|inner| {
            inner.table.get_or_insert_with(|| table.to_owned());
        })
    }

    /// Adds the row's id, unless one is named already.
    #[must_use]
    pub fn in_row(self, id: &str) -> Self {
        self.change(|inner| {
            inner.row.get_or_insert_with(|| id.to_owned());
        })
    }

    /// Adds the URL; its user info and query must have been removed by the caller.
    #[must_use]
    pub fn at_url(self, url: &str) -> Self {
        self.change(|inner| inner.url = Some(url.to_owned()))
    }

    /// Adds the HTTP status.
    #[must_use]
    pub fn with_status(self, status: u16) -> Self {
        self.change(|inner| inner.status = Some(status))
    }

    /// Notes that what failed may have been done on the server.
    pub(crate) fn perhaps_arrived(self) -> Self {
        self.change(|inner| inner.may_have_arrived = true)
    }

    /// Adds when the server may be asked again: until then nothing is sent.
    pub(crate) fn not_before(self, time: Timestamp) -> Self {
        self.change(|inner| inner.retry_at = Some(time))
    }

    /// Adds what the server has of the row.
    pub(crate) fn showing(self, shown: impl Any + Send + Sync) -> Self {
        self.change(|inner| inner.shown = Some(Arc::new(shown)))
    }

    pub(crate) fn shown(&self) -> Option<&(dyn Any + Send + Sync)> {
        self.0.shown.as_deref()
    }

    fn change(mut self, change: impl FnOnce(&mut Inner)) -> Self {
        change(Arc::make_mut(&mut self.0));
        self
    }

    /// Tells what went wrong.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Tells the message without its context.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Names the table, where one is concerned.
    #[must_use]
    pub fn table(&self) -> Option<&str> {
        self.0.table.as_deref()
    }

    /// Names the row, where one is concerned.
    #[must_use]
    pub fn row(&self) -> Option<&str> {
        self.0.row.as_deref()
    }

    /// Tells the HTTP status, where the server answered with one.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.0.status
    }

    /// Whether the server could not be reached.
    #[must_use]
    pub fn is_offline(&self) -> bool {
        self.kind() == ErrorKind::Offline
    }

    /// Whether the row has changed meanwhile.
    #[must_use]
    pub fn is_conflict(&self) -> bool {
        self.kind() == ErrorKind::Conflict
    }

    /// Whether an online write may have been done on the server although it failed: it was sent, and
    /// no answer came that says so or denies it. Read the row to know.
    #[must_use]
    pub fn may_have_arrived(&self) -> bool {
        self.0.may_have_arrived
    }

    /// When the server may be asked again, where nothing was sent because it had failed too often in a row
    /// (see [`RetryPolicy`](crate::RetryPolicy)).
    #[must_use]
    pub fn retry_at(&self) -> Option<Timestamp> {
        self.0.retry_at
    }

    /// Whether the same call may succeed later without any change by the app.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(self.kind(), ErrorKind::Offline | ErrorKind::Busy)
    }
}

/// An id that the app made from text: `Invalid`.
impl From<InvalidId> for Error {
    fn from(error: InvalidId) -> Self {
        Self::new(ErrorKind::Invalid, error.to_string())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &*self.0;
        match (&inner.table, &inner.row) {
            (Some(table), Some(row)) => write!(f, "{table}/{row}: ")?,
            (Some(table), None) => write!(f, "{table}: ")?,
            (None, Some(row)) => write!(f, "row {row}: ")?,
            (None, None) => {}
        }
        f.write_str(&inner.message)?;
        if let Some(status) = inner.status {
            write!(f, " (status {status})")?;
        }
        if let Some(url) = &inner.url {
            write!(f, " at {url}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Error({}: {self}", self.kind())?;
        let mut source = std::error::Error::source(self);
        while let Some(cause) = source {
            write!(f, "; caused by: {cause}")?;
            source = cause.source();
        }
        f.write_str(")")
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_deref().map(|source| source as &(dyn std::error::Error + 'static))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_word_wide_and_says_where() {
        assert_eq!(size_of::<Error>(), size_of::<usize>());
        let error = Error::new(ErrorKind::Rejected, "column `a` is missing").in_table("t").in_row("1").with_status(400);
        assert_eq!(error.to_string(), "t/1: column `a` is missing (status 400)");
        assert_eq!(error.in_table("other").table(), Some("t"));
    }
}
