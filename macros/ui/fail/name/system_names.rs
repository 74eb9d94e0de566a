use synctable::{Id, SyncTable, Timestamp, Version};

#[derive(SyncTable)]
struct TodoItem {
    id: Id,
    version: Option<Version>,
    updated_at: Option<Timestamp>,
    #[sync(rename = "createdat")]
    created: Option<Timestamp>,
    deleted: bool,
}

fn main() {}
