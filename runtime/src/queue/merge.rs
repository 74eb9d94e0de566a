//! Three-way merge: of a row as it was, as it is wished here and as the server has it, one row.
//!
//! Each column is merged by itself. One that a single side changed takes that side's value, whatever
//! its rule. One that both changed to the same value keeps it, unless its rule adds up. One that both
//! changed differently is merged by its [`MergeRule`]; without a rule, or where the rule has no
//! answer, it stays open, and nothing is merged.

use std::panic::{AssertUnwindSafe, catch_unwind};

use serde_json::value::RawValue;

use crate::row::{Row, same_on_the_wire};
use crate::table::{ColumnDef, MergeFunction, MergeRule, rule};
use crate::value::{Cell, CellWriter, ColumnType, Decimal, Value, compare_decimals, nearest_f32};

/// What a merge came to.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Merged {
    /// The merged row; columns that are open have the local value.
    pub(crate) row: Row,
    /// The places of the columns that neither side nor a rule decides.
    pub(crate) open: Vec<usize>,
}

/// Whether it is known what the device has added to the server's row already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Additions {
    /// Nothing of the local change is in the server's row.
    Known,
    /// A request whose reply was lost may have brought a part of it.
    Doubtful,
}

/// Whether a rule gives another value than one both sides agree on, so that equal sides are no end.
pub(crate) const fn adds_up(rule: MergeRule) -> bool {
    matches!(rule, MergeRule::Sum | MergeRule::Function(_))
}

/// Merges two rows that began as the same; `base` is `None` where both made the row anew.
pub(crate) fn three_way(base: Option<&Row>, local: &Row, remote: &Row, additions: Additions) -> Merged {
    let mut row = local.clone();
    let mut open = Vec::new();
    for (index, column) in local.schema().data_columns() {
        let (Some(here), Some(there)) = (local.values.get(index), remote.values.get(index)) else { continue };
        // What the server has of a column that was added since is not known.
        if remote.lacking().binary_search(&index).is_ok() {
            continue;
        }
        let before = base.filter(|base| base.lacking().binary_search(&index).is_err());
        let before = before.and_then(|base| base.values.get(index));
        match column_merged(column, before, here, there, additions) {
            Some(value) => row.values[index] = value,
            None => open.push(index),
        }
    }
    Merged { row, open }
}

/// The value of one column; `None` if it stays open.
fn column_merged(
    column: &ColumnDef,
    base: Option<&Value>,
    local: &Value,
    remote: &Value,
    additions: Additions,
) -> Option<Value> {
    let column_type = column.column_type();
    if let Some(base) = base {
        // What the device changes by less than the wire carries, it changes all the same.
        if local == base {
            return Some(remote.clone());
        }
        if same_on_the_wire(column_type, base, remote) {
            return Some(local.clone());
        }
    }
    let is_same = same_on_the_wire(column_type, local, remote);
    if is_same && remote.as_ref().is_null() {
        return Some(Value::Null);
    }
    let rule = match column.merge_rule() {
        Some(rule) if adds_up(rule) && additions == Additions::Doubtful => return None,
        Some(rule) if !is_same || adds_up(rule) => rule,
        _ => return is_same.then(|| remote.clone()),
    };
    let value = match rule {
        MergeRule::Local => local.clone(),
        MergeRule::Remote => remote.clone(),
        MergeRule::Max => extreme(column_type, local, remote, std::cmp::Ordering::Greater)?,
        MergeRule::Min => extreme(column_type, local, remote, std::cmp::Ordering::Less)?,
        MergeRule::Sum => sum(column_type, base, local, remote)?,
        MergeRule::Union => union(local, remote)?,
        MergeRule::Function(function) => called(function, base, local, remote)?,
    };
    // Values that are on one side already were accepted there.
    let is_new = value != *local && value != *remote;
    (!is_new || rule::check_cell(column, value.as_ref()).is_ok()).then_some(value)
}

/// The greater or the lesser of two values; null is no value, so the other is.
fn extreme(column: ColumnType, local: &Value, remote: &Value, wanted: std::cmp::Ordering) -> Option<Value> {
    let order = match (local, remote) {
        (Value::Null, other) | (other, Value::Null) => return Some(other.clone()),
        (Value::Integer(local), Value::Integer(remote)) => local.cmp(remote),
        (Value::Real(local), Value::Real(remote)) => local.partial_cmp(remote)?,
        (Value::Text(local), Value::Text(remote)) if column == ColumnType::Decimal => compare_decimals(local, remote),
        (Value::Text(local), Value::Text(remote)) => local.cmp(remote),
        _ => return None,
    };
    Some(if order == wanted { local.clone() } else { remote.clone() })
}

