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
struct Tuple(Id, String);

#[derive(ColumnSubset)]
#[sync(of = TodoItem)]
struct Unit;

#[derive(ColumnSubset)]
#[sync(of = TodoItem)]
enum Either {
    Id(Id),
    Title(String),
}

#[derive(ColumnSubset)]
#[sync(of = TodoItem)]
struct Empty {}

fn main() {}
