//! Several requests under way at once, and one request planned ahead (queue.md 3).

use proptest::prelude::*;
use serde_json::json;
use synctable::store::entry::FailureKind;
use synctable::{Push, PushReport, Reason, Status};

use crate::world::net::{Gate, answer, status, work};
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

#[tokio::test(start_paused = true)]
async fn nothing_is_started_after_the_request_that_stops_the_push() {
    let world = World::v3();
    world.takes(&[10]);
    let device = Device::new(&world).await;
    for number in 0..20 {
        device.insert(&format!("i{number}"), "A", number).await;
    }
    world.once("POST", "item", Meet::Unsent);
    let report = push(&device, 4).await;
    assert_eq!(report.status(), Status::Offline);
    assert_eq!(world.writes().len(), 4, "those that were under way already");
    assert_eq!((report.done(), report.not_attempted().len()), (3, 17));
    assert!(report.not_attempted().iter().all(|left| *left.reason() == Reason::Stopped));
    for operation in device.pending().await {
        assert_eq!(operation.attempts(), 0, "what never left is as if it had not been planned");
    }
    device.pushes().await;
    assert_eq!(world.server(|server| server.taken.len()), 20, "each was inserted once");
}

#[tokio::test(start_paused = true)]
async fn offline_in_the_middle_loses_nothing() {
    for lanes in [1, 4, 8] {
        let world = World::v3();
        world.takes(&[10, 30, 5]);
        let device = Device::new(&world).await;
        for number in 0..20 {
            device.insert(&format!("i{number}"), "A", number).await;
        }
        let cutting = world.clone();
        let cut = work(move || {
            let world = cutting.clone();
            async move { world.cut() }
        });
        world.times(5, "POST", "item", Meet::ThenWork(work(|| async {})));
        world.once("POST", "item", Meet::ThenWork(cut));
        let report = push(&device, lanes).await;
        assert!(matches!(report.status(), Status::Offline | Status::Unavailable), "{report:?}");
        world.heal();
        device.pushes().await;
        assert_eq!(world.server(|server| server.taken.len()), 20, "each was inserted once");
        assert_eq!(world.doubled(), [""; 0]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_table_that_does_not_answer_is_skipped_beside_one_that_does() {
    let world = World::v3();
    world.takes(&[10]);
    let device = Device::new(&world).await;
    for number in 0..6 {
        list(&device, &format!("l{number}")).await;
        device.insert(&format!("i{number}"), "A", number).await;
    }
    world.always("POST", "list", status(503));
    world.always("GET", "list", status(503));
    let report = push(&device, 4).await;
    assert_eq!((report.status(), report.done()), (Status::WithFailures, 6), "{report:?}");
    assert!(report.not_attempted().iter().all(|left| *left.reason() == Reason::TableSkipped), "{report:?}");
    assert_eq!(report.failed().len() + report.not_attempted().len(), 6);
    world.heal();
    device.pushes().await;
    assert_eq!(world.server(|server| server.taken.len()), 12);
}

#[tokio::test(start_paused = true)]
async fn one_proof_serves_all_lanes() {
    let world = World::new(synctable::wire::Dialect::Toolkit);
    world.takes(&[10]);
    let device = Device::new(&world).await;
    for number in 0..6 {
        device.given(&world, &format!("i{number}"), "A", number).await;
        device.rename(&format!("i{number}"), "B").await;
        world.server(|server| server.rows.remove(&("item".to_owned(), format!("i{number}"))));
    }
    world.sent();
    let report = push(&device, 6).await;
    assert_eq!(report.failed().len(), 6);
    assert!(report.failed().iter().all(|failed| failed.failure().kind == FailureKind::Conflict));
    let proofs = world.sent().into_iter().filter(|line| line == "GET item?").count();
    assert_eq!(proofs, 1);
}

#[tokio::test(start_paused = true)]
async fn an_entry_that_always_breaks_the_server_is_set_aside_and_stops_no_other() {
    let world = World::v3();
    let device = Device::new(&world).await;
    device.given(&world, "poison", "A", 1).await;
    device.rename("poison", "B").await;
    world.always("PATCH", "item/poison", status(500));
    for round in 0..5 {
        for number in 0..6 {
            device.insert(&format!("i{round}-{number}"), "A", number).await;
        }
        let report = push(&device, 4).await;
        assert_eq!((report.done(), report.failed().len()), (6, 1), "{report:?}");
        tokio::time::advance(std::time::Duration::from_secs(3601)).await;
    }
    assert_eq!(device.only().await.failure().map(|failure| failure.kind), Some(FailureKind::SetAside));
}

#[tokio::test(start_paused = true)]
async fn a_request_planned_ahead_is_repeated_after_a_crash() {
    for lanes in [1, 4] {
        let world = World::v3();
        let device = Device::new(&world).await;
        for name in ["a", "b", "c"] {
            device.insert(name, "A", 1).await;
        }
        let gate = Gate::default();
        world.always("POST", "item", Meet::Gate(gate.clone()));
        let pushing = {
            let device = device.clone();
            tokio::spawn(async move { push(&device, lanes).await })
        };
        gate.arrival().await;
        let attempts: u32 = device.pending().await.iter().map(synctable::Operation::attempts).sum();
        assert!(attempts > 1, "one more than is under way is stored");
        let crashed = device.restarted(&world).await;
        pushing.abort();
        world.heal();
        crashed.pushes().await;
        assert_eq!(world.server(|server| server.taken.clone()), ["POST item"; 3], "each was inserted once");
    }
}

/// What a row of the property below has to go through.
#[derive(Debug, Clone, Copy)]
enum Fate {
    Fine,
    LostReply,
    LostRequest,
    Breaks,
    Refused,
    EditedMeanwhile,
    ChangedByAnother,
}

fn fates() -> impl Strategy<Value = Vec<Fate>> {
    use Fate::{Breaks, ChangedByAnother, EditedMeanwhile, Fine, LostReply, LostRequest, Refused};
    let fate = prop_oneof![
        4 => Just(Fine),
        1 => Just(LostReply),
        1 => Just(LostRequest),
        1 => Just(Breaks),
        1 => Just(Refused),
        1 => Just(EditedMeanwhile),
        1 => Just(ChangedByAnother),
    ];
    proptest::collection::vec(fate, 1..14)
}

/// Pushes rows with their fates, then again on a good net; what does not hold is an error.
async fn live_through(fates: &[Fate], lanes: usize, takes: &[u64]) {
    let world = World::v3();
    let device = Device::new(&world).await;
    for (number, fate) in fates.iter().enumerate() {
        let name = format!("i{number}");
        let path = format!("item/{name}");
        device.given(&world, &name, "A", 1).await;
        device.recount(&name, 2).await;
        match fate {
            Fate::Fine => {}
            Fate::LostReply => world.once("PATCH", &path, Meet::LostReply),
            Fate::LostRequest => world.once("PATCH", &path, Meet::LostRequest),
            Fate::Breaks => world.times(3, "PATCH", &path, status(500)),
            Fate::Refused => world.once("PATCH", &path, answer(403, "content-type: text/plain", "no")),
            Fate::EditedMeanwhile => {
                let (writer, name) = (device.clone(), name.clone());
                let edit = work(move || {
                    let (writer, name) = (writer.clone(), name.clone());
                    async move { writer.rename(&name, "C").await }
                });
                world.once("PATCH", &path, Meet::ThenWork(edit));
            }
            Fate::ChangedByAnother => world.server(|server| server.change("item", &name, json!({ "name": "X" }))),
        }
    }
    world.takes(takes);
    drop(push(&device, lanes).await);
    assert!(world.most_under_way() <= lanes);
    assert_eq!(world.doubled(), [""; 0]);
    world.heal();
    for _ in 0..5 {
        drop(push(&device, lanes).await);
    }
    for (number, fate) in fates.iter().enumerate() {
        let name = format!("i{number}");
        let there = world.server(|server| server.live("item", &name).cloned()).expect("nobody deletes");
        let pending = device.pending().await.into_iter().find(|operation| operation.id().as_str() == name);
        match fate {
            Fate::ChangedByAnother => {
                let kind = pending.and_then(|operation| operation.failure().map(|failure| failure.kind));
                assert_eq!(kind, Some(FailureKind::Conflict));
                assert_eq!((&there["name"], &there["count"]), (&json!("X"), &json!(1)));
            }
            Fate::EditedMeanwhile => {
                assert!(pending.is_none(), "{pending:?}");
                assert_eq!((&there["name"], &there["count"]), (&json!("C"), &json!(2)));
            }
            _ => {
                assert!(pending.is_none(), "{pending:?}");
                assert_eq!((&there["name"], &there["count"]), (&json!("A"), &json!(2)));
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn whatever_rows_meet_lanes_lose_nothing_and_double_nothing(
        fates in fates(),
        lanes in 1_usize..=8,
        takes in proptest::collection::vec(0_u64..60, 1..5),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(live_through(&fates, lanes, &takes));
    }
}
