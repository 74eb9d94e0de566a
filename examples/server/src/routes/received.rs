//! The body of a request, as its generation reads it.

use axum::body::{Body, Bytes};
use axum::http::Method;
use axum::http::header::CONTENT_TYPE;
use axum::response::Response;

use super::Call;
use crate::body::{BodyFault, Members};
use crate::dialect::{Generation, fit_node_body};

/// How the text of a body is read.
enum Form {
    Object,
    /// RFC 6902
    Patch,
}

/// Reads the members of a body; `Err` is the answer to one that cannot be read.
pub(super) async fn read(call: &Call, verb: &Method, body: Body) -> Result<Members, Response> {
    let form = form(call, verb)?;
    let bytes: Bytes = match axum::body::to_bytes(body, call.body_limit_bytes).await {
        Ok(bytes) => bytes,
        Err(_) => return Err(call.protocol.too_large()),
    };
    let members = match (call.protocol.generation, form) {
        (_, Form::Patch) => Members::parse_patch(&bytes),
        // Nothing is an object without members.
        (Generation::NodeV2, Form::Object) if bytes.is_empty() => Ok(Members::default()),
        (Generation::NodeV2, Form::Object) => Members::parse_strict(&bytes),
        (_, Form::Object) => Members::parse(&bytes),
    };
    let mut members = members.map_err(|fault| call.protocol.unreadable_body(verb, &fault))?;
    if call.protocol.generation == Generation::NodeV2 {
        fit_node_body(&mut members, &call.table).map_err(|fault| call.protocol.bad_body(&fault))?;
    }
    if call.protocol.generation == Generation::DotNetV2 {
        known_only(call, &members).map_err(|fault| call.protocol.bad_body(&fault))?;
    }
    call.grant.own(&mut members).map_err(|refusal| refusal.answer(call.protocol))?;
    Ok(members)
}

#[expect(clippy::result_large_err, reason = "the error is the answer itself")]
fn form(call: &Call, verb: &Method) -> Result<Form, Response> {
    let content_type = call.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    let (media_type, parameters) = content_type.split_once(';').unwrap_or((content_type, ""));
    let charset = parameters
        .split(';')
        .filter_map(|parameter| parameter.trim().split_once('='))
        .find(|(name, _)| name.eq_ignore_ascii_case("charset"));
    let utf8 = charset.is_none_or(|(_, charset)| charset.trim_matches('"').eq_ignore_ascii_case("utf-8"));
    let is = |known: &str| media_type.trim().eq_ignore_ascii_case(known);
    let is_json = is("application/json")
        || (content_type.is_empty() && call.protocol.generation == Generation::NodeV2)
        // All that is JSON by its suffix, as ASP.NET says it.
        || (call.protocol.generation == Generation::Toolkit && is_json_by_suffix(media_type.trim()));
    if is_json && utf8 {
        return Ok(Form::Object);
    }
    if call.protocol.generation == Generation::V3 && verb == Method::PATCH && is("application/json-patch+json") && utf8
    {
        return Ok(Form::Patch);
    }
    Err(call.protocol.unsupported_media_type(verb, content_type.is_empty()))
}

/// `application/…+json`
fn is_json_by_suffix(media_type: &str) -> bool {
    let media_type = media_type.to_ascii_lowercase();
    media_type
        .strip_prefix("application/")
        .and_then(|of| of.strip_suffix("+json"))
        .is_some_and(|of| !of.is_empty() && of.bytes().all(|byte| byte.is_ascii_graphic()))
}

/// The server on Web API refuses members that its model does not have.
fn known_only(call: &Call, members: &Members) -> Result<(), BodyFault> {
    const SYSTEM: [&str; 5] = ["id", "createdat", "updatedat", "version", "deleted"];
    let unknown = members
        .names()
        .find(|name| !SYSTEM.contains(&name.to_ascii_lowercase().as_str()) && call.table.column(name).is_none());
    match unknown {
        Some(name) => Err(BodyFault::new(name, format!("Could not find member '{name}' on the table."))),
        None => Ok(()),
    }
}
