//! Conflicts that handlers and policies end while a push runs (queue.md 6).

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

mod policies;

use serde_json::{Value, json};
use synctable::wire::Dialect;
use synctable::{
    AnyConflict, AnyConflictHandler, Conflict, ConflictHandler, ConflictPolicy, Error, ErrorKind, MemoryStore,
    OperationKind, Reason, RemoteRow, Resolution, Row, Status, SyncContext,
};

use crate::world::net::Meet;
use crate::world::tables::{Item, List, Tally};
use crate::world::{Device, World, builder, id};

const DIALECTS: [Dialect; 3] = [Dialect::DatasyncV3, Dialect::Toolkit, Dialect::NodeV2];

fn text(name: &str, count: i64) -> Option<(String, i64)> {
    Some((name.to_owned(), count))
}

/// Answers by a function and remembers what it was asked.
#[derive(Clone)]
struct Judge {
    asked: Arc<Mutex<Vec<Conflict<Item>>>>,
    answer: fn(&Conflict<Item>) -> Resolution<Item>,
}

impl Judge {
    fn new(answer: fn(&Conflict<Item>) -> Resolution<Item>) -> Self {
        Self { asked: Arc::default(), answer }
    }

    fn asked(&self) -> Vec<Conflict<Item>> {
        std::mem::take(&mut *self.asked.lock().unwrap())
    }

    async fn device(&self, world: &World) -> Device {
        let judge = self.clone();
        Device::with_items(world, MemoryStore::new(), |items| items.on_conflict(judge)).await
    }
}

impl ConflictHandler<Item> for Judge {
    async fn resolve(&self, conflict: Conflict<Item>) -> Resolution<Item> {
        let answer = (self.answer)(&conflict);
        self.asked.lock().unwrap().push(conflict);
        answer
    }
}

/// A row that this device renames and another one counts up.
async fn renamed_and_counted(world: &World, device: &Device) {
    device.given(world, "a", "A", 1).await;
    device.rename("a", "ours").await;
    world.server(|server| server.change("item", "a", json!({ "name": "theirs", "count": 5 })));
    world.sent();
}

fn at_server(world: &World, row: &str) -> Option<(Value, Value)> {
    world.server(|server| server.live("item", row).map(|row| (row["name"].clone(), row["count"].clone())))
}

fn version(world: &World, row: &str) -> String {
    world.server(|server| crate::world::server::version(server.row("item", row).unwrap()))
}

