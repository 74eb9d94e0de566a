//! 409, 412, 404 and tombstones between two devices.

use serde_json::json;
use synctable::{Conflict, ConflictPolicy, Id, PushReport, RemoteRow, Resolution, Status, SyncContext};

use crate::world::{TodoItem, World};

/// The only pending operation is a conflict; gives the title of the remote row, none if it is deleted.
async fn only_conflict(context: &SyncContext, report: &PushReport) -> Option<String> {
    assert_eq!((report.status(), report.failed().len()), (Status::WithFailures, 1), "{report}");
    assert!(report.failed()[0].is_conflict(), "{}", report.failed()[0]);
    let pending = context.pending().await.unwrap();
    assert_eq!(pending.len(), 1);
    assert!(pending[0].is_conflict());
    match pending[0].remote::<TodoItem>().unwrap() {
        Some(RemoteRow::Live(item)) => Some(item.title.unwrap()),
        Some(RemoteRow::Deleted) => None,
        None => panic!("a conflict shows the remote row"),
    }
}

async fn discard_all(context: &SyncContext) {
    for operation in context.pending().await.unwrap() {
        context.discard(&operation).await.unwrap();
    }
    assert_eq!(context.pending_count().await.unwrap(), 0);
}

#[tokio::test]
async fn an_insert_of_an_id_that_is_taken_is_a_conflict() {
    let Some(world) = World::start("an_insert_of_an_id_that_is_taken_is_a_conflict") else { return };
    let ((tablet, tablet_items), (phone, items)) = (world.device("tablet").await, world.device("phone").await);
    tablet_items.insert(TodoItem::named("milk", "Milk")).await.unwrap();
    items.insert(TodoItem::named("milk", "Oat milk")).await.unwrap();
    tablet.push().await.unwrap().into_result().unwrap();
    let report = phone.push().await.unwrap();
    // The backend's 409 echoes the request; the true row is fetched.
    assert_eq!(only_conflict(&phone, &report).await.as_deref(), Some("Milk"));
    assert_eq!(report.failed()[0].failure().status, Some(409));
    assert_eq!(items.get(&"milk".parse().unwrap()).await.unwrap().unwrap().title.as_deref(), Some("Oat milk"));
    // Pulled beside it, the wish stays.
    let pull = items.pull(TodoItem::pull("all")).await.unwrap();
    assert_eq!(pull.status(), Status::WithFailures);
    assert_eq!(items.get(&"milk".parse().unwrap()).await.unwrap().unwrap().title.as_deref(), Some("Oat milk"));
    discard_all(&phone).await;
    world.assert_same(&items).await;

    // The same row made on both devices is no conflict.
    tablet_items.insert(TodoItem::named("bread", "Bread")).await.unwrap();
    items.insert(TodoItem::named("bread", "Bread")).await.unwrap();
    tablet.push().await.unwrap().into_result().unwrap();
    phone.push().await.unwrap().into_result().unwrap();
    assert_eq!(world.live()["bread"]["version"], json!("MQ=="));
    items.edit(&"bread".parse().unwrap(), |item| item.complete = true).await.unwrap();
    phone.push().await.unwrap().into_result().unwrap();
    assert_eq!(world.live()["bread"]["version"], json!("Mg=="), "the version was adopted with the row");
}

#[tokio::test]
async fn an_update_or_delete_of_a_changed_row_is_a_conflict() {
    let Some(world) = World::start("an_update_or_delete_of_a_changed_row_is_a_conflict") else { return };
    let ((tablet, tablet_items), (phone, items)) = (world.device("tablet").await, world.device("phone").await);
    let id = tablet_items.insert(TodoItem::titled("Milk")).await.unwrap().id;
    tablet.push().await.unwrap().into_result().unwrap();
    phone.sync().await.unwrap().into_result().unwrap();

    tablet_items.edit(&id, |item| item.title = Some("Oat milk".to_owned())).await.unwrap();
    tablet.push().await.unwrap().into_result().unwrap();
    items.edit(&id, |item| item.title = Some("Soy milk".to_owned())).await.unwrap();
    let report = phone.push().await.unwrap();
    assert_eq!(only_conflict(&phone, &report).await.as_deref(), Some("Oat milk"));
    assert_eq!(report.failed()[0].failure().status, Some(412));
    let operation = &phone.pending().await.unwrap()[0];
    assert_eq!(operation.base::<TodoItem>().unwrap().unwrap().title.as_deref(), Some("Milk"));
    assert_eq!(operation.local::<TodoItem>().unwrap().unwrap().title.as_deref(), Some("Soy milk"));
    assert_eq!(world.live()[id.as_str()]["title"], "Oat milk", "the refused update changed nothing");
    discard_all(&phone).await;
    world.assert_same(&items).await;

    tablet_items.edit(&id, |item| item.complete = true).await.unwrap();
    tablet.push().await.unwrap().into_result().unwrap();
    items.delete(&id).await.unwrap();
    let report = phone.push().await.unwrap();
    assert_eq!(only_conflict(&phone, &report).await.as_deref(), Some("Oat milk"));
    assert!(items.get(&id).await.unwrap().is_none(), "the deletion is still the wish");
    discard_all(&phone).await;
    assert!(items.get(&id).await.unwrap().unwrap().complete);
    world.assert_same(&items).await;
}

