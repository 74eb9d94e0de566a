//! The table of the benches, its rows, and what is asked of it.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::json;
use synctable_server::{ColumnType, Config, Store, TableDefinition};

use crate::Result;

/// What a request does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    Get,
    List(u64),
    Insert,
    Update,
}

impl Action {
    pub(crate) const ALL: [Self; 5] = [Self::Get, Self::List(100), Self::List(1_000), Self::Insert, Self::Update];

    pub(crate) fn is_read(self) -> bool {
        matches!(self, Self::Get | Self::List(_))
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Get => f.write_str("get"),
            Self::List(rows) => write!(f, "list {rows}"),
            Self::Insert => f.write_str("insert"),
            Self::Update => f.write_str("update"),
        }
    }
}

pub(crate) fn tables() -> Vec<TableDefinition> {
    vec![
        TableDefinition::new("load")
            .column("title", ColumnType::Text)
            .required("complete", ColumnType::Bool)
            .required("priority", ColumnType::Int32)
            .column("dueAt", ColumnType::Instant)
            .soft_delete(),
    ]
}

/// The settings of the server: pages as large as the largest list, and nothing written for each request.
pub(crate) fn config() -> Config {
    Config::new(tables()).page_size(1_000)
}

pub(crate) fn id(row: u64) -> String {
    format!("00000000-0000-7000-8000-{row:012}")
}

/// An id that no row has yet.
pub(crate) fn new_id() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(500_000_000);
    id(NEXT.fetch_add(1, Ordering::Relaxed))
}

/// A row of about 256 bytes.
pub(crate) fn body(id: &str, row: u64) -> String {
    let priority = row % 10;
    format!(
        r#"{{"id":"{id}","title":"Row {row} of a table that a bench of the server reads and writes","complete":{},"priority":{priority},"dueAt":"2026-03-0{}T08:00:00.000Z"}}"#,
        row.is_multiple_of(2),
        1 + priority % 9,
    )
}

pub(crate) fn fill(store: &Store, rows: u64) -> Result<()> {
    let rows: Vec<_> = (0..rows)
        .map(|row| {
            json!({"id": id(row), "title": format!("Row {row} of a table that a bench of the server reads and writes"),
                   "complete": row % 2 == 0, "priority": row % 10, "dueAt": "2026-03-01T08:00:00.000Z"})
        })
        .collect();
    rows.chunks(10_000).try_for_each(|rows| store.seed("load", rows))?;
    Ok(())
}
