use synctable::{Id, SyncTable};

#[derive(SyncTable)]
#[sync(table = "sqlite_todo")]
struct TodoItem {
    id: Id,
    #[sync(rename = "__op")]
    op: i32,
    #[sync(rename = "SQLite_x")]
    x: i32,
}

#[derive(SyncTable)]
#[sync(rename_all = "snake_case")]
struct __Meta {
    id: Id,
    __version: i32,
}

fn main() {}
