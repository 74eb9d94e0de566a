//! One request and its answer: headers, redirects, expansion, and what kept it from succeeding.

use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use url::Url;

use super::WireClient;
use super::address::shown;
use super::call::CallState;
use crate::clock::within;
use crate::error::{Error, ErrorKind};
use crate::table::TableSchema;
use crate::trace;
use crate::value::{Timestamp, Version};
use crate::wire::auth::keeper::Held;
use crate::wire::body;
use crate::wire::dialect::{Dialect, ErrorForm};
use crate::wire::etag::from_etag;
use crate::wire::failure::{WireError, kind_of_status};
use crate::wire::message;
use crate::wire::retry::{date_seconds, is_transient_status, parse_retry_after};
use crate::wire::transport::{Headers, Method, Request, TransportError, TransportErrorKind};

/// How many redirects of one request are followed.
const REDIRECTS: usize = 5;

/// A request in the protocol's terms.
#[derive(Debug, Clone)]
pub(super) struct Call {
    pub(super) method: Method,
    pub(super) url: String,
    pub(super) version_header: Option<&'static str>,
    pub(super) if_match: Option<String>,
    /// JSON, unless a header says otherwise.
    pub(super) body: Option<Vec<u8>>,
    /// Further headers.
    pub(super) headers: Headers,
    /// In place of the client's.
    pub(super) timeout: Option<Duration>,
}

impl Call {
    pub(super) fn get(url: String, version_header: Option<&'static str>) -> Self {
        Self::new(Method::Get, url, version_header)
    }

    pub(super) fn new(method: Method, url: String, version_header: Option<&'static str>) -> Self {
        Self { method, url, version_header, if_match: None, body: None, headers: Headers::new(), timeout: None }
    }
}

/// An answer with its body expanded.
#[derive(Debug, Clone)]
pub(super) struct Received {
    pub(super) status: u16,
    pub(super) headers: Headers,
    pub(super) body: Bytes,
    pub(super) received_bytes: u64,
    /// Without query.
    pub(super) url: String,
}

/// A request that has no usable answer.
#[derive(Debug)]
pub(super) enum NoAnswer {
    /// It never left.
    Unsent(Error),
    /// It was not made to leave: trying it again soon is of no use.
    Withheld(Error),
    /// It may have arrived.
    Unanswered(Error),
    /// The answer is longer, cut or encoded otherwise than can be read.
    Unreadable(Error),
}

impl NoAnswer {
    pub(super) fn map(self, change: impl FnOnce(Error) -> Error) -> Self {
        match self {
            Self::Unsent(error) => Self::Unsent(change(error)),
            Self::Withheld(error) => Self::Withheld(change(error)),
            Self::Unanswered(error) => Self::Unanswered(change(error)),
            Self::Unreadable(error) => Self::Unreadable(change(error)),
        }
    }
}

impl From<NoAnswer> for WireError {
    fn from(failure: NoAnswer) -> Self {
        match failure {
            NoAnswer::Unsent(error) | NoAnswer::Unanswered(error) => Self::passing(error),
            NoAnswer::Withheld(error) | NoAnswer::Unreadable(error) => Self::lasting(error),
        }
    }
}

impl Received {
    pub(super) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The body as text, if status, headers and encoding allow it to be JSON.
    pub(super) fn json_text(&self) -> Result<&str, String> {
        let text = std::str::from_utf8(&self.body).map_err(|_| "the answer is not text in UTF-8".to_owned())?;
        if body::may_be_json(&self.headers) {
            // A byte order mark is no part of the text.
            return Ok(text.strip_prefix('\u{FEFF}').unwrap_or(text).trim());
        }
        let content_type = message::clean(self.headers.get("content-type").unwrap_or_default());
        Err(format!("expected JSON, found `{content_type}`: does another page answer, such as a portal's sign-in?"))
    }

    /// The version in a strong tag.
    pub(super) fn etag_version(&self) -> Option<Version> {
        self.headers.get("etag").and_then(from_etag)
    }

    /// The server's clock.
    pub(super) fn date(&self) -> Option<Timestamp> {
        Timestamp::from_millis(date_seconds(self.headers.get("date")?)?.checked_mul(1000)?)
    }

    pub(super) fn message(&self) -> String {
        message::find(&self.body)
    }

    pub(super) fn is_problem(&self) -> bool {
        self.headers.get("content-type").is_some_and(|value| value.trim_start().starts_with("application/problem+json"))
    }

    /// Whether an answer without success carries the form in which the dialect speaks of rows.
    pub(super) fn has_own_form(&self, dialect: Dialect) -> bool {
        if self.status == 404 && !dialect.missing_row_has_own_form() {
            return false;
        }
        match dialect.error_form() {
            ErrorForm::Problem => self.is_problem(),
            // No server's error is that long; what is, is not taken apart.
            ErrorForm::Members(_) if self.body.len() > 256 * 1024 => false,
            ErrorForm::Members(names) => match self.json_text().map(serde_json::from_str) {
                Ok(Ok(serde_json::Value::Array(values))) => {
                    !values.is_empty() && values.iter().all(|value| has_member(value, names))
                }
                Ok(Ok(value)) => has_member(&value, names),
                _ => false,
            },
        }
    }

