//! Tables that keep deleted rows (`#[sync(keep_deleted)]`).

use serde_json::json;
use synctable::wire::Dialect;
use synctable::{Id, LocalStore, MemoryStore, Pull, SyncContext, SyncTable, Table, Version};

use crate::world::net::status;
use crate::world::{World, id};

#[derive(Debug, Clone, PartialEq, SyncTable)]
#[sync(table = "item", keep_deleted)]
struct Item {
    id: Id,
    name: String,
    #[sync(system)]
    version: Option<Version>,
    #[sync(system)]
    deleted: bool,
}

async fn device(world: &World, store: impl LocalStore) -> (SyncContext, Table<Item>) {
    let builder = SyncContext::builder("https://server.example").transport(world.clone()).clock(world.clock());
    let builder = builder.dialect(world.told_dialect().unwrap_or(Dialect::DatasyncV3));
    let context = builder.store(store).table::<Item>().open().await.unwrap();
    let table = context.table::<Item>();
    (context, table)
}

fn item(id_text: &str) -> Item {
    Item { id: id(id_text), name: id_text.to_uppercase(), version: None, deleted: false }
}

/// Names of all rows that are shown, those of deleted rows in brackets; what does not include them
/// must show the others.
async fn shown(items: &Table<Item>) -> Vec<String> {
    let query = Item::query().include_deleted();
    let all = items.list(&query).await.unwrap();
    assert_eq!(items.count(&query).await.unwrap(), all.len() as u64);
    assert_eq!(items.page(&query.clone().take(1)).await.unwrap().total(), Some(all.len() as u64));
    let live: Vec<Item> = all.iter().filter(|item| !item.deleted).cloned().collect();
    assert_eq!(items.list(&Item::query()).await.unwrap(), live);
    assert_eq!(items.count(&Item::query()).await.unwrap(), live.len() as u64);
    for item in &all {
        assert_eq!(items.get(&item.id).await.unwrap().is_some(), !item.deleted);
    }
    let names = all.into_iter().map(|item| if item.deleted { format!("({})", item.name) } else { item.name });
    names.collect()
}

async fn pull(items: &Table<Item>) {
    drop(pulled(items).await);
}

async fn pulled(items: &Table<Item>) -> synctable::PullReport {
    let report = items.pull(Pull::named("all").overlap(std::time::Duration::ZERO)).await.unwrap();
    assert!(report.stopped_by().is_none(), "{report:?}");
    report
}

#[tokio::test(start_paused = true)]
async fn rows_that_others_delete_stay_for_those_who_ask() {
    let world = World::v3();
    let (_context, items) = device(&world, MemoryStore::new()).await;
    for (row, name) in [("a", "A"), ("b", "B")] {
        world.server(|server| server.put("item", row, json!({ "name": name })));
    }
    world.server(|server| server.put("item", "c", json!({ "name": "C" })));
    world.server(|server| server.delete("item", "c"));
    pull(&items).await;
    assert_eq!(shown(&items).await, ["A", "B", "(C)"], "one that this device never had too");
    world.server(|server| server.delete("item", "a"));
    assert_eq!(pulled(&items).await.deleted(), 1);
    assert_eq!(shown(&items).await, ["(A)", "B", "(C)"]);
    let again = pulled(&items).await;
    assert_eq!((again.applied(), again.deleted()), (0, 0), "nothing new");
    world.server(|server| server.put("item", "a", json!({ "name": "A2" })));
    pull(&items).await;
    assert_eq!(shown(&items).await, ["A2", "B", "(C)"], "another device took the delete back");
}

