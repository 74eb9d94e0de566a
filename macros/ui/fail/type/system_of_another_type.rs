use synctable::{Id, SyncTable, Timestamp};

#[derive(SyncTable)]
struct TodoItem {
    id: Id,
    #[sync(system)]
    version: String,
    #[sync(system)]
    updated_at: Timestamp,
    #[sync(system)]
    deleted: Option<bool>,
}

fn main() {}
