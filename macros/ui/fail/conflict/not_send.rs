use std::cell::Cell;
use std::rc::Rc;

use synctable::{Conflict, ConflictHandler, Id, Resolution, SyncTable};

#[derive(SyncTable)]
struct Todo {
    id: Id,
    title: String,
}

struct Ask;

impl ConflictHandler<Todo> for Ask {
    async fn resolve(&self, _: Conflict<Todo>) -> Resolution<Todo> {
        let answer = Rc::new(Cell::new(false));
        std::future::ready(()).await;
        if answer.get() { Resolution::KeepLocal } else { Resolution::KeepRemote }
    }
}

fn main() {}
