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
#[sync(of = TodoItm)]
struct TodoTitle {
    id: Id,
    title: String,
}

fn main() {}
