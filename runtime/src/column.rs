//! Typed columns and the operators that each type of value allows.

use std::fmt;
use std::marker::PhantomData;

use crate::query::predicate::{Comparison, Literal, Predicate, Term, TextTest};
use crate::query::{Direction, Order};
use crate::subset::{SubsetField, SubsetValue};
use crate::table::{ColumnDef, SyncTable};
use crate::value::{ColumnValue, Id, TextValue, Value};

/// A column of table `T` with values of type `V`; reached through the closure of a query.
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

/// A value that a column of type `V` can be compared with: a `V`, for text also `&str` and
/// `&String`, for an optional column also the bare value.
#[diagnostic::on_unimplemented(
    message = "a column of `{V}` cannot be compared with `{Self}`",
    label = "expected a value of `{V}`",
    note = "an optional column is compared with the bare value; text and ids also with `&str`",
    note = "a `#[sync(json)]` column can only be tested by `is_null()`"
)]
pub trait Operand<V> {
    /// The stored form; `None` if the value has none, such as NaN, and so equals no row's.
    fn into_value(self) -> Option<Value>;
}

impl<V: ColumnValue> Operand<V> for V {
    fn into_value(self) -> Option<Value> {
        Value::of(&self).ok()
    }
}

impl<V: ColumnValue> Operand<Option<V>> for V {
    fn into_value(self) -> Option<Value> {
        Value::of(&self).ok()
    }
}

/// Lets borrowed text stand for a text-like column value.
macro_rules! borrowed_operand {
    ($($borrowed:ty => $value:ty),+ $(,)?) => {
        $(
            #[diagnostic::do_not_recommend]
            impl Operand<$value> for $borrowed {
                fn into_value(self) -> Option<Value> {
                    let text: &str = self.as_ref();
                    Some(Value::Text(text.to_owned()))
                }
            }
            #[diagnostic::do_not_recommend]
            impl Operand<Option<$value>> for $borrowed {
                fn into_value(self) -> Option<Value> {
                    let text: &str = self.as_ref();
                    Some(Value::Text(text.to_owned()))
                }
            }
        )+
    };
}

borrowed_operand!(&str => String, &String => String, &str => Id, &String => Id, &Id => Id, &Id => String);

/// A column whose values have an order.
#[diagnostic::on_unimplemented(
    message = "values of `{Self}` have no order",
    note = "lt, le, gt, ge, asc and desc exist on numbers, text, ids, dates, times and string enums"
)]
pub trait OrderedValue: ColumnValue {}

macro_rules! ordered {
    ($($type:ty),+ $(,)?) => { $(#[diagnostic::do_not_recommend] impl OrderedValue for $type {})+ };
}

ordered!(i32, i64, f64, String, Id, crate::Timestamp, crate::Date, crate::TimeOfDay, crate::Decimal, uuid::Uuid);
impl<V: OrderedValue> OrderedValue for Option<V> {}

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

    /// Rows whose column is null.
    #[must_use]
    pub fn is_null(self) -> Predicate<T> {
        Predicate::compare(Term::Column(self.def), Comparison::Eq, Term::null(self.def))
    }

    fn compare(self, comparison: Comparison, operand: Option<Value>) -> Predicate<T> {
        match operand {
            Some(value) => {
                Predicate::compare(Term::Column(self.def), comparison, Term::Literal(Literal::of(self.def, value)))
            }
            // A value that no cell can hold differs from every row's and has no order.
            None => Predicate::constant(comparison == Comparison::Ne),
        }
    }
}

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

// What a column wants of its type stands on its methods: where it lacks, the error says what to
// write instead, while an impl block that does not hold says only that there is no such method.
impl<T, V> Column<T, V> {
    /// Rows whose column equals the value; null equals null.
    #[must_use]
    pub fn eq(self, value: impl Operand<V>) -> Predicate<T> {
        self.compare(Comparison::Eq, value.into_value())
    }

    /// Rows whose column differs from the value; null differs from every value.
    #[must_use]
    pub fn ne(self, value: impl Operand<V>) -> Predicate<T> {
        self.compare(Comparison::Ne, value.into_value())
    }

    /// Rows whose column equals one of the values; none for an empty list.
    #[must_use]
    pub fn is_in<O: Operand<V>>(self, values: impl IntoIterator<Item = O>) -> Predicate<T> {
        let values = values.into_iter().filter_map(Operand::into_value).map(|value| Literal::of(self.def, value));
        Predicate::in_list(Term::Column(self.def), values.collect())
    }

    /// Rows whose column is less than the value; never those with null.
    #[must_use]
    pub fn lt(self, value: impl Operand<V>) -> Predicate<T>
    where
        V: OrderedValue,
    {
        self.compare(Comparison::Lt, value.into_value())
    }

    /// Rows whose column is at most the value; never those with null.
    #[must_use]
    pub fn le(self, value: impl Operand<V>) -> Predicate<T>
    where
        V: OrderedValue,
    {
        self.compare(Comparison::Le, value.into_value())
    }

    /// Rows whose column is greater than the value; never those with null.
    #[must_use]
    pub fn gt(self, value: impl Operand<V>) -> Predicate<T>
    where
        V: OrderedValue,
    {
        self.compare(Comparison::Gt, value.into_value())
    }

    /// Rows whose column is at least the value; never those with null.
    #[must_use]
    pub fn ge(self, value: impl Operand<V>) -> Predicate<T>
    where
        V: OrderedValue,
    {
        self.compare(Comparison::Ge, value.into_value())
    }

    /// Orders by the column, the smallest first, nulls before all.
    #[must_use]
    pub fn asc(self) -> Order<T>
    where
        V: OrderedValue,
    {
        Order::new(self.def, Direction::Ascending)
    }

    /// Orders by the column, the greatest first, nulls after all.
    #[must_use]
    pub fn desc(self) -> Order<T>
    where
        V: OrderedValue,
    {
        Order::new(self.def, Direction::Descending)
    }

    /// Rows whose text starts with the value; case counts, `%` and `_` stand for themselves.
    #[must_use]
    pub fn starts_with(self, text: impl AsRef<str>) -> Predicate<T>
    where
        V: TextValue,
    {
        self.test(TextTest::StartsWith, text.as_ref())
    }

    /// Rows whose text ends with the value; case counts.
    #[must_use]
    pub fn ends_with(self, text: impl AsRef<str>) -> Predicate<T>
    where
        V: TextValue,
    {
        self.test(TextTest::EndsWith, text.as_ref())
    }

    /// Rows whose text contains the value; case counts.
    #[must_use]
    pub fn contains(self, text: impl AsRef<str>) -> Predicate<T>
    where
        V: TextValue,
    {
        self.test(TextTest::Contains, text.as_ref())
    }

    fn test(self, test: TextTest, text: &str) -> Predicate<T> {
        Predicate::text_test(test, Term::Column(self.def), Term::Literal(Literal::text(text)))
    }
}
