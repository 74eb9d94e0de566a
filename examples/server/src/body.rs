//! Reads the JSON object of a request body.

use serde_json::value::RawValue;
use synctable::testing::members::Collector;
pub(crate) use synctable::testing::members::Members;

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

/// Reads a body; comments are skipped, as both recorded servers skip them.
pub(crate) fn parse(body: &[u8]) -> Result<Members, BodyFault> {
    Members::parse(body).map_err(|message| BodyFault::new("", message))
}

/// Reads a body without comments, as JavaScript reads it.
pub(crate) fn parse_strict(body: &[u8]) -> Result<Members, BodyFault> {
    Members::parse_strict(body).map_err(|message| BodyFault::new("", message))
}

/// Reads a JSON Patch (RFC 6902) of whole members as the members that it sets; `remove` sets null.
pub(crate) fn parse_patch(body: &[u8]) -> Result<Members, BodyFault> {
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
            let message = format!("the operation '{op}' of '{path}' is not 'add', 'replace' or 'remove' of a member");
            return Err(BodyFault::new(&path, message));
        };
        members.set(name.to_owned(), value);
    }
    Ok(members.finish())
}

/// Reads the text of a member, if it is there and not null.
pub(crate) fn text(members: &Members, name: &str) -> Result<Option<String>, BodyFault> {
    members.text(name).map_err(|message| BodyFault::new(name, message))
}

/// Reads the truth value of a member, if it is there.
pub(crate) fn truth(members: &Members, name: &str) -> Result<Option<bool>, BodyFault> {
    members.truth(name).map_err(|message| BodyFault::new(name, message))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_json_patch_sets_whole_members() {
        let patch = br#"[{"op":"replace","path":"/title","value":"x"},{"op":"remove","path":"/dueAt"},{"op":"add","path":"/title","value":null}]"#;
        let members = parse_patch(patch).unwrap();
        assert_eq!((members.get("title"), members.get("dueAt")), (Some("null"), Some("null")));
        for bad in [
            r#"{"title":"x"}"#,
            r#"[{"op":"replace","path":"/title"}]"#,
            r#"[{"op":"test","path":"/title","value":1}]"#,
            r#"[{"op":"replace","path":"/a/b","value":1}]"#,
            r#"[{"op":"replace","path":"title","value":1}]"#,
            "[",
        ] {
            assert!(parse_patch(bad.as_bytes()).is_err(), "{bad}");
        }
    }
}
