//! The wipe of a store when its user signs out.

use serde_json::json;
use synctable::{ErrorKind, LocalStore, MemoryStore, SyncContext, SyncTable};

use crate::world::net::Gate;
use crate::world::tables::{Item, List};
use crate::world::{Device, Meet, World, id, open, set_lease, time_passes};

/// A device with something of every kind in its store.
async fn lived(world: &World, context: &SyncContext) {
    let items = context.table::<Item>();
    world.server(|server| server.put("item", "pulled", json!({ "name": "PLAINTEXT-PULLED", "count": 1 })));
    world.server(|server| server.put("item", "bad", json!({ "name": "PLAINTEXT-BAD", "count": "many" })));
    world.server(|server| server.put("list", "list", json!({ "title": "PLAINTEXT-LIST" })));
    drop(items.pull(Item::pull("all")).await.unwrap());
    drop(context.table::<List>().pull(List::pull("all")).await.unwrap());
    for row in ["a", "b"] {
        let item = Item { id: id(row), name: "PLAINTEXT-WRITTEN".to_owned(), count: 1 };
        items.insert(item).await.unwrap();
    }
    items.delete(&id("b")).await.unwrap();
    world.lose_next("POST", "item", Meet::LostReply);
    drop(context.push().await.unwrap());
    items.delete(&id("a")).await.unwrap();
    world.heal();
    drop(context.push().await.unwrap());
    items.edit(&id("pulled"), |item| item.name = "PLAINTEXT-EDITED".to_owned()).await.unwrap();
    assert!(!context.pending().await.unwrap().is_empty());
    assert!(!context.quarantined().await.unwrap().is_empty());
}

async fn is_empty(context: &SyncContext) {
    assert_eq!(context.pending_count().await.unwrap(), 0);
    assert_eq!(context.table::<Item>().count(&Item::query()).await.unwrap(), 0);
    assert_eq!(context.table::<List>().count(&List::query()).await.unwrap(), 0);
    assert_eq!(context.quarantined().await.unwrap().len(), 0);
}

async fn with_user(
    world: &World,
    store: impl LocalStore,
    endpoint: &str,
    user: &str,
) -> Result<SyncContext, synctable::Error> {
    let builder = SyncContext::builder(endpoint).transport(world.clone()).clock(world.clock()).user(user);
    builder.store(store).table::<Item>().table::<List>().open().await
}

#[tokio::test(start_paused = true)]
async fn a_wiped_store_is_anybodys() {
    let world = World::v3();
    let store = MemoryStore::new();
    let context = with_user(&world, store.clone(), "https://server.example", "ann").await.unwrap();
    lived(&world, &context).await;
    let refused = with_user(&world, store.snapshot(), "https://server.example", "bob").await;
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::Schema);
    world.sent();
    context.wipe().await.unwrap();
    assert_eq!(world.sent(), [""; 0], "a wipe sends nothing");
    is_empty(&context).await;
    let bob = with_user(&world, store.snapshot(), "https://other.example", "bob").await.unwrap();
    is_empty(&bob).await;
    drop(bob.table::<Item>().pull(Item::pull("all")).await.unwrap());
    assert!(bob.table::<Item>().get(&id("pulled")).await.unwrap().is_some(), "from the first stamp on");
}

#[tokio::test(start_paused = true)]
async fn a_wiped_context_goes_on() {
    let world = World::v3();
    let device = Device::new(&world).await;
    lived(&world, &device.context).await;
    let mut watch = device.context.table::<Item>().watch(&Item::query());
    assert!(!watch.next().await.unwrap().unwrap().is_empty());
    device.insert("last", "L", 1).await;
    let last = device.pending().await.last().unwrap().sequence();
    device.context.wipe().await.unwrap();
    loop {
        if watch.next().await.unwrap().unwrap().is_empty() {
            break;
        }
    }
    device.insert("first", "F", 1).await;
    assert!(device.only().await.sequence() > last, "no number is given twice");
    device.pushes().await;
    device.pulls().await;
    assert!(device.sees("pulled").await.is_some());
}

