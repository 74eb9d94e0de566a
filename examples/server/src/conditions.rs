//! The conditional headers of a request.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::http::header::{IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_UNMODIFIED_SINCE};
use axum::http::{HeaderMap, HeaderName};
use synctable::testing::headers::Tag;

use crate::dialect::Generation;

/// What the headers say about the row that a request may meet.
#[derive(Debug, Clone, Default)]
pub(crate) struct Conditions {
    generation: Generation,
    match_tags: Vec<Tag>,
    none_match_tags: Vec<Tag>,
    modified_since: Option<SystemTime>,
    unmodified_since: Option<SystemTime>,
    /// The version in the body of an update, where one counts and no tag was sent.
    body_version: Option<String>,
}

/// Whether a request may go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Proceed,
    /// 412, with the row.
    Failed,
    /// 409, with the row: only the body told of another version.
    Stale,
    /// 304 of a read; a write answers 412.
    NotModified,
}

impl Conditions {
    /// Reads the headers of a read, which the servers of version 2 do not look at.
    pub(crate) fn of_read(headers: &HeaderMap, generation: Generation) -> Self {
        if generation.is_v2() { Self::none(generation) } else { Self::all(headers, generation) }
    }

    /// Reads the headers of a write; what cannot be read of them is ignored.
    pub(crate) fn of_write(headers: &HeaderMap, generation: Generation) -> Self {
        let match_tags = match generation {
            Generation::Toolkit | Generation::V3 => return Self::all(headers, generation),
            Generation::DotNetV2 => tags(headers, &IF_MATCH),
            Generation::NodeV2 => {
                headers.get(IF_MATCH).and_then(|value| node_tag(value.to_str().ok()?)).into_iter().collect()
            }
        };
        Self { match_tags, ..Self::none(generation) }
    }

    /// Adds the version that the body of an update names; a tag counts before it.
    #[must_use]
    pub(crate) fn or_version(mut self, version: Option<String>) -> Self {
        if self.match_tags.is_empty() && self.generation.is_v2() {
            self.body_version = version;
        }
        self
    }

    fn none(generation: Generation) -> Self {
        Self { generation, ..Self::default() }
    }

    fn all(headers: &HeaderMap, generation: Generation) -> Self {
        Self {
            match_tags: tags(headers, &IF_MATCH),
            none_match_tags: tags(headers, &IF_NONE_MATCH),
            modified_since: date(headers, &IF_MODIFIED_SINCE),
            unmodified_since: date(headers, &IF_UNMODIFIED_SINCE),
            ..Self::none(generation)
        }
    }

    /// Compares the headers with the version and the stamp (units of 100 ns since 1970) of a row.
    pub(crate) fn check(&self, version: &str, updated_at: i64) -> Verdict {
        let holds = |tag: &Tag| tag.holds(version);
        if !self.match_tags.is_empty() && !self.match_tags.iter().any(holds) {
            return Verdict::Failed;
        }
        if self.body_version.as_ref().is_some_and(|sent| sent != version) {
            return Verdict::Stale;
        }
        let stamp = UNIX_EPOCH + Duration::from_nanos(u64::try_from(updated_at).unwrap_or(0).saturating_mul(100));
        // A date counts only where no tag says it better (RFC 9110, 13.2.2).
        let unmodified_since = self.unmodified_since.filter(|_| self.match_tags.is_empty());
        if unmodified_since.is_some_and(|since| self.generation.is_modified_since(stamp, since)) {
            return Verdict::Failed;
        }
        if self.none_match_tags.iter().any(holds) {
            return Verdict::NotModified;
        }
        let modified_since = self.modified_since.filter(|_| self.none_match_tags.is_empty());
        if modified_since.is_some_and(|since| !self.generation.is_modified_after(stamp, since)) {
            return Verdict::NotModified;
        }
        Verdict::Proceed
    }
}

/// Reads a tag as Node does: the first of several, quoted or not; `*` and a weak one are the texts that they are, which no version is.
fn node_tag(text: &str) -> Option<Tag> {
    let text = text.trim();
    let first = match text.strip_prefix('"') {
        Some(quoted) => {
            let mut tag = String::new();
            let mut chars = quoted.chars().peekable();
            while let Some(c) = chars.next() {
                match c {
                    '"' => break,
                    '\\' if chars.peek() == Some(&'"') => tag.extend(chars.next()),
                    c => tag.push(c),
                }
            }
            tag
        }
        None => text.to_owned(),
    };
    // An empty version is none, so the write is unconditional.
    (!first.is_empty()).then_some(Tag::Strong(first))
}

fn date(headers: &HeaderMap, name: &HeaderName) -> Option<SystemTime> {
    httpdate::parse_http_date(headers.get(name)?.to_str().ok()?).ok()
}

