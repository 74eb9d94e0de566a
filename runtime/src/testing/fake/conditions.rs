//! The conditional headers of a request.

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

#[derive(Debug, PartialEq, Eq)]
enum Tag {
    Any,
    Strong(String),
    Weak,
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
    /// Reads the headers; one that cannot be read is ignored, as ASP.NET ignores it.
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
        let holds = |tag: &Tag| match tag {
            Tag::Any => true,
            Tag::Strong(text) => text == version,
            Tag::Weak => false,
        };
        if !self.match_tags.is_empty() && !self.match_tags.iter().any(holds) {
            return Verdict::Failed;
        }
        // The Toolkit takes the same instant for a change.
        if self.unmodified_since.is_some_and(|since| updated_at >= since) {
            return Verdict::Failed;
        }
        if self.none_match_tags.iter().any(holds) {
            return Verdict::NotModified;
        }
        if self.modified_since.is_some_and(|since| updated_at < since) {
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
    let mut all = Vec::new();
    for (_, value) in headers.iter().filter(|(other, _)| other.eq_ignore_ascii_case(name)) {
        match parse_tags(value) {
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
            let (is_weak, tail) = match rest.strip_prefix("W/") {
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
            tags.push(if is_weak { Tag::Weak } else { Tag::Strong(tag) });
            // The opening quote, what the loop has passed, and the closing quote.
            rest = tail.get(end + 2..)?;
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
        assert_eq!(parse_tags(r#""a\"b""#), Some(vec![Tag::Strong("a\"b".to_owned())]));
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
