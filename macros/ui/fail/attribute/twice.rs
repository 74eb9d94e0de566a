use synctable::{Id, SyncTable};

#[derive(SyncTable)]
struct TodoItem {
    id: Id,
    #[sync(rename = "a", index)]
    #[sync(rename = "b")]
    due: String,
}

fn main() {}
