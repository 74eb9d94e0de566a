//! The rules that a store of an app's own must keep.

use std::fmt::Debug;

use synctable::store::{BoxFuture, ChangeFeed, Durability, ReadWork, WriteWork};
use synctable::testing::check_store;
use synctable::{ChangeSource, LocalStore, MemoryStore, SqliteStore, TableSchema};

/// A store that lets everybody push at once.
#[derive(Debug)]
struct Careless(MemoryStore);

impl LocalStore for Careless {
    fn open(&self, tables: &[&'static TableSchema]) -> BoxFuture<'_, Result<(), synctable::Error>> {
        self.0.open(tables)
    }

    fn write(
        &self,
        durability: Durability,
        source: ChangeSource,
        work: WriteWork,
    ) -> BoxFuture<'_, Result<(), synctable::Error>> {
        self.0.write(durability, source, work)
    }

    fn read(&self, work: ReadWork) -> BoxFuture<'_, Result<(), synctable::Error>> {
        self.0.read(work)
    }

    fn sole_pusher(&self) -> Option<Box<dyn Debug + Send + Sync>> {
        Some(Box::new(()))
    }

    fn changes(&self) -> &ChangeFeed {
        self.0.changes()
    }
}

#[tokio::test]
async fn the_stores_of_the_library_keep_all_rules() {
    check_store(MemoryStore::new).await;
    check_store(SqliteStore::in_memory).await;
}

#[tokio::test]
#[should_panic(expected = "one_pusher_at_a_time")]
async fn a_store_that_breaks_rules_is_told_which() {
    check_store(|| Careless(MemoryStore::new())).await;
}
