//! The conditional headers of a request.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::http::header::{IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_UNMODIFIED_SINCE};
use axum::http::{HeaderMap, HeaderName};

use crate::Dialect;

/// What the headers say about the row that a request may meet.
#[derive(Debug, Clone, Default)]
pub(crate) struct Conditions {
    match_tags: Vec<Tag>,
    none_match_tags: Vec<Tag>,
    modified_since: Option<SystemTime>,
    unmodified_since: Option<SystemTime>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Tag {
    Any,
    Strong(String),
    Weak,
}

/// Whether a request may go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Proceed,
    /// 412, with the row.
    Failed,
    /// 304 of a read; a write answers 412.
    NotModified,
}

impl Conditions {
    /// Reads the headers; one that cannot be read is ignored, as ASP.NET ignores it (recorded: an unquoted tag writes unconditionally).
    pub(crate) fn from_headers(headers: &HeaderMap) -> Self {
        Self {
            match_tags: tags(headers, &IF_MATCH),
            none_match_tags: tags(headers, &IF_NONE_MATCH),
            modified_since: date(headers, &IF_MODIFIED_SINCE),
            unmodified_since: date(headers, &IF_UNMODIFIED_SINCE),
        }
    }

    /// Compares the headers with the version and the stamp (units of 100 ns since 1970) of a row.
    pub(crate) fn check(&self, version: &str, updated_at: i64, dialect: Dialect) -> Verdict {
        let holds = |tag: &Tag| match tag {
            Tag::Any => true,
            Tag::Strong(text) => text == version,
            Tag::Weak => false,
        };
        if !self.match_tags.is_empty() && !self.match_tags.iter().any(holds) {
            return Verdict::Failed;
        }
        let stamp = UNIX_EPOCH + Duration::from_nanos(u64::try_from(updated_at).unwrap_or(0).saturating_mul(100));
        if self.unmodified_since.is_some_and(|since| dialect.is_modified_since(stamp, since)) {
            return Verdict::Failed;
        }
        if self.none_match_tags.iter().any(holds) {
            return Verdict::NotModified;
        }
        if self.modified_since.is_some_and(|since| !dialect.is_modified_after(stamp, since)) {
            return Verdict::NotModified;
        }
        Verdict::Proceed
    }
}

fn date(headers: &HeaderMap, name: &HeaderName) -> Option<SystemTime> {
    httpdate::parse_http_date(headers.get(name)?.to_str().ok()?).ok()
}

fn tags(headers: &HeaderMap, name: &HeaderName) -> Vec<Tag> {
    let mut all = Vec::new();
    for value in headers.get_all(name) {
        match value.to_str().ok().and_then(parse_tags) {
            Some(tags) => all.extend(tags),
            None => return Vec::new(),
        }
    }
    all
}

/// Reads a list of tags; `None` when it is not one.
fn parse_tags(text: &str) -> Option<Vec<Tag>> {
    let mut tags = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        if let Some(tail) = rest.strip_prefix('*') {
            tags.push(Tag::Any);
            rest = tail;
        } else {
            let (weak, tail) = match rest.strip_prefix("W/") {
                Some(tail) => (true, tail),
                None => (false, rest),
            };
            let mut chars = tail.strip_prefix('"')?.char_indices();
            let mut tag = String::new();
            let end = loop {
                match chars.next()? {
                    (at, '"') => break at,
                    (_, '\\') => tag.push(chars.next()?.1),
                    (_, c) => tag.push(c),
                }
            };
            tags.push(if weak { Tag::Weak } else { Tag::Strong(tag) });
            rest = &tail[end + 2..];
        }
        rest = rest.trim_start();
        match rest.strip_prefix(',') {
            Some(tail) => rest = tail.trim_start(),
            None if rest.is_empty() => {}
            None => return None,
        }
    }
    Some(tags)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, value: &str) -> Verdict {
        let mut headers = HeaderMap::new();
        headers.insert(HeaderName::try_from(name).unwrap(), value.parse().unwrap());
        // 2024-01-01T00:00:00.5Z
        Conditions::from_headers(&headers).check("AAAA", 17_040_672_005_000_000, Dialect::Toolkit)
    }

    #[test]
    fn tags_match_strongly_and_broken_ones_are_ignored() {
        assert_eq!(check("if-match", "\"AAAA\""), Verdict::Proceed);
        assert_eq!(check("if-match", "\"BBBB\""), Verdict::Failed);
        assert_eq!(check("if-match", "\"BBBB\", \"AAAA\""), Verdict::Proceed);
        assert_eq!(check("if-match", "*"), Verdict::Proceed);
        assert_eq!(check("if-match", "W/\"AAAA\""), Verdict::Failed);
        assert_eq!(check("if-match", "BBBB"), Verdict::Proceed);
        assert_eq!(check("if-match", "\"BBBB"), Verdict::Proceed);
        assert_eq!(check("if-none-match", "\"AAAA\""), Verdict::NotModified);
        assert_eq!(check("if-none-match", "\"BBBB\""), Verdict::Proceed);
        assert_eq!(parse_tags(r#""a\"b""#), Some(vec![Tag::Strong("a\"b".to_owned())]));
    }

    #[test]
    fn dates_are_compared_with_the_whole_stamp() {
        assert_eq!(check("if-unmodified-since", "Mon, 01 Jan 2024 00:00:00 GMT"), Verdict::Failed);
        assert_eq!(check("if-unmodified-since", "Mon, 01 Jan 2024 00:00:01 GMT"), Verdict::Proceed);
        assert_eq!(check("if-modified-since", "Mon, 01 Jan 2024 00:00:00 GMT"), Verdict::Proceed);
        assert_eq!(check("if-modified-since", "Mon, 01 Jan 2024 00:00:01 GMT"), Verdict::NotModified);
        assert_eq!(check("if-modified-since", "yesterday"), Verdict::Proceed);
    }
}
