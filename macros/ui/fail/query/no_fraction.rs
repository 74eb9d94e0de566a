use synctable::{Id, SyncTable};

#[derive(SyncTable)]
struct TodoItem {
    id: Id,
    rank: i32,
}

fn main() {
    let _ = TodoItem::query().filter(|t| t.rank.floor().eq(2));
}
