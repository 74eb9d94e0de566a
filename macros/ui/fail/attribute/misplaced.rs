use synctable::{ColumnValue, Id, SyncTable};

#[derive(SyncTable)]
#[sync(index)]
struct TodoItem {
    id: Id,
    #[sync(route = "api/todo")]
    due: String,
    #[sync(other)]
    title: String,
}

#[derive(ColumnValue)]
struct Minutes(#[sync(rename = "m")] i32);

fn main() {}
