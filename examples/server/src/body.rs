//! Reads the JSON object of a request body.

use std::collections::HashMap;
use std::fmt;

use serde::de::{Deserializer as _, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::answer;

/// Why a body does not fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BodyFault {
    /// The member that is wrong; empty when it is the whole body.
    pub(crate) member: String,
    /// What was expected and what came.
    pub(crate) message: String,
}

impl BodyFault {
    pub(crate) fn new(member: &str, message: impl Into<String>) -> Self {
        Self { member: member.to_owned(), message: message.into() }
    }
}

/// The members of a body in order, each with its JSON text; of a member that comes twice the last one is kept.
#[derive(Debug, Default)]
pub(crate) struct Members(Vec<(String, Box<RawValue>)>);

impl Members {
    /// Reads a body; comments are skipped, as both recorded servers skip them.
    pub(crate) fn parse(body: &[u8]) -> Result<Self, BodyFault> {
        Self::parse_text(body).map_err(|message| BodyFault::new("", message))
    }

    fn parse_text(body: &[u8]) -> Result<Self, String> {
        let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
        let text = std::str::from_utf8(body).map_err(|_| "the body is not UTF-8".to_owned())?;
        Self::parse_json(&without_comments(text))
    }

    fn parse_json(text: &str) -> Result<Self, String> {
        let mut deserializer = serde_json::Deserializer::from_str(text);
        let members = deserializer
            .deserialize_map(MembersVisitor)
            .map_err(|error| format!("the body is not a JSON object: {error}"))?;
        deserializer.end().map_err(|error| format!("text follows the JSON object of the body: {error}"))?;
        Ok(members)
    }

    /// Reads a body without comments, as JavaScript reads it.
    pub(crate) fn parse_strict(body: &[u8]) -> Result<Self, BodyFault> {
        let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
        std::str::from_utf8(body)
            .map_err(|_| "the body is not UTF-8".to_owned())
            .and_then(Self::parse_json)
            .map_err(|message| BodyFault::new("", message))
    }

    /// Reads a JSON Patch (RFC 6902) of whole members as the members that it sets; `remove` sets null.
    pub(crate) fn parse_patch(body: &[u8]) -> Result<Self, BodyFault> {
        let operations: Vec<PatchOperation> = serde_json::from_slice(body)
            .map_err(|error| BodyFault::new("", format!("the body is not a JSON patch: {error}")))?;
        let mut members = Collector::default();
        for PatchOperation { op, path, value } in operations {
            let name = path.strip_prefix('/').filter(|name| !name.is_empty() && !name.contains(['/', '~']));
            let value = match op.as_str() {
                "add" | "replace" => value,
                "remove" => serde_json::value::to_raw_value(&()).ok(),
                _ => None,
            };
            let (Some(name), Some(value)) = (name, value) else {
                let message =
                    format!("the operation '{op}' of '{path}' is not 'add', 'replace' or 'remove' of a member");
                return Err(BodyFault::new(&path, message));
            };
            members.set(name.to_owned(), value);
        }
        Ok(members.finish())
    }

    /// Sets a member, in place of that with the same name in any case.
    pub(crate) fn set(&mut self, name: String, value: Box<RawValue>) {
        self.0.retain(|(known, _)| !known.eq_ignore_ascii_case(&name));
        self.0.push((name, value));
    }

    /// Returns the JSON text of a member by its name in any case.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.get())
    }

    /// Returns how many bytes the JSON texts of the members have.
    pub(crate) fn bytes(&self) -> usize {
        self.0.iter().map(|(_, value)| value.get().len()).sum()
    }

    /// Replaces the values for which `change` returns another JSON text.
    pub(crate) fn rewrite(&mut self, change: impl Fn(&str, &str) -> Option<String>) {
        for (name, value) in &mut self.0 {
            if let Some(raw) = change(name, value.get()).and_then(|json| RawValue::from_string(json).ok()) {
                *value = raw;
            }
        }
    }

    /// Writes the members as an object, as they came.
    pub(crate) fn to_json(&self) -> String {
        let members: Vec<_> =
            self.0.iter().map(|(name, value)| format!("{}:{}", answer::json_text(name), value.get())).collect();
        format!("{{{}}}", members.join(","))
    }

    /// Returns the names in order.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }
}

