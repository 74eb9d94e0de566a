use synctable::{Id, SyncTable};

#[derive(SyncTable)]
struct TodoItem {
    id: Id,
    title: String,
    #[sync(skip)]
    cached: usize,
}

fn main() {
    let _ = TodoItem::query().filter(|t| t.titel.eq("Milk"));
    let _ = TodoItem::query().filter(|t| t.cached.eq(1));
}
