#![deny(warnings)]
//! Every attribute, with the lints that apps switch on.
#![deny(missing_docs, missing_debug_implementations, unreachable_pub, unused_qualifications, single_use_lifetimes)]

use synctable::{ColumnSubset, ColumnValue, Id, SyncTable, Timestamp, Version};

/// A key.
#[derive(Debug, Clone, PartialEq, ColumnValue)]
pub struct Key(Id);

/// A length.
#[derive(Debug, Clone, PartialEq, ColumnValue)]
pub struct Metres {
    value: f64,
}

/// A truth.
#[derive(Debug, Clone, PartialEq, ColumnValue)]
#[sync(crate = ::synctable)]
pub struct Flag(Option<bool>);

/// How urgent it is.
#[derive(Debug, Clone, PartialEq, ColumnValue)]
#[sync(rename_all = "kebab-case")]
pub enum Priority {
    /// Not very.
    VeryLow,
    /// Very.
    #[sync(rename = "urgent")]
    High,
    /// Something else.
    #[sync(other)]
    Other(String),
}

/// What is to be done.
#[derive(Debug, Clone, SyncTable)]
#[sync(table = "jobs", rename_all = "PascalCase", route = "api/jobs", crate = synctable)]
pub struct Job {
    /// The key.
    #[sync(id)]
    pub key: Id,
    /// The keyword.
    pub r#type: String,
    /// When.
    #[sync(rename = "dueAt", was = "due", index)]
    pub due: Option<Timestamp>,
    /// The parent.
    #[sync(references = Job)]
    pub parent: Option<Key>,
    /// The setting.
    #[sync(references = Setting)]
    pub setting: Id,
    /// How long.
    #[sync(default = Metres { value: 1.5 })]
    pub length: Metres,
    /// How urgent.
    #[sync(local, default = Priority::High)]
    priority: Priority,
    /// Words.
    #[sync(json, default = vec!["new".to_owned()])]
    pub(crate) tags: Vec<String>,
    /// How many.
    #[sync(min = -1, exclusive_max = 10.0, multiple_of = 0.5, merge = "sum")]
    pub amount: Option<f64>,
    /// How often.
    #[sync(index, default = Self::FIRST, min = 1, merge = Self::more)]
    pub times: i32,
    /// How it is called.
    #[sync(min_length = 1, max_length = 80, merge = later)]
    pub title: String,
    /// Whether.
    #[sync(merge = "local")]
    pub flag: Flag,
    /// Not stored.
    #[sync(skip)]
    pub cached: Option<std::time::Instant>,
    /// The version.
    #[sync(system)]
    pub version: Option<Version>,
    /// The time of the last change.
    #[sync(system)]
    pub updated_at: Option<Timestamp>,
    /// The time of the creation.
    #[sync(system)]
    pub created_at: Option<Timestamp>,
    /// Whether it is gone.
    #[sync(system)]
    pub deleted: bool,
}

/// A table of which the server has more.
#[derive(Debug, SyncTable)]
#[sync(narrow, on_insert(region = "EU", "cost-centre" = -3, rate = -0.5, r#type = false,))]
pub struct Order {
    /// The id.
    pub id: Id,
}

/// Some columns of a job.
#[derive(Debug, Clone, ColumnSubset)]
#[sync(of = Job, crate = ::synctable)]
pub struct JobLine {
    /// The keyword.
    pub r#type: String,
    /// Words.
    pub(crate) tags: Vec<String>,
    priority: Priority,
    /// Whether.
    pub flag: Flag,
    /// The version.
    pub version: Option<Version>,
    /// Whether it is gone.
    pub deleted: bool,
}

/// A setting of this device.
#[derive(Debug, SyncTable)]
#[sync(local)]
pub struct Setting {
    /// The name.
    pub id: Id,
    /// The version of the app that wrote it; no server has a say in it.
    pub version: i32,
}

impl Job {
    const FIRST: i32 = 1;

    fn more(_base: Option<i32>, local: i32, remote: i32) -> i32 {
        local.max(remote)
    }
}

fn later(_base: Option<String>, local: String, remote: String) -> String {
    local.max(remote)
}

fn main() {}
