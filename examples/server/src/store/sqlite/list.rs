//! Reads pages of rows.

use rusqlite::{Connection, params_from_iter};

use super::failed;
use super::schema::SYSTEM_COLUMNS;
use super::sql::Parameters;
use crate::projection::System;
use crate::store::list::Page;
use crate::store::select::Select;
use crate::store::{CellRef, ListAnswer, ListQuery, StoreError, StoredTable};

/// Reads a page and the count in one read transaction, so that they agree.
pub(super) fn list(
    connection: &mut Connection,
    table: &StoredTable,
    query: &ListQuery,
) -> Result<ListAnswer, StoreError> {
    let failed = failed_or_refused(format!("cannot list table '{}'", table.name()));
    let transaction = connection.transaction().map_err(&failed)?;
    let select = Select::new::<Parameters>(table, query);
    let mut page = Page::new(query);
    if query.count {
        let parameters = params_from_iter(select.of_count());
        let count: i64 = transaction
            .prepare_cached(&select.count)
            .and_then(|mut statement| statement.query_row(parameters, |row| row.get(0)))
            .map_err(&failed)?;
        page.set_count(count);
    }
    {
        let mut statement = transaction.prepare_cached(&select.page).map_err(&failed)?;
        let mut rows = statement.query(params_from_iter(select.of_page())).map_err(&failed)?;
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

/// Returns what turns an error into one of the store: that a filter is beyond a limit of SQLite, whose library may be an old one of the
/// system, is the fault of the filter.
fn failed_or_refused(context: String) -> impl Fn(rusqlite::Error) -> StoreError {
    const LIMITS: [&str; 3] = ["parser stack overflow", "Expression tree is too large", "string or blob too big"];
    let failed = failed(context);
    move |error| {
        let text = error.to_string();
        match LIMITS.into_iter().find(|limit| text.contains(limit)) {
            Some(limit) => StoreError::refused(format!("the database cannot compute it: {limit}")),
            None => failed(error),
        }
    }
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
    use rusqlite::functions::FunctionFlags;
    use synctable::testing::odata::{Grammar, Limits, parse_filter, parse_order};
    use synctable::testing::typed::{resolve_filter, resolve_order};

    use super::*;
    use crate::dialect::Generation;
    use crate::store::{Database, Engine, SortKey, Store, hidden};

    fn plan(visible: Option<&str>, filter: &str, include_deleted: bool) -> String {
        let store = Store::open(&Database::Memory, &[crate::todoitem_table()]).unwrap();
        let table = store.table("todoitem").unwrap();
        let lookup = |name: &str| table.lookup(name);
        let condition =
            |text: &str| resolve_filter(&parse_filter(text, Grammar::V4, Limits::default()).unwrap(), &lookup).unwrap();
        let order = parse_order("updatedAt,id", Grammar::V4, Limits::default()).unwrap();
        let query = ListQuery {
            visible: visible.map(condition),
            filter: Some(condition(filter)),
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
        let select = Select::new::<Parameters>(&table, &query);
        let Engine::Sqlite(engine) = &store.inner.engine else { panic!("a database in memory is one of SQLite") };
        engine
            .writer
            .run_blocking(move |connection| {
                let mut lines = Vec::new();
                for (sql, parameters) in [(&select.count, select.of_count()), (&select.page, select.of_page())] {
                    let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
                    let rows = statement.query_map(params_from_iter(parameters), |row| row.get::<_, String>(3));
                    lines.extend(rows.unwrap().map(Result::unwrap));
                }
                Ok(lines.join("\n"))
            })
            .unwrap()
    }

    #[test]
    fn nothing_is_computed_of_a_row_that_is_not_visible() {
        let store = hidden::open(&Database::Memory);
        let Engine::Sqlite(engine) = &store.inner.engine else { panic!("a database in memory is one of SQLite") };
        let failing = |connection: &mut Connection| {
            connection.create_scalar_function("odata_ToUpper", -1, FunctionFlags::SQLITE_UTF8, |context| match context
                .get::<String>(
                1,
            )? {
                text if text == hidden::FAILS => Err(rusqlite::Error::InvalidQuery),
                text => Ok(text.to_uppercase()),
            })
        };
        engine.writer.run_blocking(move |connection| failing(connection).map_err(failed("cannot register"))).unwrap();
        hidden::ask_beside(&store);
    }

    #[test]
    fn an_incremental_pull_searches_the_index_of_stamps_and_sorts_nothing() {
        let key = "updatedAt ge cast(2024-01-01T00:00:00.000Z,Edm.DateTimeOffset)";
        for (filter, include_deleted) in [
            (key.to_owned(), true),
            (key.to_owned(), false),
            (format!("(complete eq true) and ({key})"), true),
            (format!("contains(title,'x') and ({key})"), true),
            (format!("({key}) and updatedAt lt 2024-01-01T00:00:00.001Z and id gt 'a'"), true),
        ] {
            for visible in [None, Some("title eq 'x'"), Some("length(title) gt 1")] {
                let plan = plan(visible, &filter, include_deleted);
                assert_eq!(plan.matches("todoitem__updatedAt (updatedAt>?").count(), 2, "{visible:?} {filter}: {plan}");
                assert!(!plan.contains("TEMP B-TREE") && !plan.contains("SCAN"), "{visible:?} {filter}: {plan}");
            }
        }
    }
}
