//! Reads pages of rows.

use rusqlite::{Connection, params_from_iter};

use super::schema::{SYSTEM_COLUMNS, columns_sql, table_sql};
use super::{failed, sql};
use crate::projection::System;
use crate::store::list::Page;
use crate::store::{Cell, CellRef, ListAnswer, ListQuery, StoreError, StoredTable};

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
            conditions.push("\"deleted\" = 0".to_owned());
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

/// Reads a page and the count in one read transaction, so that they agree.
pub(super) fn list(
    connection: &mut Connection,
    table: &StoredTable,
    query: &ListQuery,
) -> Result<ListAnswer, StoreError> {
    let failed = failed(format!("cannot list table '{}'", table.name()));
    let transaction = connection.transaction().map_err(&failed)?;
    let statements = Statements::new(table, query);
    let mut page = Page::new(query);
    if query.count {
        let parameters = params_from_iter(&statements.parameters[..statements.count_parameters]);
        let count: i64 = transaction
            .prepare_cached(&statements.count)
            .and_then(|mut statement| statement.query_row(parameters, |row| row.get(0)))
            .map_err(&failed)?;
        page.set_count(count);
    }
    {
        let mut statement = transaction.prepare_cached(&statements.page).map_err(&failed)?;
        let mut rows = statement.query(params_from_iter(&statements.parameters)).map_err(&failed)?;
        while let Some(row) = rows.next().map_err(&failed)? {
            if page.is_full() {
                break;
            }
            push_row(&mut page, row).map_err(&failed)?;
        }
    }
    transaction.commit().map_err(&failed)?;
    Ok(page.finish())
}

fn push_row(page: &mut Page<'_>, row: &rusqlite::Row<'_>) -> Result<(), rusqlite::Error> {
    let system = System {
        id: row.get_ref(0)?.as_str()?,
        updated_at: row.get(1)?,
        deleted: row.get(2)?,
        created_at: row.get(3)?,
    };
    page.push(system, |column| CellRef::from(row.get_ref_unwrap(column + SYSTEM_COLUMNS)));
    Ok(())
}

#[cfg(test)]
mod tests {
    use synctable::testing::odata::{Grammar, Limits, parse_filter, parse_order};
    use synctable::testing::typed::{resolve_filter, resolve_order};

    use super::*;
    use crate::dialect::Generation;
    use crate::store::{Database, Engine, SortKey, Store};

    fn plan(filter: &str, include_deleted: bool) -> String {
        let store = Store::open(&Database::Memory, &[crate::todoitem_table()]).unwrap();
        let table = store.table("todoitem").unwrap();
        let lookup = |name: &str| table.lookup(name);
        let filter = parse_filter(filter, Grammar::V4, Limits::default()).unwrap();
        let order = parse_order("updatedAt,id", Grammar::V4, Limits::default()).unwrap();
        let query = ListQuery {
            filter: Some(resolve_filter(&filter, &lookup).unwrap()),
            order: order
                .iter()
                .map(|key| SortKey { typed: resolve_order(&key.expr, &lookup).unwrap(), descending: key.descending })
                .collect(),
            skip: 0,
            limit: 100,
            count: true,
            include_deleted,
            projection: table.whole(Generation::Toolkit),
        };
        let statements = Statements::new(&table, &query);
        let Engine::Sqlite(engine) = &store.inner.engine else { panic!("a database in memory is one of SQLite") };
        engine
            .writer
            .run_blocking(move |connection| {
                let mut lines = Vec::new();
                for (sql, count) in
                    [(&statements.count, statements.count_parameters), (&statements.page, statements.parameters.len())]
                {
                    let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
                    let rows = statement
                        .query_map(params_from_iter(&statements.parameters[..count]), |row| row.get::<_, String>(3));
                    lines.extend(rows.unwrap().map(Result::unwrap));
                }
                Ok(lines.join("\n"))
            })
            .unwrap()
    }

    #[test]
    fn an_incremental_pull_searches_the_index_of_stamps_and_sorts_nothing() {
        let key = "updatedAt ge cast(2024-01-01T00:00:00.000Z,Edm.DateTimeOffset)";
        for (filter, include_deleted) in [
            (key.to_owned(), true),
            (key.to_owned(), false),
            (format!("(complete eq true) and ({key})"), true),
            (format!("({key}) and updatedAt lt 2024-01-01T00:00:00.001Z and id gt 'a'"), true),
        ] {
            let plan = plan(&filter, include_deleted);
            assert_eq!(plan.matches("todoitem__updatedAt (updatedAt>?").count(), 2, "{filter}: {plan}");
            assert!(!plan.contains("TEMP B-TREE") && !plan.contains("SCAN"), "{filter}: {plan}");
        }
    }
}
