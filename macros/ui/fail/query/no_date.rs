use synctable::{Date, Id, SyncTable, TimeOfDay};

#[derive(SyncTable)]
struct TodoItem {
    id: Id,
    title: String,
    day: Date,
    start: TimeOfDay,
}

fn main() {
    let _ = TodoItem::query().filter(|t| t.title.year().eq(2024));
    let _ = TodoItem::query().filter(|t| t.start.month().eq(5));
    let _ = TodoItem::query().filter(|t| t.day.hour().eq(5));
}
