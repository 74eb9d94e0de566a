//! Replies that a proxy loses: what the backend has taken is known again, and is done once.

use serde_json::json;
use synctable::{PushReport, Status, SyncContext};

use crate::proxy::{Fate, Proxy};
use crate::world::{TodoItem, World};

/// Pushes until nothing is pending; gives the reports.
async fn push_all(context: &SyncContext) -> Vec<PushReport> {
    let mut reports = Vec::new();
    while context.pending_count().await.unwrap() > 0 {
        assert!(reports.len() < 20, "no end: {reports:?}");
        reports.push(context.push().await.unwrap());
    }
    reports
}

#[tokio::test]
async fn lost_and_cut_replies_make_nothing_twice_and_no_conflict() {
    let Some(world) = World::start("lost_and_cut_replies_make_nothing_twice_and_no_conflict") else { return };
    // Four of ten replies never arrive, or arrive by half.
    let proxy = Proxy::start(world.peer().port, |number| match number % 10 {
        1 | 4 | 5 => Fate::Lost,
        7 => Fate::Cut,
        _ => Fate::Delivered,
    });
    for lanes in [1, 4] {
        let device = format!("tablet-{lanes}");
        let context = SyncContext::builder(&proxy.url())
            .store(synctable::SqliteStore::at(world.store(&device)))
            .push_lanes(lanes)
            .table::<TodoItem>()
            .open()
            .await
            .unwrap();
        let items = context.table::<TodoItem>();
        let mut reports = Vec::new();
        let mut ids = Vec::new();
        for number in 0..20 {
            let title = format!("Item {number} of {device}");
            let item = if number % 2 == 0 {
                TodoItem::titled(&title)
            } else {
                TodoItem::named(&format!("{device}-{number}"), &title)
            };
            ids.push(items.insert(item).await.unwrap().id);
        }
        reports.extend(push_all(&context).await);
        for id in &ids[..12] {
            items.edit(id, |item| item.complete = true).await.unwrap();
        }
        for id in &ids[12..] {
            items.delete(id).await.unwrap();
        }
        reports.extend(push_all(&context).await);
        let conflicts = reports.iter().flat_map(PushReport::failed).filter(|failed| failed.is_conflict()).count();
        assert_eq!(conflicts, 0, "{reports:?}");
        assert_eq!(reports.last().unwrap().status(), Status::Complete);
        items.pull(TodoItem::pull("all")).await.unwrap().into_result().unwrap();
        for id in &ids[..12] {
            assert_eq!(world.live()[id.as_str()]["version"], json!("Mg=="), "each row was written twice, not more");
        }
    }
    assert!(proxy.lost() > 20, "{} replies were lost", proxy.lost());
    assert_eq!(world.peer().rows("todoitem").len(), 40);
    assert_eq!(world.live().len(), 24);
    let (_context, items) = world.device("fresh").await;
    items.pull(TodoItem::pull("all")).await.unwrap().into_result().unwrap();
    world.assert_same(&items).await;
}
