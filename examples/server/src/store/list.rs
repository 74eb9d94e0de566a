//! Reads pages of rows.

use rusqlite::types::Value as Cell;
use rusqlite::{Connection, params_from_iter};
use synctable::testing::Kind;
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

impl ListQuery {
    /// Leaves only rows for which another condition holds too.
    #[must_use]
    pub(crate) fn among(mut self, condition: Option<Typed>) -> Self {
        self.filter = match (self.filter.take(), condition) {
            (Some(filter), Some(condition)) => {
                Some(Typed { kind: Kind::Bool, node: Node::And(Box::new(condition), Box::new(filter)) })
            }
            (filter, condition) => filter.or(condition),
        };
        self
    }
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
        let mut from = format!("FROM {}", table.sql_name());
        if !conditions.is_empty() {
            from.push_str(&format!(" WHERE {}", conditions.join(" AND ")));
        }
        let count = format!("SELECT count(*) {from}");
        let count_parameters = parameters.0.len();
        let order = query.order.iter();
        let mut keys: Vec<String> =
            order.map(|key| sql::order_key(&key.typed, key.descending, &mut parameters)).collect();
        if !query.order.iter().any(|key| matches!(&key.typed.node, Node::Column(name, _) if name == "id")) {
            keys.push("\"id\"".to_owned());
        }
        let number = |rows: u64| Cell::Integer(i64::try_from(rows).unwrap_or(i64::MAX));
        // One row more than the page tells whether more follow.
        let limit = parameters.bind(number(query.limit.saturating_add(1)));
        let skip = parameters.bind(number(query.skip));
        let (columns, keys) = (table.sql_columns(), keys.join(", "));
        let page = format!("SELECT {columns} {from} ORDER BY {keys} LIMIT {limit} OFFSET {skip}");
        Self { count, count_parameters, page, parameters: parameters.0 }
    }
}

/// Reads a page and the count in one read transaction, so that they agree.
pub(crate) fn list(
    connection: &mut Connection,
    table: &StoredTable,
    query: &ListQuery,
) -> Result<ListAnswer, StoreError> {
    let failed = |error| StoreError::sqlite(format!("cannot list table '{}'", table.name()), error);
    let transaction = connection.transaction().map_err(failed)?;
    let statements = Statements::new(table, query);
    let mut answer = ListAnswer { items: "[".to_owned(), rows: 0, more: false, count: None };
    if query.count {
        let parameters = params_from_iter(&statements.parameters[..statements.count_parameters]);
        let count: i64 = transaction
            .prepare_cached(&statements.count)
            .and_then(|mut statement| statement.query_row(parameters, |row| row.get(0)))
            .map_err(failed)?;
        answer.count = Some(count.unsigned_abs());
    }
    {
        let mut statement = transaction.prepare_cached(&statements.page).map_err(failed)?;
        let mut rows = statement.query(params_from_iter(&statements.parameters)).map_err(failed)?;
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

#[cfg(test)]
mod tests {
    use synctable::testing::odata::{Grammar, Limits, parse_filter, parse_order};
    use synctable::testing::typed::{resolve_filter, resolve_order};

    use super::*;
    use crate::store::{Database, Store};

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
            projection: Projection::whole(&table, Dialect::Toolkit),
        };
        let statements = Statements::new(&table, &query);
        store
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
