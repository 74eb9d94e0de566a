//! Purge: what goes, what stays, what a pull brings back (queue.md 8, invariant 29).

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use proptest::prelude::*;
use serde_json::json;
use synctable::store::{BoxFuture, ChangeFeed, ChangeSource, Durability, ReadWork, WriteWork};
use synctable::{Error, ErrorKind, LocalStore, MemoryStore, Purge, PurgeReport, TableSchema};

use crate::world::net::status;
use crate::world::tables::{Item, List};
use crate::world::{Device, Meet, World, id, open};

/// What becomes of pending operations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pending {
    Fail,
    Keep,
    Discard,
}

/// A purge, as the tests think of it: rows with a count from `from` on, or all.
#[derive(Debug, Clone, Copy)]
struct Asked {
    from: Option<i64>,
    pending: Pending,
    keeps_tokens: bool,
}

impl Asked {
    fn purge(self) -> Purge<Item> {
        let purge = match self.from {
            Some(from) => Item::purge().filter(|item| item.count.ge(from)),
            None => Item::purge(),
        };
        let purge = match self.pending {
            Pending::Fail => purge,
            Pending::Keep => purge.keep_pending(),
            Pending::Discard => purge.discard_pending(),
        };
        if self.keeps_tokens { purge.keep_tokens() } else { purge }
    }

    fn selects(self, count: i64) -> bool {
        self.from.is_none_or(|from| count >= from)
    }
}

/// What a device has: counts of rows by id, and the pending operations as text by id.
#[derive(Debug, Clone, PartialEq)]
struct Has {
    rows: BTreeMap<String, i64>,
    pending: BTreeMap<String, String>,
}

async fn has(device: &Device) -> Has {
    let rows = device.context.table::<Item>().list(&Item::query()).await.unwrap();
    let rows = rows.into_iter().map(|item| (item.id.to_string(), item.count)).collect();
    let pending =
        device.pending().await.into_iter().map(|operation| (operation.id().to_string(), format!("{operation:?}")));
    Has { rows, pending: pending.collect() }
}

/// A device with rows of each kind: `small` ones count 1, `great` ones 10.
async fn lived(world: &World) -> Device {
    let device = Device::new(world).await;
    for (name, count) in [("small", 1), ("great", 10)] {
        for kind in ["still", "edited", "deleted"] {
            let row = format!("{kind} {name}");
            world.server(|server| server.put("item", &row, json!({ "name": kind, "count": count })));
        }
    }
    world.server(|server| server.put("list", "l", json!({ "title": "L" })));
    device.pulls().await;
    drop(device.context.table::<List>().pull(synctable::Pull::named("all")).await.unwrap());
    for (name, count) in [("small", 1), ("great", 10)] {
        device.insert(&format!("new {name}"), "new", count).await;
        device.rename(&format!("edited {name}"), "ours").await;
        device.delete(&format!("deleted {name}")).await;
    }
    device.context.table::<List>().edit(&id("l"), |list| list.title = "M".to_owned()).await.unwrap();
    device
}

async fn purge(device: &Device, asked: Asked) -> Result<PurgeReport, Error> {
    device.context.table::<Item>().purge(asked.purge()).await
}

/// Counts the transactions of a store.
#[derive(Debug)]
struct Counted {
    store: MemoryStore,
    writes: Arc<AtomicU64>,
}

impl LocalStore for Counted {
    fn open(&self, tables: &[&'static TableSchema]) -> BoxFuture<'_, Result<(), Error>> {
        self.store.open(tables)
    }

    fn write(&self, durability: Durability, source: ChangeSource, work: WriteWork) -> BoxFuture<'_, Result<(), Error>> {
        self.writes.fetch_add(1, Ordering::SeqCst);
        self.store.write(durability, source, work)
    }

    fn read(&self, work: ReadWork) -> BoxFuture<'_, Result<(), Error>> {
        self.store.read(work)
    }

    fn sole_pusher(&self) -> Option<Box<dyn std::fmt::Debug + Send + Sync>> {
        self.store.sole_pusher()
    }

    fn changes(&self) -> &ChangeFeed {
        self.store.changes()
    }
}

fn every_purge() -> Vec<Asked> {
    let mut all = Vec::new();
    for from in [Some(5), None] {
        for pending in [Pending::Fail, Pending::Keep, Pending::Discard] {
            all.extend([false, true].map(|keeps_tokens| Asked { from, pending, keeps_tokens }));
        }
    }
    all
}

