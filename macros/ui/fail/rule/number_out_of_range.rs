use synctable::{Id, SyncTable};

#[derive(SyncTable)]
struct TodoItem {
    id: Id,
    #[sync(min = 0, max = 2_147_483_648)]
    rank: i32,
    #[sync(min = 0.5)]
    count: i64,
    #[sync(min = -1)]
    byte: u8,
}

fn main() {}
