//! Random local writes and transactions: one entry a row, numbers that grow, right counts, refusals without a trace, and an
//! order of sending that ends where single pushes end.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

use synctable::{
    ErrorKind, Id, MemoryStore, Operation, OperationKind, Query, SqliteStore, Status, SyncContext, SyncTable,
};

use crate::world::tables::{Item, List};
use crate::world::{World, id, open};

/// A write of the app; some are refused, by what is there already.
#[derive(Debug, Clone, Copy)]
enum Write {
    InsertItem(u8),
    InsertList(u8),
    Rename(u8, u8),
    Recount(u8, u8),
    Retitle(u8, u8),
    DeleteItem(u8),
    DeleteList(u8),
    /// Two rows, of which the second may be refused and takes the first with it.
    Both(u8, u8),
}

fn any_write(random: &mut fastrand::Rng) -> Write {
    let (row, value) = (random.u8(0..3), random.u8(0..3));
    match random.u8(0..8) {
        0 => Write::InsertItem(row),
        1 => Write::InsertList(row),
        2 => Write::Rename(row, value),
        3 => Write::Recount(row, value),
        4 => Write::Retitle(row, value),
        5 => Write::DeleteItem(row),
        6 => Write::DeleteList(row),
        _ => Write::Both(row, value),
    }
}

fn item(row: u8) -> Item {
    Item { id: id(&format!("i{row}")), name: "new".to_owned(), count: 0 }
}

fn list(row: u8) -> List {
    List { id: id(&format!("l{row}")), title: "new".to_owned() }
}

/// Whether the write was taken.
async fn write(context: &SyncContext, write: Write) -> bool {
    let (items, lists) = (context.table::<Item>(), context.table::<List>());
    match write {
        Write::InsertItem(row) => items.insert(item(row)).await.is_ok(),
        Write::InsertList(row) => lists.insert(list(row)).await.is_ok(),
        Write::Rename(row, value) => {
            let name = value.to_string();
            items.edit(&item(row).id, move |item| item.name = name).await.unwrap().is_some()
        }
        Write::Recount(row, value) => {
            items.edit(&item(row).id, move |item| item.count = value.into()).await.unwrap().is_some()
        }
        Write::Retitle(row, value) => {
            let list = List { title: value.to_string(), ..list(row) };
            lists.update(&list).await.is_ok()
        }
        Write::DeleteItem(row) => items.delete(&item(row).id).await.is_ok(),
        Write::DeleteList(row) => lists.delete(&list(row).id).await.is_ok(),
        Write::Both(row, other) => {
            let both = move |tx: &mut synctable::Transaction<'_>| {
                tx.upsert(Item { name: "both".to_owned(), ..item(row) })?;
                tx.insert(list(other))
            };
            context.transaction(both).await.is_ok()
        }
    }
}

