//! The order of sending (queue.md 3) and the scope of a push.

use serde_json::json;
use synctable::store::entry::FailureKind;
use synctable::{Pull, Reason, Status};

use crate::world::net::{status, work};
use crate::world::tables::{List, Node, Task};
use crate::world::{Device, Meet, World, id};

async fn list(device: &Device, name: &str) {
    device.context.table::<List>().insert(List { id: id(name), title: "T".into() }).await.unwrap();
}

async fn task(device: &Device, name: &str, list: Option<&str>) {
    let task = Task { id: id(name), list: list.map(id), text: "x".into() };
    device.context.table::<Task>().insert(task).await.unwrap();
}

async fn node(device: &Device, name: &str, next: Option<&str>) {
    device.context.table::<Node>().insert(Node { id: id(name), next: next.map(id) }).await.unwrap();
}

/// The ids in the order in which the server took their inserts.
fn inserted(world: &World) -> Vec<String> {
    let bodies = world.sent_in_full();
    let ids = bodies.iter().filter(|line| line.starts_with("POST")).map(|line| {
        let body = line.split_once(" {").map(|(_, body)| format!("{{{body}")).expect("a body");
        serde_json::from_str::<serde_json::Value>(&body).expect("JSON")["id"].as_str().expect("an id").to_owned()
    });
    ids.collect()
}

#[tokio::test(start_paused = true)]
async fn requests_leave_in_the_order_of_the_queue_over_all_tables() {
    let world = World::v3();
    let device = Device::new(&world).await;
    device.insert("1", "A", 1).await;
    list(&device, "2").await;
    device.insert("3", "A", 1).await;
    device.recount("1", 2).await;
    device.pushes().await;
    assert_eq!(inserted(&world), ["1", "2", "3"], "a further write keeps the place");
}

#[tokio::test(start_paused = true)]
async fn a_delete_takes_a_new_place_at_the_end() {
    let world = World::v3();
    let device = Device::new(&world).await;
    device.given(&world, "a", "A", 1).await;
    device.rename("a", "A2").await;
    device.insert("b", "B", 1).await;
    device.delete("a").await;
    device.pushes().await;
    assert_eq!(world.writes(), ["POST item", "DELETE item/a"]);
}

#[tokio::test(start_paused = true)]
async fn a_parent_inserted_later_is_sent_first() {
    let world = World::v3();
    let device = Device::new(&world).await;
    task(&device, "t", Some("l")).await;
    list(&device, "l").await;
    device.pushes().await;
    assert_eq!(inserted(&world), ["l", "t"]);
}

#[tokio::test(start_paused = true)]
async fn a_chain_of_parents_is_sent_from_its_end() {
    let world = World::v3();
    let device = Device::new(&world).await;
    for (name, next) in [("a", Some("b")), ("b", Some("c")), ("c", Some("d")), ("d", None)] {
        node(&device, name, next).await;
    }
    device.pushes().await;
    assert_eq!(inserted(&world), ["d", "c", "b", "a"]);
}

#[tokio::test(start_paused = true)]
async fn a_cycle_of_parents_falls_back_to_the_order_of_the_queue() {
    let world = World::v3();
    let device = Device::new(&world).await;
    for (name, next) in [("a", Some("b")), ("b", Some("c")), ("c", Some("a")), ("s", Some("s"))] {
        node(&device, name, next).await;
    }
    device.pushes().await;
    let sent = inserted(&world);
    assert_eq!(sent.len(), 4, "each is sent once: {sent:?}");
    assert_eq!(sent[3], "s");
}

#[tokio::test(start_paused = true)]
async fn a_failed_parent_holds_back_its_children_only() {
    let world = World::v3();
    let device = Device::new(&world).await;
    list(&device, "l").await;
    list(&device, "m").await;
    task(&device, "t", Some("l")).await;
    task(&device, "u", Some("m")).await;
    task(&device, "v", None).await;
    world.once("POST", "list", status(403));
    let report = device.push().await;
    assert_eq!((report.status(), report.done()), (Status::WithFailures, 3));
    assert_eq!(report.failed()[0].id().as_str(), "l");
    let held: Vec<_> = report.not_attempted().iter().map(|left| (left.id().as_str(), left.reason().clone())).collect();
    assert_eq!(held, [("t", Reason::HeldBack("list".to_owned(), id("l")))]);
    device.pushes().await;
}

