//! The names and texts of column types of the app, as table documents tell them.

/// A column type with a name of its own, as its derive knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NamedType {
    name: &'static str,
    docs: &'static str,
    kind: NamedKind,
}

/// What a named column type is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NamedKind {
    /// An enum of texts.
    Texts {
        /// The texts.
        texts: &'static [NamedText],
        /// The variant that takes every other text; none for a closed enum.
        other: Option<&'static str>,
    },
    /// A type around another column type.
    Newtype,
}

/// A text of an enum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NamedText {
    /// The text on the wire.
    pub text: &'static str,
    /// The variant's name.
    pub variant: &'static str,
    /// The variant's doc comment; empty without one.
    pub docs: &'static str,
}

impl NamedType {
    /// Makes the description of a type: its name, its doc comment (empty without one), its kind.
    #[must_use]
    pub const fn new(name: &'static str, docs: &'static str, kind: NamedKind) -> Self {
        Self { name, docs, kind }
    }

    /// The type's name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The type's doc comment; empty without one.
    #[must_use]
    pub const fn docs(&self) -> &'static str {
        self.docs
    }

    /// What the type is.
    #[must_use]
    pub const fn kind(&self) -> NamedKind {
        self.kind
    }
}
