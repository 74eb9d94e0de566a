//! Several requests under way at once while the net, the server and other devices get in the way.

use proptest::prelude::*;
use serde_json::json;
use synctable::store::entry::FailureKind;
use synctable::wire::Dialect;
use synctable::{Push, PushReport, Reason, Status};

use crate::world::net::{Gate, answer, status, work};
use crate::world::tables::List;
use crate::world::{Device, Meet, World, id};

async fn list(device: &Device, name: &str) {
    device.context.table::<List>().insert(List { id: id(name), title: "T".into() }).await.unwrap();
}

async fn push(device: &Device, lanes: usize) -> PushReport {
    device.push_with(Push::new().lanes(lanes)).await
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
    let world = World::new(Dialect::Toolkit);
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
