use serde::{Deserialize, Serialize};
use synctable::{Id, SyncTable};

#[derive(SyncTable, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
struct TodoItem {
    #[serde(skip)]
    id: Id,
    due_at: String,
    title: String,
    #[serde(rename = "Rank")]
    #[sync(rename = "rank")]
    rank: i32,
    #[serde(rename(serialize = "seenAt", deserialize = "seen"))]
    seen_at: i32,
}

fn main() {}
