use synctable::{Id, SyncTable};

#[derive(SyncTable)]
struct TodoItem {
    id: Id,
    title: String,
    complete: bool,
    rank: i32,
    #[sync(json)]
    tags: Vec<String>,
}

fn main() {
    let _ = TodoItem::query().filter(|t| t.complete.eq("yes"));
    let _ = TodoItem::query().filter(|t| t.complete.lt(true));
    let _ = TodoItem::query().filter(|t| t.rank.starts_with("1"));
    let _ = TodoItem::query().filter(|t| t.titel.eq("Milk"));
    let _ = TodoItem::query().filter(|t| t.tags.eq(Vec::<String>::new()));
}
