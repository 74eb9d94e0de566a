//! Rows of the server as the app's structs.

use std::time::Duration;

use synctable::testing::{FakeServer, SeenRequest};
use synctable::{ColumnValue, Decimal, Id, JsonValue, MemoryStore, SyncTable, Timestamp, Uuid, Version};

use super::{Kitchen, TodoItem, ask, server, todo};

fn full() -> Kitchen {
    Kitchen {
        id: Id::parse("k").unwrap(),
        text: Some("Ä \"𝄞\"".into()),
        flag: Some(true),
        int32: Some(i32::MIN),
        int64: Some(9_007_199_254_740_993),
        double: Some(-1.5e-7),
        decimal: Some("1234567890.123456789".parse::<Decimal>().unwrap()),
        instant: Some(Timestamp::from_ticks(17_092_172_967_891_234).unwrap()),
        guid: Some(Uuid::parse_str("0f8fad5b-d9cb-469f-a165-70867728950e").unwrap()),
        bytes: Some(vec![1, 2, 3, 255]),
        date: Some("2024-02-29".parse().unwrap()),
        time: Some("12:34:56.7891234".parse().unwrap()),
    }
}

#[test]
fn every_type_is_kept_to_the_last_digit() {
    let server = server();
    server.seed(full()).unwrap();
    server.seed(Kitchen { id: Id::parse("n").unwrap(), ..Default::default() }).unwrap();
    let rows = server.rows::<Kitchen>().unwrap();
    assert_eq!(rows, [full(), Kitchen { id: Id::parse("n").unwrap(), ..Default::default() }]);
    let edited = server.edit_elsewhere::<Kitchen>(&full().id, |row| row.text = None).unwrap();
    assert_eq!(edited, Kitchen { text: None, ..full() });
}

#[tokio::test(start_paused = true)]
async fn a_device_and_the_server_mean_the_same_values() {
    let server = server();
    let ctx = server.context().store(MemoryStore::new()).table::<Kitchen>().open().await.unwrap();
    ctx.table::<Kitchen>().insert(full()).await.unwrap();
    ctx.sync().await.unwrap().into_result().unwrap();
    assert_eq!(server.rows::<Kitchen>().unwrap(), [full()]);
    let sent = server.take_requests().into_iter().find(|request| request.is_write()).unwrap();
    assert_eq!(sent.row::<Kitchen>(), Some(full()));
    server.edit_elsewhere::<Kitchen>(&full().id, |row| row.int64 = Some(i64::MAX)).unwrap();
    ctx.sync().await.unwrap().into_result().unwrap();
    let row = ctx.table::<Kitchen>().get(&full().id).await.unwrap().unwrap();
    assert_eq!((row.int64, row.decimal), (Some(i64::MAX), full().decimal));
}

#[derive(Debug, Clone, Copy, Default, PartialEq, ColumnValue)]
enum Priority {
    #[default]
    Low,
    High,
}

#[derive(Debug, Clone, Default, PartialEq, SyncTable)]
#[sync(table = "task")]
struct Task {
    id: Id,
    priority: Priority,
    share: f32,
    count: u8,
    #[sync(json)]
    tags: Vec<String>,
    #[sync(json)]
    more: Option<JsonValue>,
    #[sync(local, default = 3)]
    shown: i32,
    #[sync(system)]
    version: Option<Version>,
    #[sync(system)]
    updated_at: Option<Timestamp>,
}

