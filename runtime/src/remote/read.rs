//! Online lists: page after page, each asked for when it is needed.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;

use super::RemoteTable;
use super::failure::unreadable;
use super::server::Asked;
use crate::clock::BoxFuture;
use crate::error::{Error, ErrorKind};
use crate::query::odata::{self, FilterText};
use crate::query::{Page, Selection};
use crate::row::RowBatch;
use crate::subset::ColumnSubset;
use crate::table::SyncTable;
use crate::wire::answer::Page as WirePage;
use crate::wire::{DeletedRows, Dialect, PageRequest};

/// Rows asked for at once; servers give fewer if their own bound is smaller.
const PAGE_ROWS: u64 = 1000;
/// What a request line holds besides the filter, the columns and the order, generously.
const FIXED_BYTES: usize = 1024;

/// A query in a dialect's words.
#[derive(Debug, Clone)]
struct Words {
    dialect: Dialect,
    filter: Option<FilterText>,
    order: String,
    parameters: String,
}

/// Walks through the pages of a query.
pub(super) struct Pages<T> {
    table: RemoteTable<T>,
    selection: Selection,
    words: Option<Words>,
    /// Rows to pass over for the next page.
    skip: u64,
    /// Rows that may still come; `None` without a bound.
    left: Option<u64>,
    /// The first row's id of the page before.
    first: Option<String>,
    is_done: bool,
}

impl<T: SyncTable> Pages<T> {
    pub(super) fn new(table: RemoteTable<T>, selection: Selection) -> Self {
        let (skip, left) = (selection.skip, selection.take);
        Self { table, selection, words: None, skip, left, first: None, is_done: false }
    }

    /// Asks for the next page; `None` after the last.
    pub(super) async fn next(&mut self) -> Result<Option<WirePage>, Error> {
        if self.words.is_none() {
            // Also where no row is wanted, so that a mistake in the query shows.
            self.check()?;
        }
        if self.is_done || self.left == Some(0) {
            return Ok(None);
        }
        let asked = self.left.unwrap_or(u64::MAX).min(PAGE_ROWS);
        let page = self.ask(asked).await?;
        let rows = page.row_count();
        let first = page.rows.get(0).map(|row| row.id().to_owned());
        if first.is_some() && first == self.first {
            let message = "the server gives the same page again and again: it does not know `$skip`";
            return Err(Error::new(ErrorKind::Decode, message).in_table(T::SCHEMA.name()));
        }
        self.first = first;
        self.skip = self.skip.saturating_add(rows);
        self.left = self.left.map(|left| left.saturating_sub(rows));
        self.is_done = rows == 0 || page.count.is_some_and(|count| self.skip >= count);
        Ok(Some(page))
    }

    /// Asks for one page of at most so many rows, at the place that the walk has come to.
    async fn ask(&mut self, rows: u64) -> Result<WirePage, Error> {
        let table = self.table.clone();
        let words = self.words().await?;
        let Words { dialect, filter, order, parameters } = words.clone();
        let top = rows.min(u64::from(dialect.greatest_page())).max(dialect.least_top());
        let request = PageRequest {
            filter: filter.as_ref().map(|filter| filter.text.as_str()),
            order: &order,
            skip: self.skip,
            top,
            select: self.selection.columns,
            deleted: if self.selection.include_deleted { DeletedRows::Included } else { DeletedRows::Excluded },
            parameters: &parameters,
        };
        let read = || table.wire.page(&request, RowBatch::new(T::SCHEMA));
        let page = table.server.wire.repeat(read).await.map_err(|failure| {
            let columns = self.selection.columns.and_then(|columns| dialect.select(columns.iter().copied()));
            let fixed_bytes = FIXED_BYTES + order.len() + parameters.len() + columns.map_or(0, |columns| columns.len());
            dialect.worded(failure.error, filter.as_ref(), fixed_bytes)
        })?;
        let is_whole = self.selection.columns.is_none() && !T::SCHEMA.is_narrow();
        let asked = if is_whole && page.row_count() > 0 { Asked::ForAll } else { Asked::ForSome };
        table.server.note::<T>(page.has_unknown_members, asked).await?;
        Ok(page)
    }

    /// Refuses what no generation could be asked, before the server is asked which it is.
    fn check(&self) -> Result<(), Error> {
        match written(Dialect::Toolkit, &self.selection) {
            Err(error) if error.kind() == ErrorKind::Invalid => Err(error.in_table(T::SCHEMA.name())),
            Ok(_) | Err(_) => Ok(()),
        }
    }

    async fn words(&mut self) -> Result<&Words, Error> {
        let words = match self.words.take() {
            Some(words) => words,
            None => {
                self.check()?;
                let dialect = self.table.dialect().await?;
                let wire = &self.table.server.wire;
                wire.check_filter(dialect, self.selection.filter.as_ref())
                    .map_err(|error| error.in_table(T::SCHEMA.name()))?;
                written(dialect, &self.selection).map_err(|error| error.in_table(T::SCHEMA.name()))?
            }
        };
        Ok(self.words.insert(words))
    }
}

fn written(dialect: Dialect, selection: &Selection) -> Result<Words, Error> {
    let syntax = dialect.syntax();
    let filter = selection.filter.as_ref().map(|filter| odata::filter(filter, &syntax)).transpose()?;
    Ok(Words {
        dialect,
        filter: filter.flatten(),
        order: odata::order_by(&selection.order, &syntax)?.unwrap_or_default(),
        parameters: dialect.parameters(selection)?,
    })
}

