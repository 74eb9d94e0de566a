use synctable::{Id, SyncTable};

#[derive(SyncTable)]
#[sync(rename_all = "camelcase")]
struct TodoItem {
    id: Id,
}

fn main() {}
