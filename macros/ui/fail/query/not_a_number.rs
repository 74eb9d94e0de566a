use synctable::{Id, SyncTable, Timestamp};

#[derive(SyncTable)]
struct TodoItem {
    id: Id,
    title: String,
    due: Option<Timestamp>,
}

fn main() {
    let _ = TodoItem::query().filter(|t| t.title.add(1).eq(2));
    let _ = TodoItem::query().filter(|t| t.due.mul(2).eq(4));
    let _ = TodoItem::query().filter(|t| t.title.len().add("1").eq(2));
}
