use synctable::{Id, SyncTable};

#[derive(SyncTable)]
struct TodoItem {
    id: Id,
    title: String,
    rank: i32,
    weight: f64,
}

fn main() {
    let _ = TodoItem::query().filter(|t| t.rank.lt(t.title));
    let _ = TodoItem::query().filter(|t| t.rank.lt(t.weight));
}
