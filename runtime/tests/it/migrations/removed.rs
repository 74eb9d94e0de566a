//! What the queue does with columns that the app has no more.

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use synctable::wire::Dialect;
use synctable::{Id, Pull, Status, SyncContext, SyncTable};

use super::life::store;
use crate::world::{Meet, World, id};

/// The table before.
#[derive(Debug, Clone, PartialEq, SyncTable)]
#[sync(table = "thing")]
struct Before {
    id: Id,
    note: String,
    name: String,
    rank: Option<i64>,
}

/// The table without two of its columns.
#[derive(Debug, Clone, PartialEq, SyncTable)]
#[sync(table = "thing")]
struct After {
    id: Id,
    name: String,
}

async fn open<T: SyncTable>(world: &World, path: &Path) -> SyncContext {
    let builder = SyncContext::builder("https://server.example").transport(world.clone()).clock(world.clock());
    builder.dialect(world.told_dialect().unwrap()).store(store(path)).table::<T>().open().await.unwrap()
}

async fn pull<T: SyncTable>(context: &SyncContext) {
    let report = context.table::<T>().pull(Pull::named("all").overlap(Duration::ZERO)).await.unwrap();
    assert!(report.stopped_by().is_none(), "{report:?}");
}

/// A device that has pulled one row of the table before.
async fn with_a_row(dialect: Dialect, path: &Path) -> (World, SyncContext) {
    let world = World::new(dialect);
    world.server(|server| server.put("thing", "a", json!({ "note": "given", "name": "given", "rank": 3 })));
    let context = open::<Before>(&world, path).await;
    pull::<Before>(&context).await;
    (world, context)
}

async fn push(context: &SyncContext) {
    let report = context.push().await.unwrap();
    assert_eq!(report.status(), Status::Complete, "{report:?}");
}

/// The writes that were sent: method, path and version as text, the body as JSON.
fn writes(world: &World) -> Vec<(String, Value)> {
    let sent = world.sent_in_full().into_iter().filter(|line| !line.starts_with("GET"));
    let split = |line: String| {
        let (head, body) = line.split_at(line.find(" {").unwrap_or(line.len()));
        (head.to_owned(), serde_json::from_str(body).unwrap_or_default())
    };
    sent.map(split).collect()
}

fn there(world: &World, row: &str) -> Value {
    world.server(|server| server.live("thing", row).cloned()).unwrap().into()
}

#[tokio::test(start_paused = true)]
async fn an_insert_and_an_update_of_before_carry_what_was_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let (world, context) = with_a_row(Dialect::DatasyncV3, &path).await;
    let things = context.table::<Before>();
    things.edit(&id("a"), |row| (row.note, row.name) = ("ours".into(), "ours".into())).await.unwrap();
    things.insert(Before { id: id("b"), note: "n".into(), name: "N".into(), rank: None }).await.unwrap();
    drop((context, things));

    let context = open::<After>(&world, &path).await;
    let things = context.table::<After>();
    // The name goes back, so that only the note is left to send.
    things.edit(&id("a"), |row| row.name = "given".into()).await.unwrap();
    things.insert(After { id: id("c"), name: "C".into() }).await.unwrap();
    assert_eq!(context.pending_count().await.unwrap(), 3);
    world.sent();
    push(&context).await;
    let expected = [
        ("PATCH thing/a if \"v1\"".to_owned(), json!({ "note": "ours" })),
        ("POST thing".to_owned(), json!({ "id": "b", "name": "N", "note": "n" })),
        ("POST thing".to_owned(), json!({ "id": "c", "name": "C" })),
    ];
    assert_eq!(writes(&world), expected);

    // The values are the base of what comes later, and they are there when the column is back.
    things.edit(&id("a"), |row| row.name = "again".into()).await.unwrap();
    push(&context).await;
    assert_eq!(writes(&world), [("PATCH thing/a if \"v2\"".to_owned(), json!({ "name": "again" }))]);
    drop((context, things));
    static BACK: &str = "kept";
    #[derive(Debug, Clone, PartialEq, SyncTable)]
    #[sync(table = "thing")]
    struct Back {
        id: Id,
        #[sync(default = BACK.to_owned())]
        note: String,
        name: String,
    }
    let context = open::<Back>(&world, &path).await;
    for (row, note) in [("a", "ours"), ("b", "n"), ("c", "kept")] {
        assert_eq!(context.table::<Back>().get(&id(row)).await.unwrap().unwrap().note, note);
    }
}

