use synctable::{Id, SyncTable};

#[derive(SyncTable)]
struct TodoItem {
    id: Id,
    #[sync(local)]
    seen: bool,
}

fn main() {}
