use synctable::{ColumnSubset, Id, SyncTable, Timestamp, Version};

/// Some columns of a table that has more.
#[derive(Debug, Clone, SyncTable)]
#[sync(narrow, on_insert(region = "EU", "cost-centre" = -7, rate = 1.5, checked = true))]
pub struct Order {
    /// The id.
    pub id: Id,
    /// What is ordered.
    #[sync(rename = "itemName")]
    pub item: String,
    /// Notes.
    #[sync(json, default = vec!["new".to_owned()])]
    pub notes: Vec<String>,
    /// A keyword as a name.
    pub r#type: Option<i32>,
    /// Whether this device has shown it.
    #[sync(local, default)]
    seen: bool,
    /// The version.
    #[sync(system)]
    pub version: Option<Version>,
    /// The time of the last change.
    #[sync(system)]
    pub updated_at: Option<Timestamp>,
}

/// Some of these.
#[derive(Debug, Clone, ColumnSubset)]
#[sync(of = Order)]
pub struct OrderLine {
    /// When it changed.
    pub updated_at: Option<Timestamp>,
    /// What is ordered.
    pub item: String,
    /// Notes.
    pub notes: Vec<String>,
    /// A keyword as a name.
    pub r#type: Option<i32>,
    seen: bool,
}

/// The id only.
#[derive(Debug, ColumnSubset)]
#[sync(of = Order, crate = ::synctable)]
struct OrderId {
    id: Id,
}
