use synctable::{Id, SyncTable};

fn longer(local: String, remote: String) -> String {
    if local.len() > remote.len() { local } else { remote }
}

fn greater(_base: Option<i32>, local: i32, remote: i32) -> i32 {
    local.max(remote)
}

#[derive(SyncTable)]
struct TodoItem {
    id: Id,
    #[sync(merge = longer)]
    title: String,
    #[sync(merge = greater)]
    rank: Option<i32>,
    #[sync(merge = shorter)]
    note: String,
}

fn main() {}
