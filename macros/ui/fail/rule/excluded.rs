use synctable::{Id, SyncTable, Version};

#[derive(SyncTable)]
struct TodoItem {
    #[sync(max_length = 36)]
    id: Id,
    #[sync(skip, min = 0)]
    cached: i32,
    #[sync(json, max_length = 3)]
    tags: Vec<String>,
    #[sync(system, max_length = 8)]
    version: Option<Version>,
}

fn main() {}
