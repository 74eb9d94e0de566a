//! Reads the JSON object of a request's body, as the Toolkit reads it: names in any case, the last of
//! two counts, comments are skipped.

use std::fmt;

use serde::de::{Deserializer as _, MapAccess, Visitor};
use serde_json::value::RawValue;

/// The members of a body in order, each with its JSON text.
#[derive(Debug, Default)]
pub(super) struct Members(Vec<(String, Box<RawValue>)>);

impl Members {
    /// Reads a body; the error says what is wrong with it.
    pub(super) fn parse(body: &[u8]) -> Result<Self, String> {
        let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
        let text = std::str::from_utf8(body).map_err(|_| "the body is not UTF-8".to_owned())?;
        let text = without_comments(text);
        let mut reader = serde_json::Deserializer::from_str(&text);
        let members = reader
            .deserialize_map(MembersVisitor)
            .map_err(|error| format!("the body is not a JSON object: {error}"))?;
        reader.end().map_err(|error| format!("text follows the JSON object of the body: {error}"))?;
        Ok(members)
    }

    /// The JSON text of a member, by its name in any case.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.get())
    }

    /// The id, if the body has one.
    pub(super) fn id(&self) -> Result<Option<String>, String> {
        match self.get("id") {
            None | Some("null") => Ok(None),
            Some(json) => serde_json::from_str(json).map(Some).map_err(|_| "member 'id' must be a string".to_owned()),
        }
    }

    /// Whether the body says that the row is a tombstone; without the member it is none.
    pub(super) fn deleted(&self) -> Result<bool, String> {
        match self.get("deleted") {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(_) => Err("member 'deleted' must be true or false".to_owned()),
        }
    }
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Members;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
        let mut members = Members::default();
        while let Some((name, value)) = map.next_entry::<String, Box<RawValue>>()? {
            members.0.retain(|(known, _)| !known.eq_ignore_ascii_case(&name));
            members.0.push((name, value));
        }
        Ok(members)
    }
}

/// Takes `/* */` and `//` out, but for those inside of strings.
fn without_comments(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['"', '/']) {
        kept.push_str(&rest[..at]);
        rest = &rest[at..];
        let length = if rest.starts_with('"') {
            let end = string_end(rest);
            kept.push_str(&rest[..end]);
            end
        } else if rest.starts_with("/*") {
            kept.push(' ');
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else {
            kept.push('/');
            1
        };
        rest = &rest[length..];
    }
    kept.push_str(rest);
    kept
}

/// The length of the quoted text that begins the given text.
fn string_end(text: &str) -> usize {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_in_any_case_and_the_last_of_two_counts() {
        let members = Members::parse(br#"{"ID":"a","title":"x","Title":"y","deleted":true}"#).unwrap();
        assert_eq!((members.id(), members.deleted()), (Ok(Some("a".to_owned())), Ok(true)));
        assert_eq!(members.get("title"), Some("\"y\""));
    }

    #[test]
    fn comments_are_skipped_outside_of_text() {
        let members = Members::parse(b"{/*c*/\"url\":\"http://x/*y*/\" // end\n,\"a\":1/**/}").unwrap();
        assert_eq!((members.get("url"), members.get("a")), (Some("\"http://x/*y*/\""), Some("1")));
    }

    #[test]
    fn what_is_no_object_is_refused() {
        for bad in ["", "{", "[{\"id\":\"a\"}]", "\"x\"", "null", "{} {}", "{\"a\":1,}", "/*", "\"", "{\"a\":\"\\"] {
            assert!(Members::parse(bad.as_bytes()).is_err(), "{bad}");
        }
        assert!(Members::parse(b"{\"a\":\"\xff\"}").is_err());
        assert!(Members::parse(br#"{"id":5}"#).unwrap().id().is_err());
        assert!(Members::parse(br#"{"deleted":"true"}"#).unwrap().deleted().is_err());
    }
}
