//! An app's tests: two devices, other devices' writes, the clock, what was sent.

use std::time::Duration;

use synctable::testing::{FakeServer, Fault, SeenRequest};
use synctable::wire::Method;
use synctable::{
    Clock as _, ErrorKind, Id, MemoryStore, OperationKind, RemoteClient, RemoteRow, SyncContext, SyncTable,
};

use super::{Kitchen, TodoItem, device, server, todo};

fn id(text: &str) -> Id {
    Id::parse(text).unwrap()
}

#[tokio::test(start_paused = true)]
async fn two_devices_meet_on_one_server() {
    let server = server();
    let (mine, other) = (device(&server).await, device(&server).await);
    mine.table::<TodoItem>().insert(todo("a", "Milk")).await.unwrap();
    mine.sync().await.unwrap().into_result().unwrap();
    other.sync().await.unwrap().into_result().unwrap();
    other.table::<TodoItem>().edit(&id("a"), |t| t.complete = true).await.unwrap();
    other.table::<TodoItem>().insert(todo("b", "Bread")).await.unwrap();
    other.sync().await.unwrap().into_result().unwrap();
    mine.table::<TodoItem>().delete(&id("b")).await.unwrap_err();
    mine.sync().await.unwrap().into_result().unwrap();
    mine.table::<TodoItem>().delete(&id("b")).await.unwrap();
    mine.sync().await.unwrap().into_result().unwrap();
    other.sync().await.unwrap().into_result().unwrap();
    for ctx in [&mine, &other] {
        let rows = ctx.table::<TodoItem>().list(&TodoItem::query()).await.unwrap();
        assert_eq!(rows, [TodoItem { complete: true, ..todo("a", "Milk") }]);
    }
    assert_eq!(server.rows::<TodoItem>().unwrap().len(), 1);
    assert_eq!(server.tombstones::<TodoItem>().unwrap(), [id("b")]);
}

#[tokio::test(start_paused = true)]
async fn what_other_devices_do_arrives_with_the_next_sync() {
    let server = server();
    let ctx = device(&server).await;
    let todos = ctx.table::<TodoItem>();
    let milk = server.seed(TodoItem { title: Some("Milk".into()), ..Default::default() }).unwrap();
    ctx.sync().await.unwrap().into_result().unwrap();
    assert_eq!(todos.get(&milk).await.unwrap().unwrap().title.as_deref(), Some("Milk"));
    let edited = server.edit_elsewhere::<TodoItem>(&milk, |t| t.title = Some("Oat milk".into())).unwrap();
    assert_eq!(edited.title.as_deref(), Some("Oat milk"));
    assert_eq!(server.row::<TodoItem>(&milk).unwrap(), Some(edited.clone()));
    ctx.sync().await.unwrap().into_result().unwrap();
    assert_eq!(todos.get(&milk).await.unwrap(), Some(edited));
    server.delete_elsewhere::<TodoItem>(&milk).unwrap();
    assert_eq!(server.row::<TodoItem>(&milk).unwrap(), None);
    ctx.sync().await.unwrap().into_result().unwrap();
    assert_eq!(todos.get(&milk).await.unwrap(), None);
    server.seed(TodoItem { id: milk.clone(), title: Some("back".into()), complete: false }).unwrap();
    ctx.sync().await.unwrap().into_result().unwrap();
    assert_eq!(todos.get(&milk).await.unwrap().unwrap().title.as_deref(), Some("back"));
}

#[tokio::test(start_paused = true)]
async fn an_edit_elsewhere_is_a_conflict_of_a_queued_one() {
    let server = server();
    let ctx = device(&server).await;
    let milk = server.seed(todo("a", "Milk")).unwrap();
    ctx.sync().await.unwrap().into_result().unwrap();
    ctx.table::<TodoItem>().edit(&milk, |t| t.title = Some("Bread".into())).await.unwrap();
    server.edit_elsewhere::<TodoItem>(&milk, |t| t.title = Some("Oat milk".into())).unwrap();
    let report = ctx.push().await.unwrap();
    assert!(report.failed()[0].is_conflict(), "{report:?}");
    let conflicts = ctx.table::<TodoItem>().conflicts().await.unwrap();
    let RemoteRow::Live(remote) = conflicts[0].remote() else { panic!("{conflicts:?}") };
    assert_eq!(remote.title.as_deref(), Some("Oat milk"));
    let sent = server.requests();
    assert_eq!(sent.last().unwrap().to_string(), "PUT tables/todoitem/a -> 412");
}

