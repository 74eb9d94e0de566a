use std::sync::atomic::{AtomicU32, Ordering};

use synctable::{Conflict, ConflictHandler, ConflictPolicy, Id, RemoteRow, Resolution, SyncContext, SyncTable};

#[derive(Clone, SyncTable)]
struct Todo {
    id: Id,
    title: String,
}

#[derive(Default)]
struct Counting {
    asked: AtomicU32,
}

impl ConflictHandler<Todo> for Counting {
    async fn resolve(&self, conflict: Conflict<Todo>) -> Resolution<Todo> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        std::future::ready(()).await;
        match conflict.remote() {
            RemoteRow::Live(row) => Resolution::Merge(row.clone()),
            RemoteRow::Deleted => Resolution::Defer,
        }
    }
}

struct Always<T>(fn(&Conflict<T>) -> Resolution<T>);

impl<T: SyncTable> ConflictHandler<T> for Always<T> {
    async fn resolve(&self, conflict: Conflict<T>) -> Resolution<T> {
        (self.0)(&conflict)
    }
}

fn main() {
    let suffix = " (both)".to_owned();
    let _ = SyncContext::builder("https://todo.example")
        .table_with::<Todo>(|table| table.on_conflict(Counting::default()))
        .table_with::<Todo>(|table| table.on_conflict(Always(|_| Resolution::KeepLocal)))
        .table_with::<Todo>(|table| table.resolve_with(async |_| Resolution::KeepRemote))
        .table_with::<Todo>(|table| {
            table.resolve_with(move |conflict| {
                let title = conflict.local().map(|row| format!("{}{suffix}", row.title));
                async move {
                    match title {
                        Some(title) => Resolution::Merge(Todo { id: conflict.id().clone(), title }),
                        None => Resolution::Abort,
                    }
                }
            })
        })
        .table_with::<Todo>(|table| table.conflict_policy(ConflictPolicy::Merge))
        .conflict_policy(ConflictPolicy::NewestWins)
        .resolve_any_with(async |conflict| Ok(conflict.resolve_as::<Todo>(|_| Resolution::KeepLocal)?.unwrap_or_default()));
}