#[tokio::test(start_paused = true)]
async fn an_open_request_is_repeated_as_it_was() {
    for method in ["PATCH", "POST"] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.db");
        let (world, context) = with_a_row(Dialect::DatasyncV3, &path).await;
        let things = context.table::<Before>();
        if method == "PATCH" {
            things.edit(&id("a"), |row| (row.note, row.rank) = ("ours".into(), None)).await.unwrap();
        } else {
            things.insert(Before { id: id("b"), note: "n".into(), name: "N".into(), rank: None }).await.unwrap();
        }
        world.cut();
        world.sent();
        drop(context.push().await.unwrap());
        let first = writes(&world).remove(0);
        drop((context, things));

        world.heal();
        let context = open::<After>(&world, &path).await;
        push(&context).await;
        assert_eq!(writes(&world), [first]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_refused_update_of_a_removed_column_is_set_aside_and_can_be_discarded() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let (world, context) = with_a_row(Dialect::DatasyncV3, &path).await;
    context.table::<Before>().edit(&id("a"), |row| row.note = "ours".into()).await.unwrap();
    drop(context);

    let context = open::<After>(&world, &path).await;
    world.once("PATCH", "thing/a", crate::world::net::status(400));
    let report = context.push().await.unwrap();
    assert_eq!((report.failed().len(), writes(&world).len()), (1, 1), "it is set aside at once: {report:?}");
    let operation = context.pending().await.unwrap().remove(0);
    context.discard(&operation).await.unwrap();
    drop(context);
    let context = open_back(&world, &path).await;
    let row = context.table::<Before>().get(&id("a")).await;
    assert_eq!(row.unwrap().unwrap().note, "given", "the row is what the server has");
}

/// Opens the file with the table before, whose note has a default now.
async fn open_back(world: &World, path: &Path) -> SyncContext {
    #[derive(Debug, Clone, PartialEq, SyncTable)]
    #[sync(table = "thing")]
    struct Again {
        id: Id,
        #[sync(default)]
        note: String,
        name: String,
        rank: Option<i64>,
    }
    drop(open::<Again>(world, path).await);
    open::<Before>(world, path).await
}

#[tokio::test(start_paused = true)]
async fn a_whole_row_that_is_put_does_not_erase_a_removed_column() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let (world, context) = with_a_row(Dialect::Toolkit, &path).await;
    drop(context);
    let context = open::<After>(&world, &path).await;
    context.table::<After>().edit(&id("a"), |row| row.name = "ours".into()).await.unwrap();
    push(&context).await;
    assert_eq!(there(&world, "a"), json!({ "note": "given", "name": "ours", "rank": 3 }));
}

#[tokio::test(start_paused = true)]
async fn a_row_that_is_deleted_and_made_again_leaves_removed_columns_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let (world, context) = with_a_row(Dialect::DatasyncV3, &path).await;
    drop(context);
    let context = open::<After>(&world, &path).await;
    let things = context.table::<After>();
    things.delete(&id("a")).await.unwrap();
    things.insert(After { id: id("a"), name: "anew".into() }).await.unwrap();
    world.sent();
    push(&context).await;
    assert_eq!(writes(&world), [("PATCH thing/a if \"v1\"".to_owned(), json!({ "name": "anew" }))]);
}

#[tokio::test(start_paused = true)]
async fn a_lost_reply_to_an_update_of_a_removed_column_is_no_conflict() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let (world, context) = with_a_row(Dialect::DatasyncV3, &path).await;
    context.table::<Before>().edit(&id("a"), |row| row.note = "ours".into()).await.unwrap();
    drop(context);
    let context = open::<After>(&world, &path).await;
    world.lose_next("PATCH", "thing/a", Meet::LostReply);
    drop(context.push().await.unwrap());
    world.heal();
    push(&context).await;
    assert_eq!(there(&world, "a")["note"], "ours");
}
