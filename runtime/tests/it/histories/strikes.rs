//! Strikes, skipped tables and repair (queue.md 4).

use std::time::Duration;

use synctable::store::entry::FailureKind;
use synctable::{Reason, Status};

use crate::world::net::{answer, status};
use crate::world::tables::List;
use crate::world::{Device, Meet, World, id};

const HOUR: Duration = Duration::from_secs(3601);

async fn list(device: &Device, name: &str) {
    device.context.table::<List>().insert(List { id: id(name), title: "T".into() }).await.unwrap();
}

/// Pushes with one entry that the server chokes on and one that it takes; gives whether the first
/// is set aside then.
async fn choke(world: &World, device: &Device, round: u32, code: u16) -> bool {
    world.always("PATCH", "item/poison", status(code));
    list(device, &format!("l{round}")).await;
    let report = device.push().await;
    assert_eq!((report.done(), report.status()), (1, Status::WithFailures), "{report:?}");
    world.heal();
    report.failed().iter().any(|failed| failed.failure().kind == FailureKind::SetAside)
}

async fn poisoned(world: &World) -> Device {
    let device = Device::new(world).await;
    device.given(world, "poison", "A", 1).await;
    device.rename("poison", "B").await;
    device
}

#[tokio::test(start_paused = true)]
async fn five_strikes_at_least_an_hour_apart_set_an_entry_aside() {
    let world = World::v3();
    let device = poisoned(&world).await;
    for round in 1..=5 {
        let is_set_aside = choke(&world, &device, round, 500).await;
        assert_eq!(is_set_aside, round == 5, "round {round}");
        tokio::time::advance(HOUR).await;
    }
    world.sent();
    let report = device.push().await;
    assert_eq!(report.not_attempted()[0].reason(), &Reason::SetAside);
    assert!(world.sent().is_empty());
}

#[tokio::test(start_paused = true)]
async fn an_entry_is_struck_at_most_once_an_hour() {
    let world = World::v3();
    let device = poisoned(&world).await;
    for round in 1..=8 {
        assert!(!choke(&world, &device, round, 500).await, "round {round}");
    }
}

#[tokio::test(start_paused = true)]
async fn only_a_500_strikes() {
    let world = World::v3();
    let device = poisoned(&world).await;
    for round in 1..=6 {
        assert!(!choke(&world, &device, round, 503).await, "round {round}");
        tokio::time::advance(HOUR).await;
    }
}

#[tokio::test(start_paused = true)]
async fn without_another_answered_write_there_is_no_strike() {
    let world = World::v3();
    let device = poisoned(&world).await;
    world.always("PATCH", "item/poison", status(500));
    for _ in 0..6 {
        device.tries_to_push().await;
        tokio::time::advance(HOUR).await;
    }
    assert_eq!(device.only().await.failure().unwrap().kind, FailureKind::Unanswered);
}

#[tokio::test(start_paused = true)]
async fn three_entries_in_a_row_without_an_answer_stop_the_push() {
    let world = World::v3();
    let device = Device::new(&world).await;
    for name in ["a", "b", "c", "d"] {
        device.insert(name, "A", 1).await;
    }
    world.always("POST", "item", status(503));
    let report = device.push().await;
    assert_eq!((report.status(), report.failed().len()), (Status::Unavailable, 3));
    assert_eq!(report.not_attempted()[0].reason(), &Reason::Stopped);
    assert_eq!(report.not_attempted()[0].id().as_str(), "d");
}

#[tokio::test(start_paused = true)]
async fn an_answer_between_begins_the_count_anew() {
    let world = World::v3();
    let device = Device::new(&world).await;
    for name in ["a", "b", "c", "d", "e"] {
        device.insert(name, "A", 1).await;
    }
    world.times(6, "POST", "item", status(503));
    world.once("POST", "item", status(403));
    world.times(6, "POST", "item", status(503));
    let report = device.push().await;
    assert_eq!((report.status(), report.failed().len()), (Status::WithFailures, 5), "{report:?}");
}

#[tokio::test(start_paused = true)]
async fn a_table_that_does_not_answer_is_skipped_and_a_second_one_stops_the_push() {
    let world = World::v3();
    let device = Device::new(&world).await;
    device.insert("a", "A", 1).await;
    device.insert("b", "A", 1).await;
    list(&device, "l").await;
    world.always("*", "item", status(503));
    let report = device.push().await;
    assert_eq!((report.status(), report.done()), (Status::WithFailures, 1), "{report:?}");
    assert_eq!(report.not_attempted()[0].reason(), &Reason::TableSkipped);

    list(&device, "m").await;
    list(&device, "n").await;
    world.always("*", "list", status(503));
    let report = device.push().await;
    assert_eq!(report.status(), Status::Unavailable);
    let left: Vec<_> = report.not_attempted().iter().map(|left| (left.id().as_str(), left.reason())).collect();
    assert_eq!(left, [("b", &Reason::TableSkipped), ("n", &Reason::Stopped)]);
}

#[tokio::test(start_paused = true)]
async fn a_network_that_is_away_stops_the_push_as_offline() {
    let world = World::v3();
    let device = Device::new(&world).await;
    device.insert("a", "A", 1).await;
    device.insert("b", "A", 1).await;
    world.cut();
    let report = device.push().await;
    assert_eq!((report.status(), report.failed().len()), (Status::Offline, 1), "{report:?}");
    assert_eq!(device.pending().await.len(), 2);
}

/// An entry that was set aside by strikes, with its request open.
async fn set_aside_open(world: &World, meet: &Meet) -> Device {
    let device = poisoned(world).await;
    for round in 1..=5 {
        world.times(2, "PATCH", "item/poison", status(500));
        world.once("PATCH", "item/poison", meet.clone());
        list(&device, &format!("l{round}")).await;
        device.tries_to_push().await;
        world.heal();
        tokio::time::advance(HOUR).await;
    }
    let left = device.only().await;
    assert_eq!((left.failure().unwrap().kind, left.is_unanswered()), (FailureKind::SetAside, true));
    world.sent();
    device
}

#[tokio::test(start_paused = true)]
async fn repair_asks_the_truth_and_plans_anew_where_the_base_is_untouched() {
    let world = World::v3();
    let device = set_aside_open(&world, &status(500)).await;
    device.rename("poison", "C").await;
    device.pushes().await;
    assert_eq!(world.sent_in_full(), ["GET item/poison", r#"PATCH item/poison if "v1" {"name":"C"}"#]);
}

#[tokio::test(start_paused = true)]
async fn repair_knows_what_had_arrived_after_all() {
    let world = World::v3();
    let taken = match answer(500, "", "") {
        Meet::Answer(response) => Meet::TakenThen(response),
        other => other,
    };
    let device = set_aside_open(&world, &taken).await;
    device.rename("poison", "C").await;
    device.pushes().await;
    let sent = world.sent_in_full();
    assert_eq!(sent[0], "GET item/poison");
    assert!(
        sent[1].ends_with(r#"{"name":"C"}"#) && !sent[1].contains("\"v1\""),
        "over the version that arrived: {sent:?}"
    );
}
