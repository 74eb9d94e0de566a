//! Transactions of the app over several tables: all of it or nothing, and what is sent of it.

use serde_json::json;
use synctable::{ChangeEvent, Error, ErrorKind, Id, LocalStore, MemoryStore, SyncContext, SyncTable};

use crate::world::{World, id};

#[derive(Debug, Clone, PartialEq, SyncTable)]
#[sync(table = "list")]
struct List {
    id: Id,
    title: String,
}

#[derive(Debug, Clone, PartialEq, SyncTable)]
#[sync(table = "task")]
struct Task {
    id: Id,
    list: Id,
    text: String,
}

#[derive(Debug, Clone, PartialEq, SyncTable)]
#[sync(table = "draft", local)]
struct Draft {
    id: Id,
    text: String,
}

async fn open(world: &World, store: impl LocalStore) -> SyncContext {
    let builder = SyncContext::builder("https://server.example").transport(world.clone()).clock(world.clock());
    let builder = builder.dialect(world.told_dialect().unwrap_or(synctable::wire::Dialect::DatasyncV3));
    builder.store(store).table::<List>().table::<Task>().table::<Draft>().open().await.unwrap()
}

fn list(name: &str) -> List {
    List { id: id(name), title: name.to_owned() }
}

fn task(name: &str, of: &str) -> Task {
    Task { id: id(name), list: id(of), text: name.to_owned() }
}

fn draft(name: &str) -> Draft {
    Draft { id: id(name), text: name.to_owned() }
}

/// Runs a check against both stores.
macro_rules! both {
    ($($name:ident),+ $(,)?) => {
        mod memory {
            $(
                #[tokio::test(start_paused = true)]
                async fn $name() {
                    let world = super::World::v3();
                    let context = super::open(&world, super::MemoryStore::new()).await;
                    super::$name(world, context).await;
                }
            )+
        }
        #[cfg(feature = "sqlite")]
        mod sqlite {
            $(
                #[tokio::test(start_paused = true)]
                async fn $name() {
                    let folder = tempfile::tempdir().unwrap();
                    let world = super::World::v3();
                    let store = synctable::SqliteStore::at(folder.path().join("store.db"));
                    let context = super::open(&world, store).await;
                    super::$name(world, context).await;
                }
            )+
        }
    };
}

both!(
    rows_of_several_tables_are_written_together_and_read_at_once,
    an_error_takes_everything_back,
    a_panic_takes_everything_back,
    what_is_sent_comes_in_the_order_of_the_calls,
    a_caught_error_does_not_end_the_transaction,
);

async fn rows_of_several_tables_are_written_together_and_read_at_once(_world: World, context: SyncContext) {
    let seen = context
        .transaction(|tx| {
            tx.insert(list("l"))?;
            tx.insert(task("t", "l"))?;
            tx.insert(draft("d"))?;
            tx.edit::<Task>(&id("t"), |task| task.text.push('!'))?;
            tx.upsert(draft("d2"))?;
            tx.delete::<Draft>(&id("d"))?;
            let tasks = tx.list(&Task::query().filter(|task| task.text.ends_with("!")))?;
            let list = tx.get::<List>(&id("l"))?;
            Ok((tasks.len(), list, tx.count(&Draft::query())?, tx.get::<Draft>(&id("d"))?))
        })
        .await
        .unwrap();
    assert_eq!(seen, (1, Some(list("l")), 1, None));
    assert_eq!(context.table::<Task>().get(&id("t")).await.unwrap().unwrap().text, "t!");
    assert_eq!(context.table::<Draft>().list(&Draft::query()).await.unwrap(), [draft("d2")]);
    assert_eq!(context.pending_count().await.unwrap(), 2, "nothing of a local table is ever sent");
}

/// Every kind of write.
fn write_all(tx: &mut synctable::Transaction<'_>) -> Result<(), Error> {
    tx.insert(list("new"))?;
    tx.edit::<List>(&id("there"), |list| list.title = "edited".to_owned())?;
    tx.delete::<List>(&id("gone"))?;
    tx.upsert(List { title: "upserted".to_owned(), ..list("pending") })?;
    tx.insert(task("t", "new"))?;
    tx.insert(draft("d"))?;
    tx.delete::<Draft>(&id("old"))?;
    Ok(())
}

