//! Stores that are only read.

use serde_json::json;
use synctable::{Error, ErrorKind, Id, SqliteStore, SyncContext, SyncTable};

use super::files;
use crate::world::tables::Item;
use crate::world::{World, id, open};

async fn try_open(world: &World, store: SqliteStore) -> Result<SyncContext, Error> {
    let builder = SyncContext::builder("https://server.example").transport(world.clone()).clock(world.clock());
    builder.store(store).table::<Item>().watch_interval(std::time::Duration::from_millis(5)).open().await
}

fn item(name: &str) -> Item {
    Item { id: id(name), name: name.to_uppercase(), count: 1 }
}

#[tokio::test(start_paused = true)]
async fn a_file_that_another_writes_can_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("store.db");
    let world = World::v3();
    let writer = open(&world, SqliteStore::at(&file)).await;
    let written = writer.table::<Item>();
    written.insert(item("a")).await.unwrap();
    let reader = try_open(&world, SqliteStore::at(&file).read_only()).await.unwrap();
    let items = reader.table::<Item>();
    assert_eq!(items.list(&Item::query()).await.unwrap(), [item("a")]);
    assert_eq!(items.count(&Item::query()).await.unwrap(), 1);
    assert_eq!(items.get(&id("a")).await.unwrap(), Some(item("a")));
    assert_eq!(reader.pending().await.unwrap().len(), 1);
    let mut watch = items.watch(&Item::query());
    assert_eq!(watch.next().await.unwrap().unwrap().len(), 1);
    written.insert(item("b")).await.unwrap();
    assert_eq!(watch.next().await.unwrap().unwrap().len(), 2, "what others write is seen");
    assert_eq!(reader.pending_count().await.unwrap(), 2);
    assert!(writer.push().await.unwrap().into_result().is_ok(), "the writer is not held up");
    assert_eq!(reader.pending_count().await.unwrap(), 0);
}

#[tokio::test(start_paused = true)]
async fn every_write_is_refused_before_anything_is_sent() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("store.db");
    let world = World::v3();
    let writer = open(&world, SqliteStore::at(&file)).await;
    world.server(|server| server.put("item", "there", json!({ "name": "T", "count": 1 })));
    drop(writer.table::<Item>().pull(Item::pull("all")).await.unwrap());
    writer.table::<Item>().insert(item("a")).await.unwrap();
    drop(writer);
    let bytes = std::fs::read(&file).unwrap();
    let context = try_open(&world, SqliteStore::at(&file).read_only()).await.unwrap();
    let items = context.table::<Item>();
    let operation = context.pending().await.unwrap().remove(0);
    world.sent();
    let errors = [
        items.insert(item("b")).await.unwrap_err(),
        items.edit(&id("a"), |item| item.count = 2).await.unwrap_err(),
        items.delete(&id("a")).await.unwrap_err(),
        items.purge(Item::purge().keep_pending()).await.unwrap_err(),
        items.pull(Item::pull("all")).await.unwrap_err(),
        context.push().await.unwrap_err(),
        context.sync().await.unwrap_err(),
        context.transaction(|tx| tx.delete::<Item>(&id("a"))).await.unwrap_err(),
        context.discard(&operation).await.unwrap_err(),
        context.wipe().await.unwrap_err(),
    ];
    for error in errors {
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
        assert!(error.to_string().contains("read-only"), "{error}");
    }
    assert_eq!(world.sent(), [""; 0]);
    drop((items, context));
    assert_eq!(std::fs::read(&file).unwrap(), bytes);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::v3();
    let missing = folder.path().join("missing.db");
    let error = try_open(&world, SqliteStore::at(&missing).read_only()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Store, "{error}");
    assert!(error.to_string().contains("missing.db") && error.to_string().contains("no such file"), "{error}");
    let empty = folder.path().join("empty.db");
    std::fs::write(&empty, b"").unwrap();
    let error = try_open(&world, SqliteStore::at(&empty).read_only()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Schema, "{error}");
    let foreign = folder.path().join("foreign.db");
    std::fs::write(
        &foreign,
        "no database at all, but long enough for a header of a hundred bytes, or so it seems to me now",
    )
    .unwrap();
    let error = try_open(&world, SqliteStore::at(&foreign).read_only()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Schema, "{error}");
    assert_eq!(files(folder.path()), ["empty.db", "foreign.db"]);
}

#[tokio::test(start_paused = true)]
async fn a_file_that_would_have_to_be_migrated_is_refused() {
    mod later {
        use super::*;

        #[derive(Debug, Clone, SyncTable)]
        pub(super) struct Item {
            pub(super) id: Id,
            pub(super) name: String,
            pub(super) count: i64,
            pub(super) added: Option<String>,
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("store.db");
    let world = World::v3();
    let context = try_open(&world, SqliteStore::at(&file)).await.unwrap();
    drop(context);
    let builder = || SyncContext::builder("https://server.example").transport(world.clone()).clock(world.clock());
    let store = || SqliteStore::at(&file).read_only();
    let error = builder().store(store()).table::<later::Item>().open().await.unwrap_err();
    assert_eq!((error.kind(), error.table()), (ErrorKind::Schema, Some("item")), "{error}");
    assert!(error.to_string().contains("column `added` is added"), "{error}");
    let other = builder().store(store()).table::<Item>().table::<crate::world::tables::List>().open().await;
    assert!(other.unwrap_err().to_string().contains("the table is made"));
    assert!(try_open(&world, store()).await.is_ok(), "the file is as it was");
}

#[tokio::test(start_paused = true)]
async fn a_store_of_another_user_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("store.db");
    let world = World::v3();
    let as_user = |user: &str, store: SqliteStore| {
        let builder = SyncContext::builder("https://server.example").transport(world.clone()).clock(world.clock());
        builder.user(user).store(store).table::<Item>().open()
    };
    drop(as_user("ann", SqliteStore::at(&file)).await.unwrap());
    assert!(as_user("ann", SqliteStore::at(&file).read_only()).await.is_ok());
    let error = as_user("bob", SqliteStore::at(&file).read_only()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Schema, "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_store_in_memory_is_its_own() {
    let world = World::v3();
    let context = try_open(&world, SqliteStore::in_memory().read_only()).await.unwrap();
    assert!(context.table::<Item>().insert(item("a")).await.is_ok());
}