#[tokio::test(start_paused = true)]
async fn each_purge_takes_what_it_was_asked_for_in_one_commit() {
    for asked in every_purge() {
        let world = World::v3();
        let device = lived(&world).await;
        let before = has(&device).await;
        let copy = device.store.snapshot();
        let on_server = world.server(|server| server.rows.clone());
        world.sent();
        let writes = Arc::new(AtomicU64::new(0));
        let counted = Counted { store: device.store.clone(), writes: Arc::clone(&writes) };
        let context = open(&world, counted).await;
        writes.store(0, Ordering::SeqCst);
        let done = context.table::<Item>().purge(asked.purge()).await;
        assert_eq!(writes.load(Ordering::SeqCst), 1, "one transaction");
        assert_eq!(world.sent(), [""; 0], "a purge sends nothing");
        let after = has(&device).await;
        let count = |rows: &[&str]| rows.len() as u64;
        let told = |report: PurgeReport| (report.removed(), report.discarded(), report.kept());
        match (asked.pending, asked.from) {
            (Pending::Fail, _) => {
                let error = done.unwrap_err();
                assert_eq!(error.kind(), ErrorKind::Pending, "{asked:?}");
                assert!(device.store.same_content(&copy), "a refused purge changes nothing: {asked:?}");
                continue;
            }
            (Pending::Keep, from) => {
                // The deleted row cannot be seen by a filter, but by a purge of all.
                let kept = count(if from.is_some() { &["edited", "new"] } else { &["e", "n", "d", "e", "n", "d"] });
                let removed = if from.is_some() { 1 } else { 2 };
                assert_eq!(told(done.unwrap()), (removed, 0, kept), "{asked:?}");
                assert_eq!(after.pending, before.pending);
                let left =
                    before.rows.iter().filter(|(row, count)| !row.starts_with("still") || !asked.selects(**count));
                assert_eq!(after.rows, left.map(|(row, count)| (row.clone(), *count)).collect());
            }
            (Pending::Discard, Some(_)) => {
                assert_eq!(told(done.unwrap()), (2, 2, 0), "still and edited, edited and new: {asked:?}");
                let rows: Vec<_> = after.rows.keys().map(String::as_str).collect();
                assert_eq!(rows, ["edited small", "new small", "still small"]);
                let pending: Vec<_> = after.pending.keys().map(String::as_str).collect();
                assert_eq!(pending, ["deleted great", "deleted small", "edited small", "l", "new small"]);
            }
            (Pending::Discard, None) => {
                assert_eq!(told(done.unwrap()), (6, 6, 0), "{asked:?}");
                assert!(after.rows.is_empty(), "{asked:?}");
                assert_eq!(after.pending.keys().collect::<Vec<_>>(), ["l"], "another table's are not touched");
            }
        }
        // What a pull brings back, while nothing is pushed.
        drop(device.pull_alone().await);
        let back = has(&device).await;
        let is_there = |row: &str| back.rows.contains_key(row);
        assert_eq!(is_there("still great"), !asked.keeps_tokens, "{asked:?}");
        assert_eq!(is_there("still small"), !asked.keeps_tokens || asked.from.is_some(), "{asked:?}");
        assert_eq!(world.server(|server| server.rows.clone()), on_server, "the server has what it had");
    }
}

#[tokio::test(start_paused = true)]
async fn a_purge_that_removes_nothing_forgets_no_token() {
    let world = World::v3();
    let device = Device::new(&world).await;
    device.given(&world, "a", "A", 1).await;
    let nothing = Asked { from: Some(5), pending: Pending::Fail, keeps_tokens: false };
    assert_eq!(purge(&device, nothing).await.unwrap().removed(), 0);
    let report = device.pull().await;
    assert_eq!(report.applied(), 0, "{report:?}");
    assert_eq!(report.requests(), 1);
}

/// What happens before the purge.
#[derive(Debug, Clone)]
enum Event {
    ServerPut(u8, i64),
    ServerDelete(u8),
    Pull,
    Insert(u8, i64),
    Recount(u8, i64),
    Delete(u8),
    Push(Sent),
}

#[derive(Debug, Clone, Copy)]
enum Sent {
    Well,
    LostReply,
    LostRequest,
    Refused,
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let row = 0_u8..6;
    let count = 0_i64..10;
    let sent = prop_oneof![Just(Sent::Well), Just(Sent::LostReply), Just(Sent::LostRequest), Just(Sent::Refused)];
    let event = prop_oneof![
        3 => (row.clone(), count.clone()).prop_map(|(row, count)| Event::ServerPut(row, count)),
        1 => row.clone().prop_map(Event::ServerDelete),
        2 => Just(Event::Pull),
        2 => (row.clone(), count.clone()).prop_map(|(row, count)| Event::Insert(row, count)),
        3 => (row.clone(), count).prop_map(|(row, count)| Event::Recount(row, count)),
        2 => row.prop_map(Event::Delete),
        2 => sent.prop_map(Event::Push),
    ];
    proptest::collection::vec(event, 0..24)
}