#[tokio::test(start_paused = true)]
async fn background_sync_sends_what_was_written_offline() {
    let server = server();
    let ctx = device(&server).await;
    let auto = ctx.auto_sync().start().unwrap();
    server.offline(true);
    ctx.table::<TodoItem>().insert(todo("a", "Milk")).await.unwrap();
    server.clock().sleep(Duration::from_secs(120)).await;
    assert!(server.rows::<TodoItem>().unwrap().is_empty());
    server.offline(false);
    server.clock().sleep(Duration::from_secs(600)).await;
    assert_eq!(server.rows::<TodoItem>().unwrap(), [todo("a", "Milk")]);
    drop(auto);
}

#[tokio::test(start_paused = true)]
async fn a_write_while_its_row_is_sent_is_sent_after_it() {
    let server = server();
    let ctx = device(&server).await;
    ctx.table::<TodoItem>().insert(todo("a", "Milk")).await.unwrap();
    server.next(Fault::Delay(Duration::from_secs(5)));
    let pushing = tokio::spawn({
        let ctx = ctx.clone();
        async move { ctx.push().await }
    });
    server.clock().sleep(Duration::from_secs(1)).await;
    assert_eq!(server.requests().len(), 1, "it is on its way");
    ctx.table::<TodoItem>().edit(&id("a"), |t| t.complete = true).await.unwrap();
    assert_eq!(pushing.await.unwrap().unwrap().changed_meanwhile().len(), 1);
    ctx.push().await.unwrap().into_result().unwrap();
    assert_eq!(server.rows::<TodoItem>().unwrap(), [TodoItem { complete: true, ..todo("a", "Milk") }]);
}

#[tokio::test(start_paused = true)]
async fn hard_deletes_leave_nothing() {
    let server = server();
    let row = server.seed(Kitchen { text: Some("x".into()), ..Default::default() }).unwrap();
    server.delete_elsewhere::<Kitchen>(&row).unwrap();
    assert!(server.rows::<Kitchen>().unwrap().is_empty() && server.tombstones::<Kitchen>().unwrap().is_empty());
}

