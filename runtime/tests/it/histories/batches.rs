//! Pushes whose requests go together (docs/protocol-extensions.md 3): the same effects as one by one, each once.

use serde_json::json;
use synctable::store::entry::FailureKind;
use synctable::wire::Dialect;
use synctable::{MemoryStore, PushExtensions, Status};

use crate::world::net::{Gate, response};
use crate::world::server::Server;
use crate::world::tables::{Item, List, Task};
use crate::world::{Device, Meet, World, builder, id};

const DIALECTS: [Dialect; 3] = [Dialect::NodeV2, Dialect::DatasyncV3, Dialect::Toolkit];

/// A world whose server knows batches, and a device that has the row `a` and has heard of it.
async fn with_row(dialect: Dialect) -> (World, Device) {
    let world = World::new(dialect);
    world.server(Server::knows_batches);
    let device = Device::new(&world).await;
    device.given(&world, "a", "A", 1).await;
    world.sent();
    (world, device)
}

/// An update, a delete, ten inserts.
async fn fill(world: &World, device: &Device) {
    device.given(world, "gone", "G", 1).await;
    device.rename("a", "B").await;
    device.delete("gone").await;
    for number in 0..10 {
        device.insert(&format!("i{number}"), "I", number).await;
    }
    world.server(|server| server.taken.clear());
    world.sent();
}

/// All of it has been done, each once.
fn check(world: &World, what: &str) {
    world.server(|server| {
        assert_eq!(server.taken.len(), 12, "{what}: {:?}", server.taken);
        assert_eq!(server.live("item", "a").unwrap()["name"], "B", "{what}");
        assert!(server.live("item", "gone").is_none(), "{what}");
        assert!((0..10).all(|number| server.live("item", &format!("i{number}")).is_some()), "{what}");
    });
}

