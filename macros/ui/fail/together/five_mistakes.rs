//! All mistakes of a struct come at once, those that need types included.
use synctable::{Id, SyncTable};

#[derive(SyncTable)]
#[sync(rename_all = "camelcase", rout = "api/todo")]
struct TodoItem {
    id: Id,
    #[sync(colum = "Title")]
    title: String,
    #[sync(rename = "a b")]
    note: String,
    #[sync(rename = "RANK")]
    remark: String,
    #[sync(min = 2, max = 1)]
    rank: i32,
    #[sync(index)]
    place: (f64, f64),
    #[sync(max_length = 3)]
    count: i64,
}

fn main() {}
