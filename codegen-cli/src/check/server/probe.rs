//! What is asked of a server about one table of the documents. Everything is read, nothing written.

use std::collections::BTreeMap;

use synctable::wire::Dialect;
use synctable_codegen::document::{Column, Table};

use crate::live::{LiveTable, Row, ServerType};
use crate::outcome::Failure;

/// How many rows are looked at.
const ROWS: usize = 100;

/// The members that the server makes itself (protocol.md 2).
pub(super) const SYSTEM: [&str; 5] = ["id", "createdAt", "updatedAt", "version", "deleted"];

/// What the server shows of a table.
#[derive(Debug)]
pub(super) struct Facts {
    pub(super) dialect: Dialect,
    /// The first rows, deleted ones included.
    pub(super) rows: Vec<Row>,
    /// How many rows there are; `None` if the server does not say.
    pub(super) row_count: Option<u64>,
    /// Of each column that the document has, and of each constant of inserts, by wire name.
    pub(super) columns: BTreeMap<String, ColumnFacts>,
    /// Of each column that the document lacks; only rows show them.
    pub(super) unmodelled: BTreeMap<String, Nulls>,
    /// Whether deleted rows stay as tombstones; `None` where every table has the member `deleted`.
    pub(super) soft_delete: Option<bool>,
}

/// What the server shows of a column.
#[derive(Debug, Clone)]
pub(super) struct ColumnFacts {
    pub(super) existence: Existence,
    /// What the server says that it holds, whatever the rows have.
    pub(super) server_type: Option<ServerType>,
    pub(super) nulls: Nulls,
}

/// Whether the server has a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Existence {
    Known,
    /// In other case.
    Spelled(String),
    /// With the server's words.
    Unknown(String),
}

/// Whether a column is null in a row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Nulls {
    None,
    Some,
    /// There are no rows, or the server does not say.
    Unseen,
}

/// Whether the server is asked about a column at all.
pub(super) fn is_remote(column: &Column) -> bool {
    !column.is_local_only()
}

/// Asks all that the comparison needs.
pub(super) async fn facts(live: &LiveTable, table: &Table) -> Result<Facts, Failure> {
    let listing = live.rows(0, ROWS).await?;
    let is_whole = listing.is_whole();
    let mut asked: Vec<&str> =
        table.columns().iter().filter(|column| is_remote(column)).map(Column::wire_name).collect();
    asked.extend(table.on_insert().keys().map(String::as_str).filter(|name| !asked.contains(name)).collect::<Vec<_>>());

    let shown: Vec<&str> = members(&listing.rows);
    let unseen: Vec<String> =
        asked.iter().filter(|name| !shown.contains(name)).map(|name| (*name).to_owned()).collect();
    let unknown = live.unknown_columns(&unseen).await?;

    let mut columns = BTreeMap::new();
    for name in &asked {
        let spelled = || shown.iter().find(|other| other.eq_ignore_ascii_case(name));
        let refused = unknown.iter().find(|(unknown, _)| unknown == name);
        let existence = match (shown.contains(name), spelled(), refused) {
            (true, ..) => Existence::Known,
            (false, Some(spelled), _) => Existence::Spelled((*spelled).to_owned()),
            (false, None, Some((_, words))) => Existence::Unknown(words.clone()),
            (false, None, None) => Existence::Known,
        };
        let is_data = existence == Existence::Known && !SYSTEM.contains(name);
        let server_type = if is_data { live.type_of(name).await? } else { None };
        let may_be_null = table.columns().iter().find(|column| column.wire_name() == *name);
        let asks_nulls =
            is_data && may_be_null.is_some_and(|column| !column.is_nullable() && column.default().is_none());
        let nulls = if asks_nulls { nulls(live, &listing.rows, is_whole, name).await? } else { Nulls::Unseen };
        columns.insert((*name).to_owned(), ColumnFacts { existence, server_type, nulls });
    }

    let mut unmodelled = BTreeMap::new();
    let is_asked = |name: &str| asked.iter().any(|other| other.eq_ignore_ascii_case(name));
    for name in shown.iter().filter(|name| !SYSTEM.contains(name) && !is_asked(name)) {
        unmodelled.insert((*name).to_owned(), nulls(live, &listing.rows, is_whole, name).await?);
    }
    let soft_delete = match (live.dialect(), listing.rows.is_empty()) {
        (Dialect::NodeV2, false) => Some(shown.contains(&"deleted")),
        (Dialect::NodeV2, true) => Some(live.unknown_columns(&["deleted".to_owned()]).await?.is_empty()),
        (Dialect::DotNetV2 | Dialect::DatasyncV3 | Dialect::Toolkit, _) => None,
    };
    Ok(Facts {
        dialect: live.dialect(),
        row_count: listing.count,
        columns,
        unmodelled,
        soft_delete,
        rows: listing.rows,
    })
}

/// The names of the members of rows. Servers show a null too, so that one row would do; a dynamic
/// schema may have grown between two.
fn members(rows: &[Row]) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for row in rows {
        for name in row.keys() {
            if !names.contains(&name.as_str()) {
                names.push(name);
            }
        }
    }
    names
}

async fn nulls(live: &LiveTable, rows: &[Row], is_whole: bool, name: &str) -> Result<Nulls, Failure> {
    if rows.iter().any(|row| row.get(name).is_none_or(serde_json::Value::is_null)) {
        return Ok(Nulls::Some);
    }
    if rows.is_empty() {
        return Ok(Nulls::Unseen);
    }
    Ok(match is_whole {
        true => Nulls::None,
        false => match live.has_null(name).await? {
            Some(true) => Nulls::Some,
            Some(false) => Nulls::None,
            None => Nulls::Unseen,
        },
    })
}
