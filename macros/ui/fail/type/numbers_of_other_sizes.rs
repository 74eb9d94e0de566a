use synctable::{Id, SyncTable};

#[derive(SyncTable)]
struct TodoItem {
    id: Id,
    rank: u64,
    size: Option<usize>,
    ratio: i128,
}

fn main() {}
