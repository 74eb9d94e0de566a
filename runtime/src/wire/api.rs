//! Requests to other endpoints of a server, and their answers.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{Error, ErrorKind};
use crate::wire::message;
use crate::wire::transport::{Headers, Method};

/// A request to an endpoint that is no table, for [`SyncContext::send`](crate::SyncContext::send) and
/// [`RemoteClient::send`](crate::RemoteClient::send).
///
/// The path is taken relative to the endpoint of the context: `api/report` lies below it, `/report` at the
/// root of its host. A URL with host is refused unless it is of the same origin.
///
/// ```
/// use synctable::{ApiRequest, JsonValue};
///
/// let request = ApiRequest::post("api/orders")
///     .query("dry run", "yes & no")
///     .header("X-Trace", "7")
///     .json(&JsonValue::from(5))?;
/// assert_eq!(request.path(), "api/orders");
/// # Ok::<(), synctable::Error>(())
/// ```
#[derive(Clone)]
#[must_use = "a request does nothing until it is sent"]
pub struct ApiRequest {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: Headers,
    pub(crate) body: Option<(String, Vec<u8>)>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) repetition: Repetition,
}

/// Whether a request may be sent again when no answer came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Repetition {
    Never,
    WhileItMayPass,
}

impl ApiRequest {
    /// Makes a request of any method; a `GET` is repeated while its failure may pass, others are sent once.
    pub fn new(method: Method, path: impl Into<String>) -> Self {
        let repetition = if method == Method::Get { Repetition::WhileItMayPass } else { Repetition::Never };
        Self {
            method,
            path: path.into(),
            query: Vec::new(),
            headers: Headers::new(),
            body: None,
            timeout: None,
            repetition,
        }
    }

    /// Reads.
    pub fn get(path: impl Into<String>) -> Self {
        Self::new(Method::Get, path)
    }

    /// Sends a body, or causes something.
    pub fn post(path: impl Into<String>) -> Self {
        Self::new(Method::Post, path)
    }

    /// Adds an option to the query string; both parts are encoded.
    pub fn query(mut self, name: &str, value: &str) -> Self {
        self.query.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Adds a header. Those of the connection, of the protocol and of the sign-in are set already and are refused
    /// when the request is sent.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.add(name, value);
        self
    }

    /// Gives the request a body of JSON.
    ///
    /// # Errors
    /// `Invalid`: the value has no form in JSON.
    pub fn json(self, value: &impl Serialize) -> Result<Self, Error> {
        match serde_json::to_vec(value) {
            Ok(json) => Ok(self.body("application/json", json)),
            Err(error) => Err(Error::new(ErrorKind::Invalid, format!("the body has no form in json: {error}"))),
        }
    }

    /// Gives the request a body of another type.
    pub fn body(mut self, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        self.body = Some((content_type.to_owned(), body.into()));
        self
    }

    /// Bounds each try of this request, in place of the context's timeout.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Says that the request may be done twice without harm: it is repeated while its failure may pass.
    pub fn repeatable(mut self) -> Self {
        self.repetition = Repetition::WhileItMayPass;
        self
    }

    /// The path as it was given.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The verb.
    #[must_use]
    pub fn method(&self) -> Method {
        self.method
    }
}

/// Shows neither query nor body: they may be secrets.
impl fmt::Debug for ApiRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiRequest")
            .field("method", &self.method)
            .field("path", &self.path.split(['?', '#']).next().unwrap_or_default())
            .field("headers", &self.headers)
            .finish_non_exhaustive()
    }
}

/// The answer of an endpoint, whatever its status.
#[derive(Clone)]
pub struct ApiResponse {
    pub(crate) status: u16,
    pub(crate) headers: Headers,
    pub(crate) body: Bytes,
    /// Without query.
    pub(crate) url: String,
}

impl ApiResponse {
    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.status
    }

    /// Whether the status is one of 200 to 299.
    #[must_use]
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The first value of a header.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)
    }

    /// The body, expanded.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// The body as text.
    ///
    /// # Errors
    /// `Decode`: it is not text in UTF-8.
    pub fn text(&self) -> Result<&str, Error> {
        std::str::from_utf8(&self.body).map_err(|_| self.error(ErrorKind::Decode, "the answer is not text in utf-8"))
    }

    /// The body read as JSON.
    ///
    /// # Errors
    /// `Decode`: it is not JSON of that shape.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Error> {
        serde_json::from_slice(&self.body)
            .map_err(|error| self.error(ErrorKind::Decode, format!("the answer is not of the expected json: {error}")))
    }

    /// Turns every status but those of success into an error, with the server's words.
    ///
    /// # Errors
    /// `Unauthorized`: 401. `Busy`: 408, 425, 429, 500 to 599, or a redirect that may not be followed. `Rejected`:
    /// every other.
    pub fn into_success(self) -> Result<Self, Error> {
        if self.is_success() {
            return Ok(self);
        }
        let kind = crate::wire::failure::kind_of_status(self.status);
        let words = message::find(&self.body);
        let message = if words.is_empty() { "the server refuses the request".to_owned() } else { words };
        Err(self.error(kind, message))
    }

    fn error(&self, kind: ErrorKind, message: impl Into<String>) -> Error {
        Error::new(kind, message).at_url(&self.url).with_status(self.status)
    }
}

/// Does not show the body: it may be a secret.
impl fmt::Debug for ApiResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiResponse")
            .field("status", &self.status)
            .field("headers", &self.headers)
            .field("bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}
