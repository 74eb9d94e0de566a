//! Lost replies at a server that knows idempotency keys (docs/protocol-extensions.md 2): each write has its
//! effect once, and what other devices do in between is no conflict.

use serde_json::json;
use synctable::store::entry::FailureKind;
use synctable::wire::Dialect;
use synctable::{ConflictPolicy, PushExtensions, Status};

use crate::world::net::{Gate, response};
use crate::world::server::Server;
use crate::world::tables::{Item, Tally};
use crate::world::{Device, Meet, World, builder, id};

const DIALECTS: [Dialect; 3] = [Dialect::NodeV2, Dialect::DatasyncV3, Dialect::Toolkit];

fn text(name: &str, count: i64) -> Option<(String, i64)> {
    Some((name.to_owned(), count))
}

fn update(dialect: Dialect) -> &'static str {
    if dialect == Dialect::Toolkit { "PUT" } else { "PATCH" }
}

/// A world whose server knows keys, and a device that has the row `a` and has heard of it.
async fn with_row(dialect: Dialect) -> (World, Device) {
    let world = World::new(dialect);
    world.server(Server::knows_keys);
    let device = Device::new(&world).await;
    device.given(&world, "a", "A", 1).await;
    (world, device)
}

/// The keys of the writes since the last call; each must have had one.
fn keys(world: &World) -> Vec<String> {
    world.keys().into_iter().map(|(line, key)| key.unwrap_or_else(|| panic!("{line} has no key"))).collect()
}

fn replayed(world: &World) -> usize {
    world.server(|server| std::mem::take(&mut server.keys().replayed))
}

/// A change whose reply is lost; then another device, which has seen it, writes its own name.
async fn rename_with_lost_reply(world: &World, device: &Device) {
    device.rename("a", "mine").await;
    device.push_loses(world, update(world.server(|server| server.dialect)), "item/a", Meet::LostReply).await;
    world.server(|server| server.change("item", "a", json!({ "name": "theirs" })));
}

#[tokio::test(start_paused = true)]
async fn an_update_whose_reply_was_lost_is_no_conflict_with_what_followed_it() {
    for dialect in DIALECTS {
        let (world, device) = with_row(dialect).await;
        rename_with_lost_reply(&world, &device).await;
        world.sent();
        device.pushes().await;
        assert_eq!(world.sent(), [format!("{} item/a", update(dialect))], "{dialect}: nothing is asked besides");
        assert_eq!(replayed(&world), 1, "{dialect}");
        device.pulls().await;
        assert_eq!(device.sees("a").await, text("theirs", 1), "{dialect}");
        assert_eq!(world.server(|server| server.live("item", "a").cloned()).unwrap()["name"], "theirs", "{dialect}");
        let keys = keys(&world);
        assert!(keys.len() >= 2 && keys.iter().all(|key| *key == keys[0]), "{dialect}: one request, one key: {keys:?}");
    }
}

