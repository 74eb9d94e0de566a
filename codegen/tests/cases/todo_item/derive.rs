use synctable::{Id, SyncTable, Timestamp, Version};

/// A thing to do.
#[derive(Debug, Clone, Default, SyncTable)]
#[sync(table = "todoitem")]
pub struct TodoItem {
    /// The id.
    pub id: Id,
    /// What to do.
    pub title: String,
    /// Whether it is done.
    pub complete: bool,
    /// When it has to be done.
    #[sync(rename = "dueAt", index)]
    pub due: Option<Timestamp>,
    /// The version.
    #[sync(system)]
    pub version: Option<Version>,
}
