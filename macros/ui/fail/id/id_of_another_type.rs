use synctable::SyncTable;

#[derive(SyncTable)]
struct TodoItem {
    id: String,
}

fn main() {}
