//! The conditional headers of a request.

use crate::testing::headers::Tag;
use crate::testing::value::TICKS_PER_SECOND;
use crate::wire::Headers;

/// What the headers say about the row that a request may meet.
#[derive(Debug, Default)]
pub(super) struct Conditions {
    match_tags: Vec<Tag>,
    none_match_tags: Vec<Tag>,
    /// Units of 100 ns since 1970.
    modified_since: Option<i64>,
    unmodified_since: Option<i64>,
}

/// Whether a request may go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Proceed,
    /// 412, with the row.
    Failed,
    /// 304 of a read; a write answers 412.
    NotModified,
}

impl Conditions {
    /// Reads the headers; what cannot be read of them is ignored, as ASP.NET ignores it.
    pub(super) fn of(headers: &Headers) -> Self {
        Self {
            match_tags: tags(headers, "if-match"),
            none_match_tags: tags(headers, "if-none-match"),
            modified_since: date(headers, "if-modified-since"),
            unmodified_since: date(headers, "if-unmodified-since"),
        }
    }

    /// Compares the headers with the version and the stamp of a row.
    pub(super) fn check(&self, version: &str, updated_at: i64) -> Verdict {
        let holds = |tag: &Tag| tag.holds(version);
        if !self.match_tags.is_empty() && !self.match_tags.iter().any(holds) {
            return Verdict::Failed;
        }
        // A date counts only where no tag says it better (RFC 9110, 13.2.2); the Toolkit takes the same instant for a change.
        let unmodified_since = self.unmodified_since.filter(|_| self.match_tags.is_empty());
        if unmodified_since.is_some_and(|since| updated_at >= since) {
            return Verdict::Failed;
        }
        if self.none_match_tags.iter().any(holds) {
            return Verdict::NotModified;
        }
        let modified_since = self.modified_since.filter(|_| self.none_match_tags.is_empty());
        if modified_since.is_some_and(|since| updated_at < since) {
            return Verdict::NotModified;
        }
        Verdict::Proceed
    }
}

fn date(headers: &Headers, name: &str) -> Option<i64> {
    let since = httpdate::parse_http_date(headers.get(name)?).ok()?;
    let seconds = since.duration_since(std::time::UNIX_EPOCH).ok()?.as_secs();
    i64::try_from(seconds).ok()?.checked_mul(TICKS_PER_SECOND)
}

fn tags(headers: &Headers, name: &str) -> Vec<Tag> {
    let values = headers.iter().filter(|(other, _)| other.eq_ignore_ascii_case(name));
    Tag::of_header(values.map(|(_, value)| value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, value: &str) -> Verdict {
        // 2024-01-01T00:00:00.5Z
        Conditions::of(&Headers::from_iter([(name, value)])).check("AAAA", 17_040_672_005_000_000)
    }

    #[test]
    fn tags_match_strongly_and_broken_ones_are_ignored() {
        assert_eq!(check("If-Match", "\"AAAA\""), Verdict::Proceed);
        assert_eq!(check("If-Match", "\"BBBB\""), Verdict::Failed);
        assert_eq!(check("If-Match", "\"BBBB\", \"AAAA\""), Verdict::Proceed);
        assert_eq!(check("If-Match", "*"), Verdict::Proceed);
        assert_eq!(check("If-Match", "W/\"AAAA\""), Verdict::Failed);
        for broken in ["BBBB", "\"BBBB", "\"BBBB\" x", "\"BB\\"] {
            assert_eq!(check("If-Match", broken), Verdict::Proceed, "{broken}");
        }
        assert_eq!(check("If-None-Match", "\"AAAA\""), Verdict::NotModified);
        assert_eq!(check("If-None-Match", "\"BBBB\""), Verdict::Proceed);
    }

    #[test]
    fn dates_are_compared_with_the_whole_stamp() {
        assert_eq!(check("If-Unmodified-Since", "Mon, 01 Jan 2024 00:00:00 GMT"), Verdict::Failed);
        assert_eq!(check("If-Unmodified-Since", "Mon, 01 Jan 2024 00:00:01 GMT"), Verdict::Proceed);
        assert_eq!(check("If-Modified-Since", "Mon, 01 Jan 2024 00:00:00 GMT"), Verdict::Proceed);
        assert_eq!(check("If-Modified-Since", "Mon, 01 Jan 2024 00:00:01 GMT"), Verdict::NotModified);
        assert_eq!(check("If-Modified-Since", "yesterday"), Verdict::Proceed);
    }
}