#[derive(serde::Deserialize)]
struct PatchOperation {
    op: String,
    path: String,
    /// A null that is there is a value.
    #[serde(default, deserialize_with = "present")]
    value: Option<Box<RawValue>>,
}

fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Box<RawValue>>, D::Error> {
    serde::Deserialize::deserialize(deserializer).map(Some)
}

/// Collects members; a name is found at once, however many there are.
#[derive(Default)]
struct Collector {
    members: Vec<Option<(String, Box<RawValue>)>>,
    /// The places of the names, in lower case.
    places: HashMap<String, usize>,
}

impl Collector {
    fn set(&mut self, name: String, value: Box<RawValue>) {
        if let Some(before) = self.places.insert(name.to_ascii_lowercase(), self.members.len()) {
            self.members[before] = None;
        }
        self.members.push(Some((name, value)));
    }

    fn finish(self) -> Members {
        Members(self.members.into_iter().flatten().collect())
    }
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Members;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
        let mut members = Collector::default();
        while let Some((name, value)) = map.next_entry::<String, Box<RawValue>>()? {
            members.set(name, value);
        }
        Ok(members.finish())
    }
}

fn without_comments(text: &str) -> std::borrow::Cow<'_, str> {
    if !text.contains("/*") && !text.contains("//") {
        return text.into();
    }
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
    kept.into()
}

/// Returns the length of the quoted text that begins the given text.
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
        let members = Members::parse(br#"{"ID":"a","title":"x","Title":"y"}"#).unwrap();
        assert_eq!(members.get("id"), Some("\"a\""));
        assert_eq!(members.get("title"), Some("\"y\""));
        assert_eq!(members.names().count(), 2);
    }

    #[test]
    fn a_body_of_very_many_members_is_read_in_no_time() {
        let members: Vec<_> = (0..200_000).map(|at| format!("\"a{at:06}\":{at}")).collect();
        let body = format!("{{{},\"A000001\":null}}", members.join(","));
        let started = std::time::Instant::now();
        let members = Members::parse(body.as_bytes()).unwrap();
        // Compared each with each they take minutes.
        assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
        assert_eq!((members.names().count(), members.get("a000001")), (200_000, Some("null")));
    }

    #[test]
    fn comments_are_skipped_outside_of_text() {
        let members = Members::parse(b"{/*c*/\"url\":\"http://x/*y*/\" // end\n,\"a\":1/**/}").unwrap();
        assert_eq!(members.get("url"), Some("\"http://x/*y*/\""));
        assert_eq!(members.get("a"), Some("1"));
    }

    #[test]
    fn a_json_patch_sets_whole_members() {
        let patch = br#"[{"op":"replace","path":"/title","value":"x"},{"op":"remove","path":"/dueAt"},{"op":"add","path":"/title","value":null}]"#;
        let members = Members::parse_patch(patch).unwrap();
        assert_eq!((members.get("title"), members.get("dueAt")), (Some("null"), Some("null")));
        for bad in [
            r#"{"title":"x"}"#,
            r#"[{"op":"replace","path":"/title"}]"#,
            r#"[{"op":"test","path":"/title","value":1}]"#,
            r#"[{"op":"replace","path":"/a/b","value":1}]"#,
            r#"[{"op":"replace","path":"title","value":1}]"#,
            "[",
        ] {
            assert!(Members::parse_patch(bad.as_bytes()).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_is_no_object_is_refused() {
        for bad in ["", "{", "[{\"id\":\"a\"}]", "\"x\"", "null", "{} {}", "{\"a\":1,}", "/*", "\"", "{\"a\":\"\\"] {
            assert!(Members::parse(bad.as_bytes()).is_err(), "{bad}");
        }
        assert!(Members::parse(b"{\"a\":\"\xff\"}").is_err());
        // Far deeper than any stack: a member's value is skipped, not built.
        let deep = format!("{{\"a\":{}1{}}}", "[".repeat(100_000), "]".repeat(100_000));
        assert!(Members::parse(deep.as_bytes()).is_ok_and(|members| members.get("a").is_some()));
    }
}
