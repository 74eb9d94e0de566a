//! Which types of values have which operators.

use crate::value::{ColumnValue, Date, Decimal, Id, TimeOfDay, Timestamp};

/// A type whose values have an order.
#[diagnostic::on_unimplemented(
    message = "values of `{Self}` have no order",
    note = "lt, le, gt and ge exist on numbers, text, ids, dates, times and string enums"
)]
pub trait OrderedValue: ColumnValue {}

macro_rules! ordered {
    ($($type:ty),+ $(,)?) => { $(#[diagnostic::do_not_recommend] impl OrderedValue for $type {})+ };
}

ordered!(i8, i16, i32, i64, u8, u16, u32, f32, f64, char, String, Id, Timestamp, Date, TimeOfDay, Decimal, uuid::Uuid);
impl<V: OrderedValue> OrderedValue for Option<V> {}

/// A type whose columns can order rows: one with an order, and truth values, false before true.
#[diagnostic::on_unimplemented(
    message = "rows cannot be ordered by values of `{Self}`",
    note = "asc and desc exist on columns of numbers, text, ids, dates, times, string enums and bool"
)]
pub trait SortableValue: ColumnValue {}

#[diagnostic::do_not_recommend]
impl<V: OrderedValue> SortableValue for V {}
#[diagnostic::do_not_recommend]
impl SortableValue for bool {}
#[diagnostic::do_not_recommend]
impl SortableValue for Option<bool> {}

/// A number: it has arithmetic.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a number",
    note = "add, sub, mul, div, rem and to_f64 exist on columns of numbers; floor, ceiling and round on those with a fraction"
)]
pub trait NumberValue: ColumnValue {
    /// What is computed with such numbers, and what an operand of the arithmetic has to be: `i32` for
    /// integers of at most 32 bits but `u32`, `i64` for `u32` and `i64`, `f64` for `f32` and `f64`,
    /// `Decimal` for decimals.
    type Computed: NumberValue;
}

macro_rules! numbers {
    ($($type:ty => $computed:ty),+ $(,)?) => {
        $(#[diagnostic::do_not_recommend] impl NumberValue for $type { type Computed = $computed; })+
    };
}

numbers!(
    i8 => i32, i16 => i32, i32 => i32, u8 => i32, u16 => i32, u32 => i64, i64 => i64, f32 => f64, f64 => f64,
    Decimal => Decimal,
);
impl<V: NumberValue> NumberValue for Option<V> {
    type Computed = V::Computed;
}

/// A number with a fraction: it can be rounded.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is a whole number",
    note = "floor, ceiling and round exist on columns of f32, f64 and Decimal"
)]
pub trait FractionValue: NumberValue {}

impl FractionValue for f32 {}
impl FractionValue for f64 {}
impl FractionValue for Decimal {}

/// A value with a date: it has a year, a month and a day.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no date",
    note = "year, month and day exist on columns of Timestamp and Date"
)]
pub trait DateValue: ColumnValue {}

impl DateValue for Timestamp {}
impl DateValue for Date {}
impl<V: DateValue> DateValue for Option<V> {}

/// A value with a time of day: it has an hour, a minute and a second.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no time of day",
    note = "hour, minute and second exist on columns of Timestamp and TimeOfDay"
)]
pub trait TimeValue: ColumnValue {}

impl TimeValue for Timestamp {}
impl TimeValue for TimeOfDay {}
impl<V: TimeValue> TimeValue for Option<V> {}
