use synctable::{Id, SyncTable, Timestamp};

#[derive(SyncTable)]
struct TodoItem {
    id: Id,
    title: String,
    #[sync(rename = "dueAt")]
    due: Option<Timestamp>,
    #[sync(skip)]
    cached: bool,
}

struct TodoTitle {
    title: String,
}

async fn titles(todos: synctable::Table<TodoItem>) {
    let _ = TodoItem::query().select::<TodoTitle>();
    let _: Vec<TodoTitle> = todos.list(&TodoItem::query()).await.unwrap();
}

fn main() {}
