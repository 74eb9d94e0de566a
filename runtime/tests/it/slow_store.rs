//! Pulls whose store is slower than the network: pages wait while slices are applied.

use std::time::Duration;

use serde_json::json;
use synctable::store::StoreRead;
use synctable::{LocalStore, Pull, Purge, Status, SyncContext};

use crate::world::net::{Gate, work};
use crate::world::store::SlowStore;
use crate::world::tables::Item;
use crate::world::{Device, Meet, World, id, open};

/// Rows of these names, each stamped a second after the one before.
fn rows(world: &World, names: &str) {
    for name in names.split(' ') {
        world.server(|server| server.put("item", name, json!({ "name": name, "count": 1 })));
    }
}

fn six_rows(world: &World) {
    rows(world, "a b c d e f");
}

async fn name_of(context: &SyncContext, name: &str) -> Option<String> {
    context.table::<Item>().get(&id(name)).await.unwrap().map(|item| item.name)
}

/// The answer comes so late that what was fetched is given to the store.
fn late() -> Meet {
    Meet::ThenWork(work(|| tokio::time::sleep(Duration::from_millis(600))))
}

fn all() -> Pull<Item> {
    Item::pull("all").page_size(2).overlap(Duration::ZERO)
}

/// A page that was asked for before a row was settled, and is applied after a slice that was not, is
/// held against what was settled all the same (queue.md 7).
#[tokio::test(start_paused = true)]
async fn a_page_that_waited_behind_a_slow_slice_does_not_undo_what_was_settled_meanwhile() {
    let world = World::v3();
    rows(&world, "a b c d");
    let store = SlowStore::default();
    let context = open(&world, store.clone()).await;
    context.table::<Item>().pull(all()).await.unwrap().into_result().unwrap();

    let (slice, page) = (Gate::default(), Gate::default());
    store.hold(&slice);
    // Pages of a and b; b and c; c and d, the last: it was asked for while the first two wait for the store.
    world.once("GET", "item", Meet::ThenWork(work(|| async {})));
    world.once("GET", "item", late());
    world.once("GET", "item", Meet::Stale(page.clone()));
    let pull = tokio::spawn({
        let context = context.clone();
        async move { context.table::<Item>().pull(Pull::full().page_size(2)).await.unwrap() }
    });
    page.arrival().await;
    slice.arrival().await;
    context.table::<Item>().edit(&id("d"), |item| item.name = "ours".to_owned()).await.unwrap();
    assert_eq!(context.push().await.unwrap().status(), Status::Complete);
    let writes = store.writes();
    slice.open();
    store.done(writes + 1).await;
    page.open();
    assert!(pull.await.unwrap().stopped_by().is_none());
    assert_eq!(name_of(&context, "d").await.as_deref(), Some("ours"));
}

/// While a row of a slice waits to be read again, no token is stored, not even with the pages fetched
/// meanwhile when the pull stops.
#[tokio::test(start_paused = true)]
async fn no_token_passes_a_row_that_could_not_be_weighed() {
    let world = World::v3();
    six_rows(&world);
    let store = SlowStore::default();
    let context = open(&world, store.clone()).await;
    let items = context.table::<Item>();
    items.pull(Pull::full()).await.unwrap().into_result().unwrap();

    let (slice, third, fourth) = (Gate::default(), Gate::default(), Gate::default());
    store.hold(&slice);
    world.once("GET", "item", Meet::ThenWork(work(|| async {})));
    world.once("GET", "item", late());
    world.once("GET", "item", Meet::Gate(third.clone()));
    world.once("GET", "item", Meet::Gate(fourth.clone()));
    world.times(3, "GET", "item", Meet::Unsent);
    world.server(|server| server.change("item", "d", json!({ "name": "new" })));
    let pull = tokio::spawn({
        let context = context.clone();
        async move { context.table::<Item>().pull(all()).await.unwrap() }
    });
    third.arrival().await;
    slice.arrival().await;
    // A live row of the first page, deleted here since that page was asked for.
    items.delete(&id("a")).await.unwrap();
    assert_eq!(context.push().await.unwrap().status(), Status::Complete);
    third.open();
    fourth.arrival().await;
    slice.open();
    let report = pull.await.unwrap();
    assert_eq!(report.status(), Status::Offline, "{report:?}");
    let look = |snapshot: &mut dyn StoreRead| {
        assert_eq!(snapshot.token("item", "all")?, None, "the next pull begins at the beginning");
        Ok(())
    };
    store.read(Box::new(look)).await.unwrap();
    items.pull(all()).await.unwrap().into_result().unwrap();
    assert_eq!(name_of(&context, "a").await, None);
    assert_eq!(name_of(&context, "d").await.as_deref(), Some("new"));
}

