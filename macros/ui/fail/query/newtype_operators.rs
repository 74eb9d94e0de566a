use synctable::{ColumnValue, Id, SyncTable};

#[derive(ColumnValue)]
struct Flag(bool);

#[derive(SyncTable)]
struct TodoItem {
    id: Id,
    flag: Flag,
}

fn main() {
    let _ = TodoItem::query().filter(|t| t.flag.gt(Flag(false)));
    let _ = TodoItem::query().filter(|t| t.flag.starts_with("f"));
}
