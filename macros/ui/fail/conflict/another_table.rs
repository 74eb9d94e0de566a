use synctable::{Conflict, ConflictHandler, Id, Resolution, SyncContext, SyncTable};

#[derive(SyncTable)]
struct Todo {
    id: Id,
    title: String,
}

#[derive(SyncTable)]
struct Note {
    id: Id,
    text: String,
}

struct KeepMine;

impl ConflictHandler<Note> for KeepMine {
    async fn resolve(&self, _: Conflict<Note>) -> Resolution<Note> {
        Resolution::KeepLocal
    }
}

fn main() {
    let _ = SyncContext::builder("https://todo.example").table_with::<Todo>(|table| table.on_conflict(KeepMine));
}
