//! Evaluates a typed expression over one row, with the null rules of OData v4 and a `not` that knows only true and false.

use std::cmp::Ordering;

use super::odata::Function;
use super::typed::{Comparison, Node, Operation, Typed};
use super::value::{Decimal, Kind, TICKS_PER_DAY, TICKS_PER_SECOND, Value, civil_from_days};

/// Evaluates an expression; `column` returns the value of a column by its name.
pub fn evaluate(typed: &Typed, column: &dyn Fn(&str) -> Value) -> Value {
    match &typed.node {
        Node::Literal(value) => value.clone(),
        Node::Column(name, _) => column(name),
        Node::Not(inner) => Value::Bool(!holds(inner, column)),
        Node::And(left, right) => Value::Bool(holds(left, column) && holds(right, column)),
        Node::Or(left, right) => Value::Bool(holds(left, column) || holds(right, column)),
        Node::Compare(comparison, left, right) => Value::Bool(compare(*comparison, &evaluate(left, column), &evaluate(right, column))),
        Node::In(left, list) => {
            let value = evaluate(left, column);
            Value::Bool(list.iter().any(|item| compare(Comparison::Equal, &value, item)))
        }
        Node::Compute(operation, operands) => {
            let values: Vec<Value> = operands.iter().map(|operand| evaluate(operand, column)).collect();
            apply(*operation, &values)
        }
    }
}

/// Tells whether a condition holds for a row; null counts as false.
pub fn holds(condition: &Typed, column: &dyn Fn(&str) -> Value) -> bool {
    matches!(evaluate(condition, column), Value::Bool(true))
}

fn compare(comparison: Comparison, left: &Value, right: &Value) -> bool {
    let equal = match (left.is_null(), right.is_null()) {
        (true, true) => true,
        (false, false) => left.compare(right) == Some(Ordering::Equal),
        _ => false,
    };
    match comparison {
        Comparison::Equal => equal,
        Comparison::NotEqual => !equal,
        Comparison::Less => left.compare(right).is_some_and(Ordering::is_lt),
        Comparison::LessOrEqual => left.compare(right).is_some_and(Ordering::is_le),
        Comparison::Greater => left.compare(right).is_some_and(Ordering::is_gt),
        Comparison::GreaterOrEqual => left.compare(right).is_some_and(Ordering::is_ge),
    }
}

/// Compares for an order: null comes first, as SQLite has it.
pub fn compare_for_order(left: &Value, right: &Value) -> Ordering {
    match (left.is_null(), right.is_null()) {
        (true, true) => Ordering::Equal,
        (true, false) => Ordering::Less,
        (false, true) => Ordering::Greater,
        (false, false) => left.compare(right).unwrap_or(Ordering::Equal),
    }
}

/// Computes an operation; null in an operand gives null, and so do an overflow and a division by zero.
pub fn apply(operation: Operation, operands: &[Value]) -> Value {
    if operands.iter().any(Value::is_null) {
        return Value::Null;
    }
    let computed = match (operation, operands) {
        (Operation::Call(function), _) => call(function, operands),
        (Operation::Negate, [Value::Int(a)]) => a.checked_neg().map(Value::Int),
        (Operation::Negate, [Value::Double(a)]) => Some(Value::Double(-a)),
        (Operation::Negate, [Value::Decimal(a)]) => Some(Value::Decimal(a.negated())),
        (Operation::Convert(kind), [value]) => convert(value, kind),
        (_, [Value::Int(a), Value::Int(b)]) => whole(operation, *a, *b),
        (_, [Value::Double(a), Value::Double(b)]) => floating(operation, *a, *b),
        (_, [Value::Decimal(a), Value::Decimal(b)]) => decimal(operation, *a, *b),
        _ => None,
    };
    computed.unwrap_or(Value::Null)
}

fn whole(operation: Operation, a: i64, b: i64) -> Option<Value> {
    match operation {
        Operation::Add => a.checked_add(b),
        Operation::Sub => a.checked_sub(b),
        Operation::Mul => a.checked_mul(b),
        Operation::Div => a.checked_div(b),
        Operation::Mod => a.checked_rem(b),
        Operation::Call(_) | Operation::Negate | Operation::Convert(_) => None,
    }
    .map(Value::Int)
}

fn floating(operation: Operation, a: f64, b: f64) -> Option<Value> {
    let number = match operation {
        Operation::Add => a + b,
        Operation::Sub => a - b,
        Operation::Mul => a * b,
        Operation::Div => a / b,
        Operation::Mod => a % b,
        Operation::Call(_) | Operation::Negate | Operation::Convert(_) => return None,
    };
    number.is_finite().then_some(Value::Double(number))
}

fn decimal(operation: Operation, a: Decimal, b: Decimal) -> Option<Value> {
    match operation {
        Operation::Add => a.checked_add(b),
        Operation::Sub => a.checked_sub(b),
        Operation::Mul => a.checked_mul(b),
        Operation::Div => a.checked_div(b),
        Operation::Mod => a.checked_rem(b),
        Operation::Call(_) | Operation::Negate | Operation::Convert(_) => None,
    }
    .map(Value::Decimal)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "a cast of the query rounds as casts do")]
