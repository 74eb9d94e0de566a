//! Reads pages of rows.

use rusqlite::types::Value as Cell;
use rusqlite::{Connection, params_from_iter};
use synctable::testing::typed::{Node, Typed};

use super::schema::StoredTable;
use super::{StoreError, sql};
use crate::Dialect;
use crate::projection::Projection;

/// Which rows to read.
#[derive(Debug)]
pub(crate) struct ListQuery {
    pub(crate) filter: Option<Typed>,
    pub(crate) order: Vec<SortKey>,
    pub(crate) skip: u64,
    pub(crate) limit: u64,
    pub(crate) count: bool,
    pub(crate) include_deleted: bool,
    pub(crate) projection: Projection,
}

/// One key of the order.
#[derive(Debug)]
pub(crate) struct SortKey {
    pub(crate) typed: Typed,
    pub(crate) descending: bool,
}

/// A page of rows.
#[derive(Debug)]
pub(crate) struct ListAnswer {
    /// The rows as a JSON array.
    pub(crate) items: String,
    pub(crate) rows: u64,
    /// More rows follow.
    pub(crate) more: bool,
    /// All rows that match, when asked for.
    pub(crate) count: Option<u64>,
}

/// Reads a page and the count in one read transaction, so that they agree.
pub(crate) fn list(connection: &mut Connection, table: &StoredTable, query: &ListQuery) -> Result<ListAnswer, StoreError> {
    let failed = |error| StoreError::sqlite(format!("cannot list table '{}'", table.name()), error);
    let transaction = connection.transaction().map_err(failed)?;
    let mut parameters = sql::Parameters::default();
    let mut conditions = Vec::new();
    if let Some(filter) = &query.filter {
        conditions.push(sql::condition(filter, &mut parameters));
    }
    if table.is_soft_delete() && !query.include_deleted {
        conditions.push("\"deleted\" = 0".to_owned());
    }
    let from = if conditions.is_empty() {
        format!("FROM {}", table.sql_name())
    } else {
        format!("FROM {} WHERE {}", table.sql_name(), conditions.join(" AND "))
    };
    let count = if query.count {
        let count: i64 = transaction
            .prepare_cached(&format!("SELECT count(*) {from}"))
            .and_then(|mut statement| statement.query_row(params_from_iter(&parameters.0), |row| row.get(0)))
            .map_err(failed)?;
        Some(count.unsigned_abs())
    } else {
        None
    };
    let mut keys: Vec<String> = query.order.iter().map(|key| sql::order_key(&key.typed, key.descending, &mut parameters)).collect();
    if !query.order.iter().any(|key| matches!(&key.typed.node, Node::Column(name, _) if name == "id")) {
        keys.push("\"id\"".to_owned());
    }
    let number = |rows: u64| Cell::Integer(i64::try_from(rows).unwrap_or(i64::MAX));
    // One row more than the page tells whether more follow.
    let limit = parameters.bind(number(query.limit.saturating_add(1)));
    let skip = parameters.bind(number(query.skip));
    let statement = format!("SELECT {} {from} ORDER BY {} LIMIT {limit} OFFSET {skip}", table.sql_columns(), keys.join(", "));
    let mut answer = ListAnswer { items: "[".to_owned(), rows: 0, more: false, count };
    {
        let mut statement = transaction.prepare_cached(&statement).map_err(failed)?;
        let mut rows = statement.query(params_from_iter(&parameters.0)).map_err(failed)?;
        while let Some(row) = rows.next().map_err(failed)? {
            if answer.rows == query.limit {
                answer.more = true;
                break;
            }
            if answer.rows > 0 {
                answer.items.push(',');
            }
            write_row(&mut answer.items, row, &query.projection).map_err(failed)?;
            answer.rows += 1;
        }
    }
    answer.items.push(']');
    transaction.commit().map_err(failed)?;
    Ok(answer)
}

fn write_row(out: &mut String, row: &rusqlite::Row<'_>, projection: &Projection) -> Result<(), rusqlite::Error> {
    let id = row.get_ref(0)?.as_str()?;
    // The statement has all columns of the table behind the first three.
    projection.write(out, id, row.get(1)?, row.get(2)?, |column| row.get_ref_unwrap(column + 3));
    Ok(())
}

/// Reads all rows of a table, tombstones included.
pub(super) fn all_rows(connection: &mut Connection, table: &StoredTable) -> Result<String, StoreError> {
    let query = ListQuery {
        filter: None,
        order: Vec::new(),
        skip: 0,
        limit: u64::MAX,
        count: false,
        include_deleted: true,
        projection: Projection::whole(table, Dialect::Toolkit),
    };
    list(connection, table, &query).map(|answer| answer.items)
}
