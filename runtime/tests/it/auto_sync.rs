//! Auto-sync: pushes after writes, pulls at an interval, hints of the app, and what the status says.

use std::time::Duration;

use serde_json::json;
use synctable::{AutoSync, AutoSyncBuilder, Clock, ErrorKind, Network, StatusWatch, SyncState, SyncStatus};

use crate::world::net::status;
use crate::world::{Device, Meet, World};

/// What must come, and soon; the bound only makes an error of what else would never end.
async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(60), future).await.expect("it comes soon")
}

/// Waits for a status; others may come before.
async fn becomes(watch: &mut StatusWatch, wanted: impl Fn(&SyncStatus) -> bool) -> SyncStatus {
    soon(async {
        loop {
            let status = watch.next().await.expect("the background sync runs");
            if wanted(&status) {
                return status;
            }
        }
    })
    .await
}

fn is_idle(status: &SyncStatus) -> bool {
    matches!(status.state(), SyncState::Idle)
}

/// At rest after a whole sync, with nothing left.
fn is_synced(status: &SyncStatus) -> bool {
    is_idle(status) && status.last_sync().is_some() && status.pending() == 0
}

/// Waits until the server has taken this many writes and nothing is left. What is between may not be
/// seen: a watch gives the newest status only.
async fn becomes_written(watch: &mut StatusWatch, world: &World, writes: usize) {
    let all_taken = || world.server(|server| server.taken.len() == writes);
    becomes(watch, |status| is_idle(status) && status.pending() == 0 && all_taken()).await;
}

const LONG: Duration = Duration::from_secs(3600);
const SHORT: Duration = Duration::from_millis(5);

/// Pushes at once; pulls at the start and then not for an hour.
fn eager(device: &Device) -> AutoSyncBuilder {
    device.context.auto_sync().push_delay(SHORT).pull_interval(LONG).backoff(SHORT, LONG)
}

/// An eager background sync that has done its first sync.
async fn synced(device: &Device) -> (AutoSync, StatusWatch) {
    let auto = eager(device).start().unwrap();
    let mut status = auto.status();
    becomes(&mut status, is_synced).await;
    (auto, status)
}

#[tokio::test]
async fn what_an_earlier_run_left_is_pushed_and_everything_is_pulled_at_the_start() {
    let world = World::v3();
    let device = Device::new(&world).await;
    world.server(|server| server.put("item", "there", json!({ "name": "there", "count": 1 })));
    device.insert("here", "here", 1).await;
    let (_auto, _status) = synced(&device).await;
    assert!(world.server(|server| server.live("item", "here").is_some()));
    assert_eq!(device.sees("there").await, Some(("there".to_owned(), 1)));
}

#[tokio::test]
async fn a_write_is_pushed_without_a_call() {
    let world = World::v3();
    let device = Device::new(&world).await;
    let (_auto, mut status) = synced(&device).await;
    world.sent();
    device.insert("a", "one", 1).await;
    becomes_written(&mut status, &world, 1).await;
    assert_eq!(world.sent(), ["POST item"], "a push pulls nothing");
    device.delete("a").await;
    becomes_written(&mut status, &world, 2).await;
    assert_eq!(world.sent(), ["DELETE item/a"]);
}

#[tokio::test]
async fn a_pull_comes_at_the_interval() {
    let world = World::v3();
    let device = Device::new(&world).await;
    // The shortest interval there is.
    let auto = device.context.auto_sync().pull_interval(Duration::ZERO).start().unwrap();
    let mut status = auto.status();
    let first = becomes(&mut status, is_synced).await.last_sync();
    world.server(|server| server.put("item", "a", json!({ "name": "one", "count": 1 })));
    becomes(&mut status, |status| is_synced(status) && status.last_sync() > first).await;
    assert_eq!(device.sees("a").await, Some(("one".to_owned(), 1)));
}

#[tokio::test]
async fn a_server_out_of_reach_is_offline_until_it_is_back() {
    let world = World::v3();
    let device = Device::new(&world).await;
    let (_auto, mut status) = synced(&device).await;
    world.always("*", "*", Meet::Unsent);
    device.insert("a", "one", 1).await;
    let offline = becomes(&mut status, |status| matches!(status.state(), SyncState::Offline)).await;
    assert_eq!(offline.pending(), 1);
    assert!(offline.next_attempt().is_some(), "it is tried again");
    world.heal();
    becomes_written(&mut status, &world, 1).await;
}

