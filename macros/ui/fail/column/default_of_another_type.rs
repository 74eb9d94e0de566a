use synctable::{Id, SyncTable, Timestamp};

#[derive(SyncTable)]
struct TodoItem {
    id: Id,
    #[sync(default = "EU")]
    region: String,
    #[sync(default)]
    at: Timestamp,
}

fn main() {}
