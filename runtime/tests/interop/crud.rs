//! Inserts, edits and deletes, and how the backend is recognised.

use synctable::wire::Dialect;
use synctable::{ErrorKind, OperationKind, Status, Timestamp};

use crate::world::{TodoItem, World};

#[tokio::test]
async fn rows_go_to_the_backend_and_to_another_device() {
    let Some(world) = World::start("rows_go_to_the_backend_and_to_another_device") else { return };
    let (context, items) = world.device("tablet").await;
    let due: Timestamp = "2024-02-29T23:59:59.123Z".parse().unwrap();
    let mut ids = Vec::new();
    for title in ["Milk", "it's 50% & \"+\" é 🥛\n\\", ""] {
        let item = TodoItem { due: Some(due), complete: true, ..TodoItem::titled(title) };
        ids.push(items.insert(item).await.unwrap().id);
    }
    let odd = items.insert(TodoItem::named("o'k +x&y %é", "an id to be encoded")).await.unwrap().id;
    let empty = items.insert(TodoItem::default()).await.unwrap().id;
    let report = context.push().await.unwrap();
    assert_eq!((report.status(), report.done()), (Status::Complete, 5), "{report}");
    let live = world.live();
    assert_eq!(live.len(), 5);
    assert_eq!(live[ids[1].as_str()]["title"], "it's 50% & \"+\" é 🥛\n\\");
    assert_eq!(live[ids[0].as_str()]["dueAt"], "2024-02-29T23:59:59.123Z");
    assert!(live[empty.as_str()]["title"].is_null() && live[empty.as_str()]["dueAt"].is_null());
    world.assert_same(&items).await;

    items.edit(&ids[0], |item| item.title = None).await.unwrap().unwrap();
    items.edit(&odd, |item| item.complete = true).await.unwrap().unwrap();
    items.delete(&ids[2]).await.unwrap();
    assert_eq!(context.pending_count().await.unwrap(), 3);
    context.push().await.unwrap().into_result().unwrap();
    assert_eq!(context.pending_count().await.unwrap(), 0);
    let live = world.live();
    assert!(live[ids[0].as_str()]["title"].is_null(), "a null is sent as null");
    assert_eq!(live[ids[0].as_str()]["version"], "Mg==", "one PATCH made one version");
    assert_eq!(live.len(), 4);

    let (phone_context, phone) = world.device("phone").await;
    phone_context.sync().await.unwrap().into_result().unwrap();
    world.assert_same(&phone).await;
    let again = phone.pull(TodoItem::pull("all")).await.unwrap();
    assert_eq!((again.applied(), again.deleted(), again.requests()), (0, 0, 1), "{again}");
}

#[tokio::test]
async fn the_backend_is_recognised_and_remembered() {
    let Some(mut world) = World::start("the_backend_is_recognised_and_remembered") else { return };
    let (context, items) = world.device("tablet").await;
    assert_eq!(context.dialect(), None);
    items.insert(TodoItem::titled("Milk")).await.unwrap();
    context.push().await.unwrap().into_result().unwrap();
    assert_eq!(context.dialect(), Some(Dialect::NodeV2));
    drop((context, items));
    world.stop();
    let (context, items) = world.device("tablet").await;
    assert_eq!(context.dialect(), Some(Dialect::NodeV2), "the store remembers it with no backend in reach");
    items.insert(TodoItem::titled("Bread")).await.unwrap();
    let report = context.push().await.unwrap();
    assert_eq!((report.status(), report.not_attempted().len() + report.failed().len()), (Status::Offline, 1));
    world.restart();
    context.sync().await.unwrap().into_result().unwrap();
    world.assert_same(&items).await;
}

#[tokio::test]
async fn a_wrong_dialect_loses_nothing() {
    let Some(world) = World::start("a_wrong_dialect_loses_nothing") else { return };
    for dialect in [Dialect::Toolkit, Dialect::DatasyncV3] {
        let device = dialect.name();
        let context = world.builder(device).dialect(dialect).table::<TodoItem>().open().await.unwrap();
        let items = context.table::<TodoItem>();
        items.insert(TodoItem::titled("Milk")).await.unwrap();
        let push = context.push().await.unwrap();
        assert_ne!(push.status(), Status::Complete, "{dialect}: {push}");
        let pull = items.pull(TodoItem::pull("all")).await.unwrap();
        assert_ne!(pull.status(), Status::Complete, "{dialect}: {pull}");
        let pending = context.pending().await.unwrap();
        assert_eq!((pending.len(), pending[0].kind()), (1, OperationKind::Insert), "{dialect}");
        assert_eq!(items.count(&TodoItem::query()).await.unwrap(), 1, "{dialect}");
    }
    assert!(world.live().is_empty());
}

#[tokio::test]
async fn a_row_in_reach_of_no_request_is_refused_at_home() {
    let Some(world) = World::start("a_row_in_reach_of_no_request_is_refused_at_home") else { return };
    let (context, items) = world.device("tablet").await;
    items.insert(TodoItem::named("a", "Milk")).await.unwrap();
    let error = items.insert(TodoItem::named("a", "Bread")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Exists);
    let error = items.delete(&"b".parse().unwrap()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    // What was made and taken back is never sent.
    items.insert(TodoItem::named("c", "Eggs")).await.unwrap();
    items.delete(&"c".parse().unwrap()).await.unwrap();
    let report = context.push().await.unwrap();
    assert_eq!((report.status(), report.done()), (Status::Complete, 1), "{report}");
    assert_eq!(world.peer().rows("todoitem").len(), 1, "not even a tombstone of the third");
}
