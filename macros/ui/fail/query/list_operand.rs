use synctable::{Id, SyncTable};

#[derive(SyncTable)]
struct TodoItem {
    id: Id,
    rank: i32,
}

fn main() {
    let _ = TodoItem::query().filter(|t| t.rank.is_in(["1", "2"]));
    let _ = TodoItem::query().filter(|t| t.rank.is_in(7));
}
