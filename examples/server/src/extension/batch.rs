//! Several writes in one request, each answered as if it had come alone.

use std::pin::Pin;
use std::task::Poll;

use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, ETAG, IF_MATCH, LAST_MODIFIED, LOCATION, RETRY_AFTER};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, Method, StatusCode};
use axum::response::Response;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{BATCH_BYTES, BATCH_OPERATIONS, Extensions, KEY, MISMATCH, REPLAYED, is_key};
use crate::answer::{self, json_text};

/// The headers of an answer that are told.
const TOLD: [HeaderName; 7] = [CONTENT_TYPE, ETAG, LAST_MODIFIED, LOCATION, RETRY_AFTER, REPLAYED, MISMATCH];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Operations<'a> {
    #[serde(borrow)]
    operations: Vec<Operation<'a>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Operation<'a> {
    key: String,
    method: String,
    path: String,
    #[serde(default)]
    if_match: Option<String>,
    #[serde(borrow, default)]
    body: Option<&'a RawValue>,
    #[serde(default)]
    after: Vec<usize>,
}

/// An operation as a request of its own.
struct Single {
    request: Request,
    after: Vec<usize>,
}

/// The answer to an operation, as JSON.
struct Answer {
    is_done: bool,
    text: String,
}

/// Serves a batch.
pub(super) async fn serve<F>(extensions: &Extensions, request: Request, serve: &impl Fn(Request) -> F) -> Response
where
    F: Future<Output = Response>,
{
    let singles = match read(request).await {
        Ok(singles) => singles,
        Err(refusal) => return refusal,
    };
    let mut singles = singles.into_iter().peekable();
    let mut answers: Vec<Answer> = Vec::new();
    while singles.peek().is_some() {
        // What waits for nothing that is not answered goes on together, in order: the store lets it share transactions.
        let mut wave = Vec::new();
        while let Some(next) = singles.peek()
            && next.after.iter().all(|place| *place < answers.len())
            && let Some(Single { request, after }) = singles.next()
        {
            let is_free = after.iter().all(|place| answers[*place].is_done);
            wave.push(Box::pin(async move {
                if is_free { told(extensions.keyed(request, serve).await).await } else { dependency_failed() }
            }));
        }
        answers.extend(in_order(wave).await);
    }
    let texts: Vec<&str> = answers.iter().map(|answer| answer.text.as_str()).collect();
    answer::json(StatusCode::OK, format!(r#"{{"answers":[{}]}}"#, texts.join(",")))
}

/// Drives futures at once, each first asked in its order.
async fn in_order<F: Future>(mut futures: Vec<Pin<Box<F>>>) -> Vec<F::Output> {
    let mut outputs: Vec<Option<F::Output>> = futures.iter().map(|_| None).collect();
    std::future::poll_fn(|context| {
        for (future, output) in futures.iter_mut().zip(&mut outputs) {
            if output.is_none()
                && let Poll::Ready(ready) = future.as_mut().poll(context)
            {
                *output = Some(ready);
            }
        }
        if outputs.iter().all(Option::is_some) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    outputs.into_iter().flatten().collect()
}

async fn read(request: Request) -> Result<Vec<Single>, Response> {
    let (parts, body) = request.into_parts();
    if parts.method != Method::POST {
        return Err(answer::not_allowed("POST"));
    }
    let content_type = parts.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    if !media_type.eq_ignore_ascii_case("application/json") {
        return Err(answer::status_problem(StatusCode::UNSUPPORTED_MEDIA_TYPE));
    }
    let too_large = || answer::status_problem(StatusCode::PAYLOAD_TOO_LARGE);
    let bytes = axum::body::to_bytes(body, BATCH_BYTES).await.map_err(|_| too_large())?;
    let refused = |detail: &str| answer::problem(StatusCode::BAD_REQUEST, "Bad Request", Some(detail));
    let Operations { operations } =
        serde_json::from_slice(&bytes).map_err(|error| refused(&format!("the body is no batch: {error}")))?;
    if operations.len() > BATCH_OPERATIONS {
        return Err(too_large());
    }
    let single = |(place, operation): (usize, Operation<'_>)| {
        single(&parts, place, operation).map_err(|error| format!("operation {place} {error}"))
    };
    let singles: Result<Vec<Single>, String> = operations.into_iter().enumerate().map(single).collect();
    singles.map_err(|error| refused(&error))
}

/// Makes a request of an operation; the error says what is wrong with it.
fn single(outer: &Parts, place: usize, operation: Operation<'_>) -> Result<Single, String> {
    let Operation { key, method, path, if_match, body, after } = operation;
    let method = match method.as_str() {
        "POST" => Method::POST,
        "PUT" => Method::PUT,
        "PATCH" => Method::PATCH,
        "DELETE" => Method::DELETE,
        _ => return Err("has another method than 'POST', 'PUT', 'PATCH' or 'DELETE'".to_owned()),
    };
    if !is_key(&key) {
        return Err("has a key that no header could carry".to_owned());
    }
    if after.iter().any(|before| *before >= place) {
        return Err("comes after one that does not stand before it".to_owned());
    }
    let mut headers = outer.headers.clone();
    headers.remove(CONTENT_LENGTH);
    headers.remove(CONTENT_TYPE);
    headers.remove(IF_MATCH);
    headers.remove(KEY);
    let value =
        |text: &str| HeaderValue::from_str(text).map_err(|_| "has a value that no header could carry".to_owned());
    headers.insert(KEY, value(&key)?);
    if let Some(tag) = if_match {
        headers.insert(IF_MATCH, value(&tag)?);
    }
    if body.is_some() {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    let body = body.map_or_else(Body::empty, |body| Body::from(body.get().to_owned()));
    let request = Request::builder().method(method).uri(format!("/tables/{path}")).body(body);
    let mut request = request.map_err(|_| "has a path that cannot stand in an address".to_owned())?;
    *request.headers_mut() = headers;
    *request.extensions_mut() = outer.extensions.clone();
    Ok(Single { request, after })
}

fn dependency_failed() -> Answer {
    Answer { is_done: false, text: r#"{"status":424}"#.to_owned() }
}

/// Writes down an answer.
async fn told(response: Response) -> Answer {
    let (parts, body) = response.into_parts();
    let headers: Vec<String> = TOLD
        .iter()
        .filter_map(|name| {
            let value = parts.headers.get(name)?.to_str().ok()?;
            Some(format!("{}:{}", json_text(name.as_str()), json_text(value)))
        })
        .collect();
    let mut text = format!(r#"{{"status":{},"headers":{{{}}}"#, parts.status.as_u16(), headers.join(","));
    // The routes answer with bodies that are there already.
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
    if !body.is_empty() {
        let body = String::from_utf8_lossy(&body);
        match serde_json::from_str::<&RawValue>(&body) {
            Ok(json) => text.push_str(&format!(r#","body":{}"#, json.get())),
            Err(_) => text.push_str(&format!(r#","text":{}"#, json_text(&body))),
        }
    }
    text.push('}');
    Answer { is_done: parts.status.is_success(), text }
}
