//! Encrypted store files.

use std::fs;
use std::path::Path;

use synctable::{Error, ErrorKind, SqliteStore, SyncContext};

use super::{child, files, holding};
use crate::world::tables::Item;
use crate::world::{World, id};

const FILE: &str = "SYNCTABLE_TEST_ENCRYPTED";
const PLAIN: &str = "PLAINTEXT";
const KEY: &str = "it's a key; \"quoted\" – ключ";

async fn open(store: SqliteStore) -> Result<SyncContext, Error> {
    let world = World::v3();
    let builder = SyncContext::builder("https://server.example").transport(world.clone()).clock(world.clock());
    builder.store(store).table::<Item>().open().await
}

fn keyed(file: &Path) -> SqliteStore {
    SqliteStore::at(file).key(KEY)
}

async fn write(context: &SyncContext, names: std::ops::Range<usize>) {
    for number in names {
        let item = Item { id: id(&format!("{PLAIN}{number}")), name: PLAIN.repeat(50), count: 1 };
        context.table::<Item>().insert(item).await.unwrap();
    }
}

async fn count(context: &SyncContext) -> u64 {
    context.table::<Item>().count(&Item::query().filter(|item| item.name.eq(PLAIN.repeat(50)))).await.unwrap()
}

#[tokio::test]
async fn the_files_show_nothing_while_open_and_after() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("store.db");
    let context = open(keyed(&file)).await.unwrap();
    write(&context, 0..50).await;
    assert!(files(folder.path()).iter().any(|name| name.ends_with("-wal")));
    assert_eq!(holding(folder.path(), PLAIN), [""; 0]);
    assert_eq!(holding(folder.path(), "CREATE TABLE"), [""; 0]);
    assert_eq!(count(&context).await, 50);
    context.wipe().await.unwrap();
    assert_eq!(count(&context).await, 0);
    write(&context, 0..5).await;
    drop(context);
    assert_eq!(holding(folder.path(), PLAIN), [""; 0]);
    assert!(!fs::read(&file).unwrap().starts_with(b"SQLite format 3"));
    let context = open(keyed(&file)).await.unwrap();
    assert_eq!((count(&context).await, context.pending_count().await.unwrap()), (5, 5));
    let read = open(keyed(&file).read_only()).await.unwrap();
    assert_eq!(count(&read).await, 5);
}

#[tokio::test]
async fn without_a_key_the_same_would_show() {
    let folder = tempfile::tempdir().unwrap();
    let context = open(SqliteStore::at(folder.path().join("store.db"))).await.unwrap();
    write(&context, 0..5).await;
    drop(context);
    assert_eq!(holding(folder.path(), PLAIN), ["store.db"]);
}

/// What a child does: it writes, and ends without closing anything.
#[tokio::test]
async fn part_of_a_child() {
    let Ok(file) = std::env::var(FILE) else { return };
    let context = open(keyed(Path::new(&file))).await.unwrap();
    write(&context, 0..30).await;
    std::process::abort();
}

#[tokio::test]
async fn what_a_killed_process_leaves_shows_nothing_and_opens() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("store.db");
    let ended = child("stores::encrypted::part_of_a_child", &[(FILE, file.to_str().unwrap())]).output().unwrap();
    assert!(!ended.status.success(), "it was to die");
    assert!(files(folder.path()).iter().any(|name| name.ends_with("-wal")), "{:?}", files(folder.path()));
    assert_eq!(holding(folder.path(), PLAIN), [""; 0]);
    let context = open(keyed(&file)).await.unwrap();
    assert_eq!(count(&context).await, 30);
}

