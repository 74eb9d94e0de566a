use synctable::{Id, SyncTable, Timestamp, Version};

/// Every attribute of a table and of its fields.
#[derive(Debug, Clone, SyncTable)]
#[sync(table = "jobs", rename_all = "PascalCase", route = "api/jobs", crate = ::synctable)]
pub struct Job {
    /// The key.
    #[sync(id)]
    pub key: Id,
    /// A keyword as a name.
    #[sync(was = "Kind")]
    pub r#type: String,
    /// When it has to be done.
    #[sync(rename = "dueAt", was = ["Due", "due-at"], index)]
    pub due: Option<Timestamp>,
    /// The job that this is a part of.
    #[sync(references = Self, index)]
    pub parent: Option<Id>,
    /// The settings of the device.
    #[sync(references = Setting)]
    pub setting: String,
    /// Tries left.
    #[sync(default = 3)]
    pub tries: i32,
    /// A note.
    #[sync(default)]
    pub note: String,
    /// Whether this device has shown it.
    #[sync(local, default)]
    seen: bool,
    /// When this device showed it.
    #[sync(local)]
    pub(crate) seen_at: Option<Timestamp>,
    /// Words.
    #[sync(json)]
    pub tags: Vec<String>,
    /// Not stored.
    #[sync(skip)]
    pub cached: usize,
    /// The version.
    #[sync(system)]
    pub version: Option<Version>,
    /// The time of the last change.
    #[sync(system)]
    pub updated_at: Option<Timestamp>,
    /// The time of the creation.
    #[sync(system)]
    pub created_at: Option<Timestamp>,
    /// Whether it is deleted.
    #[sync(system)]
    pub deleted: bool,
}

/// A setting of this device.
#[derive(Debug, SyncTable)]
#[sync(local)]
struct Setting {
    id: Id,
}
