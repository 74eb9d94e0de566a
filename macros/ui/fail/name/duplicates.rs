use synctable::{Id, SyncTable};

#[derive(SyncTable)]
struct TodoItem {
    id: Id,
    due_at: String,
    #[sync(rename = "DUEAT")]
    due: String,
    #[sync(rename = "ID")]
    number: i32,
}

fn main() {}
