//! What only a file can show: migration, files that are not ours, two handles, the end of a store.

pub(super) mod fault;
mod files;
mod inspect;
mod migration;
mod plans;

use std::path::Path;
use std::sync::Arc;

use rusqlite::Connection;

use super::{SqliteStore, Synchronous};
use crate::error::{Error, ErrorKind};
use crate::store::suite::{self, ITEM, Shared, item, read, stored, text, write};
use crate::store::{ChangeLog, ChangeSource, Durability, LocalStore as _};
use crate::table::TableSchema;

async fn open(path: &Path, tables: &[&'static TableSchema]) -> Shared {
    let store: Shared = Arc::new(SqliteStore::at(path));
    store.open(tables).await.unwrap();
    store
}

async fn refused(path: &Path, tables: &[&'static TableSchema]) -> Error {
    SqliteStore::at(path).open(tables).await.unwrap_err()
}

/// The file as another program sees it.
fn raw(path: &Path) -> Connection {
    Connection::open(path).unwrap()
}
