use synctable::{ColumnValue, Id, SyncTable};

/// A closed enum: another text is an error.
#[derive(Debug, Clone, Copy, PartialEq, ColumnValue)]
pub enum Rating {
    /// For all.
    G,
    /// With parents.
    #[sync(rename = "PG-13")]
    Pg13,
}

/// An open enum: another text is kept.
#[derive(Debug, Clone, PartialEq, ColumnValue)]
#[sync(rename_all = "kebab-case", crate = ::synctable)]
pub enum Genre {
    /// Guitars.
    HardRock,
    /// All others.
    #[sync(other)]
    Other(String),
}

/// The id of a track.
#[derive(Debug, Clone, PartialEq, ColumnValue)]
pub struct TrackId(Id);

/// A length.
#[derive(Debug, Clone, Copy, PartialEq, ColumnValue)]
pub struct Seconds {
    /// The seconds.
    pub value: f64,
}

/// A note or none.
#[derive(Debug, Clone, PartialEq, ColumnValue)]
pub struct Note(Option<String>);

/// A truth.
#[derive(Debug, Clone, Copy, PartialEq, ColumnValue)]
pub struct Flag(bool);

/// A rating within a newtype.
#[derive(Debug, Clone, Copy, PartialEq, ColumnValue)]
pub struct Judgement(Rating);

/// A table of such columns.
#[derive(Debug, Clone, PartialEq, SyncTable)]
pub struct Track {
    /// The id.
    pub id: Id,
    /// The track before.
    pub after: Option<TrackId>,
    /// The rating.
    pub rating: Rating,
    /// The genre.
    pub genre: Option<Genre>,
    /// The length.
    pub length: Seconds,
    /// The note.
    pub note: Note,
    /// The flag.
    pub flag: Flag,
    /// The judgement.
    pub judgement: Option<Judgement>,
}
