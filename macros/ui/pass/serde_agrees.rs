//! serde's names and those of `#[sync]` may stand side by side if they agree.
#![allow(dead_code)]

use serde::{Deserialize, Serialize};
use synctable::{Id, SyncTable, Version};

#[derive(Serialize, Deserialize, SyncTable)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct TodoItem {
    #[serde(skip)]
    id: Id,
    due_at: String,
    #[serde(rename = "Title", default)]
    #[sync(rename = "Title")]
    title: String,
    #[serde(skip)]
    #[sync(system)]
    version: Option<Version>,
}

#[derive(Serialize, SyncTable)]
struct Plain {
    #[serde(skip)]
    id: Id,
    // Without a rename of serde's, serde's names are nobody's wire names.
    due_at: String,
}

fn main() {}
