use synctable::{Id, SyncTable};

#[derive(SyncTable)]
struct TodoItem {
    id: Id,
    title: String,
}

fn main() {
    let _ = TodoItem::query().order_by(|t| t.title.to_lower());
    let _ = TodoItem::query().order_by(|t| t.title.to_lower().asc());
}
