use synctable::{Id, SyncTable};

#[derive(SyncTable)]
struct TodoItem {
    id: Id,
    complete: bool,
    rank: i32,
}

fn main() {
    let _ = TodoItem::query().filter(|t| t.rank);
    let _ = TodoItem::query().filter(|t| t.rank > 3);
    let _ = TodoItem::query().filter(|t| t.rank.gt(3) && t.complete.eq(true));
    let _ = TodoItem::query().order_by(|t| t.rank);
}