#[test]
fn mistakes_of_a_test_are_told() {
    let server = FakeServer::new().with::<TodoItem>();
    let error = server.rows::<Kitchen>().unwrap_err();
    assert_eq!((error.kind(), error.table()), (ErrorKind::NotFound, Some("kitchen")));
    assert!(error.to_string().contains(".with::<T>()"), "{error}");
    assert_eq!(server.seed(Kitchen::default()).unwrap_err().kind(), ErrorKind::NotFound);
    let error = server.edit_elsewhere::<TodoItem>(&id("none"), |_| {}).unwrap_err();
    assert_eq!((error.kind(), error.row()), (ErrorKind::NotFound, Some("none")));
    assert_eq!(server.delete_elsewhere::<TodoItem>(&id("none")).unwrap_err().kind(), ErrorKind::NotFound);
    let milk = server.seed(todo("a", "Milk")).unwrap();
    let error = server.edit_elsewhere::<TodoItem>(&milk, |t| t.id = id("b")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    assert_eq!(server.rows::<TodoItem>().unwrap(), [todo("a", "Milk")]);
}

#[tokio::test(start_paused = true)]
async fn what_was_sent_can_be_looked_at() {
    let server = server();
    let ctx = device(&server).await;
    server.seed(todo("a", "Milk")).unwrap();
    ctx.sync().await.unwrap().into_result().unwrap();
    let pull = server.take_requests();
    assert!(pull[0].is_of::<TodoItem>() && !pull[0].is_of::<Kitchen>() && !pull[0].is_write());
    assert_eq!(pull[0].parameter("$COUNT").as_deref(), Some("true"));
    assert_eq!((pull[0].id(), pull[0].row::<TodoItem>()), (None, None));
    ctx.table::<TodoItem>().edit(&id("a"), |t| t.complete = true).await.unwrap();
    server.clock().advance(Duration::from_secs(5));
    ctx.push().await.unwrap().into_result().unwrap();
    let sent = server.take_requests();
    let [put] = &sent[..] else { panic!("{sent:?}") };
    assert_eq!((put.method(), put.path(), put.status()), (Method::Put, "tables/todoitem/a", Some(200)));
    assert_eq!((put.id(), put.at()), (Some(&id("a")), server.clock().now()));
    assert_eq!(put.row::<TodoItem>(), Some(TodoItem { complete: true, ..todo("a", "Milk") }));
    assert!(put.headers().get("if-match").is_some() && put.body().starts_with(b"{"));
    assert!(server.requests().is_empty());
}

#[tokio::test(start_paused = true)]
async fn many_rows_come_page_by_page_though_the_clock_stands_still() {
    let server = server().page_size(7);
    for number in 0..100 {
        server.seed(todo(&format!("t{number:03}"), "x")).unwrap();
    }
    let ctx = device(&server).await;
    ctx.sync().await.unwrap().into_result().unwrap();
    assert_eq!(ctx.table::<TodoItem>().count(&TodoItem::query()).await.unwrap(), 100);
    assert!(server.requests().len() > 14);
}

#[tokio::test(start_paused = true)]
async fn the_way_of_an_app_that_names_its_own_address() {
    let server = server();
    let ctx = SyncContext::builder("https://todo.example/base")
        .transport(server.transport())
        .store(MemoryStore::new())
        .table::<TodoItem>()
        .open()
        .await
        .unwrap();
    server.seed(todo("a", "Milk")).unwrap();
    ctx.sync().await.unwrap().into_result().unwrap();
    assert_eq!(ctx.dialect(), Some(synctable::wire::Dialect::Toolkit), "it is found out");
    assert_eq!(ctx.table::<TodoItem>().count(&TodoItem::query()).await.unwrap(), 1);
}

#[tokio::test(start_paused = true)]
async fn online_tables_and_routes() {
    #[derive(Debug, Clone, Default, PartialEq, SyncTable)]
    #[sync(table = "note", route = "api/v1/notes")]
    struct Note {
        id: Id,
        text: String,
    }
    let server = FakeServer::new().with::<Note>();
    let client = RemoteClient::builder(server.url()).transport(server.transport()).build().unwrap();
    let notes = client.table::<Note>();
    let note = notes.insert(Note { text: "x".into(), ..Default::default() }).await.unwrap();
    assert_eq!(notes.get(&note.id).await.unwrap(), Some(note.clone()));
    let found = notes.list(&Note::query().filter(|n| n.text.starts_with("x"))).await.unwrap();
    assert_eq!(found, [note]);
    assert!(server.requests().iter().any(|request| request.path() == "api/v1/notes" && request.is_of::<Note>()));
}

#[tokio::test(start_paused = true)]
async fn a_lost_delete_is_found_to_be_done() {
    let server = server();
    let ctx = device(&server).await;
    let milk = server.seed(todo("a", "Milk")).unwrap();
    ctx.sync().await.unwrap().into_result().unwrap();
    ctx.table::<TodoItem>().delete(&milk).await.unwrap();
    assert_eq!(ctx.pending().await.unwrap()[0].kind(), OperationKind::Delete);
    server.next_write(Fault::DropReply);
    ctx.push().await.unwrap().into_result().unwrap();
    let deletes: Vec<_> =
        server.take_requests().iter().filter(|request| request.is_write()).map(SeenRequest::status).collect();
    assert_eq!(deletes.first(), Some(&Some(204)));
    assert_eq!(server.tombstones::<TodoItem>().unwrap(), [milk]);
}