#[tokio::test(start_paused = true)]
async fn a_failed_update_of_a_parent_holds_nothing_back() {
    let world = World::v3();
    let device = Device::new(&world).await;
    world.server(|server| server.put("list", "l", json!({ "title": "T" })));
    drop(device.context.table::<List>().pull(Pull::full()).await.unwrap());
    device.context.table::<List>().edit(&id("l"), |list| list.title = "U".into()).await.unwrap();
    task(&device, "t", Some("l")).await;
    world.once("PATCH", "list/l", status(403));
    let report = device.push().await;
    assert_eq!((report.done(), report.not_attempted().len()), (1, 0), "{report:?}");
}

#[tokio::test(start_paused = true)]
async fn a_delete_waits_for_pending_rows_whose_base_or_wish_names_it() {
    let world = World::v3();
    let device = Device::new(&world).await;
    world.server(|server| {
        server.put("list", "l", json!({ "title": "T" }));
        server.put("task", "t", json!({ "list": "l", "text": "x" }));
        server.put("task", "u", json!({ "list": "l", "text": "x" }));
    });
    drop(device.context.table::<List>().pull(Pull::full()).await.unwrap());
    drop(device.context.table::<Task>().pull(Pull::full()).await.unwrap());
    device.context.table::<List>().delete(&id("l")).await.unwrap();
    device.context.table::<Task>().delete(&id("t")).await.unwrap();
    device.context.table::<Task>().edit(&id("u"), |task| task.list = None).await.unwrap();
    device.pushes().await;
    let writes = world.writes();
    assert_eq!(writes.last().map(String::as_str), Some("DELETE list/l"), "{writes:?}");
    assert_eq!(writes.len(), 3);
}

#[tokio::test(start_paused = true)]
async fn the_scope_of_a_push_are_the_entries_there_at_the_call() {
    let world = World::v3();
    let device = Device::new(&world).await;
    device.insert("a", "A", 1).await;
    device.insert("b", "B", 1).await;
    let writer = device.clone();
    let meanwhile = work(move || {
        let writer = writer.clone();
        async move {
            writer.insert("c", "C", 1).await;
            writer.rename("b", "B2").await;
        }
    });
    world.once("POST", "item", Meet::ThenWork(meanwhile));
    let report = device.push().await;
    assert_eq!((report.status(), report.done()), (Status::Complete, 2));
    assert_eq!(inserted(&world), ["a", "b"], "c was made after the call");
    assert_eq!(
        world.server(|server| server.live("item", "b").unwrap()["name"].clone()),
        json!("B2"),
        "sent as wished at its turn"
    );
    assert_eq!(device.only().await.id().as_str(), "c");
}

#[tokio::test(start_paused = true)]
async fn a_push_called_while_one_runs_gets_a_round_of_its_own_after_it() {
    let world = World::v3();
    let device = Device::new(&world).await;
    device.insert("a", "A", 1).await;
    let gate = crate::world::net::Gate::default();
    world.once("POST", "item", Meet::Gate(gate.clone()));
    let first = tokio::spawn({
        let context = device.context.clone();
        async move { context.push().await.unwrap() }
    });
    gate.arrival().await;
    device.insert("b", "B", 1).await;
    let second = tokio::spawn({
        let context = device.context.clone();
        async move { context.push().await.unwrap() }
    });
    gate.open();
    assert_eq!(first.await.unwrap().done(), 1);
    assert_eq!(second.await.unwrap().done(), 1);
    assert_eq!(inserted(&world), ["a", "b"]);
}

#[tokio::test(start_paused = true)]
async fn an_implicit_push_sends_the_whole_queue_parents_first_and_reports_its_failures() {
    let world = World::v3();
    let device = Device::new(&world).await;
    task(&device, "t", Some("l")).await;
    list(&device, "l").await;
    world.once("POST", "task", status(403));
    let report = device.context.table::<Task>().pull(Pull::named("all")).await.unwrap();
    assert_eq!(inserted(&world), ["l", "t"]);
    assert!(report.stopped_by().is_none(), "the pull goes on");
    assert_eq!(report.status(), Status::WithFailures);
    let push = report.push().expect("the table had pending operations");
    assert_eq!((push.done(), push.failed()[0].failure().kind), (1, FailureKind::Refused));
    let report = device.context.table::<List>().pull(Pull::named("all")).await.unwrap();
    assert!(report.push().is_none(), "no operation of its own is pending");
}

#[tokio::test(start_paused = true)]
async fn sequence_numbers_are_never_given_twice_after_a_restart() {
    let world = World::v3();
    let device = Device::new(&world).await;
    device.insert("a", "A", 1).await;
    device.insert("b", "B", 1).await;
    let last = device.pending().await[1].sequence();
    device.pushes().await;
    let device = device.restarted(&world).await;
    device.insert("c", "C", 1).await;
    assert!(device.only().await.sequence() > last);
}
