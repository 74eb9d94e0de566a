//! What the backend refuses: a table that it lacks, a row that is too long.

use synctable::{Id, Reason, Status, SyncTable};

use crate::world::{TodoItem, World};

#[derive(Debug, Clone, Default, SyncTable)]
#[sync(table = "nowhere")]
struct Nowhere {
    id: Id,
    text: String,
}

#[tokio::test]
async fn a_table_that_the_backend_lacks_holds_up_no_other() {
    let Some(world) = World::start("a_table_that_the_backend_lacks_holds_up_no_other") else { return };
    let context = world.builder("tablet").table::<Nowhere>().table::<TodoItem>().open().await.unwrap();
    let (lost, items) = (context.table::<Nowhere>(), context.table::<TodoItem>());
    items.insert(TodoItem::titled("Milk")).await.unwrap();
    for text in ["one", "two"] {
        lost.insert(Nowhere { text: text.to_owned(), ..Nowhere::default() }).await.unwrap();
    }
    items.insert(TodoItem::titled("Bread")).await.unwrap();
    // The 404 is a page for people, and so is that of the table itself: nothing says that the rows are refused.
    let report = context.sync().await.unwrap();
    assert_eq!(report.push().done(), 2, "{report}");
    assert_eq!(report.push().failed().len() + report.push().not_attempted().len(), 2, "{report}");
    for waiting in report.push().not_attempted() {
        assert_eq!((waiting.table(), waiting.reason()), ("nowhere", &Reason::TableSkipped));
    }
    let pulls: Vec<_> = report.pulls().iter().map(|pull| (pull.table(), pull.stopped_by().is_some())).collect();
    assert_eq!(pulls, [("nowhere", true), ("todoitem", false)], "{report}");
    world.assert_same(&items).await;
    assert_eq!(context.pending_count().await.unwrap(), 2);
    assert_eq!(lost.count(&Nowhere::query()).await.unwrap(), 2, "they are kept");
}

#[tokio::test]
async fn a_row_that_is_too_long_is_set_aside_until_it_is_edited() {
    let Some(world) = World::start("a_row_that_is_too_long_is_set_aside_until_it_is_edited") else { return };
    let (context, items) = world.device("tablet").await;
    let long = items.insert(TodoItem::titled(&"long ".repeat(40_000))).await.unwrap();
    items.insert(TodoItem::titled("Bread")).await.unwrap();
    let report = context.push().await.unwrap();
    assert_eq!((report.status(), report.done(), report.failed().len()), (Status::WithFailures, 1, 1), "{report}");
    assert_eq!((report.failed()[0].id(), report.failed()[0].failure().status), (&long.id, Some(400)));
    let again = context.push().await.unwrap();
    assert_eq!((again.requests(), again.not_attempted().len()), (0, 1), "it is not sent again as it is: {again}");
    assert_eq!(again.not_attempted()[0].reason(), &Reason::SetAside);
    items.edit(&long.id, |item| item.title = Some("short".to_owned())).await.unwrap().unwrap();
    context.sync().await.unwrap().into_result().unwrap();
    world.assert_same(&items).await;
}