/// A token whose walk was interrupted before it had passed the last one says nothing of the time at
/// which that walk began.
#[tokio::test(start_paused = true)]
async fn an_interrupted_overlap_is_read_again() {
    let world = World::v3();
    let device = Device::new(&world).await;
    let items = device.context.table::<Item>();
    let pull = || Item::pull("all").page_size(1).overlap(Duration::from_secs(30));
    world.server(|server| {
        for (name, stamped) in [("a", 75), ("z", 90)] {
            server.clock = stamped - 1;
            server.put("item", name, json!({ "name": name, "count": 1 }));
        }
        server.date = Some(100);
    });
    items.pull(pull()).await.unwrap().into_result().unwrap();
    // Stamped before the token, shown after it was stored, and the pull that would find it stops early.
    world.server(|server| {
        server.put("item", "late", json!({ "name": "late", "count": 1 }));
        server.tamper("item", "late", |row| row.stamped = 85);
        server.date = Some(200);
    });
    world.once("GET", "item", Meet::ThenWork(work(|| async {})));
    world.times(3, "GET", "item", Meet::LostRequest);
    assert_eq!(items.pull(pull()).await.unwrap().status(), Status::Offline);
    items.pull(pull()).await.unwrap().into_result().unwrap();
    assert!(device.sees("late").await.is_some());
}

/// Two contexts on one store: what one purges while the other pulls is not covered by the other's token.
#[tokio::test(start_paused = true)]
async fn a_purge_of_another_context_voids_the_token_of_a_pull_under_way() {
    let world = World::v3();
    six_rows(&world);
    let store = SlowStore::default();
    let (context, other) = (open(&world, store.clone()).await, open(&world, store).await);
    context.table::<Item>().pull(all()).await.unwrap().into_result().unwrap();
    world.server(|server| server.put("item", "g", json!({ "name": "g", "count": 1 })));
    let gate = Gate::default();
    world.once("GET", "item", Meet::Gate(gate.clone()));
    let pull = tokio::spawn({
        let context = context.clone();
        async move { context.table::<Item>().pull(all()).await.unwrap() }
    });
    gate.arrival().await;
    assert_eq!(other.table::<Item>().purge(Purge::new()).await.unwrap().removed(), 6);
    gate.open();
    assert!(pull.await.unwrap().stopped_by().is_none());
    context.table::<Item>().pull(all()).await.unwrap().into_result().unwrap();
    assert_eq!(context.table::<Item>().count(&Item::query()).await.unwrap(), 7, "all rows come back");
}

/// Two contexts on one store pull one query: the slower does not take the token back.
#[tokio::test(start_paused = true)]
async fn a_token_never_goes_back() {
    let world = World::v3();
    world.server(|server| server.put("item", "a", json!({ "name": "a", "count": 1 })));
    let store = SlowStore::default();
    let (slow, fast) = (open(&world, store.clone()).await, open(&world, store).await);
    let gate = Gate::default();
    world.once("GET", "item", Meet::Stale(gate.clone()));
    let pull = tokio::spawn(async move { slow.table::<Item>().pull(all()).await.unwrap() });
    gate.arrival().await;
    six_rows(&world);
    fast.table::<Item>().pull(all()).await.unwrap().into_result().unwrap();
    gate.open();
    assert!(pull.await.unwrap().stopped_by().is_none());
    let report = fast.table::<Item>().pull(all()).await.unwrap();
    assert_eq!((report.requests(), report.rows()), (1, 1), "only the row that the token names");
}
