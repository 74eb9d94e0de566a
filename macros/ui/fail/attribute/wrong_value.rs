use synctable::{Id, SyncTable};

#[derive(SyncTable)]
#[sync(table = todo, local = true, route, crate = "synctable")]
struct TodoItem {
    id: Id,
    #[sync(rename = 1)]
    due: String,
    #[sync(index = "yes")]
    title: String,
    #[sync(references)]
    parent: Id,
}

fn main() {}
