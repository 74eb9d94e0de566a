//! Row ids and row versions.

use std::fmt;

/// The id of a row: non-empty text of at most 255 characters without control characters.
///
/// [`Id::new`] makes a UUIDv7, whose text sorts by time. [`Id::default`] is empty and means
/// "assign one at insert"; an empty id never leaves the device.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Id(String);

/// Says why a text is not an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidId {
    /// The text is empty.
    Empty,
    /// The text has more than 255 characters.
    TooLong,
    /// The text has a control character.
    Control,
}

impl fmt::Display for InvalidId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "an id must not be empty",
            Self::TooLong => "an id has at most 255 characters",
            Self::Control => "an id must not have control characters",
        })
    }
}

impl std::error::Error for InvalidId {}

impl Id {
    /// Makes a new id, a UUIDv7 in lower case.
    #[must_use]
    pub fn new() -> Self {
        Self(uuid::Uuid::now_v7().to_string())
    }

    /// Takes an id from elsewhere.
    ///
    /// # Errors
    /// The text is empty, longer than 255 characters, or has a control character.
    pub fn parse(text: &str) -> Result<Self, InvalidId> {
        Self::check(text)?;
        Ok(Self(text.to_owned()))
    }

    /// Takes an id that was checked before it was stored.
    pub(crate) fn trusted(text: &str) -> Self {
        Self(text.to_owned())
    }

    pub(crate) fn check(text: &str) -> Result<(), InvalidId> {
        if text.is_empty() {
            Err(InvalidId::Empty)
        } else if text.len() > 255 && text.chars().count() > 255 {
            Err(InvalidId::TooLong)
        } else if has_control(text) {
            Err(InvalidId::Control)
        } else {
            Ok(())
        }
    }

    /// Borrows the text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this is the empty id, which asks for one at insert.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::str::FromStr for Id {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        Self::parse(text)
    }
}

impl TryFrom<&str> for Id {
    type Error = InvalidId;

    fn try_from(text: &str) -> Result<Self, InvalidId> {
        Self::parse(text)
    }
}

impl AsRef<str> for Id {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl PartialEq<str> for Id {
    fn eq(&self, other: &str) -> bool {
        self.0 == other
    }
}

impl PartialEq<&str> for Id {
    fn eq(&self, other: &&str) -> bool {
        self.0 == *other
    }
}

/// The version of a row, given by the server: opaque text, compared for equality only.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Version(String);

impl Version {
    /// Takes a version as the server wrote it (protocol.md 2.2 and 12).
    ///
    /// `None` for text that is empty, longer than 1 KiB or has control characters: it could not
    /// be sent back in a header.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::is_usable(text).then(|| Self(text.to_owned()))
    }

    pub(crate) fn is_usable(text: &str) -> bool {
        !text.is_empty() && text.len() <= 1024 && !has_control(text)
    }

    /// Borrows the text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn has_control(text: &str) -> bool {
    if text.is_ascii() { text.bytes().any(|byte| byte.is_ascii_control()) } else { text.chars().any(char::is_control) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_checked() {
        assert_eq!(Id::parse(""), Err(InvalidId::Empty));
        for control in ["a\n", "\u{7F}", "\u{85}", "é\0"] {
            assert_eq!(Id::parse(control), Err(InvalidId::Control), "{control:?}");
        }
        assert_eq!(Id::parse(&"é".repeat(256)), Err(InvalidId::TooLong));
        assert!(Id::parse(&"é".repeat(255)).is_ok());
        assert!(Id::default().is_empty());
        assert_ne!(Id::new(), Id::new());
    }

    #[test]
    fn versions_are_opaque_but_safe_in_a_header() {
        assert!(Version::parse("MQ==").is_some());
        assert!(Version::parse("a\r\nb").is_none());
        assert!(Version::parse("").is_none());
    }
}
