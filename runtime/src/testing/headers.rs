//! Headers of requests as servers on ASP.NET read them.

/// An entity tag of a condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tag {
    /// `*`: any row.
    Any,
    /// A tag that is a version.
    Strong(String),
    /// A tag marked `W/`, which stands for no version.
    Weak,
}

impl Tag {
    /// Whether it stands for a row of this version.
    #[must_use]
    pub fn holds(&self, version: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Strong(text) => text == version,
            Self::Weak => false,
        }
    }

    /// Reads all values of a header as ASP.NET does: what is no tag is passed over, and the tags beside it count (recorded: an
    /// unquoted tag writes unconditionally).
    pub fn of_header<'a>(values: impl IntoIterator<Item = &'a str>) -> Vec<Self> {
        values.into_iter().flat_map(parse_tags).collect()
    }
}

fn parse_tags(text: &str) -> Vec<Tag> {
    // Each place may be tried, so the work grows with the square of the length.
    const LONGEST: usize = 8192;
    let mut tags = Vec::new();
    let mut rest = text.get(..LONGEST).unwrap_or(text);
    while let Some(first) = rest.chars().next() {
        let trimmed = rest.trim_start_matches([' ', '\t', ',']);
        match parse_tag(trimmed) {
            Some((tag, tail)) => {
                tags.push(tag);
                rest = tail;
            }
            None => rest = &rest[first.len_utf8()..],
        }
    }
    tags
}

/// Reads a tag that ends at a comma or at the end, and returns what follows it.
fn parse_tag(text: &str) -> Option<(Tag, &str)> {
    let (tag, tail) = match text.strip_prefix('*') {
        Some(tail) => (Tag::Any, tail),
        None => {
            let (weak, quoted) = match text.strip_prefix("W/").or_else(|| text.strip_prefix("w/")) {
                Some(quoted) => (true, quoted),
                None => (false, text),
            };
            let mut chars = quoted.strip_prefix('"')?.char_indices();
            let mut tag = String::new();
            let end = loop {
                match chars.next()? {
                    (at, '"') => break at,
                    (_, '\\') => tag.push(chars.next()?.1),
                    (_, c) => tag.push(c),
                }
            };
            (if weak { Tag::Weak } else { Tag::Strong(tag) }, &quoted[end + 2..])
        }
    };
    let tail = tail.trim_start_matches([' ', '\t']);
    (tail.is_empty() || tail.starts_with(',')).then_some((tag, tail))
}

/// Whether the media type is JSON by its suffix, `application/…+json`.
#[must_use]
pub fn is_json_by_suffix(media_type: &str) -> bool {
    let media_type = media_type.to_ascii_lowercase();
    media_type
        .strip_prefix("application/")
        .and_then(|of| of.strip_suffix("+json"))
        .is_some_and(|of| !of.is_empty() && of.bytes().all(|byte| byte.is_ascii_graphic()))
}

/// The media type that a `Content-Type` names; `None` when its text is not UTF-8.
#[must_use]
pub fn media_type(content_type: &str) -> Option<&str> {
    let (media_type, parameters) = content_type.split_once(';').unwrap_or((content_type, ""));
    let charset = parameters
        .split(';')
        .filter_map(|parameter| parameter.trim().split_once('='))
        .find(|(name, _)| name.eq_ignore_ascii_case("charset"));
    let is_utf8 = charset.is_none_or(|(_, charset)| charset.trim_matches('"').eq_ignore_ascii_case("utf-8"));
    is_utf8.then_some(media_type.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_read_and_what_is_none_is_passed_over() {
        let strong = |text: &str| Tag::Strong(text.to_owned());
        for (text, expected) in [
            (r#""a\"b""#, vec![strong("a\"b")]),
            (r#" "ä" ,W/"b", * "#, vec![strong("ä"), Tag::Weak, Tag::Any]),
            (r#" , "a" ,, "b"#, vec![strong("a")]),
            (r#"b, w/"a""#, vec![Tag::Weak]),
            (r#""a" "b""#, vec![strong("b")]),
            ("", vec![]),
            ("b", vec![]),
            ("\"b", vec![]),
            ("\"b\\", vec![]),
        ] {
            assert_eq!(Tag::of_header([text]), expected, "{text}");
        }
        assert_eq!(Tag::of_header(["\"a\"", "c", "\"b\""]), [strong("a"), strong("b")]);
        assert!(strong("a").holds("a") && Tag::Any.holds("a") && !strong("b").holds("a") && !Tag::Weak.holds("a"));
    }

    #[test]
    fn a_media_type_is_told_of_utf_8_alone() {
        for (content_type, expected) in [
            ("application/json", Some("application/json")),
            ("application/json; charset=\"UTF-8\"", Some("application/json")),
            (" text/plain ;q=1", Some("text/plain")),
            ("application/json; q=1; Charset=latin1", None),
            ("", Some("")),
        ] {
            assert_eq!(media_type(content_type), expected, "{content_type}");
        }
        assert!(is_json_by_suffix("Application/merge-patch+JSON") && !is_json_by_suffix("application/json"));
        assert!(!is_json_by_suffix("application/+json") && !is_json_by_suffix("text/x+json"));
    }
}
