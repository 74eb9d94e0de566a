use synctable::{Id, SyncTable};

#[derive(SyncTable)]
#[sync]
struct TodoItem {
    id: Id,
    #[sync(rename("dueAt"))]
    due: String,
    #[sync = "title"]
    title: String,
    #[sync(index local)]
    rank: i32,
}

fn main() {}
