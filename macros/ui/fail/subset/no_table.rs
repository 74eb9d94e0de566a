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
struct TodoTitle {
    title: String,
}

#[derive(ColumnSubset)]
#[sync(of = "TodoItem")]
struct TodoDue {
    due: Option<Timestamp>,
}

fn main() {}
