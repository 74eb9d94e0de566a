use synctable::SyncTable;

#[derive(SyncTable)]
struct TodoItem {
    title: String,
}

#[derive(SyncTable)]
struct Empty {}

fn main() {}
