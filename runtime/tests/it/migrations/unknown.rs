//! Values of the server that the device does not know are never overwritten by what stands in for them.

use std::path::Path;

use serde_json::{Value, json};
use synctable::wire::Dialect;
use synctable::{Id, Pull, Status, SyncContext, SyncTable};

use super::life::store;
use crate::world::net::{Meet, answer, response};
use crate::world::{World, id};

/// Knows one column of the table.
#[derive(Debug, Clone, PartialEq, SyncTable)]
#[sync(table = "thing")]
struct Name {
    id: Id,
    name: String,
}

/// Knows another too, which need not be there.
#[derive(Debug, Clone, PartialEq, SyncTable)]
#[sync(table = "thing")]
struct Size {
    id: Id,
    name: String,
    #[sync(default = 1)]
    size: i64,
}

async fn open<T: SyncTable>(world: &World, path: &Path) -> SyncContext {
    let builder = SyncContext::builder("https://server.example").transport(world.clone()).clock(world.clock());
    let dialect = world.server(|server| server.dialect);
    builder.dialect(dialect).store(store(path)).table::<T>().open().await.unwrap()
}

async fn pull<T: SyncTable>(context: &SyncContext) {
    let report = context.table::<T>().pull(Pull::named("all")).await.unwrap();
    assert!(report.stopped_by().is_none(), "{report:?}");
}

async fn push(context: &SyncContext) {
    let report = context.push().await.unwrap();
    assert_eq!(report.status(), Status::Complete, "{report:?}");
}

async fn rename(context: &SyncContext, row: &str, name: &'static str) {
    context.table::<Name>().edit(&id(row), |row| row.name = name.into()).await.unwrap().unwrap();
}

fn there(world: &World, row: &str) -> Value {
    world.server(|server| server.live("thing", row).cloned()).unwrap().into()
}

#[tokio::test(start_paused = true)]
async fn a_downgrade_and_an_upgrade_send_no_default_for_a_value_of_meanwhile() {
    for dialect in [Dialect::DatasyncV3, Dialect::Toolkit, Dialect::NodeV2] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.db");
        let world = World::new(dialect);
        drop(open::<Size>(&world, &path).await);
        world.server(|server| server.put("thing", "a", json!({ "name": "given", "size": 5 })));
        let context = open::<Name>(&world, &path).await;
        pull::<Name>(&context).await;
        rename(&context, "a", "ours").await;
        drop(context);

        let context = open::<Size>(&world, &path).await;
        push(&context).await;
        assert_eq!(there(&world, "a"), json!({ "name": "ours", "size": 5 }), "{dialect}");
        pull::<Size>(&context).await;
        assert_eq!(context.table::<Size>().get(&id("a")).await.unwrap().unwrap().size, 5);
    }
}

/// TK has no `createdAt` of its own, so that a column may have the name.
#[tokio::test(start_paused = true)]
async fn a_column_that_other_servers_have_for_themselves_is_not_erased() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::new(Dialect::Toolkit);
    let row = json!({ "name": "given", "createdAt": "2026-01-02T03:04:05.678Z" });
    world.server(|server| server.put("thing", "a", row));
    let context = open::<Name>(&world, &folder.path().join("store.db")).await;
    pull::<Name>(&context).await;
    rename(&context, "a", "ours").await;
    push(&context).await;
    assert_eq!(there(&world, "a"), json!({ "name": "ours", "createdAt": "2026-01-02T03:04:05.678Z" }));
}

#[tokio::test(start_paused = true)]
async fn a_server_that_loses_its_partial_updates_loses_no_column() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let world = World::v3();
    world.server(|server| server.put("thing", "a", json!({ "name": "given", "size": 5 })));
    let context = open::<Name>(&world, &path).await;
    pull::<Name>(&context).await;
    rename(&context, "a", "ours").await;
    drop(context);

    world.server(|server| server.dialect = Dialect::Toolkit);
    push(&open::<Name>(&world, &path).await).await;
    assert_eq!(there(&world, "a"), json!({ "name": "ours", "size": 5 }));
}

#[tokio::test(start_paused = true)]
async fn what_another_process_saw_of_the_table_counts() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let world = World::new(Dialect::Toolkit);
    world.server(|server| server.put("thing", "a", json!({ "name": "given", "size": 5 })));
    let first = open::<Name>(&world, &path).await;
    let second = open::<Name>(&world, &path).await;
    pull::<Name>(&second).await;
    drop(second);
    rename(&first, "a", "ours").await;
    push(&first).await;
    assert_eq!(there(&world, "a"), json!({ "name": "ours", "size": 5 }));
}

/// The answer to the insert is empty or has a column that cannot be read; what follows it tells all the same.
#[tokio::test(start_paused = true)]
async fn the_answer_to_an_insert_tells_of_other_columns() {
    let whole = r#"{"id":"b","name":"B","size":5,"version":"v9","updatedAt":"2026-01-02T03:04:05.678Z"}"#;
    let unreadable = r#"{"id":"b","name":7,"size":5,"version":"v9","updatedAt":"2026-01-02T03:04:05.678Z"}"#;
    for (to_post, to_get) in [("", whole), (unreadable, whole), ("", unreadable)] {
        let folder = tempfile::tempdir().unwrap();
        let world = World::new(Dialect::Toolkit);
        let context = open::<Name>(&world, &folder.path().join("store.db")).await;
        context.table::<Name>().insert(Name { id: id("b"), name: "B".into() }).await.unwrap();
        let json = "Content-Type: application/json";
        world.once("POST", "thing", Meet::TakenThen(response(201, json, to_post)));
        world.always("GET", "thing/b", answer(200, json, to_get));
        drop(context.push().await.unwrap());
        rename(&context, "b", "ours").await;
        world.sent();
        drop(context.push().await.unwrap());
        let sent = world.sent();
        assert!(sent[0].starts_with("GET thing/b"), "the row is read before it is replaced: {sent:?}");
    }
}