/// What both sides added to the base; without a base each began with nothing.
///
/// Integers and decimals are exact, or there is no sum. A side that took the value away has added
/// nothing that could be told.
fn sum(column: ColumnType, base: Option<&Value>, local: &Value, remote: &Value) -> Option<Value> {
    let base = base.filter(|base| !base.as_ref().is_null());
    match (local, remote) {
        (Value::Integer(local), Value::Integer(remote)) => {
            let base = match base {
                Some(Value::Integer(base)) => *base,
                Some(_) => return None,
                None => 0,
            };
            let sum = i128::from(*local) + i128::from(*remote) - i128::from(base);
            let (least, greatest) = column.integer_limits()?;
            i64::try_from(sum).ok().filter(|sum| (least..=greatest).contains(sum)).map(Value::Integer)
        }
        (Value::Real(local), Value::Real(remote)) => {
            let base = match base {
                Some(Value::Real(base)) => *base,
                Some(_) => return None,
                None => 0.0,
            };
            let sum = local + remote - base;
            let sum = if column == ColumnType::F32 { f64::from(nearest_f32(sum)?) } else { sum };
            sum.is_finite().then_some(Value::Real(sum))
        }
        (Value::Text(local), Value::Text(remote)) if column == ColumnType::Decimal => {
            let base = match base {
                Some(Value::Text(base)) => base.as_str(),
                Some(_) => return None,
                None => "0",
            };
            let [local, remote, base] = [local.as_str(), remote, base].map(|text| text.parse::<Decimal>().ok());
            let sum = exact_difference(&exact_sum(&local?, &remote?)?, &base?)?;
            Some(Value::Text(sum.as_str().to_owned()))
        }
        _ => None,
    }
}

/// A sum of which no digit was cut off.
fn exact_sum(left: &Decimal, right: &Decimal) -> Option<Decimal> {
    let sum = left.checked_add(right)?;
    let is_exact = sum.checked_sub(left)? == *right && sum.checked_sub(right)? == *left;
    is_exact.then_some(sum)
}

/// A difference of which no digit was cut off.
fn exact_difference(left: &Decimal, right: &Decimal) -> Option<Decimal> {
    let difference = left.checked_sub(right)?;
    let is_exact = difference.checked_add(right)? == *left && left.checked_sub(&difference)? == *right;
    is_exact.then_some(difference)
}

/// The items of both arrays, each once: the remote ones in their order, then those that only the
/// device has. Null is no array, so the other is the union.
fn union(local: &Value, remote: &Value) -> Option<Value> {
    let (local, remote) = match (local, remote) {
        (Value::Null, other) | (other, Value::Null) => return Some(other.clone()),
        (Value::Text(local), Value::Text(remote)) => (items(local)?, items(remote)?),
        _ => return None,
    };
    let mut known: Vec<serde_json::Value> = Vec::new();
    let mut text = String::from("[");
    for item in remote.into_iter().chain(local) {
        let parsed = serde_json::from_str(item.get()).ok()?;
        if known.contains(&parsed) {
            continue;
        }
        if !known.is_empty() {
            text.push(',');
        }
        // The item's own text: numbers keep all their digits.
        text.push_str(item.get());
        known.push(parsed);
    }
    text.push(']');
    Some(Value::Text(text))
}

fn items(text: &str) -> Option<Vec<&RawValue>> {
    serde_json::from_str(text).ok()
}

/// What the app's function makes; nothing if it refuses or panics.
fn called(function: MergeFunction, base: Option<&Value>, local: &Value, remote: &Value) -> Option<Value> {
    let (mut cell, mut arena) = (Cell::Null, Vec::new());
    let base = base.map(Value::as_ref);
    let call = AssertUnwindSafe(|| {
        function(base, local.as_ref(), remote.as_ref(), CellWriter::new(&mut cell, &mut arena)).is_ok()
    });
    match catch_unwind(call) {
        Ok(true) => Some(cell.read(&arena).to_value()),
        Ok(false) | Err(_) => None,
    }
}

#[cfg(test)]
mod tests;
