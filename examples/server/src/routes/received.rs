//! The body of a request, as its generation reads it.

use axum::body::{Body, Bytes};
use axum::http::Method;
use axum::http::header::CONTENT_TYPE;
use axum::response::Response;
use synctable::testing::headers::{is_json_by_suffix, media_type};

use super::Call;
use crate::body::{self, BodyFault, Members};
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
        (_, Form::Patch) => body::parse_patch(&bytes),
        // Nothing is an object without members.
        (Generation::NodeV2, Form::Object) if bytes.is_empty() => Ok(Members::default()),
        (Generation::NodeV2, Form::Object) => body::parse_strict(&bytes),
        (_, Form::Object) => body::parse(&bytes),
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
    let media_type = media_type(content_type);
    let is = |known: &str| media_type.is_some_and(|name| name.eq_ignore_ascii_case(known));
    let is_json = is("application/json")
        || (content_type.is_empty() && call.protocol.generation == Generation::NodeV2)
        // All that is JSON by its suffix, as ASP.NET says it.
        || (call.protocol.generation == Generation::Toolkit && media_type.is_some_and(is_json_by_suffix));
    if is_json {
        return Ok(Form::Object);
    }
    if call.protocol.generation == Generation::V3 && verb == Method::PATCH && is("application/json-patch+json") {
        return Ok(Form::Patch);
    }
    Err(call.protocol.unsupported_media_type(verb, content_type.is_empty()))
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
