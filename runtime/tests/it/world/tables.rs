//! The tables of the histories.

use synctable::{Id, SyncTable, Version};

/// Without references and without a version.
#[derive(Debug, Clone, PartialEq, SyncTable)]
pub(crate) struct Item {
    pub(crate) id: Id,
    pub(crate) name: String,
    pub(crate) count: i64,
}

/// What two devices change at once: a column that adds up, one that unites and one without a rule.
#[derive(Debug, Clone, PartialEq, SyncTable)]
pub(crate) struct Tally {
    pub(crate) id: Id,
    pub(crate) name: String,
    #[sync(merge = "sum")]
    pub(crate) count: i64,
    #[sync(json, merge = "union")]
    pub(crate) tags: Vec<String>,
    #[sync(local, default)]
    pub(crate) seen: i64,
}

/// The parent of tasks.
#[derive(Debug, Clone, SyncTable)]
pub(crate) struct List {
    pub(crate) id: Id,
    pub(crate) title: String,
}

/// A child of a list.
#[derive(Debug, Clone, SyncTable)]
pub(crate) struct Task {
    pub(crate) id: Id,
    #[sync(references = List)]
    pub(crate) list: Option<Id>,
    pub(crate) text: String,
}

/// A row that names another of its table.
#[derive(Debug, Clone, SyncTable)]
pub(crate) struct Node {
    pub(crate) id: Id,
    #[sync(references = Self)]
    pub(crate) next: Option<Id>,
}

/// With a version, so that an update of an outdated struct is refused.
#[derive(Debug, Clone, PartialEq, SyncTable)]
pub(crate) struct Checked {
    pub(crate) id: Id,
    pub(crate) name: String,
    pub(crate) note: String,
    #[sync(system)]
    pub(crate) version: Option<Version>,
}
