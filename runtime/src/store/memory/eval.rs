//! Evaluates a predicate tree on a row, with the meaning of OData v4.

use std::cmp::Ordering;

use crate::error::{Error, ErrorKind};
use crate::query::Direction;
use crate::query::predicate::{Comparison, Term, TextTest, Tree};
use crate::row::Row;
use crate::table::{ColumnDef, SystemColumn};
use crate::value::{ColumnType, ValueRef, decimal};

/// Whether a condition holds for a row.
pub(super) fn holds(tree: &Tree, row: &Row) -> Result<bool, Error> {
    match tree {
        Tree::Constant(holds) => Ok(*holds),
        Tree::Compare { left, comparison, right } => {
            let as_decimal = is_decimal(left) || is_decimal(right);
            Ok(compares(value(left, row)?, *comparison, value(right, row)?, as_decimal))
        }
        Tree::In { term, list } => {
            let looked_for = value(term, row)?;
            Ok(list.iter().any(|literal| same(looked_for, literal.value().as_ref())))
        }
        Tree::Text { test, term, pattern } => Ok(match (value(term, row)?, value(pattern, row)?) {
            (ValueRef::Text(text), ValueRef::Text(pattern)) => match test {
                TextTest::StartsWith => text.starts_with(pattern),
                TextTest::EndsWith => text.ends_with(pattern),
                TextTest::Contains => text.contains(pattern),
            },
            _ => false,
        }),
        Tree::And(trees) => trees.iter().try_fold(true, |all, tree| Ok(all && holds(tree, row)?)),
        Tree::Or(trees) => trees.iter().try_fold(false, |any, tree| Ok(any || holds(tree, row)?)),
        Tree::Not(tree) => holds(tree, row).map(|holds| !holds),
    }
}

/// Orders two rows by the keys of a query, then by id.
pub(super) fn order(keys: &[(&'static ColumnDef, Direction)], left: &Row, right: &Row) -> Result<Ordering, Error> {
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
    match term {
        Term::Column(column) => column.column_type() == ColumnType::Decimal,
        Term::Literal(literal) => literal.column_type() == ColumnType::Decimal,
    }
}

fn value<'a>(term: &'a Term, row: &'a Row) -> Result<ValueRef<'a>, Error> {
    match term {
        Term::Column(column) => column_value(column, row),
        Term::Literal(literal) => Ok(literal.value().as_ref()),
    }
}

fn column_value<'a>(column: &ColumnDef, row: &'a Row) -> Result<ValueRef<'a>, Error> {
    let named = |other: &ColumnDef| other.sql_name().eq_ignore_ascii_case(column.sql_name());
    if let Some(index) = row.schema().columns().iter().position(named) {
        return Ok(row.values.get(index).map_or(ValueRef::Null, crate::value::Value::as_ref));
    }
    let instant = |time: Option<crate::Timestamp>| time.map_or(ValueRef::Null, |time| ValueRef::Integer(time.ticks()));
    if named(SystemColumn::Version.column()) {
        return Ok(row.version.as_ref().map_or(ValueRef::Null, |version| ValueRef::Text(version.as_str())));
    }
    if named(SystemColumn::UpdatedAt.column()) {
        return Ok(instant(row.updated_at));
    }
    if named(SystemColumn::CreatedAt.column()) {
        return Ok(instant(row.created_at));
    }
    if named(SystemColumn::Deleted.column()) {
        return Ok(ValueRef::Integer(i64::from(row.deleted)));
    }
    let message = format!("the query names the column `{}`, which the table has not", column.sql_name());
    Err(Error::new(ErrorKind::Schema, message).in_table(row.schema().name()))
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
        (ValueRef::Text(left), ValueRef::Text(right)) if as_decimal => decimal::compare(left, right),
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
