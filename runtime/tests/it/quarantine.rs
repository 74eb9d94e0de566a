//! Rows that cannot be read: set aside, and read again when the app asks or the columns change.

use std::time::Duration;

use serde_json::json;
#[cfg(feature = "sqlite")]
use synctable::{Id, SqliteStore, SyncContext, SyncTable};
use synctable::{Pull, Status};

use crate::world::tables::Item;
use crate::world::{Device, Meet, World};

fn all() -> Pull<Item> {
    Item::pull("all").overlap(Duration::ZERO)
}

/// Two rows that cannot be read, and one that can.
async fn two_aside(world: &World) -> Device {
    let device = Device::new(world).await;
    world.server(|server| {
        server.put("item", "a", json!({ "name": "A", "count": "many" }));
        server.put("item", "b", json!({ "name": "B", "count": "more" }));
        server.put("item", "c", json!({ "name": "C", "count": 3 }));
    });
    let report = device.pull().await;
    assert_eq!((report.status(), report.quarantined(), report.applied()), (Status::WithFailures, 2, 1));
    device
}

#[tokio::test(start_paused = true)]
async fn the_app_can_have_them_read_again() {
    let world = World::v3();
    let device = two_aside(&world).await;
    let items = device.context.table::<Item>();
    let report = device.context.retry_quarantined().await.unwrap();
    assert_eq!((report.status(), report.restored(), report.remaining()), (Status::WithFailures, 0, 2));
    assert!(report.into_result().is_err());

    // The server mends a row without a new stamp, and takes the other away.
    world.server(|server| {
        server.tamper("item", "a", |row| drop(row.members.insert("count".to_owned(), json!(1))));
        server.forget("item", "b");
    });
    assert_eq!(device.pull().await.requests(), 1);
    assert_eq!(items.quarantined().await.unwrap().len(), 2, "the pull has passed them");
    world.sent();
    let report = items.retry_quarantined().await.unwrap();
    assert_eq!((report.restored(), report.removed(), report.remaining()), (1, 1, 0));
    assert_eq!(world.sent(), ["GET item?"], "many ids a request");
    report.into_result().unwrap();
    assert_eq!(device.sees("a").await, Some(("A".to_owned(), 1)));
    assert!(device.context.quarantined().await.unwrap().is_empty());
    assert_eq!(device.context.retry_quarantined().await.unwrap().requests(), 0);
}

#[tokio::test(start_paused = true)]
async fn without_a_network_they_stay_set_aside() {
    let world = World::v3();
    let device = two_aside(&world).await;
    world.always("GET", "item", Meet::Unsent);
    let report = device.context.retry_quarantined().await.unwrap();
    assert_eq!((report.status(), report.remaining()), (Status::Offline, 2));
    assert!(report.stopped_by().is_some());
    assert_eq!(device.context.quarantined().await.unwrap().len(), 2);
}

/// A row of which a copy was pulled before it became unreadable, and that the app has changed since.
#[tokio::test(start_paused = true)]
async fn a_row_with_a_pending_operation_keeps_its_wish() {
    let world = World::v3();
    let device = Device::new(&world).await;
    device.given(&world, "a", "A", 1).await;
    world.server(|server| server.change("item", "a", json!({ "count": "many" })));
    assert_eq!(device.pull().await.quarantined(), 1);
    device.rename("a", "ours").await;
    world.server(|server| server.tamper("item", "a", |row| drop(row.members.insert("count".to_owned(), json!(9)))));
    let report = device.context.retry_quarantined().await.unwrap();
    assert_eq!((report.restored(), report.remaining()), (1, 0));
    assert_eq!(device.sees("a").await, Some(("ours".to_owned(), 1)));
    assert!(device.only().await.remote::<Item>().unwrap().is_some(), "the server's row waits beside it");
}

/// One row that cannot be read never hinders the others of its page, nor the token.
#[tokio::test(start_paused = true)]
async fn the_server_changes_a_row_and_it_is_read_again() {
    let world = World::v3();
    let device = two_aside(&world).await;
    world.server(|server| server.change("item", "a", json!({ "count": 4 })));
    let report = device.pull().await;
    assert_eq!((report.requests(), report.applied()), (1, 1));
    assert_eq!(device.sees("a").await, Some(("A".to_owned(), 4)));
    assert_eq!(device.context.quarantined().await.unwrap().len(), 1);
}

/// A later version of the app, whose columns all rows fit.
#[cfg(feature = "sqlite")]
#[derive(Debug, Clone, SyncTable)]
#[sync(table = "item")]
struct Named {
    id: Id,
    name: String,
}

#[cfg(feature = "sqlite")]
#[tokio::test(start_paused = true)]
async fn once_the_columns_are_declared_differently_the_next_pull_reads_them_again() {
    let world = World::v3();
    two_aside(&world).await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("items.db");
    let context = crate::world::open(&world, SqliteStore::at(&path)).await;
    let items = context.table::<Item>();
    assert_eq!(items.pull(all()).await.unwrap().quarantined(), 2);
    assert_eq!(items.pull(all()).await.unwrap().requests(), 1, "the same columns are not tried again");
    drop((items, context));

    let builder = SyncContext::builder("https://server.example").transport(world.clone()).clock(world.clock());
    let builder = builder.store(SqliteStore::at(&path)).table_with::<Named>(|table| table.without_refetch());
    let context = builder.open().await.unwrap();
    let pull = || Named::pull("all").overlap(Duration::ZERO);
    let report = context.table::<Named>().pull(pull()).await.unwrap();
    assert_eq!((report.status(), report.applied(), report.requests()), (Status::Complete, 2, 2), "{report:?}");
    assert_eq!(context.table::<Named>().count(&Named::query()).await.unwrap(), 3);
    assert!(context.quarantined().await.unwrap().is_empty());
    assert_eq!(context.table::<Named>().pull(pull()).await.unwrap().requests(), 1);
}
