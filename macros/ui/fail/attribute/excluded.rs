use synctable::{Id, SyncTable, Version};

#[derive(SyncTable)]
struct TodoItem {
    #[sync(rename = "key", index)]
    id: Id,
    #[sync(skip, index, rename = "x")]
    cached: String,
    #[sync(system, rename = "etag")]
    version: Option<Version>,
    #[sync(json, index)]
    tags: Vec<String>,
    #[sync(json, local)]
    drafts: Vec<String>,
}

#[derive(SyncTable)]
struct Renamed {
    #[sync(id, rename = "key")]
    key: Id,
}

fn main() {}
