use synctable::{Id, SyncTable, Version};

#[derive(SyncTable)]
struct TodoItem {
    #[sync(merge = "local")]
    id: Id,
    #[sync(skip, merge = "max")]
    cached: i32,
    #[sync(local, merge = "remote")]
    seen: Option<bool>,
    #[sync(system, merge = "remote")]
    version: Option<Version>,
}

#[derive(SyncTable)]
#[sync(local)]
struct Setting {
    id: Id,
    #[sync(merge = "local")]
    value: String,
}

fn main() {}
