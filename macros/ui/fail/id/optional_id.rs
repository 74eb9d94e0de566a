use synctable::{Id, SyncTable};

#[derive(SyncTable)]
struct TodoItem {
    id: Option<Id>,
    title: String,
}

fn main() {}
