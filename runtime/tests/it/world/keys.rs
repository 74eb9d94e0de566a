//! The server's side of the idempotency key, as docs/protocol-extensions.md has it.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

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

/// Answers each operation of a batch as a request of its own.
pub(crate) fn answers(batch: &Request, mut answer: impl FnMut(&Request) -> Response) -> String {
    type Members<'a> = BTreeMap<&'a str, &'a RawValue>;
    let outer: Members<'_> = serde_json::from_slice(&batch.body).expect("a batch is JSON");
    let operations: Vec<Members<'_>> = serde_json::from_str(outer["operations"].get()).expect("of operations");
    let texts = operations.iter().map(|operation| {
        let text = |name: &str| operation.get(name).map(|json| serde_json::from_str::<String>(json.get()).unwrap());
        let mut single = batch.clone();
        single.method = match text("method").as_deref() {
            Some("POST") => Method::Post,
            Some("PUT") => Method::Put,
            Some("PATCH") => Method::Patch,
            _ => Method::Delete,
        };
        single.url = batch.url.replace("$batch", &text("path").expect("an operation has a path"));
        single.headers.add("Idempotency-Key", text("key").expect("an operation has a key"));
        if let Some(tag) = text("ifMatch") {
            single.headers.add("If-Match", tag);
        }
        single.body = operation.get("body").map(|body| body.get().as_bytes().to_vec()).unwrap_or_default().into();
        let Response { status, headers, body } = answer(&single);
        let headers: BTreeMap<&str, &str> = headers.iter().collect();
        let headers = serde_json::to_string(&headers).unwrap();
        let body =
            if body.is_empty() { String::new() } else { format!(",\"body\":{}", String::from_utf8_lossy(&body)) };
        format!("{{\"status\":{status},\"headers\":{headers}{body}}}")
    });
    format!("{{\"answers\":[{}]}}", texts.collect::<Vec<_>>().join(","))
}

/// An answer with one more header.
pub(crate) fn with(answer: Response, name: &str, value: &str) -> Response {
    let mut headers: Headers = answer.headers.iter().collect();
    headers.add(name, value);
    Response { headers, ..answer }
}