#[tokio::test(start_paused = true)]
async fn a_wipe_waits_for_pushes_and_pulls_of_its_process() {
    for (method, path) in [("POST", "item"), ("GET", "list")] {
        let world = World::v3();
        let device = Device::new(&world).await;
        device.insert("a", "A", 1).await;
        world.server(|server| server.put("list", "l", json!({ "title": "L" })));
        drop(device.context.table::<List>().pull(List::pull("other")).await.unwrap());
        let gate = Gate::default();
        world.once(method, path, Meet::Gate(gate.clone()));
        let context = device.context.clone();
        let busy = tokio::spawn(async move {
            if method == "POST" {
                drop(context.push().await.unwrap());
            } else {
                drop(context.table::<List>().pull(List::pull("all")).await.unwrap());
            }
        });
        gate.arrival().await;
        let context = device.context.clone();
        let wiping = tokio::spawn(async move { context.wipe().await });
        time_passes(std::time::Duration::from_secs(5)).await;
        assert!(!wiping.is_finished(), "{method}");
        gate.open();
        busy.await.unwrap();
        wiping.await.unwrap().unwrap();
        is_empty(&device.context).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_wipe_is_refused_while_another_process_pushes() {
    let world = World::v3();
    let device = Device::new(&world).await;
    device.insert("a", "A", 1).await;
    let lock = device.store.sole_pusher();
    let until = synctable::Clock::now(&world.clock()).ticks() + 300_000_000;
    set_lease(&device.store, Some(format!("another {until}"))).await;
    let copy = device.store.snapshot();
    let error = device.context.wipe().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Busy, "{error}");
    assert!(device.store.same_content(&copy));
    drop(lock);
}

#[cfg(feature = "sqlite")]
mod files {
    use super::*;
    use crate::stores::holding;
    use synctable::SqliteStore;

    #[derive(Debug, Clone, SyncTable)]
    #[sync(local)]
    struct Setting {
        id: synctable::Id,
        value: String,
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_of_a_row_is_left_in_the_files() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("store.db");
        let world = World::v3();
        let context = open(&world, SqliteStore::at(&file)).await;
        lived(&world, &context).await;
        let items = context.table::<Item>();
        for number in 0..200 {
            let name = format!("PLAINTEXT-{}", "x".repeat(5_000));
            items.insert(Item { id: id(&format!("long{number}")), name, count: 1 }).await.unwrap();
        }
        items.delete(&id("long7")).await.unwrap();
        assert!(!holding(folder.path(), "PLAINTEXT").is_empty());
        context.wipe().await.unwrap();
        assert_eq!(holding(folder.path(), "PLAINTEXT"), [""; 0], "not even while the store is open");
        is_empty(&context).await;
        drop((items, context));
        assert_eq!(holding(folder.path(), "PLAINTEXT"), [""; 0]);
        let context = open(&world, SqliteStore::at(&file)).await;
        is_empty(&context).await;
    }

    #[tokio::test(start_paused = true)]
    async fn tables_that_this_app_does_not_know_are_wiped_too() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("store.db");
        let world = World::v3();
        let builder = SyncContext::builder("https://server.example").transport(world.clone()).clock(world.clock());
        let context = builder.store(SqliteStore::at(&file)).table::<Setting>().open().await.unwrap();
        let setting = Setting { id: id("s"), value: "PLAINTEXT".to_owned() };
        context.table::<Setting>().insert(setting).await.unwrap();
        drop(context);
        let context = open(&world, SqliteStore::at(&file)).await;
        context.wipe().await.unwrap();
        assert_eq!(holding(folder.path(), "PLAINTEXT"), [""; 0]);
        let inspected = SqliteStore::inspect(&file).unwrap();
        assert!(inspected.tables.iter().all(|table| table.rows == 0), "{inspected:?}");
        assert!(inspected.tables.iter().any(|table| table.name == "setting"), "{inspected:?}");
    }
}
