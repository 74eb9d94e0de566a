use synctable::{Id, SyncTable, Version};

#[derive(SyncTable)]
struct TodoItem {
    id: Id,
    #[sync(default = "EU")]
    region: String,
    #[sync(default)]
    at: Version,
}

fn main() {}
