//! Files that are not ours, two handles on one file, what is in the file when a store has ended.

use super::*;
use crate::query::Selection;
use crate::store::sqlite::Ordering;

#[tokio::test]
async fn a_file_that_is_no_store_of_ours_is_refused_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    let foreign = folder.path().join("foreign.db");
    raw(&foreign).execute_batch("PRAGMA journal_mode = wal; CREATE TABLE t (a); INSERT INTO t VALUES (1)").unwrap();
    let newer = folder.path().join("newer.db");
    drop(open(&newer, &[&ITEM]).await);
    raw(&newer).pragma_update(None, "user_version", crate::store::system::FORMAT + 1).unwrap();
    let cases = [
        ("not an SQLite database", b"hello, this is a text of more than a hundred bytes ".repeat(9)),
        ("not an SQLite database", b"short".to_vec()),
        ("another program", std::fs::read(&foreign).unwrap()),
        ("update the app", std::fs::read(&newer).unwrap()),
    ];
    for (expected, content) in cases {
        std::fs::write(&path, &content).unwrap();
        let error = refused(&path, &[&ITEM]).await;
        assert_eq!(error.kind(), ErrorKind::Schema, "{error}");
        assert!(error.to_string().contains(expected), "{error}");
        assert_eq!(std::fs::read(&path).unwrap(), content, "{expected}");
        for suffix in ["-wal", "-shm", "-journal"] {
            assert!(!folder.path().join(format!("file{suffix}")).exists(), "{expected}: {suffix}");
        }
    }
    let error = refused(folder.path(), &[&ITEM]).await;
    assert_eq!(error.kind(), ErrorKind::Store, "a folder: {error}");
    let error = refused(&folder.path().join("no/such/folder.db"), &[&ITEM]).await;
    assert_eq!(error.kind(), ErrorKind::Store, "{error}");
    assert!(error.to_string().contains("no/such"), "{error}");
}

#[tokio::test]
async fn an_empty_file_becomes_a_store() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    std::fs::write(&path, b"").unwrap();
    drop(open(&path, &[&ITEM]).await);
    let conn = raw(&path);
    let pragma = |name: &str| conn.pragma_query_value(None, name, |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(
        (pragma("application_id"), pragma("user_version")),
        (0x5379_5462, i64::from(crate::store::system::FORMAT))
    );
}

#[tokio::test]
async fn a_damaged_file_is_an_error_and_no_panic() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let store = open(&path, &[&ITEM]).await;
    let filler = "x".repeat(2_000);
    write(&store, move |tx| (0..50).try_for_each(|number| tx.put_row(&stored(item(&number.to_string(), &filler)))))
        .await;
    drop(store);
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[100..].fill(0xA5);
    std::fs::write(&path, &bytes).unwrap();
    let error = refused(&path, &[&ITEM]).await;
    assert_eq!(error.kind(), ErrorKind::Store, "{error}");
    assert!(error.to_string().contains("damaged"), "{error}");
}

#[tokio::test]
async fn a_store_that_is_not_open_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::at(folder.path().join("store.db"));
    let error = store.write(Durability::Power, ChangeSource::Local, Box::new(|_| Ok(()))).await.unwrap_err();
    assert!(error.to_string().contains("not open"), "{error}");
    let error = store.read(Box::new(|_| Ok(()))).await.unwrap_err();
    assert!(error.to_string().contains("not open"), "{error}");
}

#[tokio::test]
async fn what_was_accepted_is_in_the_file_when_the_store_is_dropped() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let store = open(&path, &[&ITEM]).await;
    for number in 0..200 {
        drop(store.write(
            Durability::Power,
            ChangeSource::Local,
            Box::new(move |tx| tx.put_row(&stored(item(&number.to_string(), "")))),
        ));
    }
    drop(store);
    let count: i64 = raw(&path).query_row("SELECT count(*) FROM item", [], |row| row.get(0)).unwrap();
    assert_eq!(count, 200);
    assert!(!folder.path().join("store.db-wal").exists(), "the last connection put the log into the file");
}

#[tokio::test]
async fn a_store_may_be_dropped_by_its_own_threads() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    for reads in [false, true] {
        let store = open(&path, &[&ITEM]).await;
        let (go, wait) = std::sync::mpsc::channel::<()>();
        let (done, ended) = tokio::sync::oneshot::channel();
        let last = Arc::clone(&store);
        let work = move || {
            let _ = wait.recv();
            drop(last);
            let _ = done.send(());
            Ok(())
        };
        drop(if reads {
            store.read(Box::new(|_| work()))
        } else {
            store.write(Durability::Power, ChangeSource::Local, Box::new(|_| work()))
        });
        drop(store);
        drop(go);
        ended.await.unwrap();
    }
}

#[tokio::test]
async fn sequences_and_marks_outlive_the_store() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let store = open(&path, &suite::TABLES).await;
    suite::insert_with_entry(&store, "a").await;
    let newest = suite::insert_with_entry(&store, "b").await;
    write(&store, move |tx| tx.remove_entry(newest)).await;
    drop(store);
    let store = open(&path, &suite::TABLES).await;
    assert_eq!(read(&store, |tx| tx.last_sequence()).await, newest);
    assert!(suite::insert_with_entry(&store, "c").await > newest);
}

