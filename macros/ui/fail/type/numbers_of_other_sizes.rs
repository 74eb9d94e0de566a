use synctable::{Id, SyncTable};

#[derive(SyncTable)]
struct TodoItem {
    id: Id,
    rank: u32,
    size: Option<usize>,
    ratio: f32,
}

fn main() {}
