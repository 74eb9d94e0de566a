//! Copies of a store that is in use.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::json;
use synctable::{ErrorKind, MemoryStore, SqliteStore, Status};

use super::files;
use crate::world::tables::Item;
use crate::world::{Device, Meet, World, id, open};

fn item(name: &str) -> Item {
    Item { id: id(name), name: name.to_uppercase(), count: 1 }
}

#[tokio::test(start_paused = true)]
async fn a_copy_is_a_store_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let (file, copy) = (folder.path().join("store.db"), folder.path().join("copy.db"));
    let world = World::v3();
    let context = open(&world, SqliteStore::at(&file)).await;
    let items = context.table::<Item>();
    world.server(|server| server.put("item", "there", json!({ "name": "T", "count": 1 })));
    drop(items.pull(Item::pull("all")).await.unwrap());
    items.insert(item("a")).await.unwrap();
    world.lose_next("POST", "item", Meet::LostReply);
    drop(context.push().await.unwrap());
    world.heal();
    context.backup(&copy).await.unwrap();
    assert!(files(folder.path()).iter().all(|name| !name.contains("partial")));
    items.insert(item("later")).await.unwrap();
    world.sent();

    let restored = open(&world, SqliteStore::at(&copy)).await;
    assert_eq!(restored.pending_count().await.unwrap(), 1);
    assert_eq!(restored.table::<Item>().count(&Item::query()).await.unwrap(), 2, "without what was written later");
    // The request that was open is repeated, and recognised.
    assert_eq!(restored.push().await.unwrap().status(), Status::Complete);
    let report = restored.table::<Item>().pull(Item::pull("all")).await.unwrap();
    assert_eq!(report.applied(), 0, "the tokens came too");
    assert_eq!(context.pending_count().await.unwrap(), 2, "the first store knows nothing of it");
}

#[tokio::test(start_paused = true)]
async fn no_file_is_replaced_and_none_is_left_behind() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("store.db");
    let world = World::v3();
    let context = open(&world, SqliteStore::at(&file)).await;
    context.table::<Item>().insert(item("a")).await.unwrap();
    let taken = folder.path().join("taken.db");
    std::fs::write(&taken, "mine").unwrap();
    let before = files(folder.path());
    let error = context.backup(&taken).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Exists, "{error}");
    assert_eq!(context.backup(&file).await.unwrap_err().kind(), ErrorKind::Exists, "not even itself");
    assert_eq!(std::fs::read(&taken).unwrap(), b"mine");
    let error = context.backup(folder.path().join("no folder").join("copy.db")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Store, "{error}");
    assert!(error.to_string().contains("no folder"), "{error}");
    assert_eq!(files(folder.path()), before);
    let device = Device::over(&world, MemoryStore::new()).await;
    assert_eq!(device.context.backup("never.db").await.unwrap_err().kind(), ErrorKind::Unsupported);
}

/// Writers go on while each copy is made, and every copy is some commit whole: rows come in pairs.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_copy_is_one_commit_while_others_write() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::v3();
    let context = open(&world, SqliteStore::at(folder.path().join("store.db"))).await;
    let filler = "x".repeat(2_000);
    context
        .transaction(move |tx| {
            (0..2_000).try_for_each(|n| {
                let name = format!("{filler}{n}");
                tx.insert(Item { id: id(&format!("old{n}")), name, count: 0 }).map(drop)
            })
        })
        .await
        .unwrap();
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let writer = {
        let context = context.clone();
        tokio::spawn(async move {
            let mut written = 0_u64;
            while !*stopped.borrow() {
                let pair = [format!("l{written}"), format!("r{written}")];
                let work = move |tx: &mut synctable::Transaction<'_>| {
                    pair.into_iter().try_for_each(|name| tx.insert(Item { id: id(&name), name, count: 1 }).map(drop))
                };
                context.transaction(work).await.unwrap();
                written += 1;
            }
            written
        })
    };
    let mut counts = Vec::new();
    for number in 0..5 {
        let copy = folder.path().join(format!("copy{number}.db"));
        let (seen, name) = (Arc::new(AtomicBool::new(false)), copy.clone());
        let watching = std::thread::spawn({
            let seen = Arc::clone(&seen);
            move || {
                while !seen.load(Ordering::SeqCst) {
                    if let Ok(found) = std::fs::metadata(&name) {
                        return Some(found.len());
                    }
                }
                None
            }
        });
        context.backup(&copy).await.unwrap();
        let whole = std::fs::metadata(&copy).unwrap().len();
        seen.store(true, Ordering::SeqCst);
        let first = watching.join().unwrap();
        assert!(first.is_none_or(|length| length == whole), "no part of it was seen under its name");
        let restored = open(&world, SqliteStore::at(&copy)).await;
        let rows = restored.table::<Item>().list(&Item::query().filter(|item| item.count.eq(1))).await.unwrap();
        let left = rows.iter().filter(|item| item.name.starts_with('l')).count();
        assert_eq!(rows.len(), 2 * left, "both of a pair or none");
        assert_eq!(restored.pending_count().await.unwrap(), 2_000 + rows.len() as u64);
        counts.push(rows.len());
    }
    stop.send(true).unwrap();
    let written = writer.await.unwrap();
    assert!(counts.is_sorted() && written > 5, "{counts:?}, {written}");
    assert!(counts.last() > counts.first(), "writers went on: {counts:?}");
}

#[tokio::test]
async fn a_store_in_memory_can_be_kept() {
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("copy.db");
    let world = World::v3();
    let context = open(&world, SqliteStore::in_memory()).await;
    context.table::<Item>().insert(item("a")).await.unwrap();
    context.backup(&copy).await.unwrap();
    let restored = open(&world, SqliteStore::at(&copy)).await;
    assert_eq!(restored.table::<Item>().list(&Item::query()).await.unwrap(), [item("a")]);
}