fn asked() -> impl Strategy<Value = Asked> {
    let pending = prop_oneof![Just(Pending::Fail), Just(Pending::Keep), Just(Pending::Discard)];
    (proptest::option::of(0_i64..10), pending, any::<bool>()).prop_map(|(from, pending, keeps_tokens)| Asked {
        from,
        pending,
        keeps_tokens,
    })
}

async fn happens(world: &World, device: &Device, event: Event) {
    let items = device.context.table::<Item>();
    let name = |row: u8| format!("r{row}");
    match event {
        Event::ServerPut(row, count) => {
            world.server(|server| server.put("item", &name(row), json!({ "name": "theirs", "count": count })));
        }
        Event::ServerDelete(row) => world.server(|server| {
            if server.row("item", &name(row)).is_some() {
                server.delete("item", &name(row));
            }
        }),
        Event::Pull => drop(device.pull_alone().await),
        // Whether the row is there decides; both are allowed.
        Event::Insert(row, count) => {
            let item = Item { id: id(&name(row)), name: "ours".to_owned(), count };
            drop(items.insert(item).await);
        }
        Event::Recount(row, count) => {
            items.edit(&id(&name(row)), move |item| item.count = count).await.unwrap();
        }
        Event::Delete(row) => drop(items.delete(&id(&name(row))).await),
        Event::Push(sent) => {
            let meet = || match sent {
                Sent::Well => None,
                Sent::LostReply => Some(Meet::LostReply),
                Sent::LostRequest => Some(Meet::LostRequest),
                Sent::Refused => Some(status(403)),
            };
            for (method, path) in [("POST", "item"), ("PATCH", "item"), ("DELETE", "item")] {
                if let Some(meet) = meet() {
                    world.always(method, path, meet);
                }
            }
            device.tries_to_push().await;
            world.heal();
        }
    }
}

async fn check_purge(history: Vec<Event>, asked: Asked) {
    let world = World::v3();
    let device = Device::new(&world).await;
    for event in history {
        happens(&world, &device, event).await;
    }
    let before = has(&device).await;
    let copy = device.store.snapshot();
    let on_server = world.server(|server| server.rows.clone());
    // Entries that the purge concerns: by the row as the app sees it, or all.
    let selected = |row: &String| match before.rows.get(row) {
        Some(count) => asked.selects(*count),
        None => asked.from.is_none(),
    };
    let concerned = before.pending.keys().filter(|row| selected(row)).count();
    world.sent();
    let done = purge(&device, asked).await;
    let after = has(&device).await;
    if asked.pending == Pending::Fail && concerned > 0 {
        assert_eq!(done.unwrap_err().kind(), ErrorKind::Pending);
        assert!(device.store.same_content(&copy));
        return;
    }
    let report = done.unwrap();
    let (discarded, kept) = match asked.pending {
        Pending::Fail => (0, 0),
        Pending::Keep => (0, concerned),
        Pending::Discard => (concerned, 0),
    };
    assert_eq!((report.discarded(), report.kept()), (discarded as u64, kept as u64));
    for (row, count) in &after.rows {
        assert!(after.pending.contains_key(row) || !asked.selects(*count), "{row} matches and was left");
    }
    for (row, operation) in &before.pending {
        if !selected(row) || asked.pending == Pending::Keep {
            assert_eq!(after.pending.get(row), Some(operation), "an operation that was not asked for");
        } else if let Some(left) = after.pending.get(row) {
            assert!(operation.contains("request: Some"), "only what may have arrived is still to be looked at: {left}");
        }
    }
    for (row, count) in &before.rows {
        if !asked.selects(*count) {
            assert_eq!(after.rows.get(row), Some(count), "{row} does not match and stays");
        }
    }
    assert_eq!(world.sent(), [""; 0]);
    drop(device.pull_alone().await);
    assert_eq!(world.server(|server| server.rows.clone()), on_server);
    if !asked.keeps_tokens {
        let back = has(&device).await;
        let live = on_server.iter().filter(|(_, row)| !row.deleted);
        for ((_, row), stored) in live.filter(|((table, _), _)| table == "item") {
            let count = stored.members["count"].as_i64().unwrap();
            let is_back = back.pending.contains_key(row) || back.rows.get(row) == Some(&count);
            assert!(is_back || !asked.selects(count), "{row} did not come back: {back:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_purge_leaves_no_row_that_it_was_to_drop_and_no_operation_is_lost_beside(history in events(), asked in asked()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
        runtime.block_on(check_purge(history, asked));
    }
}
