//! Reads by SQL.

use super::SyncContext;
use crate::error::Error;
use crate::sql::{Collect, CollectWith, FromSqlRow, SqlOutput, SqlQuery, SqlRow, SqlStop};
use crate::table::TableSchema;
use crate::watch::Watch;

impl SyncContext {
    /// Runs a read in SQL on the local store, for joins and reports; its rows come as tuples, as
    /// structs of tables, or as column subsets.
    ///
    /// Only reads get through, one statement at a time: nothing that a query of an app could say
    /// changes the store. The rows are read on a thread of the store, from the last commit, and are
    /// all kept in memory: bound a long result by `LIMIT`.
    ///
    /// [The guide](crate::guide::sql) tells how values are stored and how tables are joined.
    ///
    /// ```
    /// # use synctable::{Id, SqliteStore, SyncContext, SyncTable};
    /// # #[derive(Debug, Clone, Default, PartialEq, SyncTable)]
    /// # pub struct TodoItem { pub id: Id, pub title: String, pub complete: bool }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), synctable::Error> {
    /// # let store = SqliteStore::in_memory();
    /// # let ctx = SyncContext::builder("http://127.0.0.1:9").store(store).table::<TodoItem>().open().await?;
    /// use synctable::SqlQuery;
    ///
    /// let todos = ctx.table::<TodoItem>();
    /// let milk = todos.insert(TodoItem { title: "Milk".into(), ..Default::default() }).await?;
    ///
    /// let c = TodoItem::COLUMNS;
    /// let text = format!("SELECT {}, count(*) FROM {} GROUP BY {}", c.complete, TodoItem::SCHEMA, c.complete);
    /// let report: Vec<(bool, i64)> = ctx.sql_rows(&SqlQuery::new(text)).await?;
    /// assert_eq!(report, [(false, 1)]);
    ///
    /// let text = format!("SELECT * FROM {} WHERE {} LIKE ?1", TodoItem::SCHEMA, c.title);
    /// let items: Vec<TodoItem> = ctx.sql_rows(&SqlQuery::new(text).bind("mi%")).await?;
    /// assert_eq!(items, [milk]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `Invalid`: the text is not exactly one read, SQLite refuses it (the message says where), the
    /// number of values is not that of the parameters, a value has no stored form, or the columns of
    /// the result do not fit `R`. `Decode`: a cell does not hold a value of the type at its place; the
    /// message names row, column, what was expected and what came. `Unsupported`: the store has no
    /// SQL. `Store`: it cannot be read.
    ///
    /// # Cancellation
    /// Nothing is changed, and the read ends early.
    pub async fn sql_rows<R: FromSqlRow>(&self, query: &SqlQuery) -> Result<Vec<R>, Error> {
        self.sql_collected(query, |rows, run| run(&mut Collect::new(rows))).await
    }

    /// As [`sql_rows`](Self::sql_rows), with a closure that reads each row, on the store's thread.
    ///
    /// ```
    /// # use synctable::{Id, SqliteStore, SyncContext, SyncTable};
    /// # #[derive(Debug, Clone, Default, SyncTable)]
    /// # pub struct TodoItem { pub id: Id, pub title: String, pub complete: bool }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), synctable::Error> {
    /// # let store = SqliteStore::in_memory();
    /// # let ctx = SyncContext::builder("http://127.0.0.1:9").store(store).table::<TodoItem>().open().await?;
    /// # ctx.table::<TodoItem>().insert(TodoItem { title: "Milk".into(), ..Default::default() }).await?;
    /// use synctable::SqlQuery;
    ///
    /// let c = TodoItem::COLUMNS;
    /// let query = SqlQuery::new(format!("SELECT {}, length({}) AS letters FROM {}", c.title, c.title, TodoItem::SCHEMA));
    /// let lines = ctx
    ///     .sql_rows_with(&query, move |row| {
    ///         let title: String = row.get(c.title)?;
    ///         let letters: i64 = row.get("letters")?;
    ///         Ok(format!("{title}: {letters}"))
    ///     })
    ///     .await?;
    /// assert_eq!(lines, ["Milk: 4"]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The closure's own error; else as for [`sql_rows`](Self::sql_rows).
    ///
    /// # Cancellation
    /// Nothing is changed, and the read ends early.
    pub async fn sql_rows_with<R: Send + 'static>(
        &self,
        query: &SqlQuery,
        read: impl FnMut(SqlRow<'_>) -> Result<R, Error> + Send + 'static,
    ) -> Result<Vec<R>, Error> {
        self.sql_collected(query, |rows, run| run(&mut CollectWith { rows, read })).await
    }

    /// Watches a read in SQL: its rows come again after a commit that changed one of the tables, if
    /// they are others.
    ///
    /// The tables are those that the text names; what is not in the list is not watched. The reads of
    /// all watches run one after the other: a long one holds up the others, though no writer of a store
    /// in a file. Dropping the watch ends its read.
    ///
    /// An item is an error as of [`sql_rows`](Self::sql_rows), or `Schema`: a table of the list was not
    /// registered.
    ///
    /// ```
    /// # use synctable::{Id, SqliteStore, SyncContext, SyncTable};
    /// # #[derive(Debug, Clone, Default, SyncTable)]
    /// # pub struct TodoItem { pub id: Id, pub title: String, pub complete: bool }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), synctable::Error> {
    /// # let store = SqliteStore::in_memory();
    /// # let ctx = SyncContext::builder("http://127.0.0.1:9").store(store).table::<TodoItem>().open().await?;
    /// use synctable::{SqlQuery, Watch};
    ///
    /// let count = SqlQuery::new(format!("SELECT count(*) FROM {}", TodoItem::SCHEMA));
    /// let mut live: Watch<(i64,)> = ctx.watch_sql(&count, [TodoItem::SCHEMA]);
    /// assert_eq!(live.next().await.transpose()?.as_deref(), Some(&vec![(0,)]));
    /// ctx.table::<TodoItem>().insert(TodoItem::default()).await?;
    /// assert_eq!(live.next().await.transpose()?.as_deref(), Some(&vec![(1,)]));
    /// # Ok(())
    /// # }
    /// ```
    pub fn watch_sql<R: FromSqlRow + Sync>(
        &self,
        query: &SqlQuery,
        tables: impl IntoIterator<Item = &'static TableSchema>,
    ) -> Watch<R> {
        let tables: Vec<_> = tables.into_iter().collect();
        Watch::of_sql(&self.hub, &self.session.tables, query, &tables)
    }

    /// Collects the rows that an output, made on the store's thread, takes.
    async fn sql_collected<R: Send + 'static>(
        &self,
        query: &SqlQuery,
        collect: impl FnOnce(&mut Vec<R>, &mut dyn FnMut(&mut dyn SqlOutput) -> Result<(), Error>) -> Result<(), Error>
        + Send
        + 'static,
    ) -> Result<Vec<R>, Error> {
        query.check()?;
        let query = query.clone();
        let waiting = Waiting(SqlStop::default());
        let stop = waiting.0.clone();
        self.session
            .read(move |snapshot| {
                let mut rows = Vec::new();
                collect(&mut rows, &mut |output| snapshot.sql_rows(&query, &stop, output))?;
                Ok(rows)
            })
            .await
    }
}

/// Ends the read when the future that waits for it is dropped.
struct Waiting(SqlStop);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.ask();
    }
}
