//! Pages of other origins may use the server.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use axum::http::header::{ETAG, LAST_MODIFIED, LINK, LOCATION, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderName, HeaderValue, Method};
use tower_http::cors::{AllowHeaders, AllowOrigin, CorsLayer};

/// An origin whose pages may use the server, as `https://app.example`, or `*` for all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CorsOrigin(HeaderValue);

impl FromStr for CorsOrigin {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
        let is_origin = host.is_some_and(|host| {
            !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_graphic() && !b"/?#@*,".contains(&byte))
        });
        match HeaderValue::try_from(text) {
            Ok(value) if is_origin || text == "*" => Ok(Self(value)),
            _ => Err(format!("'{text}' is not an origin; write it as https://app.example or '*'")),
        }
    }
}

impl fmt::Display for CorsOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.to_str().unwrap_or("?"))
    }
}

/// Returns the layer that answers preflights and marks answers; none without origins.
///
/// Credentials of the browser are not among what is allowed: tokens are headers that the page sets, so `*` gives no page the rights of a user.
pub(super) fn layer(origins: &[CorsOrigin]) -> Option<CorsLayer> {
    if origins.is_empty() {
        return None;
    }
    let origin = if origins.iter().any(|origin| origin.0 == "*") {
        AllowOrigin::any()
    } else {
        AllowOrigin::list(origins.iter().map(|origin| origin.0.clone()))
    };
    let own = ["x-request-id", "synctable-extensions", "idempotency-replayed", "idempotency-mismatch"];
    let exposed = own.map(HeaderName::from_static);
    let exposed = [ETAG, LAST_MODIFIED, LINK, LOCATION, RETRY_AFTER, WWW_AUTHENTICATE].into_iter().chain(exposed);
    Some(
        CorsLayer::new()
            .allow_origin(origin)
            .allow_methods([Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE])
            .allow_headers(AllowHeaders::mirror_request())
            .expose_headers(exposed.collect::<Vec<_>>())
            .max_age(Duration::from_secs(3600)),
    )
}
