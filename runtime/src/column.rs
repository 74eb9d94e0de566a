//! Typed columns, and the expressions and conditions that are made of them.

mod expression;
mod operand;
mod operators;
mod values;

use std::fmt;
use std::marker::PhantomData;

pub use expression::Expr;
pub use operand::Operand;
pub use values::{DateValue, FractionValue, NumberValue, OrderedValue, SortableValue, TimeValue};

use crate::query::predicate::{Comparison, Predicate, Term, TextTest};
use crate::query::{Direction, Function, Order};
use crate::subset::{SubsetField, SubsetValue};
use crate::table::{ColumnDef, SyncTable};
use crate::value::{ColumnType, ColumnValue, TextValue};
use expression::term_of;
use operators::operators;

/// A column of table `T` with values of type `V`; reached through the closure of a query.
///
/// ```
/// # use synctable::{Id, SyncTable, Timestamp};
/// #[derive(Debug, Clone, Default, SyncTable)]
/// pub struct Job {
///     pub id: Id,
///     pub title: String,
///     pub hours: i32,
///     pub planned: i32,
///     pub due: Option<Timestamp>,
///     pub done: bool,
/// }
///
/// let open = Job::query().filter(|t| !t.done);
/// let late = Job::query().filter(|t| t.due.lt(Timestamp::now()).and(t.hours.lt(t.planned)));
/// let old = Job::query().filter(|t| t.due.year().le(2020).or(t.title.to_lower().contains("attic")));
/// let half = Job::query().filter(|t| t.hours.mul(2).ge(t.planned)).order_by(|t| t.title.asc());
/// ```
pub struct Column<T, V> {
    def: &'static ColumnDef,
    types: PhantomData<fn() -> (T, V)>,
}

impl<T, V> Clone for Column<T, V> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T, V> Copy for Column<T, V> {}

impl<T, V> fmt::Debug for Column<T, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Column").field(&self.def.name()).finish()
    }
}

impl<T, V> Column<T, V> {
    /// Makes a column from its definition. Called by generated code.
    #[must_use]
    pub const fn new(def: &'static ColumnDef) -> Self {
        Self { def, types: PhantomData }
    }

    /// The column's definition.
    #[must_use]
    pub const fn def(self) -> &'static ColumnDef {
        self.def
    }

    /// The column as an expression.
    #[must_use]
    pub fn expression(self) -> Expr<T, V> {
        Expr::new(Term::Column(self.def))
    }

    /// Orders by the column, the smallest first, nulls before all.
    #[must_use]
    pub fn asc(self) -> Order<T>
    where
        V: SortableValue,
    {
        Order::new(self.def, Direction::Ascending)
    }

    /// Orders by the column, the greatest first, nulls after all.
    #[must_use]
    pub fn desc(self) -> Order<T>
    where
        V: SortableValue,
    {
        Order::new(self.def, Direction::Descending)
    }
}

operators!(Column);

impl<T: SyncTable, V> Column<T, V> {
    /// Makes the field of a subset that holds the column. Called by generated code: a method, so that
    /// an error of the field's type shows where that stands.
    ///
    /// # Panics
    /// At compile time, if the column belongs to another table.
    #[doc(hidden)]
    #[must_use]
    pub const fn in_subset<F: SubsetValue<V>>(self) -> SubsetField<F> {
        SubsetField::new::<T, V>(self.def)
    }
}

#[cfg(test)]
mod tests;