/// All that the app sees: rows, and operations with what they are.
#[derive(Debug, PartialEq)]
struct Seen {
    rows: BTreeMap<(&'static str, String), String>,
    operations: Vec<(i64, String, String, OperationKind, u32)>,
}

async fn see(context: &SyncContext) -> (Seen, Vec<Operation>) {
    let mut rows = BTreeMap::new();
    for item in context.table::<Item>().list(&Query::new()).await.unwrap() {
        rows.insert(("item", item.id.to_string()), format!("{} {}", item.name, item.count));
    }
    for list in context.table::<List>().list(&Query::new()).await.unwrap() {
        rows.insert(("list", list.id.to_string()), list.title);
    }
    let pending = context.pending().await.unwrap();
    let told = |operation: &Operation| {
        let (table, id) = (operation.table().to_owned(), operation.id().to_string());
        (operation.sequence(), table, id, operation.kind(), operation.attempts())
    };
    (Seen { rows, operations: pending.iter().map(told).collect() }, pending)
}

#[tokio::test(start_paused = true)]
async fn local_writes_keep_one_entry_a_row_with_numbers_that_grow_and_right_counts() {
    let mut random = fastrand::Rng::with_seed(1);
    for history in 0..60 {
        let world = World::v3();
        let context = open(&world, SqliteStore::in_memory()).await;
        // Half of the histories begin with rows that the server has.
        if history % 2 == 0 {
            for row in 0..3 {
                write(&context, Write::InsertItem(row)).await;
            }
            assert_eq!(context.push().await.unwrap().status(), Status::Complete);
        }
        let (mut before, _) = see(&context).await;
        let mut greatest = 0;
        for _ in 0..12 {
            let wanted = any_write(&mut random);
            let taken = write(&context, wanted).await;
            let (after, pending) = see(&context).await;
            if !taken {
                assert_eq!(after, before, "{wanted:?} was refused");
            }
            let rows: BTreeSet<_> = pending.iter().map(|operation| (operation.table(), operation.id())).collect();
            assert_eq!(rows.len(), pending.len(), "one entry a row: {pending:?}");
            assert_eq!(context.pending_count().await.unwrap(), pending.len() as u64, "{pending:?}");
            for (operation, told) in pending.iter().zip(&after.operations) {
                let is_new = !before.operations.iter().any(|(sequence, ..)| *sequence == told.0);
                assert!(!is_new || told.0 > greatest, "the number of {operation:?} was given before");
                let local = match operation.table() {
                    "item" => operation.local::<Item>().unwrap().map(|item| format!("{} {}", item.name, item.count)),
                    _ => operation.local::<List>().unwrap().map(|list| list.title),
                };
                let row = after.rows.iter().find(|((table, id), _)| *table == told.1 && *id == told.2);
                assert_eq!(local.as_ref(), row.map(|(_, row)| row), "an entry is of the row as it is: {operation:?}");
            }
            greatest = greatest.max(after.operations.iter().map(|(sequence, ..)| *sequence).max().unwrap_or(0));
            before = after;
        }
    }
}

/// The live rows of the server.
fn live(world: &World) -> Vec<(String, String, impl Debug + PartialEq)> {
    world.server(|server| {
        let live = server.rows.iter().filter(|(_, row)| !row.deleted);
        live.map(|((table, id), row)| (table.clone(), id.clone(), row.members.clone())).collect()
    })
}

#[tokio::test(start_paused = true)]
async fn one_push_of_many_writes_ends_as_a_push_after_each() {
    let mut random = fastrand::Rng::with_seed(2);
    for _ in 0..60 {
        let (at_once, one_by_one) = (World::v3(), World::v3());
        let collapsing = open(&at_once, SqliteStore::in_memory()).await;
        let steady = open(&one_by_one, SqliteStore::in_memory()).await;
        let mut history = Vec::new();
        for part in 0..2 {
            for _ in 0..8 {
                let wanted = any_write(&mut random);
                history.push(wanted);
                assert_eq!(write(&collapsing, wanted).await, write(&steady, wanted).await, "{history:?}");
                assert_eq!(steady.push().await.unwrap().status(), Status::Complete, "{history:?}");
            }
            assert_eq!(collapsing.push().await.unwrap().status(), Status::Complete, "part {part}: {history:?}");
            assert_eq!(live(&at_once), live(&one_by_one), "{history:?}");
            assert_eq!(see(&collapsing).await.0.rows, see(&steady).await.0.rows, "{history:?}");
        }
    }
}

/// A table of the device alone.
#[derive(Debug, Clone, SyncTable)]
#[sync(local)]
struct Draft {
    id: Id,
    text: String,
}

async fn with_drafts(world: &World, store: impl synctable::LocalStore) -> SyncContext {
    let builder = SyncContext::builder("https://server.example").transport(world.clone()).clock(world.clock());
    let builder = builder.store(store).dialect(synctable::wire::Dialect::DatasyncV3);
    builder.table::<Item>().table::<List>().table::<Draft>().open().await.unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_transaction_over_several_tables_is_whole_or_nothing() {
    let world = World::v3();
    let folder = tempfile::tempdir().unwrap();
    let stores = [
        with_drafts(&world, MemoryStore::new()).await,
        with_drafts(&world, SqliteStore::at(folder.path().join("store.db"))).await,
    ];
    for context in stores {
        let all = |tx: &mut synctable::Transaction<'_>| {
            tx.insert(Draft { id: id("d"), text: "kept here".to_owned() })?;
            tx.insert(list(0))?;
            tx.insert(item(0))
        };
        let counts = async || {
            let drafts = context.table::<Draft>().count(&Query::new()).await.unwrap();
            let lists = context.table::<List>().count(&Query::new()).await.unwrap();
            (drafts, lists, context.table::<Item>().count(&Query::new()).await.unwrap())
        };
        let refused = context.transaction(move |tx| {
            all(tx)?;
            tx.delete::<Item>(&id("never"))
        });
        assert_eq!(refused.await.unwrap_err().kind(), ErrorKind::NotFound);
        let panics = context.transaction(move |tx| {
            all(tx)?;
            assert!(tx.get::<Item>(&item(0).id)?.is_none(), "what was written is read");
            Ok(())
        });
        assert_eq!(panics.await.unwrap_err().kind(), ErrorKind::App);
        assert_eq!((counts().await, context.pending_count().await.unwrap()), ((0, 0, 0), 0));
        context.transaction(all).await.unwrap();
        assert_eq!(counts().await, (1, 1, 1));
        let pending = context.pending().await.unwrap();
        let order: Vec<_> = pending.iter().map(|operation| operation.id().as_str()).collect();
        assert_eq!(order, ["l0", "i0"], "in the order of the calls, and drafts are not sent");
    }
}
