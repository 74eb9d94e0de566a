//! Reads rows.

use deadpool_postgres::Object;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Error, Row, Statement};

use super::fault::Fault;
use super::schema::{SYSTEM_COLUMNS, columns_sql, table_sql};
use super::sql;
use crate::projection::System;
use crate::store::list::Page;
use crate::store::{Cell, CellRef, ListAnswer, ListQuery, StoredRow, StoredTable};

use super::cells::{Found, parameter_type};
use super::text::meant;

/// The SQL of a page.
struct Statements {
    count: String,
    /// How many of the parameters the count has.
    count_parameters: usize,
    page: String,
    parameters: Vec<Cell>,
}

impl Statements {
    fn new(table: &StoredTable, query: &ListQuery) -> Self {
        let mut parameters = sql::Parameters::default();
        let mut conditions = Vec::new();
        if let Some(filter) = &query.filter {
            conditions.push(sql::condition(filter, &mut parameters));
        }
        if table.is_soft_delete() && !query.include_deleted {
            conditions.push("NOT \"deleted\"".to_owned());
        }
        let mut from = format!("FROM {}", table_sql(table));
        if !conditions.is_empty() {
            from.push_str(&format!(" WHERE {}", conditions.join(" AND ")));
        }
        let count = format!("SELECT count(*) {from}");
        let count_parameters = parameters.0.len();
        let order = query.order.iter();
        let mut keys: Vec<String> =
            order.map(|key| sql::order_key(&key.typed, key.descending, &mut parameters)).collect();
        if !query.orders_by_id() {
            keys.push("\"id\"".to_owned());
        }
        let number = |rows: u64| Cell::Int(i64::try_from(rows).unwrap_or(i64::MAX));
        // One row more than the page tells whether more follow.
        let limit = parameters.bind(number(query.limit.saturating_add(1)));
        let skip = parameters.bind(number(query.skip));
        let (columns, keys) = (columns_sql(table), keys.join(", "));
        let page = format!("SELECT {columns} {from} ORDER BY {keys} LIMIT {limit} OFFSET {skip}");
        Self { count, count_parameters, page, parameters: parameters.0 }
    }
}

/// Reads a page and the count of one snapshot, so that they agree.
pub(super) async fn list(client: &Object, table: &StoredTable, query: &ListQuery) -> Result<ListAnswer, Fault> {
    let statements = Statements::new(table, query);
    let parameters: Vec<&(dyn ToSql + Sync)> =
        statements.parameters.iter().map(|cell| cell as &(dyn ToSql + Sync)).collect();
    let of_count = &parameters[..statements.count_parameters];
    let mut page = Page::new(query);
    let statement = prepare(client, &statements.page, &statements.parameters).await.map_err(Fault::before_commit)?;
    let rows = if query.count {
        let cells = &statements.parameters[..statements.count_parameters];
        let counted = prepare(client, &statements.count, cells).await.map_err(Fault::before_commit)?;
        // All four are sent at once and answered in order.
        let (begun, count, rows, ended) = tokio::join!(
            biased;
            client.batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"),
            client.query_one(&counted, of_count),
            client.query(&statement, &parameters),
            client.batch_execute("COMMIT"),
        );
        begun.and(ended).map_err(Fault::before_commit)?;
        page.set_count(count.map_err(Fault::before_commit)?.get(0));
        rows
    } else {
        client.query(&statement, &parameters).await
    };
    for row in rows.map_err(Fault::before_commit)? {
        if page.is_full() {
            break;
        }
        push_row(&mut page, &row).map_err(Fault::before_commit)?;
    }
    Ok(page.finish())
}

async fn prepare(client: &Object, sql: &str, parameters: &[Cell]) -> Result<Statement, Error> {
    let types: Vec<_> = parameters.iter().map(parameter_type).collect();
    client.prepare_typed_cached(sql, &types).await
}

fn push_row(page: &mut Page<'_>, row: &Row) -> Result<(), Error> {
    let cells = (SYSTEM_COLUMNS..row.len()).map(|at| row.try_get::<_, Found<'_>>(at)).collect::<Result<Vec<_>, _>>()?;
    let system = System {
        id: &meant(row.try_get(0)?),
        updated_at: row.try_get(1)?,
        deleted: row.try_get(2)?,
        created_at: row.try_get(3)?,
    };
    page.push(system, |column| cells[column].cell());
    Ok(())
}

fn find_sql(table: &StoredTable) -> String {
    format!("SELECT {} FROM {} WHERE \"id\" = $1", columns_sql(table), table_sql(table))
}

/// Reads one row.
pub(super) async fn row(client: &Object, table: &StoredTable, id: &str) -> Result<Option<StoredRow>, Fault> {
    let found = match client.prepare_cached(table.find_sql(find_sql)).await {
        Ok(statement) => client.query_opt(&statement, &[&CellRef::Text(id)]).await,
        Err(error) => Err(error),
    };
    found.and_then(|row| row.as_ref().map(stored_row).transpose()).map_err(Fault::before_commit)
}

/// Takes a row of all columns of a table.
pub(super) fn stored_row(row: &Row) -> Result<StoredRow, Error> {
    let cells = (SYSTEM_COLUMNS..row.len())
        .map(|at| row.try_get::<_, Found<'_>>(at).map(Found::into_cell))
        .collect::<Result<_, _>>()?;
    let (updated_at, created_at) = (row.try_get(1)?, row.try_get(3)?);
    Ok(StoredRow { id: meant(row.try_get(0)?).into_owned(), created_at, updated_at, deleted: row.try_get(2)?, cells })
}
