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

#[derive(SyncTable)]
struct Movie {
    id: Id,
    title: String,
}

#[derive(ColumnSubset)]
#[sync(of = Movie)]
struct MovieTitle {
    title: String,
}

fn titles() {
    let _ = TodoItem::query().select::<MovieTitle>();
    let _ = TodoItem::query().select::<Movie>();
}

fn main() {}
