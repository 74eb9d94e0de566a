//! What every store must do, run against each: rows, pulled rows, the queue, notes, transactions.

mod applying;
mod changes;
#[cfg(feature = "sqlite")]
mod computed;
mod deleted;
mod entries;
mod notes;
mod queries;
mod random;
mod tables;
mod transactions;
mod wiping;

use std::sync::Arc;

use super::entry::{Base, Entry, Sequence};
use super::{ChangeSource, Durability, LocalStore, MemoryStore, StoreRead, StoreWrite, StoredRow};
use crate::error::Error;
use crate::row::{Row, RowBatch};
use crate::table::{ColumnDef, SystemColumn, TableSchema};
use crate::value::{ColumnValue as _, Decimal, Id, Timestamp, Value, Version};

pub(super) type Shared = Arc<dyn LocalStore>;

/// Runs a check against each store.
macro_rules! both {
    ($($name:ident),+ $(,)?) => {
        mod memory {
            $(
                #[tokio::test]
                async fn $name() {
                    super::$name(crate::store::suite::memory().await).await;
                }
            )+
        }
        #[cfg(feature = "sqlite")]
        mod sqlite_in_memory {
            $(
                #[tokio::test]
                async fn $name() {
                    super::$name(crate::store::suite::sqlite_in_memory().await).await;
                }
            )+
        }
        #[cfg(feature = "sqlite")]
        mod sqlite_file {
            $(
                #[tokio::test]
                async fn $name() {
                    let folder = tempfile::tempdir().unwrap();
                    super::$name(crate::store::suite::sqlite_file(folder.path()).await).await;
                }
            )+
        }
    };
}
use both;

pub(super) static ITEM: TableSchema = TableSchema::new("item", ITEM_COLUMNS);
const ITEM_COLUMNS: &[ColumnDef] = &[
    ColumnDef::id("id"),
    ColumnDef::new::<String>("title", "title").indexed(),
    ColumnDef::new::<Option<i64>>("whole", "whole"),
    ColumnDef::new::<Option<f64>>("real", "real"),
    ColumnDef::new::<Option<Decimal>>("price", "price"),
    ColumnDef::new::<Option<Vec<u8>>>("bytes", "bytes"),
    ColumnDef::new::<Option<Timestamp>>("at", "at").indexed(),
    ColumnDef::new::<bool>("done", "isDone").default_value(|cell| true.write(cell)),
    ColumnDef::new::<Option<String>>("note", "note").default_value(|cell| "none".to_owned().write(cell)).local_only(),
];
pub(super) const TITLE: usize = 1;
pub(super) const WHOLE: usize = 2;
pub(super) const REAL: usize = 3;
pub(super) const PRICE: usize = 4;
pub(super) const BYTES: usize = 5;
pub(super) const AT: usize = 6;
pub(super) const DONE: usize = 7;
pub(super) const NOTE: usize = 8;

pub(super) static OTHER: TableSchema =
    TableSchema::new("other", &[ColumnDef::id("id"), ColumnDef::new::<String>("text", "text")]);
pub(super) static LOCAL: TableSchema =
    TableSchema::new("local", &[ColumnDef::id("id"), ColumnDef::new::<Option<String>>("text", "text")]).local();

/// Keeps deleted rows.
pub(super) static KEEP: TableSchema = TableSchema::new("keep", ITEM_COLUMNS).keep_deleted();

pub(super) const TABLES: [&TableSchema; 4] = [&ITEM, &OTHER, &LOCAL, &KEEP];

pub(super) async fn memory() -> Shared {
    opened(Arc::new(MemoryStore::new())).await
}

#[cfg(feature = "sqlite")]
pub(super) async fn sqlite_in_memory() -> Shared {
    opened(Arc::new(super::SqliteStore::in_memory())).await
}

#[cfg(feature = "sqlite")]
pub(super) async fn sqlite_file(folder: &std::path::Path) -> Shared {
    opened(Arc::new(super::SqliteStore::at(folder.join("store.db")))).await
}

async fn opened(store: Shared) -> Shared {
    store.open(&TABLES).await.unwrap();
    store
}

/// A write that must succeed.
pub(super) async fn write<R: Send + 'static>(
    store: &Shared,
    work: impl FnOnce(&mut dyn StoreWrite) -> Result<R, Error> + Send + 'static,
) -> R {
    super::write(&**store, Durability::Power, ChangeSource::Local, work).await.unwrap()
}

/// A read that must succeed.
pub(super) async fn read<R: Send + 'static>(
    store: &Shared,
    work: impl FnOnce(&mut dyn StoreRead) -> Result<R, Error> + Send + 'static,
) -> R {
    super::read(&**store, work).await.unwrap()
}

pub(super) fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

pub(super) fn version(text: &str) -> Option<Version> {
    Version::parse(text)
}

pub(super) fn instant(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis).unwrap()
}

pub(super) fn item(id: &str, title: &str) -> Row {
    let mut row = Row::new(&ITEM);
    row.values[0] = text(id);
    row.values[TITLE] = text(title);
    row.values[DONE] = Value::Integer(0);
    row
}

pub(super) fn full_item(id: &str) -> Row {
    let mut row = item(id, "naïve ' \" \0 %_");
    row.values[WHOLE] = Value::Integer(i64::MIN);
    row.values[REAL] = Value::Real(0.1 + 0.2);
    row.values[PRICE] = text("-12.50001");
    row.values[BYTES] = Value::Blob(vec![0, 255, 10]);
    row.values[AT] = Value::Integer(instant(1).ticks() + 1);
    row.values[NOTE] = text("mine");
    row.version = version("v1");
    row.updated_at = Some(instant(5));
    row.created_at = Some(instant(4));
    row
}

pub(super) fn stored(row: Row) -> StoredRow {
    StoredRow { row, replaced: None, entry: None }
}

pub(super) fn batch(rows: &[Row]) -> RowBatch {
    let mut batch = RowBatch::new(rows.first().map_or(&ITEM, Row::schema));
    for row in rows {
        row.append_to(&mut batch);
    }
    batch
}

pub(super) fn pulled(id: &str, title: &str, of_version: &str) -> Row {
    let mut row = item(id, title);
    row.version = version(of_version);
    row.updated_at = Some(instant(9));
    row
}

pub(super) fn tombstone(id: &str) -> Row {
    let mut row = pulled(id, "", "gone");
    row.deleted = true;
    row
}

pub(super) fn entry(sequence: Sequence, id: &str) -> Entry {
    Entry { made_id: true, ..Entry::new(sequence, ITEM.name(), Id::parse(id).unwrap(), Base::None) }
}

/// Inserts a row with its entry, as a local write does.
pub(super) async fn insert_with_entry(store: &Shared, id: &'static str) -> Sequence {
    write(store, move |tx| {
        let sequence = tx.next_sequence()?;
        tx.put_entry(&entry(sequence, id))?;
        assert!(tx.insert_row(&batch(&[item(id, "local")]), 0, Some(sequence))?);
        Ok(sequence)
    })
    .await
}

pub(super) async fn row(store: &Shared, id: &'static str) -> Option<StoredRow> {
    read(store, move |tx| tx.row(&ITEM, id)).await
}

pub(super) async fn ids(store: &Shared) -> Vec<String> {
    read(store, |tx| {
        let mut out = RowBatch::new(&ITEM);
        tx.select(&ITEM, &Default::default(), &mut out)?;
        for row in out.iter() {
            assert!(!row.system(SystemColumn::Deleted).is_null());
        }
        Ok(out.iter().map(|row| row.id().to_owned()).collect())
    })
    .await
}
