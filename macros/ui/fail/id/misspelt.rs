use synctable::{Id, SyncTable};

#[derive(SyncTable)]
struct TodoItem {
    todo_id: Id,
    title: String,
}

fn main() {}
