use synctable::{ColumnValue, Id, SyncTable};

#[derive(ColumnValue)]
struct Flag(bool);

#[derive(SyncTable)]
struct TodoItem {
    id: Id,
    complete: bool,
    flag: Flag,
    bytes: Option<Vec<u8>>,
    #[sync(json)]
    tags: Vec<String>,
}

fn main() {
    let _ = TodoItem::query().filter(|t| t.complete.lt(true));
    let _ = TodoItem::query().order_by(|t| t.flag.asc());
    let _ = TodoItem::query().order_by(|t| t.bytes.desc());
    let _ = TodoItem::query().order_by(|t| t.tags.asc());
}