fn convert(value: &Value, kind: Kind) -> Option<Value> {
    match (value, kind) {
        (Value::Int(a), Kind::Double) => Some(Value::Double(*a as f64)),
        (Value::Int(a), Kind::Decimal) => Some(Value::Decimal(Decimal::from(*a))),
        (Value::Double(a), Kind::Decimal) => Decimal::from_f64(*a).map(Value::Decimal),
        (Value::Double(a), Kind::Int) => Some(Value::Int(*a as i64)),
        (Value::Decimal(a), Kind::Double) => Some(Value::Double(a.to_f64())),
        (Value::Decimal(a), Kind::Int) => Some(Value::Int(a.to_f64() as i64)),
        (Value::Instant(ticks), Kind::Date) => Some(Value::Date(ticks.div_euclid(TICKS_PER_DAY))),
        (value, kind) if value.kind() == kind => Some(value.clone()),
        _ => None,
    }
}

fn call(function: Function, operands: &[Value]) -> Option<Value> {
    let text = |index: usize| match operands.get(index) {
        Some(Value::Text(text)) => Some(text.as_str()),
        _ => None,
    };
    let int = |index: usize| match operands.get(index) {
        Some(Value::Int(number)) => Some(*number),
        _ => None,
    };
    Some(match function {
        Function::Contains => Value::Bool(text(0)?.contains(text(1)?)),
        Function::StartsWith => Value::Bool(text(0)?.starts_with(text(1)?)),
        Function::EndsWith => Value::Bool(text(0)?.ends_with(text(1)?)),
        Function::Length => Value::Int(i64::try_from(text(0)?.chars().count()).ok()?),
        Function::IndexOf => match text(0)?.find(text(1)?) {
            Some(at) => Value::Int(i64::try_from(text(0)?[..at].chars().count()).ok()?),
            None => Value::Int(-1),
        },
        Function::Substring => {
            let start = usize::try_from(int(1)?.max(0)).ok()?;
            let rest = text(0)?.chars().skip(start);
            match operands.len() {
                2 => Value::Text(rest.collect()),
                _ => Value::Text(rest.take(usize::try_from(int(2)?.max(0)).ok()?).collect()),
            }
        }
        Function::ToLower => Value::Text(text(0)?.to_lowercase()),
        Function::ToUpper => Value::Text(text(0)?.to_uppercase()),
        Function::Trim => Value::Text(text(0)?.trim().to_owned()),
        Function::Concat => Value::Text(format!("{}{}", text(0)?, text(1)?)),
        Function::Replace => Value::Text(if text(1)?.is_empty() { text(0)?.to_owned() } else { text(0)?.replace(text(1)?, text(2)?) }),
        Function::Floor | Function::Ceiling | Function::Round => round(function, operands.first()?)?,
        Function::Year | Function::Month | Function::Day => {
            let days = match operands.first()? {
                Value::Date(days) => *days,
                Value::Instant(ticks) => ticks.div_euclid(TICKS_PER_DAY),
                _ => return None,
            };
            let (year, month, day) = civil_from_days(days);
            Value::Int(match function {
                Function::Year => year,
                Function::Month => month,
                _ => day,
            })
        }
        Function::Hour => Value::Int(time_of_day(operands.first()?)? / TICKS_PER_SECOND / 3600),
        Function::Minute => Value::Int(time_of_day(operands.first()?)? / TICKS_PER_SECOND / 60 % 60),
        Function::Second => Value::Int(time_of_day(operands.first()?)? / TICKS_PER_SECOND % 60),
        Function::FractionalSeconds => {
            let ticks = time_of_day(operands.first()?)? % TICKS_PER_SECOND;
            Value::Decimal(Decimal::parse(&format!("0.{ticks:07}"))?)
        }
        Function::Date => convert(operands.first()?, Kind::Date)?,
        Function::Time => Value::Time(time_of_day(operands.first()?)?),
    })
}

fn time_of_day(value: &Value) -> Option<i64> {
    match value {
        Value::Time(ticks) => Some(*ticks),
        Value::Instant(ticks) => Some(ticks.rem_euclid(TICKS_PER_DAY)),
        _ => None,
    }
}

fn round(function: Function, value: &Value) -> Option<Value> {
    Some(match (function, value) {
        (_, Value::Int(number)) => Value::Int(*number),
        (Function::Floor, Value::Double(number)) => Value::Double(number.floor()),
        (Function::Ceiling, Value::Double(number)) => Value::Double(number.ceil()),
        (_, Value::Double(number)) => Value::Double(number.round()),
        (Function::Floor, Value::Decimal(number)) => Value::Decimal(number.floor()),
        (Function::Ceiling, Value::Decimal(number)) => Value::Decimal(number.ceiling()),
        (_, Value::Decimal(number)) => Value::Decimal(number.round()),
        _ => return None,
    })
}
