use synctable::{Id, SyncTable};

/// A setting of this device.
#[derive(Debug, Clone, PartialEq, SyncTable)]
#[sync(local, table = "settings", rename_all = "snake_case")]
pub(crate) struct Setting {
    pub(crate) id: Id,
    pub(crate) set_by: String,
    /// The version of the app: a local table has no system columns, so the name is free.
    pub(crate) version: i32,
}
