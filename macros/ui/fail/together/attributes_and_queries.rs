//! A mistake in an attribute hides none in the queries of the table.
use synctable::{Id, SyncTable};

#[derive(SyncTable)]
#[sync(tabel = "todo")]
struct TodoItem {
    id: Id,
    title: String,
    rank: i32,
}

fn main() {
    let _ = TodoItem::query().filter(|t| t.rank.eq("first"));
    let _ = TodoItem::query().filter(|t| t.titel.eq("Milk"));
}