    /// An error about this answer.
    pub(super) fn error(&self, kind: ErrorKind, message: impl Into<String>, table: &TableSchema) -> Error {
        Error::new(kind, message).in_table(table.name()).at_url(&self.url).with_status(self.status)
    }
}

impl WireClient {
    /// Sends a request about a table, and gives its answer.
    pub(super) async fn exchange(&self, call: Call, table: &TableSchema) -> Result<Received, NoAnswer> {
        let received = self.call(call).await.map_err(|failure| failure.map(|error| error.in_table(table.name())))?;
        self.0.extensions.learn(received.status, &received.headers);
        Ok(received)
    }

    /// Sends a request with the token, if there is one; one that is refused (401) is sent once more with a
    /// renewed token.
    pub(super) async fn call(&self, call: Call) -> Result<Received, NoAnswer> {
        let request = self.request(call);
        let own = CallState::default();
        let state = self.call_state(&own);
        let Some(keeper) = &self.0.keeper else { return self.follow(request, None, state).await };
        let withheld = |error: Error| NoAnswer::Withheld(error.at_url(shown(&request.url)));
        let held = keeper.token().await.map_err(withheld)?;
        let received = self.follow(request.clone(), held.as_ref(), state).await?;
        if received.status != 401 || state.is_final(held.as_ref()) {
            return Ok(received);
        }
        match keeper.renewed(held.as_ref()).await.map_err(withheld)? {
            Some(renewed) => {
                let received = self.follow(request, Some(&renewed), state).await?;
                if received.status == 401 {
                    state.set_final(Some(&renewed));
                }
                Ok(received)
            }
            None => {
                state.set_final(held.as_ref());
                Ok(received)
            }
        }
    }

    fn request(&self, call: Call) -> Request {
        let mut headers = self.0.headers.clone();
        let has = |headers: &Headers, name: &str| headers.get(name).is_some();
        for (name, value) in call.headers.iter() {
            headers.add(name, value);
        }
        if !has(&headers, "user-agent") {
            headers.add("User-Agent", concat!("synctable/", env!("CARGO_PKG_VERSION")));
        }
        if !has(&headers, "accept") {
            headers.add("Accept", "application/json");
        }
        headers.add("Accept-Encoding", "gzip");
        if let Some(version) = call.version_header {
            headers.add("ZUMO-API-VERSION", version);
        }
        if let Some(tag) = call.if_match {
            headers.add("If-Match", tag);
        }
        if call.body.is_some() && !has(&headers, "content-type") {
            headers.add("Content-Type", "application/json");
        }
        Request {
            method: call.method,
            url: call.url,
            headers,
            body: Bytes::from(call.body.unwrap_or_default()),
            timeout: call.timeout.unwrap_or(self.0.timeout),
            limit_bytes: self.0.limits.received_bytes,
        }
    }

    /// Sends a request, and again to wherever it is redirected that belongs to the server.
    async fn follow(&self, mut request: Request, held: Option<&Held>, state: &CallState) -> Result<Received, NoAnswer> {
        if let (Some(held), Some(keeper)) = (held, &self.0.keeper) {
            request.headers.add(keeper.header().name(), keeper.header().value(&held.token));
        }
        for _ in 0..REDIRECTS {
            let received = self.send(request.clone(), held, state).await?;
            match self.redirected(&request, &received) {
                Some(url) => request.url = url,
                None => return Ok(received),
            }
        }
        self.send(request, held, state).await
    }

    /// Sends one request, unless the circuit is open, and tells the circuit how it ended.
    async fn send(&self, request: Request, held: Option<&Held>, state: &CallState) -> Result<Received, NoAnswer> {
        let url = shown(&request.url).to_owned();
        let ticket = match self.0.circuit.admit(&state.admission, self.0.clock.now()) {
            Ok(ticket) => ticket,
            Err(error) => return Err(NoAnswer::Withheld(error.at_url(&url))),
        };
        let came = self.send_once(request, url, held).await;
        match &came {
            Ok(received) if is_transient_status(received.status) => {
                ticket.failed(ErrorKind::Busy, self.retry_after(received), self.0.clock.now());
            }
            Err(NoAnswer::Unsent(error) | NoAnswer::Unanswered(error)) => {
                ticket.failed(error.kind(), None, self.0.clock.now());
            }
            Ok(_) | Err(NoAnswer::Withheld(_) | NoAnswer::Unreadable(_)) => ticket.answered(),
        }
        came
    }

