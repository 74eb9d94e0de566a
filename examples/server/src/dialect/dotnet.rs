//! What only the server on Web API does.

use axum::http::HeaderMap;
use axum::http::header::IF_MATCH;

use super::Generation;
use crate::conditions;

/// Returns why the tag of a write cannot be read, on the server that wants one strong tag of base64 (or `*`).
pub(crate) fn refused_tag(generation: Generation, headers: &HeaderMap) -> Option<&'static str> {
    if generation != Generation::DotNetV2 {
        return None;
    }
    let tags = headers.get_all(IF_MATCH).iter().map(|value| value.to_str().ok());
    let tags: Vec<_> = tags.flatten().flat_map(conditions::parse_tags).collect();
    match &tags[..] {
        [] | [conditions::Tag::Any] => None,
        [conditions::Tag::Strong(text)] if synctable::testing::value::parse_base64(text).is_some() => None,
        [conditions::Tag::Strong(_)] => Some("the tag in If-Match is not base64"),
        [conditions::Tag::Weak] => Some("the tag in If-Match must not be weak"),
        _ => Some("If-Match must have one tag"),
    }
}
