use synctable::{Id, SyncTable};

#[derive(SyncTable)]
struct TodoItem {
    id: Id,
    #[sync(merge = "locale")]
    title: String,
    #[sync(merge = "newest")]
    note: String,
    #[sync(merge)]
    rank: i32,
    #[sync(merge = 1)]
    count: i32,
}

fn main() {}
