use synctable::{Id, SyncTable};

#[derive(SyncTable)]
struct TodoItem {
    id: Id,
    rank: i32,
    note: Option<String>,
}

fn main() {
    let _ = TodoItem::query().filter(|t| t.rank.eq(Some(1)));
    let _ = TodoItem::query().filter(|t| t.note.eq(Some("Milk")));
}
