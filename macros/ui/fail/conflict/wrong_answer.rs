use synctable::{Conflict, ConflictHandler, Id, SyncTable};

#[derive(SyncTable)]
struct Todo {
    id: Id,
    title: String,
}

struct KeepMine;

impl ConflictHandler<Todo> for KeepMine {
    async fn resolve(&self, conflict: Conflict<Todo>) -> bool {
        conflict.local().is_some()
    }
}

fn main() {}