/// Reads the rows of a page; none is left out.
fn rows_of<T: SyncTable, R: ColumnSubset<T>>(page: &WirePage, most: u64) -> Result<Vec<R>, Error> {
    if let Some((_, row)) = page.unreadable.first() {
        return Err(unreadable(row).in_table(T::SCHEMA.name()));
    }
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let read = |row: crate::row::RowRef<'_>| {
        R::read_selected(row).map_err(|error| {
            Error::new(ErrorKind::Decode, error.to_string()).in_table(T::SCHEMA.name()).in_row(row.id())
        })
    };
    page.rows.iter().take(most).map(read).collect()
}

pub(super) async fn list<T: SyncTable, R: ColumnSubset<T>>(
    table: &RemoteTable<T>,
    selection: &Selection,
) -> Result<Vec<R>, Error> {
    let mut pages = Pages::new(table.clone(), selection.clone());
    let mut rows = Vec::new();
    loop {
        let most = pages.left.unwrap_or(u64::MAX);
        match pages.next().await? {
            Some(page) => rows.extend(rows_of::<T, R>(&page, most)?),
            None => return Ok(rows),
        }
    }
}

pub(super) async fn page<T: SyncTable, R: ColumnSubset<T>>(
    table: &RemoteTable<T>,
    selection: &Selection,
) -> Result<Page<R>, Error> {
    let most = selection.take.unwrap_or(PAGE_ROWS).min(PAGE_ROWS);
    let page = Pages::new(table.clone(), selection.clone()).ask(most).await?;
    Ok(Page::new(rows_of::<T, R>(&page, most)?, page.count))
}

/// Counts what a filter selects, whatever the rows are like.
pub(super) async fn count<T: SyncTable>(table: &RemoteTable<T>, selection: &Selection) -> Result<u64, Error> {
    let counted = Selection { skip: 0, take: None, order: Vec::new(), columns: None, ..selection.clone() };
    let page = Pages::new(table.clone(), counted).ask(0).await?;
    let Some(count) = page.count else {
        let message = "the server does not say how many rows there are";
        return Err(Error::new(ErrorKind::Decode, message).in_table(T::SCHEMA.name()));
    };
    let matching = count.saturating_sub(selection.skip);
    Ok(selection.take.map_or(matching, |take| matching.min(take)))
}

/// The rows of a query as they come from the server; made by [`RemoteTable::stream`].
///
/// A page is asked for when the rows of the one before are used up. After an error the stream ends.
///
/// ```no_run
/// # use synctable::{Id, RemoteTable, SyncTable};
/// # #[derive(Debug, Clone, Default, SyncTable)]
/// # pub struct TodoItem { pub id: Id, pub title: String, pub complete: bool }
/// # async fn example(todos: RemoteTable<TodoItem>) -> Result<(), synctable::Error> {
/// let mut open = todos.stream(&TodoItem::query().filter(|t| t.complete.eq(false)));
/// while let Some(item) = open.next().await {
///     println!("{}", item?.title);
/// }
/// # Ok(())
/// # }
/// ```
#[must_use = "nothing is asked for before the stream is polled"]
pub struct RemoteStream<T, R = T> {
    state: State<T>,
    rows: std::vec::IntoIter<R>,
}

enum State<T> {
    Idle(Box<Pages<T>>),
    Asking(BoxFuture<'static, Step<T>>),
    Ended,
}

/// The end of a request.
struct Step<T> {
    pages: Box<Pages<T>>,
    /// The most rows of the page that count.
    most: u64,
    page: Result<Option<WirePage>, Error>,
}

/// Nothing in it is pinned in place: the request is in a box of its own.
impl<T, R> Unpin for RemoteStream<T, R> {}

impl<T: SyncTable, R> fmt::Debug for RemoteStream<T, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match &self.state {
            State::Idle(_) => "idle",
            State::Asking(_) => "asking",
            State::Ended => "ended",
        };
        f.debug_struct("RemoteStream").field("table", &T::SCHEMA.name()).field("state", &state).finish_non_exhaustive()
    }
}

impl<T: SyncTable, R: ColumnSubset<T>> RemoteStream<T, R> {
    pub(super) fn new(table: RemoteTable<T>, selection: Selection) -> Self {
        Self { state: State::Idle(Box::new(Pages::new(table, selection))), rows: Vec::new().into_iter() }
    }

    /// Gives the next row; `None` after the last, and after an error.
    ///
    /// # Errors
    /// As [`RemoteTable::list`].
    ///
    /// # Cancellation
    /// A page that is being asked for is still waited for by the next call.
    pub async fn next(&mut self) -> Option<Result<R, Error>> {
        std::future::poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }
}

impl<T: SyncTable, R: ColumnSubset<T>> Stream for RemoteStream<T, R> {
    type Item = Result<R, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Some(row) = self.rows.next() {
                return Poll::Ready(Some(Ok(row)));
            }
            match std::mem::replace(&mut self.state, State::Ended) {
                State::Ended => return Poll::Ready(None),
                State::Idle(mut pages) => {
                    self.state = State::Asking(Box::pin(async move {
                        let most = pages.left.unwrap_or(u64::MAX);
                        let page = pages.next().await;
                        Step { pages, most, page }
                    }));
                }
                State::Asking(mut asking) => {
                    let Poll::Ready(Step { pages, most, page }) = asking.as_mut().poll(context) else {
                        self.state = State::Asking(asking);
                        return Poll::Pending;
                    };
                    match page.and_then(|page| page.map(|page| rows_of::<T, R>(&page, most)).transpose()) {
                        Ok(Some(rows)) => {
                            self.rows = rows.into_iter();
                            self.state = State::Idle(pages);
                        }
                        Ok(None) => return Poll::Ready(None),
                        Err(error) => return Poll::Ready(Some(Err(error))),
                    }
                }
            }
        }
    }
}
