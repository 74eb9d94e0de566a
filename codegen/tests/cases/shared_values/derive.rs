use synctable::{ColumnValue, SyncTable};

/// A closed enum: another text is an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, ColumnValue)]
#[allow(dead_code, nonstandard_style, clippy::all, clippy::pedantic, rustdoc::all)]
pub enum Rating {
    /// For all.
    #[default]
    G,
    /// With parents.
    #[sync(rename = "PG-13")]
    WithParents,
}

/// An open enum: another text is kept.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, ColumnValue)]
#[allow(dead_code, nonstandard_style, clippy::all, clippy::pedantic, rustdoc::all)]
#[sync(rename_all = "kebab-case")]
pub enum Genre {
    /// Guitars.
    #[default]
    HardRock,
    /// Fiddles.
    Folk,
    /// Any other text.
    #[sync(other)]
    Other(String),
}

/// The id of a track.
#[derive(Debug, Clone, PartialEq, Default, ColumnValue)]
#[allow(dead_code, nonstandard_style, clippy::all, clippy::pedantic, rustdoc::all)]
pub struct TrackId(pub ::synctable::Id);

/// A table of such columns.
#[derive(Debug, Clone, PartialEq, Default, SyncTable)]
#[allow(dead_code, nonstandard_style, clippy::all, clippy::pedantic, rustdoc::all)]
pub struct Track {
    /// The row's id.
    pub id: ::synctable::Id,
    /// The rating.
    #[sync(default = Rating::WithParents)]
    pub rating: Rating,
    /// The genre.
    pub genre: Option<Genre>,
    /// The track before.
    pub after: Option<TrackId>,
    /// The cover.
    #[sync(default)]
    pub cover: Genre,
}
