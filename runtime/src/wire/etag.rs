//! Versions as entity tags (protocol.md 2.2).

use crate::value::Version;

/// One strong quoted tag: the only form that every server takes (protocol.md 4).
pub(crate) fn to_etag(version: &Version) -> String {
    format!("\"{}\"", version.as_str().replace('"', "\\\""))
}

/// The version of a strong tag; weak tags are hashes of the body and no versions.
pub(crate) fn from_etag(tag: &str) -> Option<Version> {
    let inner = tag.trim().strip_prefix('"')?.strip_suffix('"')?;
    Version::parse(&inner.replace("\\\"", "\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_are_escaped_both_ways() {
        let version = Version::parse("a\"b").unwrap();
        assert_eq!(to_etag(&version), r#""a\"b""#);
        assert_eq!(from_etag(&to_etag(&version)), Some(version));
    }

    #[test]
    fn weak_unquoted_and_unsafe_tags_are_no_versions() {
        for tag in [r#"W/"2-l9Fw""#, "MQ==", "\"", "\"\"", "", "\"a\nb\""] {
            assert_eq!(from_etag(tag), None, "{tag}");
        }
        assert_eq!(from_etag("\"MQ==\"").unwrap().as_str(), "MQ==");
    }
}
