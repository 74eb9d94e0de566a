use synctable::{Id, SyncContext};

struct TodoItem {
    id: Id,
}

fn register(context: &SyncContext) {
    let _ = context.table::<TodoItem>();
}

fn main() {
    let _ = SyncContext::builder("https://todo.example").table::<TodoItem>();
}