#[tokio::test]
async fn two_handles_share_one_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let (one, two) = (SqliteStore::at(&path), SqliteStore::at(&path));
    let (first, second) = tokio::join!(one.open(&suite::TABLES), two.open(&suite::TABLES));
    first.unwrap();
    second.unwrap();
    let (one, two): (Shared, Shared) = (Arc::new(one), Arc::new(two));
    let mut tasks = Vec::new();
    for number in 0..100_usize {
        let store = Arc::clone([&one, &two][number % 2]);
        tasks.push(tokio::spawn(async move {
            write(&store, move |tx| {
                let sequence = tx.next_sequence()?;
                tx.put_entry(&suite::entry(sequence, &number.to_string()))?;
                tx.put_row(&stored(item(&number.to_string(), "")))?;
                Ok(sequence)
            })
            .await
        }));
    }
    let mut sequences = std::collections::HashSet::new();
    for task in tasks {
        assert!(sequences.insert(task.await.unwrap()), "a sequence was given twice");
    }
    for store in [&one, &two] {
        assert_eq!(
            read(store, |tx| Ok((tx.count(&ITEM, &Selection::default())?, tx.pending(None)?))).await,
            (100, 100)
        );
    }
    let guard = one.sole_pusher();
    assert!(guard.is_some() && two.sole_pusher().is_none());
    drop(guard);
    assert!(two.sole_pusher().is_some());
}

#[tokio::test]
async fn readers_see_the_last_commit_while_the_writer_works() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder.path().join("store.db"), &[&ITEM]).await;
    let (started, has_started) = tokio::sync::oneshot::channel();
    let (go, wait) = std::sync::mpsc::channel::<()>();
    let writing = store.write(
        Durability::Power,
        ChangeSource::Local,
        Box::new(move |tx| {
            tx.put_row(&stored(item("a", "")))?;
            let _ = started.send(());
            let _ = wait.recv();
            Ok(())
        }),
    );
    has_started.await.unwrap();
    assert_eq!(read(&store, |tx| tx.count(&ITEM, &Selection::default())).await, 0);
    drop(go);
    writing.await.unwrap();
    assert_eq!(read(&store, |tx| tx.count(&ITEM, &Selection::default())).await, 1);
}

#[tokio::test]
async fn a_disk_that_is_full_and_a_lock_are_told_apart() {
    let failure = |code: i32| {
        let error = rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(code), None);
        super::super::failure::failed("writing", error)
    };
    assert!(failure(rusqlite::ffi::SQLITE_FULL).to_string().contains("disk is full"));
    assert!(failure(rusqlite::ffi::SQLITE_BUSY).to_string().contains("locked by another process"));
    assert_eq!(failure(rusqlite::ffi::SQLITE_FULL).kind(), ErrorKind::Store);
}

#[tokio::test]
async fn a_full_disk_fails_the_work_and_keeps_the_store() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let (conn, kept, _) = super::super::migrate::open(
        &super::super::connection::Place::File(super::super::connection::StoreFile::at(path)),
        &[&ITEM],
    )
    .unwrap();
    conn.pragma_update(None, "max_page_count", 40).unwrap();
    let tables = super::super::statements::Tables::new(&[&ITEM], kept).unwrap();
    let mut log = ChangeLog::off();
    let mut session = super::super::session::Session::new(&conn, &tables, &mut log);
    let mut put = |number: usize| {
        crate::store::StoreWrite::put_row(&mut session, &stored(item(&number.to_string(), &"x".repeat(3_000))))
    };
    let error = (0..100).find_map(|number| put(number).err()).unwrap();
    assert!(error.to_string().contains("disk is full"), "{error}");
    assert_eq!((error.kind(), error.table()), (ErrorKind::Store, Some("item")));
}

#[tokio::test]
async fn text_of_entries_is_small_for_a_fresh_insert() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let store = SqliteStore::at(&path).synchronous(Synchronous::Normal);
    store.open(&suite::TABLES).await.unwrap();
    suite::insert_with_entry(&(Arc::new(store) as Shared), "a").await;
    let payloads: i64 = raw(&path)
        .query_row(
            "SELECT count(base) + count(request) + count(candidate) + count(failure) + count(made) FROM __operations",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(payloads, 0);
    let indexes: Vec<String> = raw(&path)
        .prepare("SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = '__operations'")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    assert_eq!(indexes, ["__operations_absent"]);
}

#[tokio::test]
async fn what_another_connection_writes_is_told_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let (ours, theirs) = (open(&path, &suite::TABLES).await, open(&path, &suite::TABLES).await);
    let told = Arc::new(std::sync::atomic::AtomicU32::new(0));
    let hear = {
        let told = Arc::clone(&told);
        move |commit: &Arc<crate::store::changes::Commit>| {
            assert!(commit.anything && commit.rows.is_empty(), "{commit:?}");
            told.fetch_add(1, Ordering::SeqCst);
        }
    };
    let _listening = ours.changes().listen(Arc::new(hear));
    let told = || told.swap(0, Ordering::SeqCst);
    let nothing = async || suite::write(&ours, |_| Ok(())).await;
    nothing().await;
    assert_eq!(told(), 1, "what was written before is not known");
    nothing().await;
    suite::write(&ours, |tx| tx.put_meta("key", Some("ours"))).await;
    assert_eq!(told(), 0);

    suite::write(&theirs, |tx| tx.put_row(&stored(item("a", "")))).await;
    nothing().await;
    assert_eq!(told(), 1, "each transaction looks first");
    suite::write(&theirs, |tx| tx.put_row(&stored(item("b", "")))).await;
    ours.write(Durability::Power, ChangeSource::Local, Box::new(|_| Err(Error::new(ErrorKind::App, "no"))))
        .await
        .unwrap_err();
    assert_eq!(told(), 1, "also one that is rolled back");
    suite::write(&theirs, |tx| tx.put_row(&stored(item("c", "")))).await;
    ours.look_for_changes();
    // Served behind it.
    nothing().await;
    assert_eq!(told(), 1);
    ours.look_for_changes();
    nothing().await;
    assert_eq!(told(), 0);
}
