use synctable::{Id, SyncTable};

#[derive(SyncTable)]
struct TodoItem {
    id: Id,
    #[sync(merge = "sum")]
    title: String,
    #[sync(merge = "max")]
    complete: bool,
    #[sync(merge = "union")]
    note: String,
}

fn main() {}
