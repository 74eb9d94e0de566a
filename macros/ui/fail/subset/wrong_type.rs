use synctable::{ColumnSubset, Id, SyncTable, Timestamp};

#[derive(SyncTable)]
struct TodoItem {
    id: Id,
    title: String,
    #[sync(rename = "dueAt")]
    due: Option<Timestamp>,
    #[sync(skip)]
    cached: bool,
}

#[derive(ColumnSubset)]
#[sync(of = TodoItem)]
struct TodoTitle {
    id: String,
    title: i32,
    due: Timestamp,
}

fn main() {}
