use synctable::{Id, SyncTable};

#[derive(SyncTable)]
struct TodoItem {
    id: Id,
    #[sync(id)]
    key: Id,
}

fn main() {}
