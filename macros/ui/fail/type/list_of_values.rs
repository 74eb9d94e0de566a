use synctable::{Id, SyncTable};

#[derive(SyncTable)]
struct TodoItem {
    id: Id,
    tags: Vec<String>,
    point: (f64, f64),
}

fn main() {}
