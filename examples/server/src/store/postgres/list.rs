//! Reads rows.

use deadpool_postgres::Object;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Error, Row, Statement};

use super::fault::Fault;
use super::schema::{SYSTEM_COLUMNS, columns_sql, table_sql};
use super::sql::Parameters;
use crate::projection::System;
use crate::store::list::Page;
use crate::store::select::Select;
use crate::store::{Cell, CellRef, ListAnswer, ListQuery, StoredRow, StoredTable};

use super::cells::{Found, parameter_type};
use super::text::meant;

/// Reads a page and the count of one snapshot, so that they agree.
pub(super) async fn list(client: &Object, table: &StoredTable, query: &ListQuery) -> Result<ListAnswer, Fault> {
    let select = Select::new::<Parameters>(table, query);
    let parameters: Vec<&(dyn ToSql + Sync)> = select.of_page().iter().map(|cell| cell as _).collect();
    let of_count = &parameters[..select.of_count().len()];
    let mut page = Page::new(query);
    let statement = prepare(client, &select.page, select.of_page()).await.map_err(Fault::before_commit)?;
    let rows = if query.count {
        let counted = prepare(client, &select.count, select.of_count()).await.map_err(Fault::before_commit)?;
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
