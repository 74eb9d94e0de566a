//! The server's side of the idempotency key, as docs/protocol-extensions.md has it.

use std::collections::BTreeMap;

use synctable::wire::{Headers, Method, Request, Response};

use super::server::plain;

/// The keys that a server has met, each with its request and the answer to it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Keys {
    met: BTreeMap<String, (String, Response)>,
    /// How often an answer was given again.
    pub(crate) replayed: usize,
}

impl Keys {
    /// The answer to a request whose key was met before.
    pub(crate) fn replay(&mut self, request: &Request) -> Option<Response> {
        let (of, answer) = self.met.get(key(request)?)?;
        if *of != print(request) {
            return Some(with(plain(422), "Idempotency-Mismatch", "true"));
        }
        self.replayed += 1;
        Some(with(answer.clone(), "Idempotency-Replayed", "true"))
    }

    pub(crate) fn keep(&mut self, request: &Request, answer: &Response) {
        if let Some(key) = key(request).filter(|_| matches!(answer.status, 200..=299 | 404 | 409 | 410 | 412)) {
            self.met.insert(key.to_owned(), (print(request), answer.clone()));
        }
    }

    /// Forgets what was met, as after the time that answers are kept.
    pub(crate) fn forget(&mut self) {
        self.met.clear();
    }
}

fn key(request: &Request) -> Option<&str> {
    request.headers.get("Idempotency-Key").filter(|_| request.method != Method::Get)
}

fn print(request: &Request) -> String {
    let tag = request.headers.get("if-match").unwrap_or_default();
    format!("{} {} {tag} {}", request.method, request.url, String::from_utf8_lossy(&request.body))
}

/// An answer with one more header.
pub(crate) fn with(answer: Response, name: &str, value: &str) -> Response {
    let mut headers: Headers = answer.headers.iter().collect();
    headers.add(name, value);
    Response { headers, ..answer }
}