    async fn send_once(&self, request: Request, url: String, held: Option<&Held>) -> Result<Received, NoAnswer> {
        let fail = |kind, message: String| Error::new(kind, message).at_url(&url);
        self.0.requests.fetch_add(1, Ordering::Relaxed);
        self.0.sent_bytes.fetch_add(request.body.len() as u64, Ordering::Relaxed);
        let span = trace::request(&request.method, &url);
        span.number("sent_bytes", request.body.len() as u64);
        let timeout = request.timeout;
        let sent = span.run(within(&*self.0.clock, timeout, self.0.transport.send(request))).await;
        span.took();
        let response = match sent.unwrap_or_else(|| Err(too_late(timeout))) {
            Ok(response) => response,
            Err(error) => {
                span.text("error", &error.kind().name());
                return Err(no_answer(error, fail));
            }
        };
        let received_bytes = response.body.len() as u64;
        span.number("status", response.status.into());
        span.number("received_bytes", received_bytes);
        self.0.received_bytes.fetch_add(received_bytes, Ordering::Relaxed);
        let is_success = (200..300).contains(&response.status);
        let declared = response.headers.get("content-length").and_then(|length| length.trim().parse::<u64>().ok());
        if is_success && declared.is_some_and(|declared| declared > received_bytes) {
            return Err(NoAnswer::Unanswered(fail(ErrorKind::Offline, "the answer was cut".into())));
        }
        let body = if received_bytes > self.0.limits.received_bytes {
            Err(format!("the answer is longer than {} bytes", self.0.limits.received_bytes))
        } else {
            body::expand(&response.headers, response.body, self.0.limits.expanded_bytes)
        };
        let body = match body {
            Ok(body) => body,
            Err(message) if is_success => {
                return Err(NoAnswer::Unreadable(fail(ErrorKind::Decode, message).with_status(response.status)));
            }
            // Any other status says enough without its body.
            Err(_) => Bytes::new(),
        };
        let body = match held {
            // Its words are shown, and some servers repeat what they do not like.
            Some(held) if !is_success => without(body, held.token.secret()),
            _ => body,
        };
        Ok(Received { status: response.status, headers: response.headers, body, received_bytes, url })
    }

    /// Where a redirect leads that may be followed: to the same origin, and for a write only if it is
    /// to be repeated as it is (protocol.md 12).
    fn redirected(&self, request: &Request, received: &Received) -> Option<String> {
        let follows = match received.status {
            301..=303 => request.method == Method::Get,
            307 | 308 => true,
            _ => false,
        };
        let location = received.headers.get("location").filter(|_| follows)?;
        let mut url = Url::parse(&request.url).ok()?.join(location).ok()?;
        url.set_fragment(None);
        self.0.address.owns(&url).then(|| url.into())
    }

    /// How long an answer asks to wait.
    pub(super) fn retry_after(&self, received: &Received) -> Option<Duration> {
        let value = received.headers.get("retry-after")?;
        let now_seconds = self.0.clock.now().ticks().div_euclid(10_000_000);
        parse_retry_after(value, received.headers.get("date"), now_seconds)
    }

    /// The failure that an answer without success is, for a read.
    pub(super) fn refusal(&self, received: &Received, own_form: bool, table: &TableSchema) -> WireError {
        let kind = kind_of_status(received.status);
        let words = received.message();
        let what = match kind {
            ErrorKind::Unauthorized => "the server wants a sign-in",
            ErrorKind::Busy if received.status < 400 => {
                "the server sends elsewhere, which is not followed: check the endpoint and the network's sign-in page"
            }
            ErrorKind::Busy => "the server cannot answer now",
            ErrorKind::Rejected => "the server refuses the request",
            _ => "the server answers out of turn",
        };
        let message = if words.is_empty() { what.to_owned() } else { format!("{what}: {words}") };
        WireError {
            error: received.error(kind, message, table),
            retry_after: self.retry_after(received),
            own_form,
            is_transient: kind == ErrorKind::Busy,
        }
    }
}

fn has_member(value: &serde_json::Value, names: &[&str]) -> bool {
    let known = |member: &String| names.iter().any(|name| member.eq_ignore_ascii_case(name));
    value.as_object().is_some_and(|members| members.keys().any(known))
}

/// A body in which a secret is replaced.
fn without(body: Bytes, secret: &str) -> Bytes {
    match std::str::from_utf8(&body) {
        Ok(text) if text.contains(secret) => Bytes::from(text.replace(secret, "…")),
        Ok(_) => body,
        // What is no text is shown with marks in place of what cannot be read.
        Err(_) => Bytes::from(String::from_utf8_lossy(&body).replace(secret, "…")),
    }
}

fn too_late(timeout: Duration) -> TransportError {
    TransportError::new(TransportErrorKind::Unanswered, format!("no answer came within {} s", timeout.as_secs_f64()))
}

fn no_answer(error: TransportError, fail: impl Fn(ErrorKind, String) -> Error) -> NoAnswer {
    let message = error.to_string();
    match error.kind() {
        TransportErrorKind::Unsent => NoAnswer::Unsent(
            fail(ErrorKind::Offline, format!("the server could not be reached: {message}")).with_source(error),
        ),
        TransportErrorKind::Unanswered => NoAnswer::Unanswered(
            fail(ErrorKind::Offline, format!("the server did not answer: {message}")).with_source(error),
        ),
        TransportErrorKind::TooLarge => NoAnswer::Unreadable(fail(ErrorKind::Decode, message).with_source(error)),
    }
}
