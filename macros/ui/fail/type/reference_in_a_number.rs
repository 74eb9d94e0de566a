use synctable::{Id, SyncTable};

#[derive(SyncTable)]
struct Part {
    id: Id,
    #[sync(references = Self)]
    parent: i32,
}

fn main() {}
