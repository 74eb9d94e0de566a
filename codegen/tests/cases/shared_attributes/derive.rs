use synctable::{ColumnSubset, SyncTable};

/// Every attribute that a document has a word for.
#[derive(Debug, Clone, PartialEq, Default, SyncTable)]
#[allow(dead_code, nonstandard_style, clippy::all, clippy::pedantic, rustdoc::all)]
#[sync(
    table = "jobs",
    rename_all = "PascalCase",
    route = "api/jobs",
    crate = ::synctable,
    narrow,
    hard_delete,
    keep_deleted,
    on_insert(region = "EU", level = 3, factor = 0.5, "is-new" = true, offset = -1)
)]
pub struct Job {
    /// The key.
    #[sync(id)]
    pub key: ::synctable::Id,
    /// A keyword as a name.
    pub r#type: String,
    /// When it has to be done.
    #[sync(rename = "dueAt", index, was = ["due", "deadline"])]
    pub due: Option<::synctable::Timestamp>,
    /// The job that this is a part of.
    #[sync(references = Self, index)]
    pub parent: Option<::synctable::Id>,
    /// The settings of the device.
    #[sync(references = Setting)]
    pub setting: ::synctable::Id,
    /// Tries left.
    #[sync(default = 3, min = 0, max = 10)]
    pub tries: i32,
    /// A small number.
    #[sync(default = 200, max = 250, merge = "sum")]
    pub rank: u8,
    /// A part.
    #[sync(default = ::core::option::Option::Some(0.1), max = 0.5, multiple_of = 0.1, merge = "min")]
    pub share: Option<f32>,
    /// A letter.
    #[sync(default = 'x', index, merge = "max")]
    pub letter: char,
    /// The first of all characters.
    #[sync(default)]
    pub nothing: char,
    /// A factor.
    #[sync(exclusive_min = -1.5, exclusive_max = 2, merge = "max")]
    pub factor_used: f64,
    /// A multiple.
    #[sync(multiple_of = 0.25, merge = "sum")]
    pub hours: ::synctable::Decimal,
    /// A note.
    #[sync(default, min_length = 1, max_length = 1000)]
    pub note: String,
    /// Another note.
    #[sync(default = ::core::option::Option::Some(::std::string::String::from("it's")), merge = "remote")]
    pub more: Option<String>,
    /// Whether this device has shown it.
    #[sync(local, default)]
    pub seen: bool,
    /// When this device showed it.
    #[sync(local)]
    pub seen_at: Option<::synctable::Timestamp>,
    /// Words.
    #[sync(json, default, merge = "union")]
    pub tags: Vec<String>,
    /// The version.
    #[sync(system)]
    pub version: Option<::synctable::Version>,
    /// The time of the last change.
    #[sync(system)]
    pub updated_at: Option<::synctable::Timestamp>,
    /// The time of the creation.
    #[sync(system)]
    pub created_at: Option<::synctable::Timestamp>,
    /// Whether it is deleted.
    #[sync(system)]
    pub deleted: bool,
}

/// Some columns of [`Job`].
#[derive(Debug, Clone, PartialEq, Default, ColumnSubset)]
#[allow(dead_code, nonstandard_style, clippy::all, clippy::pedantic, rustdoc::all)]
#[sync(of = Job)]
pub struct JobTitle {
    /// The key.
    pub key: ::synctable::Id,
    /// A keyword as a name.
    pub r#type: String,
    /// The version.
    pub version: Option<::synctable::Version>,
}

/// A setting of this device.
#[derive(Debug, Clone, PartialEq, Default, SyncTable)]
#[allow(dead_code, nonstandard_style, clippy::all, clippy::pedantic, rustdoc::all)]
#[sync(local)]
pub struct Setting {
    /// The row's id.
    pub id: ::synctable::Id,
    /// The column `version`.
    pub version: i64,
}
