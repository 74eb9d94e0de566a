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
#[sync(of = TodoItem, off = TodoItem, table = "todoitem", of = TodoItem)]
struct TodoTitle {
    #[sync(rename = "dueAt")]
    due: Option<Timestamp>,
    #[sync(of = TodoItem)]
    title: String,
}

fn main() {}