#[tokio::test]
async fn a_server_that_asks_to_wait_is_waited_for_unless_the_app_insists() {
    let world = World::v3();
    let device = Device::new(&world).await;
    let (auto, mut status) = synced(&device).await;
    world.once("POST", "item", crate::world::net::answer(503, "retry-after: 1000", ""));
    device.insert("a", "one", 1).await;
    let waiting = becomes(&mut status, |status| matches!(status.state(), SyncState::WaitingUntil(_))).await;
    let longest_own_wait = world.clock().now().saturating_add(Duration::from_secs(900));
    assert!(waiting.next_attempt().is_some_and(|until| until > longest_own_wait), "{waiting}");
    auto.sync_now();
    becomes_written(&mut status, &world, 1).await;
}

#[tokio::test]
async fn a_missing_sign_in_is_told_and_tried_again_on_demand() {
    let world = World::v3();
    let device = Device::new(&world).await;
    let (auto, mut watch) = synced(&device).await;
    world.always("*", "*", status(401));
    device.insert("a", "one", 1).await;
    becomes(&mut watch, |status| matches!(status.state(), SyncState::Unauthorized)).await;
    world.heal();
    auto.sync_now();
    becomes(&mut watch, is_synced).await;
    assert!(world.server(|server| server.live("item", "a").is_some()));
}

#[tokio::test]
async fn a_pause_holds_writes_back_until_it_ends_or_the_app_asks() {
    let world = World::v3();
    let device = Device::new(&world).await;
    let (auto, mut status) = synced(&device).await;
    auto.pause();
    becomes(&mut status, |status| matches!(status.state(), SyncState::Paused)).await;
    world.sent();
    device.insert("a", "one", 1).await;
    let paused = becomes(&mut status, |status| status.pending() == 1).await;
    assert!(matches!(paused.state(), SyncState::Paused));
    assert!(world.sent().is_empty());
    auto.sync_now();
    becomes(&mut status, |status| matches!(status.state(), SyncState::Paused) && status.pending() == 0).await;
    device.insert("b", "two", 2).await;
    auto.resume();
    becomes_written(&mut status, &world, 2).await;
}

#[tokio::test]
async fn on_a_metered_network_only_pushes_are_made() {
    let world = World::v3();
    let device = Device::new(&world).await;
    let auto = device.context.auto_sync().push_delay(SHORT).pull_interval(Duration::ZERO).start().unwrap();
    auto.set_network(Network::Metered);
    let mut status = auto.status();
    becomes(&mut status, is_idle).await;
    world.sent();
    world.server(|server| server.put("item", "there", json!({ "name": "there", "count": 1 })));
    for name in ["a", "b", "c"] {
        device.insert(name, name, 1).await;
    }
    becomes_written(&mut status, &world, 3).await;
    assert_eq!(world.sent(), ["POST item"; 3]);
    auto.set_network(Network::Unmetered);
    becomes(&mut status, is_synced).await;
    assert!(device.sees("there").await.is_some(), "the pull that was put off is made");
}

#[tokio::test]
async fn nothing_is_tried_while_the_app_says_offline() {
    let world = World::v3();
    let device = Device::new(&world).await;
    let (auto, mut status) = synced(&device).await;
    auto.set_network(Network::Offline);
    becomes(&mut status, |status| matches!(status.state(), SyncState::Offline)).await;
    world.sent();
    device.insert("a", "one", 1).await;
    let offline = becomes(&mut status, |status| status.pending() == 1).await;
    assert!(matches!(offline.state(), SyncState::Offline));
    assert_eq!(offline.next_attempt(), None);
    assert!(world.sent().is_empty());
    auto.set_network(Network::Unmetered);
    becomes(&mut status, is_synced).await;
    assert!(world.server(|server| server.live("item", "a").is_some()));
}

