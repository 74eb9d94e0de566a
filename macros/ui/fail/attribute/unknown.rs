use synctable::{Id, SyncTable};

#[derive(SyncTable)]
#[sync(tabel = "todo", renameAll = "camelCase")]
struct TodoItem {
    id: Id,
    #[sync(renam = "dueAt")]
    due: String,
    #[sync(colour)]
    title: String,
}

fn main() {}