#[tokio::test(start_paused = true)]
async fn enums_json_system_columns_and_columns_of_the_device() {
    let server = FakeServer::new().with::<Task>();
    let task = Task { priority: Priority::High, share: 0.1, count: 200, tags: vec!["a".into()], ..Default::default() };
    let id = server.seed(Task { shown: 8, ..task.clone() }).unwrap();
    let stored = server.row::<Task>(&id).unwrap().unwrap();
    assert_eq!((stored.priority, stored.share, stored.count, &stored.tags), (Priority::High, 0.1, 200, &task.tags));
    assert_eq!(stored.shown, 3, "the server has no such column");
    assert_eq!(stored.updated_at, Some(server.clock().now()));
    let ctx = server.context().store(MemoryStore::new()).table::<Task>().open().await.unwrap();
    ctx.sync().await.unwrap().into_result().unwrap();
    let pulled = ctx.table::<Task>().get(&id).await.unwrap().unwrap();
    assert_eq!(pulled, stored);
    ctx.table::<Task>().edit(&id, |task| task.count = 1).await.unwrap();
    ctx.push().await.unwrap().into_result().unwrap();
    let sent = server.take_requests().into_iter().rfind(SeenRequest::is_write).unwrap().row::<Task>();
    assert_eq!(sent, Some(Task { count: 1, version: None, updated_at: None, ..stored }), "the server says these");
    assert_eq!(ctx.table::<Task>().get(&id).await.unwrap(), server.row::<Task>(&id).unwrap());
    let body = br#"{"id":"x","priority":"Huge"}"#;
    let json = [("Content-Type".to_owned(), "application/json".to_owned())];
    let refused = ask(&server, "POST", "/tables/task", &json, Some(body));
    assert_eq!(refused.status, 400);
    assert!(String::from_utf8_lossy(&refused.body).contains("one of Low, High"), "{refused:?}");
}

#[tokio::test(start_paused = true)]
async fn several_structs_of_one_table_see_each_others_columns_kept() {
    #[derive(Debug, Clone, Default, PartialEq, SyncTable)]
    #[sync(table = "todoitem", narrow)]
    struct Title {
        id: Id,
        title: Option<String>,
    }
    let server = FakeServer::new().with::<Title>();
    let id = server.seed(Title { title: Some("Milk".into()), ..Default::default() }).unwrap();
    let server = server.with::<TodoItem>();
    assert_eq!(server.rows::<TodoItem>().unwrap(), [TodoItem { id: id.clone(), ..todo("x", "Milk") }]);
    server.edit_elsewhere::<TodoItem>(&id, |t| t.complete = true).unwrap();
    server.edit_elsewhere::<Title>(&id, |t| t.title = Some("Bread".into())).unwrap();
    assert!(server.rows::<TodoItem>().unwrap()[0].complete);
    let ctx = server.context().store(MemoryStore::new()).table::<Title>().open().await.unwrap();
    ctx.sync().await.unwrap().into_result().unwrap();
    ctx.table::<Title>().edit(&id, |t| t.title = Some("Cheese".into())).await.unwrap();
    ctx.push().await.unwrap().into_result().unwrap();
    let row = server.row::<TodoItem>(&id).unwrap().unwrap();
    assert_eq!((row.title.as_deref(), row.complete), (Some("Cheese"), true));
}

#[test]
fn stamps_never_stand_still_nor_go_back() {
    let server = FakeServer::new().with::<Task>();
    let row = |id: &Id| server.row::<Task>(id).unwrap().unwrap();
    let stamp = |id: &Id| row(id).updated_at.unwrap();
    let first = server.seed(Task::default()).unwrap();
    let second = server.seed(Task::default()).unwrap();
    assert_eq!(stamp(&second), stamp(&first), "100 ns apart, of which devices see nothing");
    assert_ne!(row(&second).version, row(&first).version);
    // A tick later for each of so many writes makes a millisecond.
    for _ in 0..10_000 {
        server.edit_elsewhere::<Task>(&second, |task| task.count = 0).unwrap();
    }
    assert_eq!(stamp(&second), stamp(&first).saturating_add(Duration::from_millis(1)));
    let at = server.clock().now();
    server.clock().set(at.saturating_sub(Duration::from_secs(60)));
    let third = server.seed(Task::default()).unwrap();
    assert_eq!(stamp(&third), stamp(&second));
    server.clock().set(at.saturating_add(Duration::from_secs(60)));
    let fourth = server.seed(Task::default()).unwrap();
    assert_eq!(stamp(&fourth), server.clock().now());
}
