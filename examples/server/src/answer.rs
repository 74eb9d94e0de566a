//! Builds HTTP answers.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::time::{Duration, SystemTime};

use axum::body::Body;
use axum::http::header::{ALLOW, CONTENT_TYPE, ETAG, LAST_MODIFIED};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::dialect::Generation;
use crate::projection::Projection;
use crate::store::StoredRow;
use crate::value::write_text;

/// How many rows are in an answer, told to the metrics by an extension of the response.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RowsSent(pub(crate) u64);

/// Cuts an instant to whole seconds, as HTTP dates carry it.
fn http_date(ticks: i64) -> String {
    let seconds = u64::try_from(ticks.div_euclid(10_000_000)).unwrap_or(0);
    httpdate::fmt_http_date(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds))
}

/// A status without a body.
pub(crate) fn empty(status: StatusCode) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

/// 405 with the verbs that the address takes.
pub(crate) fn not_allowed(verbs: &'static str) -> Response {
    let mut response = empty(StatusCode::METHOD_NOT_ALLOWED);
    response.headers_mut().insert(ALLOW, HeaderValue::from_static(verbs));
    response
}

/// A body of a type.
pub(crate) fn with_body(status: StatusCode, content_type: &'static str, body: String) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

/// A JSON body.
pub(crate) fn json(status: StatusCode, body: String) -> Response {
    with_body(status, "application/json; charset=utf-8", body)
}

/// A JSON body with a weak tag of its length and contents, which is no version.
pub(crate) fn json_with_tag(status: StatusCode, body: String) -> Response {
    let tag = body_tag(&body);
    let mut response = json(status, body);
    if let Ok(tag) = HeaderValue::try_from(tag) {
        response.headers_mut().insert(ETAG, tag);
    }
    response
}

/// The tag that Express gives to bodies: their length, and twenty bytes that change with them.
pub(crate) fn body_tag(body: &str) -> String {
    let digest = |salt: u8| {
        let mut hasher = DefaultHasher::new();
        (salt, body).hash(&mut hasher);
        hasher.finish().to_be_bytes()
    };
    let digest = [digest(0), digest(1), digest(2)].concat();
    let text = STANDARD.encode(&digest[..20]);
    format!("W/\"{:x}-{}\"", body.len(), text.trim_end_matches('='))
}

/// A row with its entity tag and the date of its last change.
pub(crate) fn row(status: StatusCode, row: &StoredRow, projection: &Projection, generation: Generation) -> Response {
    let mut response = json(status, row.json(projection));
    response.extensions_mut().insert(RowsSent(1));
    let headers = response.headers_mut();
    // Base64 and digits are always fit for a header.
    if let Ok(tag) = HeaderValue::try_from(format!("\"{}\"", row.version())) {
        headers.insert(ETAG, tag);
    }
    if generation.sends_last_modified()
        && let Ok(date) = HeaderValue::try_from(http_date(row.updated_at))
    {
        headers.insert(LAST_MODIFIED, date);
    }
    response
}

/// A problem report (RFC 9457).
pub(crate) fn problem(status: StatusCode, title: &str, detail: Option<&str>) -> Response {
    let mut body = format!(r#"{{"title":{},"status":{}"#, json_text(title), status.as_u16());
    if let Some(detail) = detail {
        body.push_str(&format!(r#","detail":{}"#, json_text(detail)));
    }
    body.push('}');
    problem_text(status, body)
}

/// A problem report that only describes a status, as ASP.NET writes it.
pub(crate) fn status_problem(status: StatusCode) -> Response {
    let title = json_text(status.canonical_reason().unwrap_or("Error"));
    let number = status.as_u16();
    problem_text(status, format!(r#"{{"type":{},"title":{title},"status":{number}}}"#, status_type(status)))
}

/// 400 for a body with a member that does not fit, as ASP.NET writes it, and with the reason in `detail` besides.
pub(crate) fn validation_problem(member: &str, message: &str) -> Response {
    let status = StatusCode::BAD_REQUEST;
    let (member, message) = (json_text(member), json_text(message));
    problem_text(
        status,
        format!(
            r#"{{"errors":{{{member}:[{message}]}},"type":{},"title":"One or more validation errors occurred.","status":400,"detail":{message}}}"#,
            status_type(status)
        ),
    )
}

/// The page of RFC 9110 on a status, as a JSON string.
fn status_type(status: StatusCode) -> String {
    let section = status.as_u16().checked_sub(399).filter(|section| *section <= 18).unwrap_or(0);
    json_text(&format!("https://tools.ietf.org/html/rfc9110#section-15.5.{section}"))
}

/// A problem report that is written already.
pub(crate) fn problem_text(status: StatusCode, body: String) -> Response {
    with_body(status, "application/problem+json; charset=utf-8", body)
}

/// 400 for a change of a member that the server sets, in the form of V3: the stored value and the sent one.
pub(crate) fn system_member_problem(member: &str, stored: &str, sent: &str) -> Response {
    let mut name = member.to_owned();
    name[..1].make_ascii_uppercase();
    let body = format!(
        r#"{{"errors":{{{}:[{}],{}:[{}]}},"title":"One or more validation errors occurred.","status":400}}"#,
        json_text(&format!("entity.{name}")),
        json_text(stored),
        json_text(&format!("patch./{member}")),
        json_text(sent),
    );
    problem_text(StatusCode::BAD_REQUEST, body)
}

/// 400 in the form of the Toolkit; the target is the option or the member that is wrong.
pub(crate) fn toolkit_error(message: &str, target: Option<&str>) -> Response {
    let target = target.filter(|target| !target.is_empty()).map_or_else(|| "null".to_owned(), json_text);
    json(
        StatusCode::BAD_REQUEST,
        format!(r#"{{"code":"400","message":{},"target":{target},"details":[]}}"#, json_text(message)),
    )
}

/// A text as a JSON string.
pub(crate) fn json_text(text: &str) -> String {
    let mut out = String::new();
    write_text(&mut out, text);
    out
}

pub(crate) fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

/// Percent-encodes the bytes that are not to be kept.
pub(crate) fn percent_encode(text: &str, keep: impl Fn(u8) -> bool) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if keep(byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// Encodes an option or its value for a query string.
pub(crate) fn encode_query(text: &str) -> String {
    percent_encode(text, |byte| {
        is_unreserved(byte) || matches!(byte, b'$' | b'(' | b')' | b',' | b':' | b'/' | b'!' | b'*' | b'@' | b';')
    })
}

/// Encodes only what would change how a query string is split.
pub(crate) fn encode_reserved(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '%' | '&' | '+' | '#' => format!("%{:02X}", u32::from(c)),
            c => c.to_string(),
        })
        .collect()
}