#[tokio::test(start_paused = true)]
async fn requests_that_wait_for_nothing_go_together_in_their_order() {
    for dialect in DIALECTS {
        let (world, device) = with_row(dialect).await;
        fill(&world, &device).await;
        device.pushes().await;
        assert_eq!(world.sent(), ["POST $batch"], "{dialect}");
        check(&world, &dialect.to_string());
        let taken = world.server(|server| server.taken.clone());
        assert!(taken[0].ends_with("item/a") && taken[1] == "DELETE item/gone", "{dialect}: {taken:?}");
        device.pulls().await;
        assert_eq!(device.sees("a").await, Some(("B".to_owned(), 1)), "{dialect}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_lost_reply_of_a_batch_is_told_by_the_keys() {
    for dialect in DIALECTS {
        let (world, device) = with_row(dialect).await;
        fill(&world, &device).await;
        world.once("POST", "$batch", Meet::LostReply);
        device.pushes().await;
        check(&world, &dialect.to_string());
        assert_eq!(world.server(|server| server.keys().replayed), 12, "{dialect}");
        let sent = world.sent();
        assert_eq!((sent.len(), sent[0].as_str(), sent[2].as_str()), (3, "POST $batch", "POST $batch"), "{sent:?}");
    }
}

/// Two lost batches are enough: the rest goes one by one.
#[tokio::test(start_paused = true)]
async fn where_no_reply_of_a_batch_arrives_requests_go_alone() {
    let (world, device) = with_row(Dialect::DatasyncV3).await;
    fill(&world, &device).await;
    world.always("POST", "$batch", Meet::LostReply);
    device.pushes().await;
    check(&world, "one by one");
    let batches = world.sent().iter().filter(|line| *line == "POST $batch").count();
    assert_eq!(batches, 2);
}

#[tokio::test(start_paused = true)]
async fn a_reply_that_was_cut_is_one_that_was_lost() {
    let (world, device) = with_row(Dialect::DatasyncV3).await;
    fill(&world, &device).await;
    let cut = response(200, "content-type: application/json", "{\"answers\":[{\"status\":200,");
    world.once("POST", "$batch", Meet::TakenThen(cut));
    device.pushes().await;
    check(&world, "cut");
    assert_eq!(world.server(|server| server.keys().replayed), 12);
}

#[tokio::test(start_paused = true)]
async fn a_restart_repeats_what_a_batch_left_open() {
    let (world, device) = with_row(Dialect::DatasyncV3).await;
    fill(&world, &device).await;
    device.push_loses(&world, "POST", "$batch", Meet::LostReply).await;
    let device = device.restarted(&world).await;
    device.pushes().await;
    check(&world, "restarted");
    assert_eq!(world.server(|server| server.keys().replayed), 12);
}

#[tokio::test(start_paused = true)]
async fn what_fails_in_a_batch_fails_alone() {
    for dialect in DIALECTS {
        let (world, device) = with_row(dialect).await;
        world.server(|server| server.put("item", "i4", json!({ "name": "theirs", "count": 99 })));
        for number in 0..10 {
            device.insert(&format!("i{number}"), "I", number).await;
        }
        let report = device.push().await;
        assert_eq!((report.status(), report.done()), (Status::WithFailures, 9), "{dialect}: {report:?}");
        let failed = &report.failed()[0];
        assert_eq!((failed.id().as_str(), failed.failure().kind), ("i4", FailureKind::Conflict), "{dialect}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_child_is_not_in_the_batch_of_its_parent_and_is_held_back_if_that_fails() {
    let (world, device) = with_row(Dialect::DatasyncV3).await;
    world.server(|server| server.put("list", "bad", json!({ "title": "theirs" })));
    let lists = device.context.table::<List>();
    let tasks = device.context.table::<Task>();
    for list in ["good", "bad", "free"] {
        lists.insert(List { id: id(list), title: "L".into() }).await.unwrap();
    }
    for list in ["good", "bad"] {
        let task = Task { id: id(&format!("{list}-task")), list: Some(id(list)), text: "T".into() };
        tasks.insert(task).await.unwrap();
    }
    let report = device.push().await;
    assert_eq!(report.failed()[0].id().as_str(), "bad", "{report:?}");
    assert_eq!(report.not_attempted()[0].id().as_str(), "bad-task", "{report:?}");
    assert_eq!(world.sent()[0], "POST $batch");
    world.server(|server| {
        assert_eq!(server.taken, ["POST list", "POST list", "POST task"]);
        assert!(server.live("task", "bad-task").is_none());
    });
}

#[tokio::test(start_paused = true)]
async fn a_server_that_refuses_a_batch_gets_no_other() {
    for status in [400, 404, 405, 413, 415] {
        let (world, device) = with_row(Dialect::DatasyncV3).await;
        fill(&world, &device).await;
        world.always("POST", "$batch", Meet::Answer(response(status, "", "")));
        device.pushes().await;
        check(&world, &status.to_string());
        device.insert("later", "L", 1).await;
        device.insert("and later", "L", 1).await;
        device.pushes().await;
        let batches = world.sent().iter().filter(|line| *line == "POST $batch").count();
        assert_eq!(batches, 1, "{status}");
    }
}

/// An answer that is well formed and not of a batch.
#[tokio::test(start_paused = true)]
async fn an_answer_that_makes_no_sense_is_no_answer() {
    for body in ["[]", "{\"answers\":[]}", "{\"answers\":[{\"status\":200}]}"] {
        let (world, device) = with_row(Dialect::DatasyncV3).await;
        fill(&world, &device).await;
        let announced = "Synctable-Extensions: idempotency-key, batch; operations=9; bytes=10000";
        world.always("POST", "$batch", Meet::TakenThen(response(200, announced, body)));
        device.pushes().await;
        check(&world, body);
    }
}

#[tokio::test(start_paused = true)]
async fn without_the_announcement_or_the_wish_there_is_no_batch() {
    let (world, _) = with_row(Dialect::DatasyncV3).await;
    let store = MemoryStore::new();
    let plain = builder(&world, store.clone()).table::<Item>().push_extensions(PushExtensions::KeysOnly);
    let device = Device::opened(&world, store, plain).await;
    device.pulls().await;
    fill(&world, &device).await;
    device.pushes().await;
    assert!(world.sent().iter().all(|line| line != "POST $batch"));
    assert!(world.keys().iter().all(|(_, key)| key.is_some()));
    world.server(Server::knows_keys);
    let (_, device) = (&world, Device::new(&world).await);
    device.pulls().await;
    device.insert("b", "B", 1).await;
    device.insert("c", "C", 1).await;
    device.pushes().await;
    assert!(world.sent().iter().all(|line| line != "POST $batch"));
}

/// Whatever is written while a batch is under way goes on from its answers.
#[tokio::test(start_paused = true)]
async fn an_edit_beside_a_batch_is_kept_and_goes_next() {
    let (world, device) = with_row(Dialect::DatasyncV3).await;
    fill(&world, &device).await;
    let gate = Gate::default();
    world.once("POST", "$batch", Meet::Gate(gate.clone()));
    let edit = async {
        gate.arrival().await;
        device.rename("i3", "edited").await;
        gate.open();
    };
    let (report, ()) = tokio::join!(device.context.push(), edit);
    let report = report.unwrap();
    assert_eq!(report.changed_meanwhile().len(), 1, "{report:?}");
    assert_eq!(device.sees("i3").await, Some(("edited".to_owned(), 3)));
    device.pushes().await;
    assert_eq!(world.server(|server| server.live("item", "i3").unwrap()["name"].clone()), "edited");
}

/// What a push of 200 inserts takes where a request takes 5 ms, by the clock of the test.
async fn time_of_a_push(extensions: PushExtensions) -> std::time::Duration {
    let (world, _) = with_row(Dialect::DatasyncV3).await;
    let store = MemoryStore::new();
    let device = builder(&world, store.clone()).table::<Item>().push_extensions(extensions);
    let device = Device::opened(&world, store, device).await;
    device.pulls().await;
    for number in 0..200 {
        device.insert(&format!("i{number}"), "I", number).await;
    }
    world.takes(&[5]);
    let began = tokio::time::Instant::now();
    device.pushes().await;
    began.elapsed()
}

#[tokio::test(start_paused = true)]
async fn a_way_of_five_milliseconds_is_gone_once_for_many() {
    let (alone, together) = (time_of_a_push(PushExtensions::KeysOnly).await, time_of_a_push(PushExtensions::All).await);
    println!("200 inserts at 5 ms a request: one by one {alone:.0?}, together {together:.0?}");
    assert!(together * 20 < alone, "one by one {alone:.0?}, together {together:.0?}");
}
