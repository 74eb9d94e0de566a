//! Several requests under way at once, and one request planned ahead (queue.md 3).

use serde_json::json;
use synctable::wire::Dialect;
use synctable::{Push, PushReport, Reason, Status};

use crate::world::net::{Gate, status, work};
use crate::world::tables::{Item, List, Node, Task};
use crate::world::{Device, Meet, World, id};

async fn list(device: &Device, name: &str) {
    device.context.table::<List>().insert(List { id: id(name), title: "T".into() }).await.unwrap();
}

async fn task(device: &Device, name: &str, list: Option<&str>) {
    let task = Task { id: id(name), list: list.map(id), text: "x".into() };
    device.context.table::<Task>().insert(task).await.unwrap();
}

async fn push(device: &Device, lanes: usize) -> PushReport {
    device.push_with(Push::new().lanes(lanes)).await
}

fn held_back(report: &PushReport) -> Vec<(&str, Reason)> {
    report.not_attempted().iter().map(|left| (left.id().as_str(), left.reason().clone())).collect()
}

/// Whether every list was taken before the tasks that name it.
fn parents_came_first(world: &World) -> bool {
    world.server(|server| {
        let stamp = |table: &str, id: &str| server.row(table, id).map(|row| row.stamped);
        server.rows.iter().filter(|((table, _), _)| table == "task").all(|((_, child), row)| {
            let parent = row.members["list"].as_str();
            parent.is_none_or(|parent| stamp("list", parent) < stamp("task", child))
        })
    })
}

#[tokio::test(start_paused = true)]
async fn as_many_requests_as_lanes_are_under_way_and_never_two_of_one_row() {
    for lanes in [1, 2, 4, 8] {
        let world = World::v3();
        world.takes(&[50, 10, 90, 30, 20]);
        let device = Device::new(&world).await;
        for number in 0..40 {
            device.insert(&format!("i{number}"), "A", number).await;
        }
        let report = push(&device, lanes).await;
        assert_eq!((report.status(), report.done(), report.requests()), (Status::Complete, 40, 40), "{report:?}");
        assert_eq!(world.most_under_way(), lanes);
        assert_eq!(world.doubled(), [""; 0]);
        assert_eq!(world.server(|server| server.taken.len()), 40);
    }
}

#[tokio::test(start_paused = true)]
async fn with_one_lane_the_requests_leave_in_the_order_of_the_queue() {
    let world = World::v3();
    world.takes(&[50, 10, 90]);
    let device = Device::new(&world).await;
    device.given(&world, "u", "A", 1).await;
    device.given(&world, "d", "A", 1).await;
    device.insert("a", "A", 1).await;
    device.rename("u", "B").await;
    list(&device, "l").await;
    device.delete("d").await;
    task(&device, "t", Some("l")).await;
    device.insert("z", "A", 1).await;
    world.sent();
    world.once("PATCH", "item/u", status(403));
    let report = device.push().await;
    assert_eq!((report.done(), report.failed().len()), (5, 1));
    assert_eq!(
        world.sent(),
        ["POST item", "PATCH item/u", "POST list", "DELETE item/d", "POST task", "POST item"],
        "nothing overtakes, and a failure stops nothing"
    );
    assert_eq!(world.most_under_way(), 1);
}

