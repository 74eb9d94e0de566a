//! The extensions of the push protocol, around the routes of the tables (docs/protocol-extensions.md).
//!
//! A request with an idempotency key gets its [`Keyed`] here; the store looks it up and keeps the answer in the transaction of the write.

use std::str::FromStr;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::header::{AUTHORIZATION, IF_MATCH};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::response::Response;

use crate::access::Caller;
use crate::answer;
use crate::store::{Kept, KeyState, Keyed, Note};

mod batch;
mod print;

const ANNOUNCEMENT: HeaderName = HeaderName::from_static("synctable-extensions");
const KEY: HeaderName = HeaderName::from_static("idempotency-key");
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
const MISMATCH: HeaderName = HeaderName::from_static("idempotency-mismatch");
const ZUMO_AUTH: HeaderName = HeaderName::from_static("x-zumo-auth");

/// The longest key, in bytes.
const LONGEST_KEY: usize = 128;
/// How much a batch may carry; the announcement says the same.
const BATCH_OPERATIONS: usize = 100;
const BATCH_BYTES: usize = 1 << 20;

static ANNOUNCED: LazyLock<HeaderValue> = LazyLock::new(|| {
    let text = format!("idempotency-key, batch; operations={BATCH_OPERATIONS}; bytes={BATCH_BYTES}");
    // Letters and digits are always fit for a header.
    HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static("idempotency-key"))
});

/// Whether the extensions are offered, and how long answers are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Extensions {
    pub(crate) offer: Offer,
    pub(crate) kept: Kept,
    pub(crate) body_limit_bytes: usize,
}

/// Whether a server offers the extensions of the push protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Offer {
    /// It announces them.
    On,
    /// It is a plain server: it announces nothing, and takes no notice of keys.
    Off,
}

impl FromStr for Offer {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "on" => Ok(Self::On),
            "off" => Ok(Self::Off),
            other => Err(format!("'{other}' is neither 'on' nor 'off'")),
        }
    }
}

/// The largest body of a request with a key unless the settings say otherwise; a dialect may take less.
pub(crate) const LONGEST_BODY: usize = 30_000_000;

/// How long and how many answers are kept unless the settings say otherwise.
pub(crate) const KEPT: Kept = Kept { time: Duration::from_secs(24 * 3600), most: 1_000_000 };

impl Extensions {
    /// Serves a request through the routes of the tables.
    pub(crate) async fn around<F>(&self, request: Request, serve: impl Fn(Request) -> F) -> Response
    where
        F: Future<Output = Response>,
    {
        let Some(below) = below_tables(request.uri().path()).filter(|_| self.offer == Offer::On) else {
            return serve(request).await;
        };
        let mut response = if below == "$batch" {
            batch::serve(self, request, &serve).await
        } else {
            self.keyed(request, &serve).await
        };
        response.headers_mut().insert(ANNOUNCEMENT, ANNOUNCED.clone());
        response
    }

    /// Serves a request that may have a key.
    async fn keyed<F>(&self, request: Request, serve: impl Fn(Request) -> F) -> Response
    where
        F: Future<Output = Response>,
    {
        let writes = [Method::POST, Method::PUT, Method::PATCH, Method::DELETE];
        if !writes.contains(request.method()) || !request.headers().contains_key(KEY) {
            return serve(request).await;
        }
        let Some(key) = key_of(request.headers()) else {
            let detail = format!(
                "the header 'Idempotency-Key' must come once and be 1 to {LONGEST_KEY} visible ASCII characters without comma, semicolon or quote"
            );
            return answer::problem(StatusCode::BAD_REQUEST, "Bad Request", Some(&detail));
        };
        let (mut parts, body) = request.into_parts();
        let Ok(bytes) = axum::body::to_bytes(body, self.body_limit_bytes).await else {
            return answer::status_problem(StatusCode::PAYLOAD_TOO_LARGE);
        };
        let note = Arc::new(Note::default());
        let keyed = Keyed {
            user: user(&parts),
            key,
            print: print_of(&parts, &bytes),
            kept: self.kept,
            note: Arc::clone(&note),
        };
        parts.extensions.insert(keyed);
        let mut response = serve(Request::from_parts(parts, Body::from(bytes))).await;
        if response.status().is_server_error() {
            return response;
        }
        match note.state() {
            KeyState::New => {}
            KeyState::Replayed => {
                response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
            }
            KeyState::Mismatch => {
                let detail = "the key in 'Idempotency-Key' was used for another request; nothing was done";
                response = answer::problem(StatusCode::UNPROCESSABLE_ENTITY, "Unprocessable Content", Some(detail));
                response.headers_mut().insert(MISMATCH, HeaderValue::from_static("true"));
            }
        }
        response
    }
}

/// What follows the path of the tables.
fn below_tables(path: &str) -> Option<&str> {
    let path = path.trim_start_matches('/');
    let (root, rest) = path.split_once('/')?;
    root.eq_ignore_ascii_case("tables").then_some(rest)
}

/// Reads the key; `None` if it is not in the grammar, or there are two.
fn key_of(headers: &HeaderMap) -> Option<String> {
    let mut keys = headers.get_all(KEY).iter();
    let key = keys.next().filter(|_| keys.next().is_none())?.to_str().ok()?;
    is_key(key).then(|| key.to_owned())
}

fn is_key(key: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b',' | b';' | b'"');
    (1..=LONGEST_KEY).contains(&key.len()) && key.bytes().all(is_part)
}

/// Whose keys a request means: whoever signs in otherwise does not meet them.
///
/// Where no token is read here, what a request signs in with stands for its user.
fn user(parts: &Parts) -> String {
    if let Some(user) = parts.extensions.get::<Caller>().and_then(Caller::user) {
        return format!("user {user}");
    }
    let signs = [AUTHORIZATION, ZUMO_AUTH].into_iter().filter_map(|name| parts.headers.get(name));
    let signs: Vec<&[u8]> = signs.map(HeaderValue::as_bytes).collect();
    if signs.is_empty() { String::new() } else { print::print(&signs) }
}

fn print_of(parts: &Parts, body: &Bytes) -> String {
    let target = parts.uri.path_and_query().map_or("", |target| target.as_str());
    let tag = parts.headers.get(IF_MATCH).map_or(&b""[..], HeaderValue::as_bytes);
    print::print(&[parts.method.as_str().as_bytes(), target.as_bytes(), tag, body])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys() {
        for (key, fits) in
            [("a", true), ("0198c5d2-f1a8", true), ("", false), ("a b", false), ("a,b", false), ("ü", false)]
        {
            assert_eq!(is_key(key), fits, "{key}");
        }
        assert!(is_key(&"k".repeat(LONGEST_KEY)) && !is_key(&"k".repeat(LONGEST_KEY + 1)));
    }

    #[test]
    fn only_what_is_below_the_tables_is_extended() {
        for (path, below) in [
            ("/tables/todoitem", Some("todoitem")),
            ("/Tables/$batch", Some("$batch")),
            ("/tables", None),
            ("/healthz", None),
            ("/view/tables/x", None),
        ] {
            assert_eq!(below_tables(path), below, "{path}");
        }
    }
}
