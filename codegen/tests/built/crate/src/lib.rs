//! A crate whose tables come from documents.

#![deny(missing_docs, missing_debug_implementations, unused, unused_qualifications, rust_2018_idioms)]
#![deny(clippy::all, clippy::pedantic, rustdoc::all)]

/// The tables.
pub mod tables {
    synctable::include_tables!();
}

// Code that is checked in and was made by another version.
#[cfg(feature = "other-version")]
pub mod other_version;

#[cfg(not(feature = "other-version"))]
mod used {
    use crate::tables::{Defaults, Level, Words};

    /// What an app does with generated types.
    fn derives<T: std::fmt::Debug + Clone + PartialEq + Default>() {}

    /// Names are as documents and settings say.
    #[must_use]
    pub fn names() -> Defaults {
        derives::<Defaults>();
        derives::<Words>();
        derives::<Level>();
        Defaults { level: Level::High, ..Defaults::default() }
    }
}

#[cfg(not(feature = "other-version"))]
pub use used::names;