#[tokio::test(start_paused = true)]
async fn with_one_lane_nothing_leaves_before_all_requests_of_the_row_before_it() {
    // N2 brings a deleted row back with its old values: an update follows the undelete.
    let world = World::new(Dialect::NodeV2);
    world.takes(&[30, 10]);
    let device = Device::new(&world).await;
    device.given(&world, "again", "A", 1).await;
    device.delete("again").await;
    device.pushes().await;
    device.insert("again", "B", 2).await;
    device.insert("next", "A", 1).await;
    world.sent();
    device.pushes().await;
    assert_eq!(world.writes(), ["POST item/again", "PATCH item/again", "POST item"]);
    assert_eq!(world.most_under_way(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_child_waits_for_its_parent_while_others_go_by() {
    let world = World::v3();
    let device = Device::new(&world).await;
    list(&device, "l").await;
    for number in 0..6 {
        task(&device, &format!("t{number}"), Some("l")).await;
    }
    device.insert("other", "A", 1).await;
    let gate = Gate::default();
    world.once("POST", "list", Meet::Gate(gate.clone()));
    let pushing = {
        let device = device.clone();
        tokio::spawn(async move { push(&device, 4).await })
    };
    gate.arrival().await;
    while world.server(|server| server.live("item", "other").is_none()) {
        tokio::task::yield_now().await;
    }
    assert_eq!(world.writes(), ["POST list", "POST item"], "no child has left");
    gate.open();
    let report = pushing.await.unwrap();
    assert_eq!((report.status(), report.done()), (Status::Complete, 8));
    assert!(parents_came_first(&world));
}

#[tokio::test(start_paused = true)]
async fn what_waits_is_not_passed_for_ever() {
    let world = World::v3();
    world.takes(&[10]);
    let device = Device::new(&world).await;
    list(&device, "l").await;
    task(&device, "t", Some("l")).await;
    for number in 0..100 {
        device.insert(&format!("i{number}"), "A", number).await;
    }
    assert_eq!(push(&device, 2).await.done(), 102);
    let taken = world.server(|server| server.taken.clone());
    let place = taken.iter().position(|line| line == "POST task").expect("it was sent");
    assert!(place < 10, "the child left soon after its parent: place {place}");
}

#[tokio::test(start_paused = true)]
async fn a_delete_waits_for_the_children_that_are_under_way() {
    let world = World::v3();
    let device = Device::new(&world).await;
    world.server(|server| {
        server.put("list", "l", json!({ "title": "T" }));
        server.put("task", "t", json!({ "list": "l", "text": "x" }));
    });
    drop(device.context.table::<List>().pull(synctable::Pull::full()).await.unwrap());
    drop(device.context.table::<Task>().pull(synctable::Pull::full()).await.unwrap());
    device.context.table::<Task>().delete(&id("t")).await.unwrap();
    device.context.table::<List>().delete(&id("l")).await.unwrap();
    device.insert("other", "A", 1).await;
    world.takes(&[90, 10]);
    assert_eq!(push(&device, 4).await.done(), 3);
    assert_eq!(world.server(|server| server.taken.clone()), ["POST item", "DELETE task/t", "DELETE list/l"]);
}

#[tokio::test(start_paused = true)]
async fn a_chain_of_parents_is_sent_from_its_end_and_a_cycle_is_sent_all_the_same() {
    for lanes in [1, 2, 8] {
        let world = World::v3();
        world.takes(&[20, 5]);
        let device = Device::new(&world).await;
        let nodes =
            [("a", Some("b")), ("b", Some("c")), ("c", None), ("x", Some("y")), ("y", Some("x")), ("s", Some("s"))];
        for (name, next) in nodes {
            device.context.table::<Node>().insert(Node { id: id(name), next: next.map(id) }).await.unwrap();
        }
        assert_eq!(push(&device, lanes).await.done(), 6);
        let stamp = |name: &str| world.server(|server| server.row("node", name).expect("it was sent").stamped);
        assert!(stamp("c") < stamp("b") && stamp("b") < stamp("a"), "{lanes} lanes");
    }
}

#[tokio::test(start_paused = true)]
async fn a_parent_that_fails_holds_back_its_children_only() {
    for lanes in [1, 4] {
        let world = World::v3();
        world.takes(&[10, 40]);
        let device = Device::new(&world).await;
        list(&device, "l").await;
        list(&device, "m").await;
        task(&device, "t", Some("l")).await;
        task(&device, "u", Some("m")).await;
        task(&device, "v", None).await;
        world.once("POST", "list", status(403));
        let report = push(&device, lanes).await;
        assert_eq!((report.status(), report.done()), (Status::WithFailures, 3), "{lanes} lanes");
        assert_eq!(report.failed()[0].id().as_str(), "l");
        assert_eq!(held_back(&report), [("t", Reason::HeldBack("list".to_owned(), id("l")))]);
        device.pushes().await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_edit_while_requests_are_under_way_is_kept_and_sent_by_the_next_push() {
    for lanes in [1, 4, 8] {
        let world = World::v3();
        world.takes(&[30, 10]);
        let device = Device::new(&world).await;
        for number in 0..8 {
            device.insert(&format!("i{number}"), "A", number).await;
        }
        let writer = device.clone();
        let edits = work(move || {
            let writer = writer.clone();
            async move {
                for number in 0..8 {
                    writer.rename(&format!("i{number}"), "B").await;
                }
            }
        });
        world.once("POST", "item", Meet::ThenWork(edits));
        let report = push(&device, lanes).await;
        assert_eq!(report.status(), Status::Complete);
        let changed = report.changed_meanwhile().len();
        assert!((1..=lanes).contains(&changed), "those that were under way, no others: {report:?}");
        assert_eq!(report.done(), 8 - changed as u64, "the others left with the wish at their turn");
        assert_eq!(device.pending().await.len(), changed);
        device.pushes().await;
        for number in 0..8 {
            let name = world.server(|server| server.live("item", &format!("i{number}")).unwrap()["name"].clone());
            assert_eq!(name, json!("B"));
        }
        assert_eq!(world.doubled(), [""; 0]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_row_deleted_before_its_planned_insert_leaves_is_never_sent() {
    let world = World::v3();
    let device = Device::new(&world).await;
    device.insert("a", "A", 1).await;
    device.insert("b", "B", 1).await;
    let writer = device.clone();
    let meanwhile = work(move || {
        let writer = writer.clone();
        async move { writer.delete("b").await }
    });
    world.once("POST", "item", Meet::ThenWork(meanwhile));
    let report = device.push().await;
    assert_eq!((report.status(), report.done()), (Status::Complete, 2));
    assert_eq!(world.sent(), ["POST item"]);
    assert!(device.pending().await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_local_write_does_not_wait_for_requests_that_hang() {
    let world = World::v3();
    let device = Device::new(&world).await;
    let gates: Vec<Gate> = (0..4).map(|_| Gate::default()).collect();
    for (number, gate) in gates.iter().enumerate() {
        device.insert(&format!("i{number}"), "A", 1).await;
        world.once("POST", "item", Meet::Gate(gate.clone()));
    }
    let pushing = {
        let device = device.clone();
        tokio::spawn(async move { push(&device, 4).await })
    };
    for gate in &gates {
        gate.arrival().await;
    }
    let before = tokio::time::Instant::now();
    device.insert("new", "A", 1).await;
    device.rename("i0", "B").await;
    device.context.transaction(|tx| tx.delete::<Item>(&id("i1"))).await.unwrap();
    assert_eq!(before.elapsed(), std::time::Duration::ZERO);
    gates.iter().for_each(Gate::open);
    let report = pushing.await.unwrap();
    assert_eq!((report.done(), report.changed_meanwhile().len()), (2, 2));
    device.pushes().await;
    assert!(world.server(|server| server.live("item", "i1").is_none()));
}
