//! Queries: filter, order, skip and take as plain data.

mod canonical;
pub(crate) mod eval;
mod function;
pub(crate) mod odata;
mod page;
pub(crate) mod predicate;
#[cfg(all(test, feature = "sqlite"))]
pub(crate) mod random;
#[cfg(feature = "sqlite")]
pub(crate) mod sql;
mod uses;

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use crate::error::{Error, ErrorKind};
use crate::subset::ColumnSubset;
use crate::table::{ColumnDef, SyncTable, SystemColumn, TableSchema};
use predicate::Tree;

pub(crate) use canonical::canonical_text;
pub use function::Function;
pub use page::Page;
pub use predicate::Condition;
pub(crate) use uses::{Use, uses};

/// Levels that a filter may nest, conditions and functions together. SQLite before 3.46 parses on a
/// stack of 100 places; a level takes at most three of them.
pub(crate) const MAX_DEPTH: usize = 24;
/// Conditions that SQL joins side by side, since SQLite bounds the depth of what it has parsed to
/// 1 000; longer lists become groups, of which each is a level more.
const GROUP: usize = 16;
/// With the levels that a second filter and a pull add.
const MAX_LEVELS: usize = MAX_DEPTH + 2;

/// A query over table `T` that gives rows as `R`: plain data that can be cloned, kept and sent.
///
/// Without an order the rows come by id; ties of an order are broken by id. `R` is the table's own
/// struct until a [column subset](ColumnSubset) is [selected](Self::select).
pub struct Query<T, R = T> {
    selection: Selection,
    types: PhantomData<fn() -> (T, R)>,
}

/// What a query asks for, without the table's type: what stores and the wire read.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Selection {
    /// The columns to read, system columns among them; all if `None`.
    pub columns: Option<&'static [&'static ColumnDef]>,
    /// The condition; all rows if there is none.
    pub filter: Option<Tree>,
    /// The order, before ties are broken by id.
    pub order: Vec<(&'static ColumnDef, Direction)>,
    /// Rows passed over at the start.
    pub skip: u64,
    /// The most rows to give; all if there is no bound.
    pub take: Option<u64>,
    /// Whether deleted rows are asked for too.
    pub include_deleted: bool,
    /// Further parameters of requests to a server, by name.
    pub parameters: BTreeMap<String, String>,
}

impl Selection {
    /// The places in a row of the columns to read, and the columns; all of the table's columns and
    /// the four system columns if the selection names none.
    ///
    /// # Errors
    /// `Schema`: a column belongs to another table.
    pub fn places(&self, schema: &TableSchema) -> Result<Vec<(usize, &'static ColumnDef)>, Error> {
        let Some(columns) = self.columns else {
            let system = SystemColumn::ALL.iter().map(|system| system.column());
            return Ok(schema.columns().iter().chain(system).enumerate().collect());
        };
        let place = |column: &&'static ColumnDef| match schema.place(column) {
            Some(place) => Ok((place, *column)),
            None => {
                let message = format!("the query selects the column `{}`, which the table has not", column.name());
                Err(Error::new(ErrorKind::Schema, message).in_table(schema.name()))
            }
        };
        columns.iter().map(place).collect()
    }
}

/// Which end comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// The smallest first, nulls before all.
    Ascending,
    /// The greatest first, nulls after all.
    Descending,
}

/// An order by one column; made by [`Column::asc`](crate::Column::asc) and `desc`.
pub struct Order<T> {
    key: (&'static ColumnDef, Direction),
    table: PhantomData<fn() -> T>,
}

impl<T> Order<T> {
    pub(crate) fn new(column: &'static ColumnDef, direction: Direction) -> Self {
        Self { key: (column, direction), table: PhantomData }
    }
}

impl<T> fmt::Debug for Order<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:?}", self.key.0.name(), self.key.1)
    }
}

impl<T: SyncTable> Query<T> {
    /// Makes the query that gives every row.
    #[must_use]
    pub fn new() -> Self {
        Self { selection: Selection::default(), types: PhantomData }
    }
}

impl<T: SyncTable, R> Query<T, R> {
    /// Keeps the rows for which the condition holds; a second filter is "and".
    #[must_use]
    pub fn filter<C: Condition<T>>(mut self, condition: impl FnOnce(T::Columns) -> C) -> Self {
        let tree = condition(T::COLUMNS).into_predicate().into_tree();
        self.selection.filter = Some(match self.selection.filter.take() {
            Some(filter) => Tree::and(filter, tree),
            None => tree,
        });
        self
    }

    /// Orders the rows; a second order breaks the ties of the first.
    #[must_use]
    pub fn order_by(mut self, order: impl FnOnce(T::Columns) -> Order<T>) -> Self {
        self.selection.order.push(order(T::COLUMNS).key);
        self
    }

    /// Passes over rows at the start; a second skip adds up.
    #[must_use]
    pub fn skip(mut self, rows: u64) -> Self {
        self.selection.skip = self.selection.skip.saturating_add(rows);
        self
    }

    /// Gives at most this many rows; of two bounds the smaller holds.
    #[must_use]
    pub fn take(mut self, rows: u64) -> Self {
        self.selection.take = Some(self.selection.take.map_or(rows, |take| take.min(rows)));
        self
    }

    /// Asks for deleted rows too: a server always, the local store where the table keeps them
    /// (`#[sync(keep_deleted)]`); other tables have none on the device. A field
    /// `#[sync(system)] deleted: bool` tells them from the others.
    #[must_use]
    pub fn include_deleted(mut self) -> Self {
        self.selection.include_deleted = true;
        self
    }

    /// Sends a further parameter with each request of the query; the last value of a name holds. A
    /// local query has no use for it.
    ///
    /// Names that are empty or start with `$` or `__` belong to the protocol: a query with one fails
    /// with `Invalid` when a server is asked.
    #[must_use]
    pub fn parameter(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.selection.parameters.insert(name.into(), value.into());
        self
    }

    /// Makes the same query for rows as another struct: a [column subset](ColumnSubset) of the
    /// table, of which only the columns are read, or the table's own struct.
    #[must_use]
    pub fn select<S: ColumnSubset<T>>(&self) -> Query<T, S> {
        Query { selection: Selection { columns: S::SELECTED, ..self.selection.clone() }, types: PhantomData }
    }

    /// Borrows what the query asks for.
    #[must_use]
    pub fn selection(&self) -> &Selection {
        &self.selection
    }
}

impl<T: SyncTable> Default for Query<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T, R> Clone for Query<T, R> {
    fn clone(&self) -> Self {
        Self { selection: self.selection.clone(), types: PhantomData }
    }
}

impl<T, R> fmt::Debug for Query<T, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Query").field(&self.selection).finish()
    }
}
