use synctable::{Id, SyncTable};

const LIMIT: u64 = 80;

#[derive(SyncTable)]
struct TodoItem {
    id: Id,
    #[sync(max_length = LIMIT)]
    title: String,
    #[sync(min_length = -1)]
    note: String,
    #[sync(min_length)]
    code: String,
    #[sync(min = "0", max = 1e999)]
    rank: f64,
    #[sync(max = 10i32)]
    count: i32,
}

fn main() {}