/// All that an app can see.
async fn seen(context: &SyncContext) -> String {
    let lists = context.table::<List>().list(&List::query()).await.unwrap();
    let tasks = context.table::<Task>().list(&Task::query()).await.unwrap();
    let drafts = context.table::<Draft>().list(&Draft::query()).await.unwrap();
    format!("{lists:?} {tasks:?} {drafts:?} {:?}", context.pending().await.unwrap())
}

async fn lived(world: &World, context: &SyncContext) {
    for row in ["there", "gone"] {
        world.server(|server| server.put("list", row, json!({ "title": row })));
    }
    drop(context.table::<List>().pull(List::pull("all")).await.unwrap());
    context.table::<List>().insert(list("pending")).await.unwrap();
    context.table::<Draft>().insert(draft("old")).await.unwrap();
}

/// A failed transaction leaves rows, queue and sequence numbers, and tells nobody.
async fn leaves_nothing(
    world: World,
    context: SyncContext,
    fails: fn(&mut synctable::Transaction<'_>) -> Result<(), Error>,
) -> Error {
    lived(&world, &context).await;
    let before = seen(&context).await;
    let last = context.pending().await.unwrap().last().unwrap().sequence();
    let mut changes = context.changes();
    let error = context.transaction(fails).await.unwrap_err();
    assert_eq!(seen(&context).await, before);
    context.table::<List>().insert(list("next")).await.unwrap();
    let told = changes.next().await.unwrap();
    assert!(
        matches!(&told, ChangeEvent::Row(change) if *change.id() == id("next"))
            || matches!(told, ChangeEvent::Anything),
        "what was rolled back is not told: {told:?}"
    );
    let next = context.pending().await.unwrap().last().unwrap().sequence();
    assert_eq!(next, last + 1, "the numbers of what was rolled back were never given");
    error
}

async fn an_error_takes_everything_back(world: World, context: SyncContext) {
    let error = leaves_nothing(world, context, |tx| {
        write_all(tx)?;
        Err(Error::app(std::io::Error::other("no")))
    });
    assert_eq!(error.await.kind(), ErrorKind::App);
}

async fn a_panic_takes_everything_back(world: World, context: SyncContext) {
    let error = leaves_nothing(world, context, |tx| {
        write_all(tx)?;
        panic!("in the middle");
    });
    let error = error.await;
    assert_eq!(error.kind(), ErrorKind::App);
    assert!(error.to_string().contains("in the middle"), "{error}");
}

async fn what_is_sent_comes_in_the_order_of_the_calls(world: World, context: SyncContext) {
    context
        .transaction(|tx| {
            tx.insert(task("t1", "l1"))?;
            tx.insert(list("l1"))?;
            tx.insert(list("l2"))?;
            tx.insert(task("t2", "l2"))?;
            // An edit keeps the place of the insert.
            tx.edit::<Task>(&id("t1"), |task| task.text = "edited".to_owned()).map(drop)
        })
        .await
        .unwrap();
    context.push().await.unwrap().into_result().unwrap();
    let taken =
        world.server(|server| server.rows.iter().map(|(key, row)| (row.version, key.1.clone())).collect::<Vec<_>>());
    let mut taken = taken;
    taken.sort_unstable();
    let order: Vec<_> = taken.iter().map(|(_, row)| row.as_str()).collect();
    assert_eq!(order, ["t1", "l1", "l2", "t2"]);
}

async fn a_caught_error_does_not_end_the_transaction(_world: World, context: SyncContext) {
    context
        .transaction(|tx| {
            tx.insert(list("a"))?;
            assert_eq!(tx.insert(list("a")).unwrap_err().kind(), ErrorKind::Exists);
            assert_eq!(tx.delete::<List>(&id("never")).unwrap_err().kind(), ErrorKind::NotFound);
            tx.insert(list("b")).map(drop)
        })
        .await
        .unwrap();
    assert_eq!(context.pending_count().await.unwrap(), 2);
}
