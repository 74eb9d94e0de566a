use synctable::{Id, SyncTable};

#[derive(SyncTable)]
struct TodoItem {
    id: Id,
    #[sync(min_length = 5, max_length = 3)]
    title: String,
    #[sync(min = 10, max = 1)]
    rank: i32,
    #[sync(exclusive_min = 0.5, exclusive_max = 0.5)]
    ratio: f64,
    #[sync(min = 0, exclusive_min = 0)]
    count: i64,
    #[sync(multiple_of = 0)]
    steps: i64,
    #[sync(multiple_of = -2)]
    halves: i64,
}

fn main() {}
