//! Evaluates a predicate tree on a row, with the meaning of OData v4.

use std::cmp::Ordering;

use super::predicate::{Comparison, Term, Tree};
use super::{Direction, Function};
use crate::error::{Error, ErrorKind};
use crate::row::{Row, RowRef};
use crate::table::{ColumnDef, SystemColumn, TableSchema};
use crate::value::{ColumnType, Value, ValueRef, compare_decimals};

/// What has the cells of a row.
pub(crate) trait Cells {
    fn schema(&self) -> &'static TableSchema;
    /// The cell of one of the table's own columns.
    fn own(&self, index: usize) -> ValueRef<'_>;
    fn system(&self, column: SystemColumn) -> ValueRef<'_>;
}

impl Cells for Row {
    fn schema(&self) -> &'static TableSchema {
        self.schema()
    }

    fn own(&self, index: usize) -> ValueRef<'_> {
        self.values.get(index).map_or(ValueRef::Null, Value::as_ref)
    }

    fn system(&self, column: SystemColumn) -> ValueRef<'_> {
        let instant =
            |time: Option<crate::Timestamp>| time.map_or(ValueRef::Null, |time| ValueRef::Integer(time.ticks()));
        match column {
            SystemColumn::Version => {
                self.version.as_ref().map_or(ValueRef::Null, |version| ValueRef::Text(version.as_str()))
            }
            SystemColumn::UpdatedAt => instant(self.updated_at),
            SystemColumn::CreatedAt => instant(self.created_at),
            SystemColumn::Deleted => ValueRef::Integer(i64::from(self.deleted)),
        }
    }
}

impl Cells for RowRef<'_> {
    fn schema(&self) -> &'static TableSchema {
        self.schema()
    }

    fn own(&self, index: usize) -> ValueRef<'_> {
        self.value(index)
    }

    fn system(&self, column: SystemColumn) -> ValueRef<'_> {
        self.system(column)
    }
}

/// A value that a row or a literal has, or that was computed.
enum Computed<'a> {
    Found(ValueRef<'a>),
    Made(Value),
}

impl Computed<'_> {
    fn as_ref(&self) -> ValueRef<'_> {
        match self {
            Self::Found(value) => *value,
            Self::Made(value) => value.as_ref(),
        }
    }
}

/// Whether a condition holds for a row.
///
/// # Errors
/// `Schema`: it names a column of another table. `Invalid`: it cannot be asked.
pub(crate) fn holds(tree: &Tree, row: &impl Cells) -> Result<bool, Error> {
    match tree {
        Tree::Constant(holds) => Ok(*holds),
        Tree::Compare { left, comparison, right } => {
            let as_decimal = is_decimal(left) || is_decimal(right);
            Ok(compares(value(left, row)?.as_ref(), *comparison, value(right, row)?.as_ref(), as_decimal))
        }
        Tree::In { term, list } => {
            let looked_for = value(term, row)?;
            Ok(list.iter().any(|literal| same(looked_for.as_ref(), literal.value().as_ref())))
        }
        Tree::Text { test, term, pattern } => Ok(match (value(term, row)?.as_ref(), value(pattern, row)?.as_ref()) {
            (ValueRef::Text(text), ValueRef::Text(pattern)) => test.holds(text, pattern),
            _ => false,
        }),
        Tree::Holds(term) => Ok(matches!(value(term, row)?.as_ref(), ValueRef::Integer(truth) if truth != 0)),
        Tree::And(trees) => trees.iter().try_fold(true, |all, tree| Ok(all && holds(tree, row)?)),
        Tree::Or(trees) => trees.iter().try_fold(false, |any, tree| Ok(any || holds(tree, row)?)),
        Tree::Not(tree) => holds(tree, row).map(|holds| !holds),
        Tree::Refused(refusal) => Err(refusal.to_error()),
    }
}

/// Refuses a condition of which a part cannot be asked, wherever it stands: [`holds`] looks at no more
/// parts than it needs, and at none where there is no row.
///
/// # Errors
/// `Invalid`: such a part, and why.
pub(crate) fn check(tree: &Tree) -> Result<(), Error> {
    // A stack of its own: a tree that was not made by a query may be of any depth.
    let mut trees = vec![tree];
    while let Some(tree) = trees.pop() {
        match tree {
            Tree::Refused(refusal) => return Err(refusal.to_error()),
            Tree::And(parts) | Tree::Or(parts) => trees.extend(parts),
            Tree::Not(part) => trees.push(part),
            Tree::Constant(_) | Tree::Compare { .. } | Tree::In { .. } | Tree::Text { .. } | Tree::Holds(_) => {}
        }
    }
    Ok(())
}

