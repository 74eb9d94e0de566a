use synctable::{Id, SyncTable};

#[derive(SyncTable)]
struct TodoItem {
    #[sync(rename = "todoId", index, default, was = "key")]
    id: Id,
}

#[derive(SyncTable)]
struct Part {
    #[sync(id, references = TodoItem)]
    item: Id,
}

fn main() {}
