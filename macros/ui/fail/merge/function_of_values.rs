use synctable::{Id, SyncTable};

const LATEST: &str = "latest";

#[derive(SyncTable)]
struct TodoItem {
    id: Id,
    #[sync(merge = LATEST)]
    title: String,
    #[sync(merge = i32::max)]
    rank: i32,
}

fn main() {}
