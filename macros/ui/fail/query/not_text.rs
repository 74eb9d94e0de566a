use synctable::{Id, SyncTable, Timestamp};

#[derive(SyncTable)]
struct TodoItem {
    id: Id,
    rank: i32,
    due: Option<Timestamp>,
    title: String,
}

fn main() {
    let _ = TodoItem::query().filter(|t| t.rank.starts_with("1"));
    let _ = TodoItem::query().filter(|t| t.due.contains("2024"));
    let _ = TodoItem::query().filter(|t| t.title.ends_with(1));
}
