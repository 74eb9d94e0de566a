use synctable::{Id, SyncTable, Version};

#[derive(SyncTable)]
struct TodoItem {
    id: Id,
    #[sync(system)]
    etag: Option<Version>,
}

fn main() {}