/// Orders two rows by the keys of a query, then by id.
///
/// # Errors
/// `Schema`: a key is a column of another table.
pub(crate) fn order(keys: &[(&'static ColumnDef, Direction)], left: &Row, right: &Row) -> Result<Ordering, Error> {
    for (column, direction) in keys {
        let as_decimal = column.column_type() == ColumnType::Decimal;
        let ordering = ordered(column_value(column, left)?, column_value(column, right)?, as_decimal);
        let ordering = match direction {
            Direction::Ascending => ordering,
            Direction::Descending => ordering.reverse(),
        };
        if ordering.is_ne() {
            return Ok(ordering);
        }
    }
    Ok(left.id().cmp(right.id()))
}

fn is_decimal(term: &Term) -> bool {
    term.column_type() == ColumnType::Decimal
}

fn value<'a>(term: &'a Term, row: &'a impl Cells) -> Result<Computed<'a>, Error> {
    match term {
        Term::Column(column) => column_value(column, row).map(Computed::Found),
        Term::Literal(literal) => Ok(Computed::Found(literal.value().as_ref())),
        Term::Call { function, arguments, .. } => {
            let mut computed = [const { Computed::Found(ValueRef::Null) }; Function::MOST_ARGUMENTS];
            for (place, argument) in computed.iter_mut().zip(arguments) {
                *place = value(argument, row)?;
            }
            let values = [0, 1, 2].map(|place| computed[place].as_ref());
            Ok(Computed::Made(values.get(..arguments.len()).map_or(Value::Null, |values| function.apply(values))))
        }
    }
}

fn column_value<'a>(column: &ColumnDef, row: &'a impl Cells) -> Result<ValueRef<'a>, Error> {
    let schema = row.schema();
    match schema.place(column) {
        Some(place) => Ok(match place.checked_sub(schema.columns().len()) {
            None => row.own(place),
            Some(offset) => SystemColumn::ALL.get(offset).map_or(ValueRef::Null, |system| row.system(*system)),
        }),
        None => {
            let message = format!("the query names the column `{}`, which the table has not", column.sql_name());
            Err(Error::new(ErrorKind::Schema, message).in_table(schema.name()))
        }
    }
}

fn same(left: ValueRef<'_>, right: ValueRef<'_>) -> bool {
    left.is_null() == right.is_null() && ordered(left, right, false).is_eq()
}

fn compares(left: ValueRef<'_>, comparison: Comparison, right: ValueRef<'_>, as_decimal: bool) -> bool {
    match comparison {
        Comparison::Eq => return same(left, right),
        Comparison::Ne => return !same(left, right),
        Comparison::Lt | Comparison::Le | Comparison::Gt | Comparison::Ge => {}
    }
    if left.is_null() || right.is_null() {
        return false;
    }
    let ordering = ordered(left, right, as_decimal);
    match comparison {
        Comparison::Lt => ordering.is_lt(),
        Comparison::Le => ordering.is_le(),
        Comparison::Gt => ordering.is_gt(),
        Comparison::Ge => ordering.is_ge(),
        Comparison::Eq | Comparison::Ne => false,
    }
}

/// Nulls before numbers before text before bytes, as SQLite orders them.
fn ordered(left: ValueRef<'_>, right: ValueRef<'_>, as_decimal: bool) -> Ordering {
    match (left, right) {
        (ValueRef::Integer(left), ValueRef::Integer(right)) => left.cmp(&right),
        (ValueRef::Real(left), ValueRef::Real(right)) => left.partial_cmp(&right).unwrap_or(Ordering::Equal),
        (ValueRef::Integer(left), ValueRef::Real(right)) => mixed(left, right),
        (ValueRef::Real(left), ValueRef::Integer(right)) => mixed(right, left).reverse(),
        (ValueRef::Text(left), ValueRef::Text(right)) if as_decimal => compare_decimals(left, right),
        (ValueRef::Text(left), ValueRef::Text(right)) => left.cmp(right),
        (ValueRef::Blob(left), ValueRef::Blob(right)) => left.cmp(right),
        (left, right) => rank(left).cmp(&rank(right)),
    }
}

fn rank(value: ValueRef<'_>) -> u8 {
    match value {
        ValueRef::Null => 0,
        ValueRef::Integer(_) | ValueRef::Real(_) => 1,
        ValueRef::Text(_) => 2,
        ValueRef::Blob(_) => 3,
    }
}

/// Compares without rounding the integer to the nearest double.
fn mixed(integer: i64, real: f64) -> Ordering {
    // One above the greatest integer, and exact.
    const BOUND: f64 = -(i64::MIN as f64);
    if real >= BOUND {
        return Ordering::Less;
    }
    if real < -BOUND {
        return Ordering::Greater;
    }
    // In this range the whole part is exact.
    integer.cmp(&(real.trunc() as i64)).then_with(|| 0.0_f64.partial_cmp(&real.fract()).unwrap_or(Ordering::Equal))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_compared_with_reals_exactly() {
        assert_eq!(mixed(9_007_199_254_740_993, 9_007_199_254_740_992.0), Ordering::Greater);
        assert_eq!(mixed(i64::MAX, 1e19), Ordering::Less);
        assert_eq!(mixed(1, 1.5), Ordering::Less);
        assert_eq!(mixed(-1, -1.5), Ordering::Greater);
        assert_eq!(mixed(2, 2.0), Ordering::Equal);
    }
}
