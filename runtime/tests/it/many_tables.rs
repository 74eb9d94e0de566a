//! Pulls of many tables: how many at once, in which order, and what is left out when the server is away.

use std::time::Duration;

use serde_json::json;
use synctable::wire::Dialect;
use synctable::{MemoryStore, Pull, Status, SyncContext, SyncContextBuilder};

use crate::world::net::Gate;
use crate::world::tables::{Item, List, Node, Task};
use crate::world::{Meet, World, time_passes};

/// Four tables, the first with two queries.
fn builder(world: &World) -> SyncContextBuilder {
    SyncContext::builder("https://server.example")
        .transport(world.clone())
        .clock(world.clock())
        .store(MemoryStore::new())
        .dialect(Dialect::DatasyncV3)
        .table_with::<Item>(|table| {
            table.pull(Item::pull("ones").filter(|item| item.count.eq(1))).pull(Item::pull("all"))
        })
        .table::<List>()
        .table::<Task>()
        .table::<Node>()
}

/// A request arrives at a gate; one that never does fails the test.
async fn arrival(gate: &Gate) {
    tokio::time::timeout(Duration::from_secs(60), gate.arrival()).await.expect("a request arrives");
}

/// So many requests are sent; fewer fail the test.
async fn sent(world: &World, requests: usize) {
    let all = async {
        while world.sent_so_far() < requests {
            time_passes(Duration::from_millis(1)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), all).await.expect("the requests are sent");
}

fn tables(report: &synctable::SyncReport) -> Vec<&str> {
    report.pulls().iter().map(synctable::PullReport::table).collect()
}

/// As many GETs of a table each as the gates hold are under way, and no more.
#[tokio::test(start_paused = true)]
async fn pulls_run_side_by_side_up_to_the_bound_and_report_in_order() {
    let world = World::v3();
    let context = builder(&world).parallel_pulls(2).open().await.unwrap();
    let (item, list, task) = (Gate::default(), Gate::default(), Gate::default());
    world.once("GET", "item", Meet::Gate(item.clone()));
    world.once("GET", "list", Meet::Gate(list.clone()));
    world.once("GET", "task", Meet::Gate(task.clone()));
    let sync = tokio::spawn(async move { context.sync().await.unwrap() });
    arrival(&item).await;
    arrival(&list).await;
    // The second query of the first table waits for the first.
    assert_eq!(world.sent(), ["GET item?", "GET list?"]);
    list.open();
    arrival(&task).await;
    assert_eq!(world.sent(), ["GET task?"], "the third table takes the place");
    task.open();
    // The last table is pulled while the first still hangs.
    sent(&world, 1).await;
    assert_eq!(world.sent(), ["GET node?"]);
    item.open();
    let report = sync.await.unwrap();
    assert_eq!(report.status(), Status::Complete);
    assert_eq!(tables(&report), ["item", "item", "list", "task", "node"], "in the order of registration");
    assert_eq!(world.sent(), ["GET item?"], "the second query of the first table came last");
}

#[tokio::test(start_paused = true)]
async fn one_at_a_time_is_in_the_order_of_registration() {
    let world = World::v3();
    let context = builder(&world).parallel_pulls(0).open().await.unwrap();
    context.pull_all().await.unwrap().into_result().unwrap();
    assert_eq!(world.sent(), ["GET item?", "GET item?", "GET list?", "GET task?", "GET node?"]);
}

#[tokio::test(start_paused = true)]
async fn once_the_server_is_away_no_other_pull_is_begun() {
    let world = World::v3();
    world.server(|server| server.date = Some(10));
    let context = builder(&world).parallel_pulls(2).open().await.unwrap();
    let gate = Gate::default();
    world.once("GET", "item", Meet::Gate(gate.clone()));
    world.times(3, "GET", "list", Meet::Unsent);
    let pull = tokio::spawn({
        let context = context.clone();
        async move { context.pull_all().await.unwrap() }
    });
    arrival(&gate).await;
    // Each try of the second.
    sent(&world, 4).await;
    gate.open();
    let report = pull.await.unwrap();
    assert_eq!(report.status(), Status::Offline);
    // The first was under way already.
    assert_eq!(tables(&report), ["item", "list"]);
    assert_eq!(report.consistent_as_of(), None);
    assert!(!world.sent().iter().any(|line| line.contains("task") || line.contains("node")));
    let report = context.pull_all().await.unwrap();
    assert_eq!((report.status(), report.pulls().len()), (Status::Complete, 5));
}

/// Everything up to the beginning of the first pull is there, whatever was written during the later ones.
#[tokio::test(start_paused = true)]
async fn the_point_of_all_tables_is_the_beginning_of_the_first() {
    let world = World::v3();
    world.server(|server| {
        server.date = Some(100);
        server.put("list", "l", json!({ "title": "L" }));
    });
    let context = builder(&world).parallel_pulls(1).open().await.unwrap();
    let inner = world.clone();
    let later = crate::world::net::work(move || {
        let world = inner.clone();
        async move {
            world.server(|server| {
                server.date = Some(160);
                server.put("task", "t", json!({ "list": "l2", "text": "T" }));
            });
        }
    });
    world.once("GET", "list", Meet::ThenWork(later));
    let report = context.sync().await.unwrap();
    let stamps: Vec<_> = report.pulls().iter().map(|pull| pull.as_of().unwrap()).collect();
    assert_eq!(report.consistent_as_of(), Some(stamps[0]));
    assert!(stamps[4] > stamps[0]);
    assert_eq!(context.table::<Task>().count(&Task::query()).await.unwrap(), 1, "a later table may be newer");
    world.server(|server| server.date = None);
    let quiet = builder(&world).open().await.unwrap().sync().await.unwrap();
    assert_eq!(quiet.consistent_as_of(), None, "a server without a clock");
}

/// Pulls of one table called at once follow one another; none of them corrupts the other.
#[tokio::test(start_paused = true)]
async fn pulls_called_at_once_bring_the_same_as_one_after_the_other() {
    let world = World::v3();
    world.server(|server| {
        for number in 0..300 {
            server.put("item", &format!("i{number:03}"), json!({ "name": "I", "count": number % 3 }));
            server.put("list", &format!("l{number:03}"), json!({ "title": "L" }));
        }
    });
    let context = builder(&world).open().await.unwrap();
    let pulls: Vec<_> = (0..8)
        .map(|number| {
            let context = context.clone();
            tokio::spawn(async move {
                if number % 2 == 0 {
                    context.sync().await.unwrap().into_result().unwrap();
                } else {
                    context.table::<Item>().pull(Pull::full().page_size(40)).await.unwrap().into_result().unwrap();
                }
            })
        })
        .collect();
    for pull in pulls {
        pull.await.unwrap();
    }
    assert_eq!(context.table::<Item>().count(&Item::query()).await.unwrap(), 300);
    assert_eq!(context.table::<List>().count(&List::query()).await.unwrap(), 300);
}
