//! Pushes of some tables only (queue.md 3, Scope and Order).

use serde_json::json;
use synctable::{ErrorKind, Id, Pull, Push, Reason, Status, SyncTable};

use crate::world::net::status;
use crate::world::tables::{Item, List, Node, Task};
use crate::world::{Device, World, id};

/// A table that no device of the histories has.
#[derive(Debug, Clone, SyncTable)]
struct Stranger {
    id: Id,
    name: String,
}

async fn list(device: &Device, name: &str) {
    device.context.table::<List>().insert(List { id: id(name), title: "T".into() }).await.unwrap();
}

async fn task(device: &Device, name: &str, list: Option<&str>) {
    let task = Task { id: id(name), list: list.map(id), text: "x".into() };
    device.context.table::<Task>().insert(task).await.unwrap();
}

async fn pending(device: &Device) -> Vec<String> {
    device.pending().await.iter().map(|operation| operation.id().to_string()).collect()
}

#[tokio::test(start_paused = true)]
async fn a_push_of_a_table_sends_it_and_the_parents_that_it_names_and_nothing_else() {
    for lanes in [1, 4] {
        let world = World::v3();
        let device = Device::new(&world).await;
        device.insert("i", "A", 1).await;
        task(&device, "t", Some("l")).await;
        task(&device, "u", None).await;
        list(&device, "l").await;
        list(&device, "m").await;
        let report = device.context.push_with(Push::new().table::<Task>().lanes(lanes)).await.unwrap();
        assert_eq!((report.status(), report.done()), (Status::Complete, 3), "{report:?}");
        assert!(report.not_attempted().is_empty(), "entries of other tables are not in the report");
        assert_eq!(pending(&device).await, ["i", "m"]);
        let writes = world.writes();
        assert_eq!(writes.iter().filter(|line| *line == "POST list").count(), 1, "{writes:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_handle_of_a_table_pushes_it() {
    let world = World::v3();
    let device = Device::new(&world).await;
    device.insert("i", "A", 1).await;
    list(&device, "l").await;
    let report = device.context.table::<List>().push().await.unwrap();
    assert_eq!((report.status(), report.done()), (Status::Complete, 1));
    assert_eq!(world.writes(), ["POST list"]);
    assert_eq!(pending(&device).await, ["i"]);
}

#[tokio::test(start_paused = true)]
async fn several_tables_are_sent_in_the_order_of_the_queue() {
    let world = World::v3();
    let device = Device::new(&world).await;
    device.insert("1", "A", 1).await;
    task(&device, "2", None).await;
    list(&device, "3").await;
    device.insert("4", "A", 1).await;
    let push = Push::new().table::<Item>().table::<List>();
    assert_eq!(device.context.push_with(push).await.unwrap().done(), 3);
    assert_eq!(world.writes(), ["POST item", "POST list", "POST item"]);
}

#[tokio::test(start_paused = true)]
async fn a_parent_of_another_table_that_fails_holds_back_its_child() {
    let world = World::v3();
    let device = Device::new(&world).await;
    list(&device, "l").await;
    task(&device, "t", Some("l")).await;
    task(&device, "u", None).await;
    world.once("POST", "list", status(403));
    let report = device.context.table::<Task>().push().await.unwrap();
    assert_eq!((report.status(), report.done()), (Status::WithFailures, 1));
    assert_eq!(report.failed()[0].id().as_str(), "l", "the parent that went along is told of");
    assert_eq!(report.not_attempted()[0].reason(), &Reason::HeldBack("list".to_owned(), id("l")));
}

#[tokio::test(start_paused = true)]
async fn a_delete_is_held_back_by_a_child_of_another_table_that_is_not_sent() {
    let world = World::v3();
    let device = Device::new(&world).await;
    world.server(|server| {
        server.put("list", "l", json!({ "title": "T" }));
        server.put("task", "t", json!({ "list": "l", "text": "x" }));
    });
    drop(device.context.table::<List>().pull(Pull::full()).await.unwrap());
    drop(device.context.table::<Task>().pull(Pull::full()).await.unwrap());
    device.context.table::<Task>().delete(&id("t")).await.unwrap();
    device.context.table::<List>().delete(&id("l")).await.unwrap();
    world.sent();
    let report = device.context.table::<List>().push().await.unwrap();
    assert_eq!(report.status(), Status::WithFailures);
    assert_eq!(report.not_attempted()[0].reason(), &Reason::HeldBack("task".to_owned(), id("t")));
    assert!(world.sent().is_empty());
    device.pushes().await;
    assert_eq!(world.writes(), ["DELETE task/t", "DELETE list/l"]);
}

#[tokio::test(start_paused = true)]
async fn a_push_that_stops_tells_of_its_tables_only() {
    let world = World::v3();
    let device = Device::new(&world).await;
    device.insert("a", "A", 1).await;
    list(&device, "l").await;
    device.insert("b", "A", 1).await;
    world.always("*", "*", crate::world::Meet::Unsent);
    let report = device.context.table::<Item>().push().await.unwrap();
    assert_eq!(report.status(), Status::Offline);
    let told: Vec<_> = report.not_attempted().iter().map(|left| left.id().as_str()).collect();
    assert_eq!(told, ["a", "b"]);
}

#[tokio::test(start_paused = true)]
async fn a_parent_made_after_the_call_goes_along_and_is_not_in_scope() {
    let world = World::v3();
    let device = Device::new(&world).await;
    device.insert("first", "A", 1).await;
    task(&device, "t", None).await;
    let writer = device.clone();
    let meanwhile = crate::world::net::work(move || {
        let writer = writer.clone();
        async move {
            list(&writer, "l").await;
            let tasks = writer.context.table::<Task>();
            tasks.edit(&id("t"), |task| task.list = Some(id("l"))).await.unwrap();
        }
    });
    world.once("POST", "item", crate::world::Meet::ThenWork(meanwhile));
    let report = device.push().await;
    assert_eq!((report.status(), report.done()), (Status::Complete, 2));
    assert_eq!(world.writes(), ["POST item", "POST list", "POST task"]);
    assert!(device.pending().await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_pull_pushes_what_it_says_before() {
    let world = World::v3();
    let device = Device::new(&world).await;
    device.insert("i", "A", 1).await;
    task(&device, "t", Some("l")).await;
    list(&device, "l").await;
    let tasks = device.context.table::<Task>();
    let pull = Task::pull("all").push_scope(Push::new().table::<Task>());
    let report = tasks.pull(pull.clone()).await.unwrap();
    assert_eq!(report.push().expect("it pushed").done(), 2);
    assert_eq!(world.writes(), ["POST list", "POST task"]);
    assert_eq!(pending(&device).await, ["i"]);
    assert!(tasks.pull(pull).await.unwrap().push().is_none(), "the table has nothing pending");
    let error = tasks.pull(Task::pull("all").push_scope(Push::new().lanes(9))).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
}

#[tokio::test(start_paused = true)]
async fn a_pull_of_all_pushes_once_what_any_of_its_pulls_wants_sent() {
    let world = World::v3();
    let context = synctable::SyncContext::builder("https://server.example")
        .transport(world.clone())
        .clock(world.clock())
        .store(synctable::MemoryStore::new())
        .dialect(synctable::wire::Dialect::DatasyncV3)
        .table_with::<Item>(|t| t.pull(Item::pull("all").push_scope(Push::new().table::<Item>())))
        .table_with::<List>(|t| t.pull(List::pull("all").push_scope(Push::new().table::<List>())))
        .table_with::<Node>(|t| t.pull(Node::pull("all").without_push()))
        .open()
        .await
        .unwrap();
    context.table::<Item>().insert(Item { id: id("i"), name: "A".into(), count: 1 }).await.unwrap();
    context.table::<List>().insert(List { id: id("l"), title: "T".into() }).await.unwrap();
    context.table::<Node>().insert(Node { id: id("n"), next: None }).await.unwrap();
    let report = context.pull_all().await.unwrap();
    assert_eq!(report.push().done(), 2);
    assert_eq!(world.writes(), ["POST item", "POST list"]);
    assert_eq!(context.pending_count().await.unwrap(), 1);
}

#[tokio::test(start_paused = true)]
async fn wrong_lanes_and_unknown_tables_are_refused_before_anything_is_sent() {
    let world = World::v3();
    let device = Device::new(&world).await;
    device.insert("a", "A", 1).await;
    for lanes in [0, 9] {
        let error = device.context.push_with(Push::new().lanes(lanes)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid, "{lanes}");
    }
    let error = device.context.push_with(Push::new().table::<Stranger>()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Schema);
    assert!(world.sent().is_empty());
    let builder = synctable::SyncContext::builder("https://server.example")
        .store(synctable::MemoryStore::new())
        .table::<Node>()
        .push_lanes(9);
    assert_eq!(builder.open().await.unwrap_err().kind(), ErrorKind::Invalid);
}

#[tokio::test(start_paused = true)]
async fn the_lanes_of_the_context_hold_for_every_push() {
    let world = World::v3();
    world.takes(&[10]);
    let context = synctable::SyncContext::builder("https://server.example")
        .transport(world.clone())
        .clock(world.clock())
        .store(synctable::MemoryStore::new())
        .dialect(synctable::wire::Dialect::DatasyncV3)
        .table::<Item>()
        .push_lanes(3)
        .open()
        .await
        .unwrap();
    let items = context.table::<Item>();
    let fill = async || {
        for _ in 0..9 {
            items.insert(Item { id: Id::new(), name: "A".into(), count: 1 }).await.unwrap();
        }
        world.most_under_way();
    };
    fill().await;
    assert_eq!(context.push().await.unwrap().done(), 9);
    assert_eq!(world.most_under_way(), 3);
    fill().await;
    assert_eq!(items.pull(Pull::named("all")).await.unwrap().push().expect("it pushed").done(), 9);
    assert_eq!(world.most_under_way(), 3);
    fill().await;
    assert_eq!(context.sync().await.unwrap().push().done(), 9);
    assert_eq!(world.most_under_way(), 3);
    fill().await;
    assert_eq!(context.push_with(Push::new().lanes(1)).await.unwrap().done(), 9);
    assert_eq!(world.most_under_way(), 1);
}
