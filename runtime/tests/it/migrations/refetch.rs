//! Rows are read again when a column was added, unless the app says otherwise.

use std::path::Path;
use std::time::Duration;

use serde_json::json;
use synctable::wire::Dialect;
use synctable::{Id, Pull, SyncContext, SyncTable, TableOptions};

use super::life::store;
use crate::world::net::{Meet, work};
use crate::world::{World, id};

#[derive(Debug, Clone, SyncTable)]
#[sync(table = "thing")]
struct Before {
    id: Id,
    name: String,
}

#[derive(Debug, Clone, SyncTable)]
#[sync(table = "thing")]
struct After {
    id: Id,
    name: String,
    note: Option<String>,
}

async fn open<T: SyncTable>(
    world: &World,
    path: &Path,
    options: impl FnOnce(TableOptions<T>) -> TableOptions<T>,
) -> SyncContext {
    let builder = SyncContext::builder("https://server.example").transport(world.clone()).clock(world.clock());
    builder.dialect(Dialect::DatasyncV3).store(store(path)).table_with::<T>(options).open().await.unwrap()
}

async fn pull<T: SyncTable>(context: &SyncContext) -> u64 {
    let report = context.table::<T>().pull(Pull::named("all")).await.unwrap();
    assert!(report.stopped_by().is_none(), "{report:?}");
    report.applied()
}

async fn note(context: &SyncContext, row: &str) -> Option<String> {
    context.table::<After>().get(&id(row)).await.unwrap().unwrap().note
}

#[tokio::test(start_paused = true)]
async fn an_added_column_is_fetched_unless_it_is_switched_off() {
    for (switched_off, expected) in [(false, Some("theirs")), (true, None)] {
        let world = World::v3();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.db");
        for row in ["a", "b"] {
            world.server(|server| server.put("thing", row, json!({ "name": "A", "note": "theirs" })));
        }
        let context = open::<Before>(&world, &path, |table| table).await;
        pull::<Before>(&context).await;
        drop(context);

        let context = if switched_off {
            open::<After>(&world, &path, TableOptions::without_refetch).await
        } else {
            open::<After>(&world, &path, |table| table).await
        };
        pull::<After>(&context).await;
        assert_eq!(note(&context, "a").await.as_deref(), expected);
        // A change of the row brings the column in any case.
        world.server(|server| server.change("thing", "a", json!({ "name": "B" })));
        pull::<After>(&context).await;
        assert_eq!(note(&context, "a").await.as_deref(), Some("theirs"));
        assert_eq!(note(&context, "b").await.as_deref(), expected);
        drop(context);

        // It was settled when the column was added.
        let context = open::<After>(&world, &path, |table| table).await;
        pull::<After>(&context).await;
        assert_eq!(note(&context, "b").await.as_deref(), expected);
    }
}

fn pull_of<T: SyncTable>() -> Pull<T> {
    Pull::named("all").overlap(Duration::ZERO)
}

#[derive(Debug, Clone, SyncTable)]
#[sync(table = "thing")]
struct Later {
    id: Id,
    name: String,
    note: Option<String>,
    rank: Option<i64>,
}

#[tokio::test(start_paused = true)]
async fn a_column_added_while_rows_are_read_again_is_fetched_for_all_of_them() {
    let world = World::v3();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    for row in ["a", "b", "c"] {
        world.server(|server| server.put("thing", row, json!({ "name": "N", "note": "theirs", "rank": 7 })));
    }
    let context = open::<Before>(&world, &path, |table| table).await;
    pull::<Before>(&context).await;
    drop(context);

    let context = open::<After>(&world, &path, |table| table).await;
    world.once("GET", "thing", Meet::ThenWork(work(async || {})));
    world.always("GET", "thing", Meet::LostRequest);
    drop(context.table::<After>().pull(pull_of().page_size(2)).await.unwrap());
    drop(context);

    world.heal();
    let context = open::<Later>(&world, &path, |table| table).await;
    drop(context.table::<Later>().pull(pull_of()).await.unwrap());
    for row in ["a", "b", "c"] {
        assert_eq!(context.table::<Later>().get(&id(row)).await.unwrap().unwrap().rank, Some(7), "{row}");
    }
}
