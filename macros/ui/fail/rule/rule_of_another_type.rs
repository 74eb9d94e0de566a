use synctable::{Id, SyncTable, Timestamp};

#[derive(SyncTable)]
struct TodoItem {
    id: Id,
    #[sync(max_length = 80)]
    rank: i32,
    #[sync(index, min = 1)]
    title: String,
    #[sync(multiple_of = 5)]
    due: Option<Timestamp>,
    #[sync(max_length = 1)]
    letter: char,
}

fn main() {}