/// What the plain protocol cannot tell: the same history without keys is a conflict, though nobody disagreed.
#[tokio::test(start_paused = true)]
async fn without_keys_that_history_is_a_conflict() {
    for dialect in DIALECTS {
        let world = World::new(dialect);
        let device = Device::new(&world).await;
        device.given(&world, "a", "A", 1).await;
        rename_with_lost_reply(&world, &device).await;
        device.push_conflicts(dialect.name()).await;
        assert!(world.keys().iter().all(|(_, key)| key.is_none()), "{dialect}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_insert_whose_reply_was_lost_is_no_conflict_with_what_followed_it() {
    for dialect in DIALECTS {
        let (world, device) = with_row(dialect).await;
        device.insert("b", "mine", 1).await;
        device.push_loses(&world, "POST", "item", Meet::LostReply).await;
        world.server(|server| server.change("item", "b", json!({ "name": "theirs" })));
        device.pushes().await;
        assert_eq!(replayed(&world), 1, "{dialect}");
        device.pulls().await;
        assert_eq!(device.sees("b").await, text("theirs", 1), "{dialect}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_delete_whose_reply_was_lost_does_not_delete_the_row_that_came_back() {
    for dialect in DIALECTS {
        let (world, device) = with_row(dialect).await;
        device.delete("a").await;
        device.push_loses(&world, "DELETE", "item/a", Meet::LostReply).await;
        world.server(|server| server.put("item", "a", json!({ "name": "again", "count": 2 })));
        device.pushes().await;
        assert_eq!(replayed(&world), 1, "{dialect}");
        device.pulls().await;
        assert_eq!(device.sees("a").await, text("again", 2), "{dialect}");
        assert!(world.server(|server| server.live("item", "a").is_some()), "{dialect}");
    }
}

/// The replayed row is older than what was pulled since: it must not take its place.
#[tokio::test(start_paused = true)]
async fn what_was_pulled_between_the_tries_is_not_undone_by_the_replayed_answer() {
    for dialect in DIALECTS {
        let (world, device) = with_row(dialect).await;
        rename_with_lost_reply(&world, &device).await;
        drop(device.pull_alone().await);
        assert_eq!(device.sees("a").await, text("mine", 1), "{dialect}: the wish stays");
        device.pushes().await;
        assert_eq!(replayed(&world), 1, "{dialect}");
        assert_eq!(device.sees("a").await, text("theirs", 1), "{dialect}: the pull does not bring it again");
        device.pulls().await;
        assert_eq!(device.sees("a").await, text("theirs", 1), "{dialect}");
    }
}

/// As above, with a deletion: the row that was pulled is there again, which queue.md 3 leaves to the app, and
/// it is not deleted a second time.
#[tokio::test(start_paused = true)]
async fn a_row_that_was_pulled_between_the_tries_of_its_delete_is_asked_for_and_stays() {
    for dialect in DIALECTS {
        let (world, device) = with_row(dialect).await;
        device.delete("a").await;
        device.push_loses(&world, "DELETE", "item/a", Meet::LostReply).await;
        world.server(|server| server.put("item", "a", json!({ "name": "again", "count": 2 })));
        drop(device.pull_alone().await);
        world.sent();
        device.push_conflicts(dialect.name()).await;
        let asked = if dialect == Dialect::NodeV2 { "GET item?" } else { "GET item/a" };
        assert_eq!(world.sent(), ["DELETE item/a", asked], "{dialect}");
        assert!(world.server(|server| server.live("item", "a").is_some()), "{dialect}");
    }
}

/// The row was edited again while its request was open: the edit goes on from the answer that was lost.
#[tokio::test(start_paused = true)]
async fn an_edit_on_top_of_a_lost_reply_meets_the_other_device_once() {
    let (world, device) = with_row(Dialect::DatasyncV3).await;
    rename_with_lost_reply(&world, &device).await;
    device.recount("a", 7).await;
    device.push_conflicts("the edit").await;
    world.server(|server| assert_eq!(server.live("item", "a").unwrap()["name"], "theirs"));
    assert_eq!(device.sees("a").await, text("mine", 7));
}

#[tokio::test(start_paused = true)]
async fn a_request_that_never_arrived_is_judged_as_ever() {
    for dialect in DIALECTS {
        let (world, device) = with_row(dialect).await;
        device.rename("a", "mine").await;
        device.push_loses(&world, update(dialect), "item/a", Meet::LostRequest).await;
        world.server(|server| server.change("item", "a", json!({ "name": "theirs" })));
        device.push_conflicts(dialect.name()).await;
        assert_eq!(replayed(&world), 0, "{dialect}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_key_outlives_the_process_and_a_new_request_has_another() {
    let (world, device) = with_row(Dialect::DatasyncV3).await;
    rename_with_lost_reply(&world, &device).await;
    let first = keys(&world);
    let device = device.restarted(&world).await;
    device.pushes().await;
    assert_eq!(replayed(&world), 1);
    assert_eq!(keys(&world), [first[0].clone()], "the new process has not heard of keys yet, and sends this one");
    device.pulls().await;
    device.rename("a", "more").await;
    device.pushes().await;
    let next = keys(&world);
    assert!(next.len() == 1 && next[0] != first[0], "{next:?}");
}

/// An answer that is kept no more leaves the plain protocol.
#[tokio::test(start_paused = true)]
async fn a_key_that_the_server_has_forgotten_is_no_worse_than_none() {
    let (world, device) = with_row(Dialect::DatasyncV3).await;
    device.rename("a", "mine").await;
    device.push_loses(&world, "PATCH", "item/a", Meet::LostReply).await;
    world.server(|server| server.keys().forget());
    device.pushes().await;
    assert_eq!(device.sees("a").await, text("mine", 1), "its own values tell");
}

#[tokio::test(start_paused = true)]
async fn a_key_that_does_not_fit_its_request_any_more_leads_to_the_row() {
    let (world, device) = with_row(Dialect::DatasyncV3).await;
    device.rename("a", "mine").await;
    device.push_loses(&world, "PATCH", "item/a", Meet::LostReply).await;
    let refusal = "Idempotency-Mismatch: true\nSynctable-Extensions: idempotency-key";
    world.once("PATCH", "item/a", Meet::Answer(response(422, refusal, "")));
    world.sent();
    device.pushes().await;
    assert_eq!(world.sent(), ["PATCH item/a", "GET item/a"]);
    assert_eq!(device.sees("a").await, text("mine", 1));
}

/// Such a mark on an answer to a request without a key means nothing.
#[tokio::test(start_paused = true)]
async fn marks_of_keys_are_nothing_to_a_request_without_one() {
    let world = World::v3();
    let device = Device::new(&world).await;
    device.insert("a", "A", 1).await;
    world.once("POST", "item", Meet::Answer(response(422, "Idempotency-Mismatch: true", "")));
    let report = device.push().await;
    assert_eq!(report.failed()[0].failure().kind, FailureKind::SetAside);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_announces_nothing_any_more_gets_no_new_keys() {
    let (world, device) = with_row(Dialect::DatasyncV3).await;
    device.rename("a", "one").await;
    device.pushes().await;
    assert_eq!(keys(&world).len(), 1);
    world.server(|server| server.extensions = None);
    device.pulls().await;
    device.rename("a", "two").await;
    device.pushes().await;
    assert_eq!(world.keys(), [("PATCH item/a".to_owned(), None)]);
}

#[tokio::test(start_paused = true)]
async fn a_context_that_wants_no_extensions_sends_no_keys() {
    let (world, _) = with_row(Dialect::DatasyncV3).await;
    let store = synctable::MemoryStore::new();
    let plain = builder(&world, store.clone()).table::<Item>().push_extensions(PushExtensions::Unused);
    let device = Device::opened(&world, store, plain).await;
    device.pulls().await;
    device.rename("a", "B").await;
    let report = device.push().await;
    assert_eq!(report.status(), Status::Complete);
    assert_eq!(world.keys(), [("PATCH item/a".to_owned(), None)]);
}

/// The first try arrived long ago and its answer is kept no more; the second is refused, and that answer is
/// lost too. What is given again is the answer to the second: it does not say that the first had no effect.
#[tokio::test(start_paused = true)]
async fn a_refusal_that_is_given_again_says_nothing_of_a_try_that_was_forgotten() {
    for dialect in DIALECTS {
        let (world, device) = with_row(dialect).await;
        device.rename("a", "mine").await;
        world.lose_next(update(dialect), "item/a", Meet::LostReply);
        device.tries_to_push().await;
        world.heal();
        world.server(|server| server.keys().forget());
        device.recount("a", 7).await;
        world.once(update(dialect), "item/a", Meet::LostReply);
        device.pushes().await;
        assert_eq!(replayed(&world), 1, "{dialect}");
        let there = world.server(|server| server.live("item", "a").cloned()).unwrap();
        assert_eq!((&there["name"], &there["count"]), (&json!("mine"), &json!(7)), "{dialect}");
    }
}

/// As above, with a column that adds up: nothing is added twice.
#[tokio::test(start_paused = true)]
async fn a_sum_is_not_added_twice_after_a_try_that_was_forgotten() {
    for dialect in DIALECTS {
        let (world, _) = with_row(dialect).await;
        let store = synctable::MemoryStore::new();
        let merging = builder(&world, store.clone()).table::<Tally>().conflict_policy(ConflictPolicy::Merge);
        let device = Device::opened(&world, store, merging).await;
        let tallies = device.context.table::<Tally>();
        world.server(|server| server.put("tally", "t", json!({ "name": "T", "count": 10, "tags": [] })));
        tallies.pull(Tally::pull("all")).await.unwrap().into_result().unwrap();
        tallies.edit(&id("t"), |tally| tally.count += 5).await.unwrap();
        world.lose_next(update(dialect), "tally/t", Meet::LostReply);
        device.tries_to_push().await;
        world.heal();
        world.server(|server| server.keys().forget());
        world.once(update(dialect), "tally/t", Meet::LostReply);
        device.pushes().await;
        assert_eq!(replayed(&world), 1, "{dialect}");
        assert_eq!(world.server(|server| server.live("tally", "t").cloned()).unwrap()["count"], 15, "{dialect}");
    }
}

/// The first answer is kept and lost: what another has added since is seen, and both count.
#[tokio::test(start_paused = true)]
async fn a_refusal_that_is_given_again_in_the_same_push_lets_both_sides_add() {
    let (world, _) = with_row(Dialect::DatasyncV3).await;
    let store = synctable::MemoryStore::new();
    let merging = builder(&world, store.clone()).table::<Tally>().conflict_policy(ConflictPolicy::Merge);
    let device = Device::opened(&world, store, merging).await;
    let tallies = device.context.table::<Tally>();
    world.server(|server| server.put("tally", "t", json!({ "name": "T", "count": 10, "tags": [] })));
    tallies.pull(Tally::pull("all")).await.unwrap().into_result().unwrap();
    tallies.edit(&id("t"), |tally| tally.count += 5).await.unwrap();
    world.server(|server| server.change("tally", "t", json!({ "count": 15 })));
    world.once("PATCH", "tally/t", Meet::LostReply);
    device.pushes().await;
    assert_eq!(replayed(&world), 1);
    assert_eq!(world.server(|server| server.live("tally", "t").cloned()).unwrap()["count"], 20);
}

/// The app discards its change while the repetition is under way: what is shown then is later than the answer.
#[tokio::test(start_paused = true)]
async fn a_discard_beside_a_replayed_answer_keeps_what_it_has_shown() {
    for dialect in DIALECTS {
        for deletes in [false, true] {
            let (world, device) = with_row(dialect).await;
            let method = if deletes { "DELETE" } else { update(dialect) };
            if deletes {
                device.delete("a").await;
                world.lose_next(method, "item/a", Meet::LostReply);
                device.tries_to_push().await;
                world.heal();
                world.server(|server| server.put("item", "a", json!({ "name": "theirs", "count": 1 })));
            } else {
                rename_with_lost_reply(&world, &device).await;
            }
            drop(device.pull_alone().await);
            let gate = Gate::default();
            world.once(method, "item/a", Meet::Gate(gate.clone()));
            let discard = async {
                gate.arrival().await;
                device.context.discard(&device.only().await).await.unwrap();
                gate.open();
            };
            let (report, ()) = tokio::join!(device.context.push(), discard);
            assert_eq!((report.unwrap().done(), replayed(&world)), (1, 1), "{dialect}, {deletes}");
            assert_eq!(device.sees("a").await, text("theirs", 1), "{dialect}, {deletes}: the pull has passed it");
        }
    }
}