#[tokio::test]
async fn conflicts_are_counted_until_the_app_has_decided() {
    let world = World::v3();
    let device = Device::new(&world).await;
    device.given(&world, "a", "one", 1).await;
    let (_auto, mut status) = synced(&device).await;
    world.server(|server| server.change("item", "a", json!({ "name": "theirs" })));
    device.rename("a", "ours").await;
    let stuck = becomes(&mut status, |status| is_idle(status) && status.conflicts() == 1).await;
    assert_eq!(stuck.pending(), 1);
    device.context.discard(&device.only().await).await.unwrap();
    becomes(&mut status, |status| is_idle(status) && status.conflicts() == 0).await;
}

#[tokio::test]
async fn a_dropped_handle_ends_the_task_and_its_watches() {
    let world = World::v3();
    let device = Device::new(&world).await;
    let (auto, mut status) = synced(&device).await;
    let mut changes = device.context.changes();
    world.sent();
    auto.stop().await;
    assert!(soon(status.next()).await.is_none());
    device.insert("a", "one", 1).await;
    assert!(soon(changes.next()).await.is_some());
    assert!(world.sent().is_empty());
    drop(device);
    while soon(changes.next()).await.is_some() {}
}

#[tokio::test]
async fn a_push_is_cut_short_by_the_end_and_goes_on_later() {
    let world = World::v3();
    let device = Device::new(&world).await;
    let (auto, _status) = synced(&device).await;
    let gate = crate::world::net::Gate::default();
    world.once("POST", "item", Meet::Stale(gate.clone()));
    device.insert("a", "one", 1).await;
    soon(gate.arrival()).await;
    drop(auto);
    let (_auto, mut status) = synced(&device).await;
    device.rename("a", "two").await;
    becomes_written(&mut status, &world, 2).await;
    let taken = world.server(|server| server.taken.clone());
    assert_eq!(taken, ["POST item", "PATCH item/a"], "the insert has arrived once");
    assert_eq!(status.latest().conflicts(), 0);
}

#[tokio::test]
async fn two_watches_both_see_what_comes() {
    let world = World::v3();
    let device = Device::new(&world).await;
    let (auto, mut first) = synced(&device).await;
    let mut second = auto.status();
    becomes(&mut second, is_synced).await;
    device.insert("a", "one", 1).await;
    for watch in [&mut first, &mut second] {
        becomes_written(watch, &world, 1).await;
    }
    assert!(first.latest().to_string().starts_with("idle"));
}

#[test]
fn outside_a_runtime_it_cannot_start() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let device = runtime.block_on(async {
        let world = World::v3();
        Device::new(&world).await
    });
    let refused = device.context.auto_sync().start();
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::Invalid);
}

#[tokio::test]
async fn a_function_is_called_at_each_change_as_long_as_its_watch_is_there() {
    let world = World::v3();
    let device = Device::new(&world).await;
    let (auto, mut status) = synced(&device).await;
    let (called, mut calls) = tokio::sync::mpsc::unbounded_channel();
    status.on_change(move || called.send(()).expect("the test waits"));
    device.insert("a", "one", 1).await;
    soon(calls.recv()).await.expect("a change is told");
    becomes_written(&mut status, &world, 1).await;
    drop(status);
    soon(async { while calls.recv().await.is_some() {} }).await;
    let mut status = auto.status();
    status.on_change(|| panic!("a function of the app"));
    device.insert("b", "two", 2).await;
    becomes_written(&mut status, &world, 2).await;
}

#[cfg(feature = "blocking")]
#[test]
fn without_a_runtime_it_runs_in_a_thread_of_its_own() {
    let world = {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async { World::v3() })
    };
    let context = synctable::SyncContext::builder("https://server.example")
        .transport(world.clone())
        .dialect(synctable::wire::Dialect::DatasyncV3)
        .store(synctable::MemoryStore::new())
        .table::<crate::world::tables::Item>()
        .open_blocking()
        .unwrap();
    let auto = context.auto_sync().push_delay(SHORT).start_blocking().unwrap();
    let status = auto.status();
    let item = crate::world::tables::Item { id: crate::world::id("a"), name: "one".to_owned(), count: 1 };
    context.table().insert(item).unwrap();
    let written = |status: &SyncStatus| is_idle(status) && status.pending() == 0 && status.last_sync().is_some();
    let taken = || world.server(|server| server.taken.len() == 1);
    assert!(status.into_iter().any(|status| written(&status) && taken()));
    let ended = auto.status();
    auto.stop();
    assert!(ended.count() <= 1, "the newest status, then the end");
}
