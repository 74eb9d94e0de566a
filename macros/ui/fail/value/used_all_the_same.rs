//! A column type with mistakes is one all the same: the table is not to blame.
use synctable::{ColumnValue, Id, SyncTable};

#[derive(ColumnValue)]
struct Point {
    x: i32,
    y: i32,
}

#[derive(ColumnValue)]
enum Priority {
    Low,
    #[sync(other)]
    Other,
}

#[derive(SyncTable)]
struct TodoItem {
    id: Id,
    at: Point,
    priority: Option<Priority>,
}

fn main() {
    let _ = TodoItem::query().filter(|t| t.priority.eq(Priority::Low));
}
