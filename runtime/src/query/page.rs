//! A page of a query's rows.

/// Rows of a query, and how many its filter selects in all; made by
/// [`Table::page`](crate::Table::page) and [`RemoteTable::page`](crate::RemoteTable::page).
///
/// ```
/// # use synctable::{Id, MemoryStore, SyncContext, SyncTable};
/// # #[derive(Debug, Clone, Default, SyncTable)]
/// # pub struct TodoItem { pub id: Id, pub title: String }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), synctable::Error> {
/// # let ctx = SyncContext::builder("http://127.0.0.1:9").store(MemoryStore::new()).table::<TodoItem>().open().await?;
/// # let todos = ctx.table::<TodoItem>();
/// for title in ["Bread", "Eggs", "Milk"] {
///     todos.insert(TodoItem { title: title.into(), ..Default::default() }).await?;
/// }
/// let page = todos.page(&TodoItem::query().order_by(|t| t.title.asc()).skip(1).take(1)).await?;
/// assert_eq!((page.rows()[0].title.as_str(), page.total()), ("Eggs", Some(3)));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Page<R> {
    rows: Vec<R>,
    total: Option<u64>,
}

impl<R> Page<R> {
    pub(crate) fn new(rows: Vec<R>, total: Option<u64>) -> Self {
        Self { rows, total }
    }

    /// The rows, in the query's order.
    #[must_use]
    pub fn rows(&self) -> &[R] {
        &self.rows
    }

    /// The rows, in the query's order.
    #[must_use]
    pub fn into_rows(self) -> Vec<R> {
        self.rows
    }

    /// How many rows the filter selects, whatever skip and take; `None` if the server does not say.
    #[must_use]
    pub fn total(&self) -> Option<u64> {
        self.total
    }
}

impl<R> IntoIterator for Page<R> {
    type Item = R;
    type IntoIter = std::vec::IntoIter<R>;

    fn into_iter(self) -> Self::IntoIter {
        self.rows.into_iter()
    }
}
