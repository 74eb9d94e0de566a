//! The feed of changes.

use synctable::{ChangeEvent, ChangeKind, ChangeSource, Changes, Purge, SqliteStore};

use super::{Note, builder, devices, file, id, memory, note, soon};
use crate::world::{Device, World};

type Told = (&'static str, String, ChangeKind, ChangeSource);

/// The next rows; a file says once that others may have written before anybody listened.
async fn next(changes: &mut Changes, count: usize) -> Vec<Told> {
    let mut told = Vec::new();
    while told.len() < count {
        match soon(changes.next()).await.expect("the context is open") {
            ChangeEvent::Row(change) => {
                told.push((change.table(), change.id().to_string(), change.kind(), change.source()));
            }
            ChangeEvent::Anything => {}
            other => panic!("{other:?}"),
        }
    }
    told
}

fn local(id_text: &str, kind: ChangeKind) -> Told {
    ("note", id_text.to_owned(), kind, ChangeSource::Local)
}

#[tokio::test]
async fn every_change_comes_in_order_with_its_kind() {
    use ChangeKind::{Deleted, Inserted, Updated};
    let folder = tempfile::tempdir().unwrap();
    for (context, notes) in devices(folder.path()).await {
        notes.insert(note("before", 1)).await.unwrap();
        let mut changes = context.changes();
        notes.insert(note("a", 1)).await.unwrap();
        notes.edit(&id("a"), |note| note.stars = 2).await.unwrap();
        context
            .transaction(|tx| {
                tx.insert(note("b", 1))?;
                tx.delete::<Note>(&id("a"))
            })
            .await
            .unwrap();
        context
            .transaction(|tx| {
                tx.insert(note("x", 1))?;
                tx.delete::<Note>(&id("never"))
            })
            .await
            .unwrap_err();
        notes.upsert(note("b", 7)).await.unwrap();
        notes.purge(Purge::new().discard_pending()).await.unwrap();
        let told = next(&mut changes, 5).await;
        let expected =
            [local("a", Inserted), local("a", Updated), local("b", Inserted), local("a", Deleted), local("b", Updated)];
        assert_eq!(told, expected);
        let mut purged = next(&mut changes, 2).await;
        purged.sort_by(|left, right| left.1.cmp(&right.1));
        let purged_row = |id_text: &str| ("note", id_text.to_owned(), Deleted, ChangeSource::Purge);
        assert_eq!(purged, [purged_row("b"), purged_row("before")]);
    }
}

#[tokio::test]
async fn pushes_and_pulls_say_that_it_was_them() {
    let world = World::v3();
    let device = Device::new(&world).await;
    let mut changes = device.context.changes();
    device.given(&world, "a", "A", 1).await;
    let pulled = |kind| ("item", "a".to_owned(), kind, ChangeSource::Pull);
    assert_eq!(next(&mut changes, 1).await, [pulled(ChangeKind::Inserted)]);
    device.pulls().await;
    device.rename("a", "B").await;
    let renamed = ("item", "a".to_owned(), ChangeKind::Updated, ChangeSource::Local);
    assert_eq!(next(&mut changes, 1).await, [renamed], "a pull of what is known changes nothing");
    device.pushes().await;
    let pushed = ("item", "a".to_owned(), ChangeKind::Updated, ChangeSource::Push);
    assert_eq!(next(&mut changes, 1).await[0], pushed);
    world.server(|server| server.delete("item", "a"));
    device.pulls().await;
    let told = next(&mut changes, 1).await;
    let told = if told[0].3 == ChangeSource::Push { next(&mut changes, 1).await } else { told };
    assert_eq!(told, [pulled(ChangeKind::Deleted)]);
}

#[tokio::test]
async fn a_listener_that_is_too_slow_is_told_that_anything_may_have_changed() {
    let (context, notes) = memory().await;
    let (mut slow, mut quick) = (context.changes(), context.changes());
    let mut told = 0;
    for round in 0..70 {
        context
            .transaction(move |tx| {
                (0..1_000).try_for_each(|number| tx.upsert(note(&format!("{number:03}"), round)).map(drop))
            })
            .await
            .unwrap();
        told += next(&mut quick, 1_000).await.len();
    }
    assert_eq!(told, 70_000);
    assert_eq!(soon(slow.next()).await, Some(ChangeEvent::Anything));
    notes.insert(note("last", 1)).await.unwrap();
    let mut rest = 0;
    loop {
        match soon(slow.next()).await {
            Some(ChangeEvent::Row(change)) if change.id() == "last" => break,
            Some(ChangeEvent::Row(_)) => rest += 1,
            other => panic!("{other:?}"),
        }
    }
    assert!(rest < 65_536, "what waits is bounded: {rest}");
}

#[tokio::test]
async fn more_rows_of_one_commit_than_are_told_are_told_by_their_table() {
    let context = builder().store(SqliteStore::in_memory()).open().await.unwrap();
    let mut changes = context.changes();
    let many = context.transaction(|tx| (0..17_000).try_for_each(|n| tx.insert(note(&n.to_string(), 1)).map(drop)));
    many.await.unwrap();
    assert_eq!(next(&mut changes, 16_384).await.len(), 16_384);
    let table = ChangeEvent::Table { table: "note", source: ChangeSource::Local };
    assert_eq!(soon(changes.next()).await, Some(table));
}

#[tokio::test]
async fn another_process_makes_anything_possible() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notes.db");
    let (ours, notes) = file(&path).await;
    let (_, theirs) = file(&path).await;
    let mut changes = ours.changes();
    assert_eq!(soon(changes.next()).await, Some(ChangeEvent::Anything), "what they wrote before is not known");
    notes.insert(note("a", 1)).await.unwrap();
    assert_eq!(next(&mut changes, 1).await, [local("a", ChangeKind::Inserted)]);
    // Nothing wakes us but the look at the file.
    theirs.insert(note("b", 1)).await.unwrap();
    assert_eq!(soon(changes.next()).await, Some(ChangeEvent::Anything));
}
