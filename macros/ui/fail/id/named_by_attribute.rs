use synctable::{SyncTable, Uuid};

#[derive(SyncTable)]
struct TodoItem {
    #[sync(id)]
    key: Uuid,
    title: String,
}

fn main() {
    // No further error comes of the wrong id.
    let _ = TodoItem::query().filter(|t| t.title.eq("Milk"));
}
