//! The rules that a store of an app's own must keep.

use std::fmt::Debug;

use synctable::store::{BoxFuture, ChangeFeed, Durability, ReadWork, WriteWork};
use synctable::testing::check_store;
use synctable::{ChangeSource, LocalStore, MemoryStore, SqliteStore, TableSchema};

/// A store that acknowledges writes of pulls without doing them.
#[derive(Debug)]
struct Forgetful(MemoryStore);

impl LocalStore for Forgetful {
    fn open(&self, tables: &[&'static TableSchema]) -> BoxFuture<'_, Result<(), synctable::Error>> {
        self.0.open(tables)
    }

    fn write(
        &self,
        durability: Durability,
        source: ChangeSource,
        work: WriteWork,
    ) -> BoxFuture<'_, Result<(), synctable::Error>> {
        if source == ChangeSource::Pull {
            return Box::pin(std::future::ready(Ok(())));
        }
        self.0.write(durability, source, work)
    }

    fn read(&self, work: ReadWork) -> BoxFuture<'_, Result<(), synctable::Error>> {
        self.0.read(work)
    }

    fn sole_pusher(&self) -> Option<Box<dyn Debug + Send + Sync>> {
        self.0.sole_pusher()
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
#[should_panic(expected = "a_pull_tells_only_what_it_changed")]
async fn a_store_that_breaks_rules_is_told_which() {
    check_store(|| Forgetful(MemoryStore::new())).await;
}
