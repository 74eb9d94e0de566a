//! Why the store failed.

use std::error::Error;
use std::fmt;

/// Why the store could not be opened or did not answer.
#[derive(Debug)]
pub struct StoreError {
    context: String,
    source: Option<Box<dyn Error + Send + Sync>>,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Failed,
    Unavailable,
    Refused,
}

impl StoreError {
    pub(crate) fn new(context: impl Into<String>) -> Self {
        Self { context: context.into(), source: None, kind: Kind::Failed }
    }

    /// The database cannot be reached now, or whether it kept a write is not known: a repetition may succeed.
    pub(crate) fn unavailable(context: impl Into<String>) -> Self {
        Self { context: context.into(), source: None, kind: Kind::Unavailable }
    }

    /// The request asks for what this database cannot compute; the text is for the client.
    pub(crate) fn refused(message: impl Into<String>) -> Self {
        Self { context: message.into(), source: None, kind: Kind::Refused }
    }

    /// Adds what the database said.
    #[must_use]
    pub(crate) fn because(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Tells whether the same request may succeed later: the database was not reachable, or its answer was lost.
    pub fn is_unavailable(&self) -> bool {
        self.kind == Kind::Unavailable
    }

    /// Returns what the client is told when the request is at fault.
    pub(crate) fn refusal(&self) -> Option<&str> {
        (self.kind == Kind::Refused).then_some(&*self.context)
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.source {
            Some(source) => write!(f, "{}: {source}", self.context),
            None => f.write_str(&self.context),
        }
    }
}

impl Error for StoreError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
