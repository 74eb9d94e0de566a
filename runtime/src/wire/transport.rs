//! The seam to the network: one request out, one response in.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use crate::clock::BoxFuture;

/// Sends requests; implement it to bring another HTTP stack, or to play a server in tests.
///
/// An implementation follows no redirects, repeats nothing, and decodes nothing: the caller does.
pub trait Transport: Send + Sync + fmt::Debug + 'static {
    /// Sends one request and reads the whole response.
    ///
    /// The number of body bytes that it may take is in the request; the time is the caller's to keep,
    /// who drops the future when it is over.
    ///
    /// # Errors
    /// The [kind](TransportErrorKind) says whether the request may have arrived.
    ///
    /// # Cancellation
    /// A dropped future may leave the request sent or unsent.
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>>;
}

/// The verb of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Method {
    /// Reads.
    Get,
    /// Inserts, and undeletes on N2.
    Post,
    /// Replaces a row.
    Put,
    /// Changes some columns of a row.
    Patch,
    /// Deletes a row.
    Delete,
}

impl Method {
    /// The verb as it stands in a request.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A request.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Request {
    /// The verb.
    pub method: Method,
    /// The absolute URL, percent-encoded, without user info and fragment.
    pub url: String,
    /// The headers; those of the connection (`Host`, `Content-Length`) are the transport's.
    pub headers: Headers,
    /// The body; empty if there is none.
    pub body: Bytes,
    /// How long the caller waits for the last byte of the response, by its own clock.
    pub timeout: Duration,
    /// The most bytes of response body to read.
    pub limit_bytes: u64,
}

impl Request {
    /// Makes a request without headers and body, with the bounds that are usual: 100 s, 64 MiB. For tests
    /// of transports; the library makes its own.
    #[must_use]
    pub fn new(method: Method, url: impl Into<String>) -> Self {
        Self {
            method,
            url: url.into(),
            headers: Headers::new(),
            body: Bytes::new(),
            timeout: Duration::from_secs(100),
            limit_bytes: Limits::default().received_bytes,
        }
    }
}

/// A response.
#[derive(Debug, Clone)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: Headers,
    /// The body as it came.
    pub body: Bytes,
}

/// Headers in order; names are compared without case.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Headers(Vec<(String, String)>);

impl Headers {
    /// Makes an empty list.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a header after those of the same name.
    pub fn add(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.0.push((name.into(), value.into()));
    }

    /// The first value of a name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// Names and values in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Headers {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(headers: I) -> Self {
        Self(headers.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}

/// Shows the values of a few headers only: the others may be secrets.
impl fmt::Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: [&str; 8] = [
            "accept",
            "accept-encoding",
            "content-encoding",
            "content-type",
            "etag",
            "if-match",
            "retry-after",
            "zumo-api-version",
        ];
        let shown = |name: &str| SHOWN.iter().any(|shown| shown.eq_ignore_ascii_case(name));
        f.debug_map().entries(self.iter().map(|(name, value)| (name, if shown(name) { value } else { "…" }))).finish()
    }
}

/// Whether a request that failed may have arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TransportErrorKind {
    /// It never left: name, connection or TLS failed, or it could not be made.
    Unsent,
    /// It may have arrived, but no whole answer came: timeout, connection lost.
    Unanswered,
    /// The answer's body is longer than the request allows.
    TooLarge,
}

impl TransportErrorKind {
    /// The name in traces.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Unsent => "unsent",
            Self::Unanswered => "unanswered",
            Self::TooLarge => "too large",
        }
    }
}

/// A request without an answer.
#[derive(Debug, Clone)]
pub struct TransportError {
    kind: TransportErrorKind,
    message: String,
    source: Option<Arc<dyn std::error::Error + Send + Sync>>,
}

impl TransportError {
    /// Makes an error; the message says what failed, without the URL.
    #[must_use]
    pub fn new(kind: TransportErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), source: None }
    }

    /// Adds the cause; its text must not hold the URL's query or user info.
    #[must_use]
    pub fn with_source(mut self, source: impl std::error::Error + Send + Sync + 'static) -> Self {
        self.source = Some(Arc::new(source));
        self
    }

    /// Whether the request may have arrived.
    #[must_use]
    pub fn kind(&self) -> TransportErrorKind {
        self.kind
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for TransportError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn std::error::Error + 'static))
    }
}

/// How much of a response is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// The most bytes of a body as received; 64 MiB.
    pub received_bytes: u64,
    /// The most bytes of a body after expansion; 64 MiB.
    pub expanded_bytes: u64,
    /// The most rows of a page; 100 000.
    pub page_rows: usize,
    /// The deepest nesting of a row's JSON; 64.
    pub json_depth: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { received_bytes: 64 << 20, expanded_bytes: 64 << 20, page_rows: 100_000, json_depth: 64 }
    }
}
