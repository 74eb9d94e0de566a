//! What only the server on Web API does.

use axum::http::HeaderMap;
use axum::http::header::IF_MATCH;
use synctable::testing::headers::Tag;

use super::Generation;

/// Returns why the tag of a write cannot be read, on the server that wants one strong tag of base64 (or `*`).
pub(crate) fn refused_tag(generation: Generation, headers: &HeaderMap) -> Option<&'static str> {
    if generation != Generation::DotNetV2 {
        return None;
    }
    let tags = Tag::of_header(headers.get_all(IF_MATCH).iter().filter_map(|value| value.to_str().ok()));
    match &tags[..] {
        [] | [Tag::Any] => None,
        [Tag::Strong(text)] if synctable::testing::value::parse_base64(text).is_some() => None,
        [Tag::Strong(_)] => Some("the tag in If-Match is not base64"),
        [Tag::Weak] => Some("the tag in If-Match must not be weak"),
        _ => Some("If-Match must have one tag"),
    }
}
