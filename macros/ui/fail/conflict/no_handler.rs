use synctable::{Id, SyncContext, SyncTable};

#[derive(SyncTable)]
struct Todo {
    id: Id,
    title: String,
}

struct KeepMine;

fn main() {
    let _ = SyncContext::builder("https://todo.example").table_with::<Todo>(|table| table.on_conflict(KeepMine));
}
