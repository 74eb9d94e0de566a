use std::time::Instant;

use synctable::{Id, SyncTable};

#[derive(SyncTable)]
struct TodoItem {
    id: Id,
    #[sync(skip)]
    read_at: Instant,
}

fn main() {}
