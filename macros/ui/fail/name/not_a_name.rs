use synctable::{Id, SyncTable};

#[derive(SyncTable)]
#[sync(table = "")]
struct TodoItem {
    id: Id,
    #[sync(rename = "")]
    due: String,
    #[sync(rename = "a b")]
    a: String,
    #[sync(rename = "1st")]
    first: String,
    #[sync(rename = "x\"y")]
    quoted: String,
}

#[derive(SyncTable)]
#[sync(table = "a/b")]
struct Path {
    id: Id,
}

fn main() {}
