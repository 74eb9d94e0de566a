//! Every future of a context can be spawned: it is `Send` and borrows nothing that is not.

use synctable::{Id, Pull, Purge, Query, SyncContext, SyncTable};

#[derive(Debug, Clone, SyncTable)]
struct Note {
    id: Id,
    text: String,
}

fn spawned<F: Future + Send + 'static>(_: impl FnOnce(SyncContext) -> F) {}

#[test]
fn every_future_of_a_context_can_be_spawned() {
    spawned(|context| async move { context.push().await });
    spawned(|context| async move { context.sync().await });
    spawned(|context| async move { context.pending().await });
    spawned(|context| async move { context.transaction(|tx| tx.delete::<Note>(&Id::new())).await });
    spawned(|context| async move {
        for operation in context.pending().await? {
            context.discard(&operation).await?;
        }
        Ok::<_, synctable::Error>(())
    });
    spawned(|context| async move { context.table::<Note>().pull(Pull::named("all")).await });
    spawned(|context| async move { context.table::<Note>().purge(Purge::new()).await });
    spawned(|context| async move { context.table::<Note>().list(&Query::new()).await });
    spawned(|context| async move { context.table::<Note>().get(&Id::new()).await });
    spawned(|context| async move { context.table::<Note>().delete(&Id::new()).await });
    spawned(|context| async move {
        let notes = context.table::<Note>();
        let note = notes.insert(Note { id: Id::new(), text: "a".into() }).await?;
        notes.update(&note).await?;
        notes.edit(&note.id, |note| note.text = "b".into()).await
    });
}