fn tags(headers: &HeaderMap, name: &HeaderName) -> Vec<Tag> {
    Tag::of_header(headers.get_all(name).iter().filter_map(|value| value.to_str().ok()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, value: &str) -> Verdict {
        let mut headers = HeaderMap::new();
        headers.insert(HeaderName::try_from(name).unwrap(), value.parse().unwrap());
        // 2024-01-01T00:00:00.5Z
        Conditions::of_write(&headers, Generation::Toolkit).check("AAAA", 17_040_672_005_000_000)
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
        assert_eq!(check("if-match", "w/\"AAAA\""), Verdict::Failed);
        assert_eq!(check("if-match", "CCCC, \"BBBB\""), Verdict::Failed);
        assert_eq!(check("if-match", "\"AAAA\" \"BBBB\""), Verdict::Failed);
        assert_eq!(check("if-match", " , \"AAAA\" ,, \"BBBB"), Verdict::Proceed);
    }

    #[test]
    fn node_compares_the_first_tag_as_text() {
        let check = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(IF_MATCH, value.parse().unwrap());
            Conditions::of_write(&headers, Generation::NodeV2).check("AAAA", 0)
        };
        for (value, expected) in [
            ("\"AAAA\"", Verdict::Proceed),
            ("AAAA", Verdict::Proceed),
            ("\"\"", Verdict::Proceed),
            ("\"AAAA\", \"BBBB\"", Verdict::Proceed),
            ("\"BBBB\", \"AAAA\"", Verdict::Failed),
            ("*", Verdict::Failed),
            ("W/\"AAAA\"", Verdict::Failed),
            ("\"not base64!\"", Verdict::Failed),
        ] {
            assert_eq!(check(value), expected, "{value}");
        }
    }

    #[test]
    fn servers_of_version_2_look_at_one_header_and_at_the_version_of_the_body() {
        for generation in [Generation::NodeV2, Generation::DotNetV2] {
            let mut headers = HeaderMap::new();
            headers.insert(IF_NONE_MATCH, "\"AAAA\"".parse().unwrap());
            headers.insert(IF_UNMODIFIED_SINCE, "Mon, 01 Jan 2001 00:00:00 GMT".parse().unwrap());
            let write = |headers: &HeaderMap| Conditions::of_write(headers, generation);
            assert_eq!(write(&headers).check("AAAA", i64::MAX), Verdict::Proceed);
            assert_eq!(Conditions::of_read(&headers, generation).check("AAAA", i64::MAX), Verdict::Proceed);
            assert_eq!(write(&headers).or_version(Some("BBBB".to_owned())).check("AAAA", 0), Verdict::Stale);
            headers.insert(IF_MATCH, "\"AAAA\"".parse().unwrap());
            assert_eq!(write(&headers).or_version(Some("BBBB".to_owned())).check("AAAA", 0), Verdict::Proceed);
            headers.insert(IF_MATCH, "\"CCCC\"".parse().unwrap());
            assert_eq!(write(&headers).or_version(Some("AAAA".to_owned())).check("AAAA", 0), Verdict::Failed);
            assert_eq!(Conditions::of_read(&headers, generation).check("AAAA", 0), Verdict::Proceed);
        }
        let headers = HeaderMap::new();
        let v3 = Conditions::of_write(&headers, Generation::V3).or_version(Some("BBBB".to_owned()));
        assert_eq!(v3.check("AAAA", 0), Verdict::Proceed);
    }

    #[test]
    fn a_date_beside_a_tag_does_not_count() {
        let check = |headers: &[(HeaderName, &str)]| {
            let headers = headers.iter().map(|(name, value)| (name.clone(), value.parse().unwrap())).collect();
            Conditions::of_write(&headers, Generation::V3).check("AAAA", 17_040_672_005_000_000)
        };
        let (long_ago, far_ahead) = ("Sat, 01 Jan 2000 00:00:00 GMT", "Sat, 01 Jan 2050 00:00:00 GMT");
        assert_eq!(check(&[(IF_MATCH, "\"AAAA\""), (IF_UNMODIFIED_SINCE, long_ago)]), Verdict::Proceed);
        assert_eq!(check(&[(IF_MATCH, "\"BBBB\""), (IF_UNMODIFIED_SINCE, far_ahead)]), Verdict::Failed);
        assert_eq!(check(&[(IF_MATCH, "AAAA"), (IF_UNMODIFIED_SINCE, long_ago)]), Verdict::Failed);
        assert_eq!(check(&[(IF_NONE_MATCH, "\"BBBB\""), (IF_MODIFIED_SINCE, far_ahead)]), Verdict::Proceed);
        assert_eq!(check(&[(IF_NONE_MATCH, "\"AAAA\""), (IF_MODIFIED_SINCE, long_ago)]), Verdict::NotModified);
        assert_eq!(check(&[(IF_NONE_MATCH, "\"BBBB\""), (IF_UNMODIFIED_SINCE, long_ago)]), Verdict::Failed);
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