#[tokio::test]
async fn a_row_deleted_elsewhere() {
    let Some(world) = World::start("a_row_deleted_elsewhere") else { return };
    let ((tablet, tablet_items), (phone, items)) = (world.device("tablet").await, world.device("phone").await);
    let mut ids = Vec::new();
    for title in ["edited", "deleted", "untouched", "kept"] {
        ids.push(tablet_items.insert(TodoItem::titled(title)).await.unwrap().id);
    }
    tablet.push().await.unwrap().into_result().unwrap();
    phone.sync().await.unwrap().into_result().unwrap();
    for id in &ids[..3] {
        tablet_items.delete(id).await.unwrap();
    }
    tablet.push().await.unwrap().into_result().unwrap();
    assert_eq!(world.live().len(), 1);
    assert_eq!(world.peer().rows("todoitem").len(), 4, "the tombstones are there");

    // A delete of what is deleted is done; an edit of it is a conflict.
    items.delete(&ids[1]).await.unwrap();
    items.edit(&ids[0], |item| item.complete = true).await.unwrap();
    let report = phone.push().await.unwrap();
    assert_eq!(report.done(), 1, "{report}");
    assert_eq!(only_conflict(&phone, &report).await, None);
    let pull = items.pull(TodoItem::pull("all")).await.unwrap();
    assert_eq!(pull.deleted(), 1, "the tombstone of the untouched row arrives: {pull}");
    assert_eq!(items.count(&TodoItem::query()).await.unwrap(), 2, "the edited row is protected");
    discard_all(&phone).await;
    world.assert_same(&items).await;

    let (fresh, fresh_items) = world.device("fresh").await;
    fresh.sync().await.unwrap().into_result().unwrap();
    world.assert_same(&fresh_items).await;
}

#[tokio::test]
async fn a_deleted_id_is_made_again() {
    let Some(world) = World::start("a_deleted_id_is_made_again") else { return };
    let (tablet, tablet_items) = world.device("tablet").await;
    tablet_items.insert(TodoItem::named("milk", "Milk")).await.unwrap();
    tablet.push().await.unwrap().into_result().unwrap();
    tablet_items.delete(&"milk".parse().unwrap()).await.unwrap();
    tablet.push().await.unwrap().into_result().unwrap();
    assert!(world.live().is_empty());
    // By the device that deleted it, and then by one that never heard of it.
    for (device, title) in [("tablet", "Oat milk"), ("phone", "Soy milk")] {
        let (context, items) =
            if device == "tablet" { (tablet.clone(), tablet_items.clone()) } else { world.device(device).await };
        items.insert(TodoItem { complete: true, ..TodoItem::named("milk", title) }).await.unwrap();
        context.push().await.unwrap().into_result().unwrap();
        assert_eq!(world.live()["milk"]["title"], title);
        assert_eq!(world.live()["milk"]["complete"], json!(true));
        world.assert_same(&items).await;
        items.delete(&"milk".parse().unwrap()).await.unwrap();
        context.push().await.unwrap().into_result().unwrap();
        assert!(world.live().is_empty());
    }
}

#[tokio::test]
async fn a_handler_and_policies_end_conflicts() {
    let Some(world) = World::start("a_handler_and_policies_end_conflicts") else { return };
    let (tablet, tablet_items) = world.device("tablet").await;
    // Who ends the conflict, and the titles that an edit and a deletion of the other device leave.
    for (device, edited, deleted) in [
        ("handler", Some("theirs, mine"), Some("mine again")),
        ("local", Some("mine"), Some("mine again")),
        ("remote", Some("theirs"), None),
    ] {
        let (first, second) = (format!("{device}-1"), format!("{device}-2"));
        for id in [&first, &second] {
            tablet_items.insert(TodoItem::named(id, "old")).await.unwrap();
        }
        tablet.push().await.unwrap().into_result().unwrap();
        let builder = world.builder(device).table_with::<TodoItem>(|table| {
            let table = table.pull(TodoItem::pull("all"));
            match device {
                "local" => table.conflict_policy(ConflictPolicy::LocalWins),
                "remote" => table.conflict_policy(ConflictPolicy::RemoteWins),
                _ => table.resolve_with(|conflict: Conflict<TodoItem>| async move {
                    let (Some(local), RemoteRow::Live(remote)) = (conflict.local(), conflict.remote()) else {
                        return Resolution::KeepLocal;
                    };
                    let title = |item: &TodoItem| item.title.clone().unwrap();
                    let both = format!("{}, {}", title(remote), title(local));
                    Resolution::Merge(TodoItem { title: Some(both), ..local.clone() })
                }),
            }
        });
        let context = builder.open().await.unwrap();
        let items = context.table::<TodoItem>();
        context.sync().await.unwrap().into_result().unwrap();
        let (first, second) = (first.parse().unwrap(), second.parse().unwrap());
        tablet_items.edit(&first, |item| item.title = Some("theirs".to_owned())).await.unwrap();
        tablet_items.delete(&second).await.unwrap();
        tablet.push().await.unwrap().into_result().unwrap();
        items.edit(&first, |item| item.title = Some("mine".to_owned())).await.unwrap();
        items.edit(&second, |item| item.title = Some("mine again".to_owned())).await.unwrap();
        context.push().await.unwrap().into_result().unwrap();
        assert_eq!(context.pending_count().await.unwrap(), 0, "{device}");
        let title = |id: &Id| world.live().get(id.as_str()).map(|row| row["title"].as_str().unwrap().to_owned());
        assert_eq!((title(&first).as_deref(), title(&second).as_deref()), (edited, deleted), "{device}");
        context.sync().await.unwrap().into_result().unwrap();
        world.assert_same(&items).await;
        tablet.sync().await.unwrap().into_result().unwrap();
        world.assert_same(&tablet_items).await;
    }
}
