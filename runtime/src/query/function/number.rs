//! Arithmetic and rounding.

use super::Function;
use crate::value::{Decimal, Value, ValueRef};

pub(super) fn arithmetic(function: Function, arguments: &[ValueRef<'_>]) -> Option<Value> {
    let [left, right] = arguments else { return None };
    match (*left, *right) {
        (ValueRef::Integer(left), ValueRef::Integer(right)) => integers(function, left, right).map(Value::Integer),
        (ValueRef::Text(left), ValueRef::Text(right)) => {
            let (left, right) = (left.parse::<Decimal>().ok()?, right.parse::<Decimal>().ok()?);
            let decimal = match function {
                Function::Add => left.checked_add(&right),
                Function::Sub => left.checked_sub(&right),
                Function::Mul => left.checked_mul(&right),
                Function::Div => left.checked_div(&right),
                Function::Rem => left.checked_rem(&right),
                _ => None,
            };
            decimal.map(|decimal| Value::Text(decimal.as_str().to_owned()))
        }
        (left, right) => reals(function, real(left)?, real(right)?),
    }
}

fn integers(function: Function, left: i64, right: i64) -> Option<i64> {
    match function {
        Function::Add => left.checked_add(right),
        Function::Sub => left.checked_sub(right),
        Function::Mul => left.checked_mul(right),
        Function::Div => left.checked_div(right),
        // The remainder of the least integer and -1 is zero; only the division overflows.
        Function::Rem => (right != 0).then(|| left.wrapping_rem(right)),
        _ => None,
    }
}

fn reals(function: Function, left: f64, right: f64) -> Option<Value> {
    finite(match function {
        Function::Add => left + right,
        Function::Sub => left - right,
        Function::Mul => left * right,
        Function::Div => left / right,
        Function::Rem => left % right,
        _ => return None,
    })
}

pub(super) fn convert(function: Function, arguments: &[ValueRef<'_>]) -> Option<Value> {
    let [argument] = arguments else { return None };
    match (function, *argument) {
        (Function::ToF64, ValueRef::Text(text)) => finite(text.parse().ok()?),
        (Function::ToF64, value) => finite(real(value)?),
        (_, ValueRef::Integer(value)) => Some(Value::Integer(value)),
        (Function::Floor, ValueRef::Real(value)) => finite(value.floor()),
        (Function::Ceiling, ValueRef::Real(value)) => finite(value.ceil()),
        (Function::Round, ValueRef::Real(value)) => finite(value.round()),
        (_, ValueRef::Text(text)) => {
            let decimal: Decimal = text.parse().ok()?;
            let rounded = match function {
                Function::Floor => decimal.floor(),
                Function::Ceiling => decimal.ceiling(),
                Function::Round => decimal.round(),
                _ => return None,
            };
            Some(Value::Text(rounded.as_str().to_owned()))
        }
        _ => None,
    }
}

fn real(value: ValueRef<'_>) -> Option<f64> {
    match value {
        ValueRef::Integer(value) => Some(value as f64),
        ValueRef::Real(value) => Some(value),
        ValueRef::Null | ValueRef::Text(_) | ValueRef::Blob(_) => None,
    }
}

fn finite(value: f64) -> Option<Value> {
    value.is_finite().then_some(Value::Real(value))
}
