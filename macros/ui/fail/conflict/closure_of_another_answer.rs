use synctable::{Id, SyncContext, SyncTable};

#[derive(SyncTable)]
struct Todo {
    id: Id,
    title: String,
}

fn main() {
    let _ = SyncContext::builder("https://todo.example")
        .table_with::<Todo>(|table| table.resolve_with(|conflict| async move { conflict.local().is_some() }));
}
