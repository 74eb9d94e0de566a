//! Pulls of more rows than a page, and of many rows with one stamp.

use std::collections::BTreeSet;

use synctable::Id;

use crate::world::{TodoItem, World};

/// Rows that the backend's operator loads; each statement stamps all of its rows alike.
fn load(prefix: &str, rows: u32) -> String {
    format!(
        "WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < {rows}) \
         INSERT INTO todoitem (id, title, complete, dueAt) \
         SELECT printf('{prefix}%05d', n), 'Item ' || n, n % 2, NULL FROM number;"
    )
}

#[tokio::test]
async fn more_rows_than_a_page() {
    let Some(mut world) = World::start("more_rows_than_a_page") else { return };
    let batches: String = (0..12).map(|batch| load(&format!("b{batch:02}-"), 130)).collect();
    world.operate(&batches);
    let (context, items) = world.device("tablet").await;
    let pull = items.pull(TodoItem::pull("all").page_size(40)).await.unwrap();
    assert_eq!(pull.applied(), 1560, "{pull}");
    assert!(pull.requests() > 1560 / 40, "{} requests", pull.requests());
    world.assert_same(&items).await;
    // The backend refuses to give more than 1 000 rows at once; the pull asks for no more.
    let (_whole, whole_items) = world.device("whole").await;
    whole_items.pull(TodoItem::pull("all").page_size(5000)).await.unwrap().into_result().unwrap();
    world.assert_same(&whole_items).await;

    // A changed and a deleted row arrive, with the rows of the overlap at most.
    let (changed, deleted): (Id, Id) = ("b03-00007".parse().unwrap(), "b11-00130".parse().unwrap());
    items.edit(&changed, |item| item.title = Some("changed".to_owned())).await.unwrap();
    items.delete(&deleted).await.unwrap();
    context.push().await.unwrap().into_result().unwrap();
    let pull = whole_items.pull(TodoItem::pull("all").page_size(40)).await.unwrap();
    assert_eq!((pull.applied(), pull.deleted()), (1, 1), "{pull}");
    world.assert_same(&whole_items).await;
}

#[tokio::test]
async fn many_rows_in_one_millisecond() {
    let Some(mut world) = World::start("many_rows_in_one_millisecond") else { return };
    world.operate(&load("first-", 3));
    let (_context, items) = world.device("tablet").await;
    items.pull(TodoItem::pull("all")).await.unwrap().into_result().unwrap();
    // SQLite's `now` stands still within a statement, so the backend's own trigger stamps all rows alike.
    world.operate(&load("many-", 730));
    world.operate("UPDATE todoitem SET complete = 1;");
    let stamps: BTreeSet<String> =
        world.live().values().map(|row| row["updatedAt"].as_str().unwrap().to_owned()).collect();
    assert_eq!(stamps.len(), 1, "the rows have one stamp");
    // Smaller than, equal to, and no divisor of the number of rows.
    for (device, page) in [("tablet", 50), ("one", 733), ("two", 97), ("three", 1000)] {
        let (_context, items) = world.device(device).await;
        let pull = items.pull(TodoItem::pull("all").page_size(page)).await.unwrap();
        assert_eq!(pull.applied(), 733, "pages of {page}: {pull}");
        world.assert_same(&items).await;
        let again = items.pull(TodoItem::pull("all").page_size(page)).await.unwrap();
        assert_eq!((again.applied(), again.deleted()), (0, 0), "pages of {page}: {again}");
    }
    // A row that joins later, and deletions in one stamp too.
    world.operate(&format!("{} UPDATE todoitem SET deleted = 1 WHERE id LIKE 'many-%5';", load("late-", 1)));
    for device in ["tablet", "two"] {
        let (_context, items) = world.device(device).await;
        let pull = items.pull(TodoItem::pull("all").page_size(10)).await.unwrap();
        assert_eq!((pull.applied(), pull.deleted()), (1, 73), "{pull}");
        world.assert_same(&items).await;
    }
}