#[tokio::test]
async fn keys_that_do_not_fit_are_errors_that_say_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let (secret, plain) = (folder.path().join("secret.db"), folder.path().join("plain.db"));
    let context = open(keyed(&secret)).await.unwrap();
    write(&context, 0..1).await;
    drop(context);
    drop(open(SqliteStore::at(&plain)).await.unwrap());
    let before = (fs::read(&secret).unwrap(), fs::read(&plain).unwrap());
    let failing = [
        (SqliteStore::at(&secret).key("wrong"), ErrorKind::Store, "the key does not fit the file"),
        (SqliteStore::at(&secret).key("wrong").read_only(), ErrorKind::Store, "the key does not fit the file"),
        (SqliteStore::at(&secret), ErrorKind::Schema, "give its key"),
        (SqliteStore::at(&secret).read_only(), ErrorKind::Schema, "give its key"),
        (SqliteStore::at(&plain).key(KEY), ErrorKind::Store, "open it without a key"),
        (SqliteStore::at(folder.path().join("new.db")).key(""), ErrorKind::Invalid, "not empty"),
        (SqliteStore::at(folder.path().join("new.db")).key("a\0b"), ErrorKind::Invalid, "NUL"),
    ];
    for (store, kind, message) in failing {
        assert!(!format!("{store:?}").contains("wrong") && !format!("{store:?}").contains("ключ"), "{store:?}");
        let error = open(store).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.to_string().contains(message), "{error}");
        assert!(!format!("{error:?}").contains("wrong") && !format!("{error:?}").contains("ключ"), "{error:?}");
    }
    let error = SqliteStore::inspect(&secret).unwrap_err();
    assert!(error.to_string().contains("encrypted"), "{error}");
    assert_eq!((fs::read(&secret).unwrap(), fs::read(&plain).unwrap()), before, "nothing was changed");
    assert!(open(keyed(&secret)).await.is_ok());
    assert!(open(SqliteStore::at(&plain)).await.is_ok());
}

#[tokio::test]
async fn a_file_gets_another_key() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("store.db");
    let context = open(keyed(&file)).await.unwrap();
    write(&context, 0..20).await;
    let error = SqliteStore::rekey(&file, KEY, "other").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Busy, "{error}");
    assert_eq!(count(&context).await, 20, "the context goes on");
    drop(context);
    assert_eq!(SqliteStore::rekey(&file, "wrong", "other").unwrap_err().kind(), ErrorKind::Store);
    assert_eq!(SqliteStore::rekey(&file, KEY, "").unwrap_err().kind(), ErrorKind::Invalid);
    assert_eq!(SqliteStore::rekey(folder.path().join("none.db"), KEY, "other").unwrap_err().kind(), ErrorKind::Store);
    SqliteStore::rekey(&file, KEY, "other").unwrap();
    assert_eq!(holding(folder.path(), PLAIN), [""; 0]);
    assert_eq!(open(keyed(&file)).await.unwrap_err().kind(), ErrorKind::Store, "the first key is of no use now");
    let context = open(SqliteStore::at(&file).key("other")).await.unwrap();
    assert_eq!((count(&context).await, context.pending_count().await.unwrap()), (20, 20));
    write(&context, 20..30).await;
    assert_eq!(holding(folder.path(), PLAIN), [""; 0]);
}

#[tokio::test]
async fn a_copy_has_the_key_of_its_store() {
    let folder = tempfile::tempdir().unwrap();
    let (file, copy) = (folder.path().join("store.db"), folder.path().join("copy.db"));
    let context = open(keyed(&file)).await.unwrap();
    write(&context, 0..20).await;
    context.backup(&copy).await.unwrap();
    assert_eq!(holding(folder.path(), PLAIN), [""; 0]);
    assert_eq!(open(SqliteStore::at(&copy)).await.unwrap_err().kind(), ErrorKind::Schema);
    let restored = open(keyed(&copy)).await.unwrap();
    assert_eq!((count(&restored).await, restored.pending_count().await.unwrap()), (20, 20));
}

#[tokio::test]
async fn a_key_may_be_raw() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("store.db");
    let raw = format!("x'{}'", "0f".repeat(32));
    let context = open(SqliteStore::at(&file).key(&raw)).await.unwrap();
    write(&context, 0..1).await;
    drop(context);
    assert_eq!(holding(folder.path(), PLAIN), [""; 0]);
    assert_eq!(count(&open(SqliteStore::at(&file).key(raw)).await.unwrap()).await, 1);
}