#[tokio::test(start_paused = true)]
async fn a_handler_sees_all_sides_and_its_answer_is_sent_for_the_version_seen() {
    for dialect in DIALECTS {
        let world = World::new(dialect);
        let judge = Judge::new(|conflict| {
            let RemoteRow::Live(remote) = conflict.remote() else { return Resolution::Defer };
            Resolution::Merge(Item {
                name: format!("{} and {}", conflict.local().unwrap().name, remote.name),
                ..remote.clone()
            })
        });
        let device = judge.device(&world).await;
        renamed_and_counted(&world, &device).await;
        let seen = version(&world, "a");
        device.pushes().await;
        let asked = judge.asked();
        assert_eq!(asked.len(), 1, "{dialect}");
        let conflict = &asked[0];
        let item = |name: &str, count| Item { id: id("a"), name: name.to_owned(), count };
        assert_eq!((conflict.id(), conflict.kind(), conflict.attempt()), (&id("a"), OperationKind::Update, 1));
        assert_eq!(conflict.base(), Some(&item("A", 1)), "{dialect}");
        assert_eq!(conflict.local(), Some(&item("ours", 1)), "{dialect}");
        assert_eq!(conflict.remote(), &RemoteRow::Live(item("theirs", 5)), "{dialect}");
        let writes: Vec<_> = world.sent_in_full().into_iter().filter(|line| !line.starts_with("GET")).collect();
        assert!(writes.last().unwrap().contains(&format!("if \"{seen}\"")), "{dialect}: {writes:?}");
        assert_eq!(at_server(&world, "a"), Some((json!("ours and theirs"), json!(5))), "{dialect}");
        assert_eq!(device.sees("a").await, text("ours and theirs", 5), "{dialect}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_own_lost_reply_never_reaches_the_handler() {
    for dialect in DIALECTS {
        let world = World::new(dialect);
        let judge = Judge::new(|_| panic!("it is our own"));
        let device = judge.device(&world).await;
        device.given(&world, "a", "A", 1).await;
        device.rename("a", "ours").await;
        device.insert("b", "B", 1).await;
        device
            .push_loses(&world, if dialect == Dialect::Toolkit { "PUT" } else { "PATCH" }, "item/a", Meet::LostReply)
            .await;
        device.push_loses(&world, "POST", "item", Meet::LostReply).await;
        device.pushes().await;
        assert_eq!(at_server(&world, "a"), Some((json!("ours"), json!(1))), "{dialect}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_third_device_between_refusal_and_answer_makes_another_conflict() {
    for dialect in DIALECTS {
        let world = World::new(dialect);
        let counted = Arc::new(AtomicU32::new(0));
        let (server, counter) = (world.clone(), Arc::clone(&counted));
        let device = Device::with_items(&world, MemoryStore::new(), |items| {
            items.resolve_with(move |conflict| {
                let (server, counter) = (server.clone(), Arc::clone(&counter));
                async move {
                    assert_eq!(counter.fetch_add(1, Ordering::SeqCst) + 1, conflict.attempt());
                    if conflict.attempt() == 1 {
                        server.server(|server| server.change("item", "a", json!({ "count": 9 })));
                        return Resolution::KeepLocal;
                    }
                    let RemoteRow::Live(remote) = conflict.remote() else { panic!("{conflict:?}") };
                    Resolution::Merge(Item { name: conflict.local().unwrap().name.clone(), ..remote.clone() })
                }
            })
        })
        .await;
        renamed_and_counted(&world, &device).await;
        device.pushes().await;
        assert_eq!(counted.load(Ordering::SeqCst), 2, "{dialect}");
        assert_eq!(at_server(&world, "a"), Some((json!("ours"), json!(9))), "{dialect}: what was not seen is kept");
    }
}

#[tokio::test(start_paused = true)]
async fn after_three_resolutions_a_conflict_is_deferred() {
    for dialect in DIALECTS {
        let world = World::new(dialect);
        let server = world.clone();
        let attempts = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&attempts);
        let device = Device::with_items(&world, MemoryStore::new(), |items| {
            items.resolve_with(move |conflict| {
                seen.lock().unwrap().push(conflict.attempt());
                let server = server.clone();
                async move {
                    server.server(|server| server.change("item", "a", json!({ "count": 9 })));
                    Resolution::KeepLocal
                }
            })
        })
        .await;
        renamed_and_counted(&world, &device).await;
        let report = device.push().await;
        assert_eq!(*attempts.lock().unwrap(), [1, 2, 3], "{dialect}");
        assert!(report.failed()[0].is_conflict(), "{dialect}: {report:?}");
        assert!(device.only().await.is_conflict(), "{dialect}");
        assert_eq!(device.sees("a").await, text("ours", 1), "{dialect}");
        attempts.lock().unwrap().clear();
        device.tries_to_push().await;
        assert_eq!(*attempts.lock().unwrap(), [1, 2, 3], "{dialect}: the next push asks again");
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_counts_only_for_the_row_that_it_saw() {
    for dialect in DIALECTS {
        let world = World::new(dialect);
        let context: Arc<Mutex<Option<SyncContext>>> = Arc::default();
        let names = Arc::new(Mutex::new(Vec::new()));
        let (within, seen) = (Arc::clone(&context), Arc::clone(&names));
        let device = Device::with_items(&world, MemoryStore::new(), |items| {
            items.resolve_with(move |conflict| {
                let (within, seen) = (within.clone(), seen.clone());
                async move {
                    let name = conflict.local().map(|item| item.name.clone()).unwrap_or_default();
                    seen.lock().unwrap().push(name.clone());
                    if name == "ours" {
                        let context = within.lock().unwrap().clone().unwrap();
                        context.table::<Item>().edit(&id("a"), |item| item.name = "later".to_owned()).await.unwrap();
                        return Resolution::KeepRemote;
                    }
                    Resolution::KeepLocal
                }
            })
        })
        .await;
        *context.lock().unwrap() = Some(device.context.clone());
        renamed_and_counted(&world, &device).await;
        let report = device.push().await;
        assert_eq!(*names.lock().unwrap(), ["ours", "later"], "{dialect}");
        assert_eq!(report.changed_meanwhile().len(), 1, "{dialect}: the next push sends it: {report:?}");
        assert_eq!(device.sees("a").await, text("later", 1), "{dialect}");
        device.pushes().await;
        assert_eq!(at_server(&world, "a"), Some((json!("later"), json!(1))), "{dialect}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_row_deleted_or_discarded_while_the_handler_thinks_is_settled_so() {
    for discards in [false, true] {
        let world = World::v3();
        let context: Arc<Mutex<Option<SyncContext>>> = Arc::default();
        let within = Arc::clone(&context);
        let device = Device::with_items(&world, MemoryStore::new(), |items| {
            items.resolve_with(move |conflict| {
                let context = within.lock().unwrap().clone().unwrap();
                async move {
                    if conflict.local().is_some() && discards {
                        context.discard(&context.pending().await.unwrap()[0]).await.unwrap();
                    } else if conflict.local().is_some() {
                        context.table::<Item>().delete(&id("a")).await.unwrap();
                    }
                    Resolution::KeepLocal
                }
            })
        })
        .await;
        *context.lock().unwrap() = Some(device.context.clone());
        renamed_and_counted(&world, &device).await;
        device.tries_to_push().await;
        device.pushes().await;
        let expected = if discards { text("theirs", 5) } else { None };
        assert_eq!(device.sees("a").await, expected, "discards: {discards}");
        assert_eq!(at_server(&world, "a").is_some(), discards, "discards: {discards}");
    }
}

#[tokio::test(start_paused = true)]
async fn aborting_stops_the_push_and_keeps_everything() {
    let world = World::v3();
    let judge = Judge::new(|_| Resolution::Abort);
    let device = judge.device(&world).await;
    renamed_and_counted(&world, &device).await;
    device.insert("b", "B", 1).await;
    let report = device.push().await;
    assert_eq!(report.status(), Status::Aborted);
    assert!(report.failed()[0].is_conflict(), "{report:?}");
    assert_eq!(report.not_attempted()[0].reason(), &Reason::Stopped);
    assert_eq!(report.into_result().unwrap_err().kind(), ErrorKind::Cancelled);
    assert_eq!(world.writes().len(), 1, "nothing is sent after it");
    assert_eq!(device.pending().await.len(), 2);
    assert_eq!(device.sees("a").await, text("ours", 1));
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_panics_loses_nothing() {
    let world = World::v3();
    let judge = Judge::new(|_| panic!("at a loss"));
    let device = judge.device(&world).await;
    renamed_and_counted(&world, &device).await;
    device.insert("b", "B", 1).await;
    let report = device.push().await;
    assert!(report.failed()[0].failure().message.contains("panicked: at a loss"), "{report:?}");
    assert_eq!(report.done(), 1, "the push goes on");
    assert!(device.only().await.is_conflict());
    assert_eq!(device.sees("a").await, text("ours", 1));
}

#[tokio::test(start_paused = true)]
async fn a_push_that_is_dropped_while_the_handler_thinks_leaves_a_listed_conflict() {
    let world = World::v3();
    let device = Device::with_items(&world, MemoryStore::new(), |items| {
        items.resolve_with(|_| std::future::pending::<Resolution<Item>>())
    })
    .await;
    renamed_and_counted(&world, &device).await;
    let dropped = tokio::time::timeout(std::time::Duration::from_secs(300), device.context.push()).await;
    assert!(dropped.is_err(), "the handler never answers");
    let conflicts = device.context.table::<Item>().conflicts().await.unwrap();
    assert_eq!(conflicts.len(), 1);
    let restarted =
        Device::with_items(&world, device.store.snapshot(), |items| items.conflict_policy(ConflictPolicy::LocalWins))
            .await;
    restarted.pushes().await;
    assert_eq!(at_server(&world, "a"), Some((json!("ours"), json!(1))));
}

#[tokio::test(start_paused = true)]
async fn a_merged_row_keeps_the_id_of_the_conflict() {
    let world = World::v3();
    let judge = Judge::new(|conflict| {
        let RemoteRow::Live(remote) = conflict.remote() else { return Resolution::Defer };
        Resolution::Merge(Item { id: id("another"), ..remote.clone() })
    });
    let device = judge.device(&world).await;
    renamed_and_counted(&world, &device).await;
    device.pushes().await;
    assert_eq!(device.sees("a").await, text("theirs", 5), "the id is that of the conflict");
    assert_eq!(device.sees("another").await, None);
}

/// Keeps the side that its name says.
fn keep(name: &'static str) -> Resolution<Row> {
    if name == "local" { Resolution::KeepLocal } else { Resolution::KeepRemote }
}

#[tokio::test(start_paused = true)]
async fn what_a_table_says_comes_before_what_the_context_says_and_handlers_before_policies() {
    let all = |conflict: AnyConflict| async move {
        assert!(conflict.is_of::<List>() || conflict.is_of::<Item>());
        Ok::<_, Error>(keep("local"))
    };
    for (table_handler, table_policy, context_handler, context_policy, expected) in [
        (true, true, true, true, "theirs"),
        (false, true, true, true, "theirs"),
        (false, false, true, true, "ours"),
        (false, false, false, true, "theirs"),
    ] {
        let world = World::v3();
        let store = MemoryStore::new();
        let mut tables = builder(&world, store.clone()).table_with::<Item>(|mut items| {
            if table_policy {
                let policy = if table_handler { ConflictPolicy::LocalWins } else { ConflictPolicy::RemoteWins };
                items = items.conflict_policy(policy);
            }
            if table_handler {
                items = items.on_conflict(Judge::new(|_| Resolution::KeepRemote));
            }
            items
        });
        if context_handler {
            tables = tables.resolve_any_with(all);
        }
        if context_policy {
            tables = tables.conflict_policy(ConflictPolicy::RemoteWins);
        }
        let device = Device::opened(&world, store, tables).await;
        renamed_and_counted(&world, &device).await;
        device.pushes().await;
        let name = at_server(&world, "a").unwrap().0;
        assert_eq!(name, json!(expected), "{table_handler} {table_policy} {context_handler}");
    }
}

/// Decides for items only.
struct Items;

impl AnyConflictHandler for Items {
    async fn resolve(&self, conflict: AnyConflict) -> Result<Resolution<Row>, Error> {
        assert!(conflict.typed::<Tally>().is_err());
        let of_items = conflict.resolve_as::<Item>(|item| {
            let RemoteRow::Live(remote) = item.remote() else { return Resolution::Defer };
            Resolution::Merge(Item { count: item.local().unwrap().count + remote.count, ..remote.clone() })
        })?;
        match of_items {
            Some(resolution) => Ok(resolution),
            None => Err(Error::new(ErrorKind::App, format!("nobody decides for {}", conflict.table()))),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_handler_of_the_context_reads_conflicts_as_their_tables() {
    let world = World::v3();
    let store = MemoryStore::new();
    let tables = builder(&world, store.clone()).table::<Item>().table::<List>().on_any_conflict(Items);
    let device = Device::opened(&world, store, tables).await;
    renamed_and_counted(&world, &device).await;
    world.server(|server| server.put("list", "l", json!({ "title": "L" })));
    drop(device.context.table::<List>().pull(List::pull("all")).await.unwrap());
    device.context.table::<List>().edit(&id("l"), |list| list.title = "ours".to_owned()).await.unwrap();
    world.server(|server| server.change("list", "l", json!({ "title": "theirs" })));
    let report = device.push().await;
    assert_eq!(device.sees("a").await, text("theirs", 6));
    assert_eq!((report.done(), report.failed().len()), (1, 1));
    assert!(report.failed()[0].failure().message.contains("nobody decides for list"), "{report:?}");
}

#[tokio::test(start_paused = true)]
async fn what_changed_after_it_was_seen_comes_with_the_next_pull() {
    let world = World::v3();
    let server = world.clone();
    let device = Device::with_items(&world, MemoryStore::new(), |items| {
        items.resolve_with(move |_| {
            server.server(|server| server.change("item", "a", json!({ "count": 9 })));
            std::future::ready(Resolution::KeepRemote)
        })
    })
    .await;
    renamed_and_counted(&world, &device).await;
    device.pushes().await;
    assert_eq!(device.sees("a").await, text("theirs", 5), "what was seen");
    device.pulls().await;
    assert_eq!(device.sees("a").await, text("theirs", 9));
}
