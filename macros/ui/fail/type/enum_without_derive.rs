use synctable::{Id, SyncTable};

enum Priority {
    Low,
    High,
}

#[derive(SyncTable)]
struct TodoItem {
    id: Id,
    priority: Option<Priority>,
}

fn main() {
    let _ = TodoItem::query().filter(|t| t.priority.is_null());
}