#[tokio::test(start_paused = true)]
async fn a_delete_shows_once_it_is_acknowledged() {
    for dialect in [Dialect::DatasyncV3, Dialect::Toolkit, Dialect::NodeV2] {
        let world = World::new(dialect);
        let store = MemoryStore::new();
        let (context, items) = device(&world, store.clone()).await;
        world.server(|server| server.put("item", "a", json!({ "name": "A" })));
        pull(&items).await;
        items.insert(item("b")).await.unwrap();
        assert!(context.push().await.unwrap().into_result().is_ok());
        items.delete(&id("a")).await.unwrap();
        items.delete(&id("b")).await.unwrap();
        assert_eq!(shown(&items).await, [""; 0], "the server may refuse");
        let (context, items) = device(&world, store.snapshot()).await;
        assert!(context.push().await.unwrap().into_result().is_ok());
        assert_eq!(shown(&items).await, ["(A)", "(B)"], "{dialect:?}");
        pull(&items).await;
        assert_eq!(shown(&items).await, ["(A)", "(B)"]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_row_that_the_server_has_no_more_was_deleted_too() {
    let world = World::v3();
    let (context, items) = device(&world, MemoryStore::new()).await;
    world.server(|server| server.put("item", "a", json!({ "name": "A" })));
    pull(&items).await;
    items.delete(&id("a")).await.unwrap();
    world.server(|server| server.rows.clear());
    assert!(context.push().await.unwrap().into_result().is_ok());
    assert_eq!(shown(&items).await, ["(A)"]);
}

#[tokio::test(start_paused = true)]
async fn what_never_was_on_the_server_goes() {
    let world = World::v3();
    let (context, items) = device(&world, MemoryStore::new()).await;
    items.insert(item("a")).await.unwrap();
    items.delete(&id("a")).await.unwrap();
    items.insert(item("b")).await.unwrap();
    world.once("POST", "item", status(403));
    drop(context.push().await.unwrap());
    items.delete(&id("b")).await.unwrap();
    assert!(context.push().await.unwrap().into_result().is_ok());
    assert_eq!(shown(&items).await, [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn an_insert_at_the_id_of_a_kept_row_makes_it_again() {
    for dialect in [Dialect::DatasyncV3, Dialect::Toolkit, Dialect::NodeV2] {
        let world = World::new(dialect);
        let (context, items) = device(&world, MemoryStore::new()).await;
        for row in ["a", "b"] {
            world.server(|server| server.put("item", row, json!({ "name": row })));
        }
        world.server(|server| server.delete("item", "a"));
        pull(&items).await;
        items.delete(&id("b")).await.unwrap();
        assert!(context.push().await.unwrap().into_result().is_ok());
        assert_eq!(shown(&items).await, ["(a)", "(b)"]);
        for row in ["a", "b"] {
            items.insert(item(row)).await.unwrap();
        }
        assert_eq!(shown(&items).await, ["A", "B"]);
        world.sent();
        let report = context.push().await.unwrap();
        assert_eq!(report.status(), synctable::Status::Complete, "{dialect:?}: {report:?}");
        for row in ["a", "b"] {
            let name = world.server(|server| server.live("item", row).map(|row| row["name"].clone()));
            assert_eq!(name, Some(json!(row.to_uppercase())), "{dialect:?}");
        }
        assert!(
            !world.writes().contains(&"POST item".to_owned()),
            "it is known to be deleted: the truth is asked first"
        );
        assert_eq!(shown(&items).await, ["A", "B"]);
    }
}

#[tokio::test(start_paused = true)]
async fn an_insert_and_a_delete_leave_the_kept_row_as_it_was() {
    let world = World::v3();
    let (context, items) = device(&world, MemoryStore::new()).await;
    world.server(|server| server.put("item", "a", json!({ "name": "old" })));
    world.server(|server| server.delete("item", "a"));
    pull(&items).await;
    items.insert(item("a")).await.unwrap();
    items.delete(&id("a")).await.unwrap();
    world.sent();
    assert!(context.push().await.unwrap().into_result().is_ok());
    assert_eq!(world.writes(), [""; 0]);
    assert_eq!(items.list(&Item::query().include_deleted()).await.unwrap().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_discarded_delete_brings_the_row_back() {
    let world = World::v3();
    let (context, items) = device(&world, MemoryStore::new()).await;
    world.server(|server| server.put("item", "a", json!({ "name": "A" })));
    pull(&items).await;
    items.delete(&id("a")).await.unwrap();
    let pending = context.pending().await.unwrap();
    context.discard(&pending[0]).await.unwrap();
    assert_eq!(shown(&items).await, ["A"]);
}

#[tokio::test(start_paused = true)]
async fn a_watch_that_includes_deleted_rows_sees_them_come() {
    let world = World::v3();
    let (_context, items) = device(&world, MemoryStore::new()).await;
    for row in ["a", "b"] {
        world.server(|server| server.put("item", row, json!({ "name": row })));
    }
    world.server(|server| server.delete("item", "b"));
    let mut all = items.watch(&Item::query().include_deleted().filter(|item| item.name.ne("x")));
    let mut live = items.watch(&Item::query());
    assert_eq!((all.next().await.unwrap().unwrap().len(), live.next().await.unwrap().unwrap().len()), (0, 0));
    pull(&items).await;
    assert_eq!(all.next().await.unwrap().unwrap().len(), 2);
    assert_eq!(live.next().await.unwrap().unwrap().len(), 1);
    world.server(|server| server.delete("item", "a"));
    pull(&items).await;
    let deleted: Vec<bool> = all.next().await.unwrap().unwrap().iter().map(|item| item.deleted).collect();
    assert_eq!(deleted, [true, true]);
    assert_eq!(live.next().await.unwrap().unwrap().len(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_purge_drops_kept_rows_too() {
    let world = World::v3();
    let (_context, items) = device(&world, MemoryStore::new()).await;
    for row in ["a", "b", "c"] {
        world.server(|server| server.put("item", row, json!({ "name": row })));
        world.server(|server| server.delete("item", row));
    }
    pull(&items).await;
    let report = items.purge(Item::purge().filter(|item| item.name.eq("a"))).await.unwrap();
    assert_eq!(report.removed(), 1);
    pull(&items).await;
    assert_eq!(shown(&items).await, ["(a)", "(b)", "(c)"], "the tokens were forgotten");
    let report = items.purge(Item::purge().filter(|item| item.deleted.eq(true)).keep_tokens()).await.unwrap();
    assert_eq!(report.removed(), 3);
    assert_eq!(shown(&items).await, [""; 0]);
    pull(&items).await;
    assert_eq!(shown(&items).await, [""; 0], "the tokens were kept");
}

#[cfg(feature = "sqlite")]
mod files {
    use super::*;
    use synctable::SqliteStore;

    /// The table of an app that keeps none.
    mod without {
        use synctable::{Id, SyncTable};

        #[derive(Debug, Clone, PartialEq, SyncTable)]
        pub(super) struct Item {
            pub(super) id: Id,
            pub(super) name: String,
        }
    }

    async fn plain(world: &World, path: &std::path::Path) -> (SyncContext, Table<without::Item>) {
        let builder = SyncContext::builder("https://server.example").transport(world.clone()).clock(world.clock());
        let builder = builder.dialect(Dialect::DatasyncV3).store(SqliteStore::at(path));
        let context = builder.table::<without::Item>().open().await.unwrap();
        let table = context.table::<without::Item>();
        (context, table)
    }

    #[tokio::test(start_paused = true)]
    async fn the_attribute_may_come_and_go() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.db");
        let world = World::v3();
        for row in ["a", "b", "c"] {
            world.server(|server| server.put("item", row, json!({ "name": row })));
        }
        world.server(|server| server.delete("item", "a"));
        let (context, rows) = plain(&world, &path).await;
        drop(rows.pull(Pull::named("all")).await.unwrap());
        assert_eq!(rows.count(&without::Item::query().include_deleted()).await.unwrap(), 2);
        rows.delete(&id("c")).await.unwrap();
        drop((context, rows));

        let (context, items) = device(&world, SqliteStore::at(&path)).await;
        assert_eq!(shown(&items).await, ["b"]);
        world.server(|server| server.delete("item", "b"));
        pull(&items).await;
        assert_eq!(shown(&items).await, ["(a)", "(b)", "(c)"], "what the pull brings from its token on");
        items.insert(item("d")).await.unwrap();
        assert!(context.push().await.unwrap().into_result().is_ok());
        items.delete(&id("d")).await.unwrap();
        let inspected = SqliteStore::inspect(&path).unwrap();
        assert_eq!(inspected.tables[0].rows, 0, "deleted rows are not counted");
        drop((context, items));

        let (context, rows) = plain(&world, &path).await;
        assert_eq!(rows.count(&without::Item::query().include_deleted()).await.unwrap(), 0);
        assert_eq!(context.pending().await.unwrap().len(), 1);
        assert!(context.push().await.unwrap().into_result().is_ok());
        assert!(world.server(|server| server.row("item", "d").is_some_and(|row| row.deleted)));
        rows.insert(without::Item { id: id("b"), name: "again".to_owned() }).await.unwrap();
        assert!(context.push().await.unwrap().into_result().is_ok());
        drop((context, rows));

        let (_context, items) = device(&world, SqliteStore::at(&path)).await;
        assert_eq!(shown(&items).await, ["again"]);
    }
}
