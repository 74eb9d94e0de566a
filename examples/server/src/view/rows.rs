//! Reads the rows that a visitor may see.

use std::collections::HashMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::value::RawValue;
use synctable::testing::typed::{Comparison, Node, Typed};
use synctable::testing::{ColumnType, Kind, Value};

use super::cell::Shown;
use crate::projection::Projection;
use crate::store::{ListAnswer, ListQuery, SortKey, Store, StoreError, StoredTable};

/// A table, and the rows of it that a visitor may see.
#[derive(Debug, Clone)]
pub(super) struct Readable {
    pub(super) table: Arc<StoredTable>,
    /// What holds for the rows; without it all are seen.
    pub(super) visible: Option<Typed>,
}

/// Which rows of a table to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    /// From the newest on.
    Newest,
    /// Written before a stamp, from the newest on.
    Before(i64),
    /// Written after a stamp, from the newest on.
    Since(i64),
    /// In the order of their ids.
    ById,
    /// With an id that follows this one.
    After(String),
    /// The row with an id.
    One(String),
}

/// A row as the page shows it.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) id: String,
    pub(super) stamp: i64,
    /// The instant of the last write as the wire has it.
    pub(super) updated_at: String,
    pub(super) version: String,
    pub(super) deleted: bool,
    /// In the order of the table's columns.
    pub(super) cells: Vec<Shown>,
}

/// Rows, and whether more follow.
#[derive(Debug)]
pub(super) struct Rows {
    pub(super) rows: Vec<Row>,
    pub(super) more: bool,
}

/// How many rows a table has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) rows: u64,
    pub(super) tombstones: u64,
}

impl Readable {
    /// Reads rows; of each value at most some characters.
    pub(super) async fn read(
        &self,
        store: &Store,
        part: &Part,
        limit: u64,
        characters: usize,
    ) -> Result<Rows, StoreError> {
        let mut query = self.query(limit, characters);
        query.filter = part.filter();
        query.order = part.order();
        let answer = self.list(store, query).await?;
        let items: Vec<HashMap<String, &RawValue>> =
            serde_json::from_str(&answer.items).map_err(|error| self.unreadable(&error.to_string()))?;
        let rows = items.iter().map(|members| self.row(members)).collect::<Result<_, _>>()?;
        Ok(Rows { rows, more: answer.more })
    }

    /// Counts the rows and the tombstones.
    pub(super) async fn count(&self, store: &Store) -> Result<Counts, StoreError> {
        let counted = |include_deleted| ListQuery { count: true, include_deleted, ..self.query(0, 0) };
        let all = self.list(store, counted(true)).await?.count.unwrap_or(0);
        if !self.table.is_soft_delete() {
            return Ok(Counts { rows: all, tombstones: 0 });
        }
        let rows = self.list(store, counted(false)).await?.count.unwrap_or(0);
        Ok(Counts { rows, tombstones: all.saturating_sub(rows) })
    }

    /// Returns the last stamp of what is seen, in a table whose own last stamp is this; zero without a row.
    pub(super) async fn last_stamp(&self, store: &Store, last: i64) -> Result<i64, StoreError> {
        if self.visible.is_none() {
            return Ok(last);
        }
        Ok(self.read(store, &Part::Newest, 1, 0).await?.rows.first().map_or(0, |row| row.stamp))
    }

    fn query(&self, limit: u64, characters: usize) -> ListQuery {
        ListQuery {
            visible: None,
            filter: None,
            order: Vec::new(),
            skip: 0,
            limit,
            count: false,
            include_deleted: true,
            projection: Arc::new(Projection::excerpts(&self.table, characters)),
        }
    }

    async fn list(&self, store: &Store, query: ListQuery) -> Result<ListAnswer, StoreError> {
        store.list(&self.table, query.among(self.visible.clone())).await
    }

    fn row(&self, members: &HashMap<String, &RawValue>) -> Result<Row, StoreError> {
        let json = |name: &str| {
            members.get(name).map(|json| json.get()).ok_or_else(|| self.unreadable(&format!("'{name}' is missing")))
        };
        let text = |name: &str| {
            let json = json(name)?;
            serde_json::from_str::<String>(json).map_err(|error| self.unreadable(&error.to_string()))
        };
        let version = text("version")?;
        let columns = self.table.columns().iter();
        Ok(Row {
            id: text("id")?,
            stamp: stamp_of(&version).ok_or_else(|| self.unreadable("the version is no stamp"))?,
            updated_at: text("updatedAt")?,
            version,
            deleted: json("deleted")? == "true",
            cells: columns
                .map(|column| Ok(Shown::read(json(column.name())?, column.column_type())))
                .collect::<Result<_, StoreError>>()?,
        })
    }

    fn unreadable(&self, what: &str) -> StoreError {
        StoreError::new(format!("cannot show a row of table '{}': {what}", self.table.name()))
    }
}

/// Versions are the stamps of the writes (see [`crate::projection::version_text`]).
fn stamp_of(version: &str) -> Option<i64> {
    Some(i64::from_be_bytes(STANDARD.decode(version).ok()?.try_into().ok()?))
}

impl Part {
    fn filter(&self) -> Option<Typed> {
        match self {
            Self::Newest | Self::ById => None,
            Self::Before(stamp) => Some(compare(Comparison::Less, updated_at(), Value::Instant(*stamp))),
            Self::Since(stamp) => Some(compare(Comparison::Greater, updated_at(), Value::Instant(*stamp))),
            Self::After(id) => Some(compare(Comparison::Greater, id_column(), Value::Text(id.clone()))),
            Self::One(id) => Some(compare(Comparison::Equal, id_column(), Value::Text(id.clone()))),
        }
    }

    /// Stamps are unique in a table; the id besides lets the index of both give the order.
    fn order(&self) -> Vec<SortKey> {
        match self {
            Self::Newest | Self::Before(_) | Self::Since(_) => vec![
                SortKey { typed: updated_at(), descending: true },
                SortKey { typed: id_column(), descending: true },
            ],
            Self::ById | Self::After(_) | Self::One(_) => vec![SortKey { typed: id_column(), descending: false }],
        }
    }
}

fn updated_at() -> Typed {
    Typed { kind: Kind::Instant, node: Node::Column("updatedAt".to_owned(), ColumnType::Instant) }
}

fn id_column() -> Typed {
    Typed { kind: Kind::Text, node: Node::Column("id".to_owned(), ColumnType::Text) }
}

fn compare(comparison: Comparison, column: Typed, value: Value) -> Typed {
    let literal = Typed { kind: column.kind, node: Node::Literal(value) };
    Typed { kind: Kind::Bool, node: Node::Compare(comparison, Box::new(column), Box::new(literal)) }
}
