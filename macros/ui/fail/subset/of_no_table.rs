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

struct Plain {
    title: String,
}

#[derive(ColumnSubset)]
#[sync(of = Plain)]
struct TodoTitle {
    title: String,
    due: Option<Timestamp>,
}

fn main() {}
