//! The JSON object of a request's body.

use std::collections::HashMap;
use std::fmt;

use serde::de::{Deserializer as _, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::json;

/// The members of a body in order, each with its JSON text; of a member that comes twice, in any case, the last one is kept.
#[derive(Debug, Default)]
pub struct Members(Vec<(String, Box<RawValue>)>);

impl Members {
    /// Reads a body; comments are skipped, as the servers on .NET skip them.
    ///
    /// # Errors
    /// What is wrong with the body.
    pub fn parse(body: &[u8]) -> Result<Self, String> {
        Self::parse_text(&without_comments(text_of(body)?))
    }

    /// Reads a body without comments, as JavaScript reads it.
    ///
    /// # Errors
    /// What is wrong with the body.
    pub fn parse_strict(body: &[u8]) -> Result<Self, String> {
        Self::parse_text(text_of(body)?)
    }

    fn parse_text(text: &str) -> Result<Self, String> {
        let mut reader = serde_json::Deserializer::from_str(text);
        let members = reader
            .deserialize_map(MembersVisitor)
            .map_err(|error| format!("the body is not a JSON object: {error}"))?;
        reader.end().map_err(|error| format!("text follows the JSON object of the body: {error}"))?;
        Ok(members)
    }

    /// Sets a member, in place of that with the same name in any case.
    pub fn set(&mut self, name: String, value: Box<RawValue>) {
        self.0.retain(|(known, _)| !known.eq_ignore_ascii_case(&name));
        self.0.push((name, value));
    }

    /// The JSON text of a member, by its name in any case.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.get())
    }

    /// The text of a member, if it is there and not null.
    ///
    /// # Errors
    /// The member is something else.
    pub fn text(&self, name: &str) -> Result<Option<String>, String> {
        match self.get(name) {
            None | Some("null") => Ok(None),
            Some(json) => serde_json::from_str(json).map(Some).map_err(|_| format!("member '{name}' must be a string")),
        }
    }

    /// The truth value of a member, if it is there.
    ///
    /// # Errors
    /// The member is something else.
    pub fn truth(&self, name: &str) -> Result<Option<bool>, String> {
        match self.get(name) {
            None => Ok(None),
            Some("true") => Ok(Some(true)),
            Some("false") => Ok(Some(false)),
            Some(_) => Err(format!("member '{name}' must be true or false")),
        }
    }

    /// The names in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }

    /// How many bytes the JSON texts of the members have.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.0.iter().map(|(_, value)| value.get().len()).sum()
    }

    /// Replaces the values for which `change` returns another JSON text.
    pub fn rewrite(&mut self, change: impl Fn(&str, &str) -> Option<String>) {
        for (name, value) in &mut self.0 {
            if let Some(raw) = change(name, value.get()).and_then(|json| RawValue::from_string(json).ok()) {
                *value = raw;
            }
        }
    }

    /// The members as an object, as they came.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut out = "{".to_owned();
        for (at, (name, value)) in self.0.iter().enumerate() {
            if at > 0 {
                out.push(',');
            }
            json::write_text(&mut out, name);
            out.push(':');
            out.push_str(value.get());
        }
        out.push('}');
        out
    }
}

/// Makes [`Members`]; a name is found at once, however many there are.
#[derive(Debug, Default)]
pub struct Collector {
    members: Vec<Option<(String, Box<RawValue>)>>,
    /// The places of the names, in lower case.
    places: HashMap<String, usize>,
}

impl Collector {
    /// Sets a member, in place of that with the same name in any case.
    pub fn set(&mut self, name: String, value: Box<RawValue>) {
        if let Some(before) = self.places.insert(name.to_ascii_lowercase(), self.members.len()) {
            self.members[before] = None;
        }
        self.members.push(Some((name, value)));
    }

    /// The members, in the order in which they were set.
    #[must_use]
    pub fn finish(self) -> Members {
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

fn text_of(body: &[u8]) -> Result<&str, String> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    std::str::from_utf8(body).map_err(|_| "the body is not UTF-8".to_owned())
}

/// Takes `/* */` and `//` out, but for those inside of strings.
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
        assert_eq!((members.text("id"), members.truth("deleted")), (Ok(Some("a".to_owned())), Ok(Some(true))));
        assert_eq!((members.get("title"), members.names().count()), (Some("\"y\""), 3));
        assert_eq!(members.to_json(), r#"{"ID":"a","Title":"y","deleted":true}"#);
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
        const BODY: &[u8] = b"{/*c*/\"url\":\"http://x/*y*/\" // end\n,\"a\":1/**/}";
        let members = Members::parse(BODY).unwrap();
        assert_eq!((members.get("url"), members.get("a")), (Some("\"http://x/*y*/\""), Some("1")));
        assert!(Members::parse_strict(BODY).is_err());
    }

    #[test]
    fn what_is_no_object_is_refused() {
        for bad in ["", "{", "[{\"id\":\"a\"}]", "\"x\"", "null", "{} {}", "{\"a\":1,}", "/*", "\"", "{\"a\":\"\\"] {
            assert!(Members::parse(bad.as_bytes()).is_err(), "{bad}");
        }
        assert!(Members::parse(b"{\"a\":\"\xff\"}").is_err());
        assert!(Members::parse(br#"{"id":5}"#).unwrap().text("id").is_err());
        assert!(Members::parse(br#"{"deleted":"true"}"#).unwrap().truth("deleted").is_err());
        // Far deeper than any stack: a member's value is skipped, not built.
        let deep = format!("{{\"a\":{}1{}}}", "[".repeat(100_000), "]".repeat(100_000));
        assert!(Members::parse(deep.as_bytes()).is_ok_and(|members| members.get("a").is_some()));
    }
}
