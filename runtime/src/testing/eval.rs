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
        Node::Compare(comparison, left, right) => {
            Value::Bool(compare(*comparison, &evaluate(left, column), &evaluate(right, column)))
        }
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
        // The remainder of the least number and -1 is zero; only their quotient overflows.
        Operation::Mod => (b != 0).then(|| a.wrapping_rem(b)),
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

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "a cast of the query rounds as casts do"
)]
fn convert(value: &Value, kind: Kind) -> Option<Value> {
    match (value, kind) {
        (Value::Int(a), Kind::Double) => Some(Value::Double(*a as f64)),
        (Value::Int(a), Kind::Decimal) => Some(Value::Decimal(Decimal::from(*a))),
        (Value::Double(a), Kind::Decimal) => Decimal::from_f64(*a).map(Value::Decimal),
        (Value::Double(a), Kind::Int) => Some(Value::Int(*a as i64)),
        (Value::Decimal(a), Kind::Double) => Some(Value::Double(a.to_f64())),
        (Value::Decimal(a), Kind::Int) => a.to_i64().map(Value::Int),
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
        Function::Concat => {
            let length = text(0)?.len().checked_add(text(1)?.len());
            length.filter(|length| *length <= LONGEST_TEXT)?;
            Value::Text(format!("{}{}", text(0)?, text(1)?))
        }
        Function::Replace => Value::Text(replace(text(0)?, text(1)?, text(2)?)?),
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

/// The longest text that is made of others, in bytes: 256 MiB. A filter could ask for one of any length, more than an engine holds.
const LONGEST_TEXT: usize = 1 << 28;

/// Replaces a part of a text; a result that is too long is none.
fn replace(text: &str, part: &str, by: &str) -> Option<String> {
    if part.is_empty() {
        return Some(text.to_owned());
    }
    if by.len() > part.len() {
        let growth = text.matches(part).count().checked_mul(by.len() - part.len())?;
        text.len().checked_add(growth).filter(|length| *length <= LONGEST_TEXT)?;
    }
    Some(text.replace(part, by))
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::odata::{Grammar, Limits, QueryError, parse_filter};
    use super::super::typed::resolve_filter;
    use super::super::value::ColumnType;
    use super::*;

    const COLUMNS: [(&str, ColumnType); 12] = [
        ("text", ColumnType::Text),
        ("flag", ColumnType::Bool),
        ("int", ColumnType::Int32),
        ("long", ColumnType::Int64),
        ("double", ColumnType::Double),
        ("decimal", ColumnType::Decimal),
        ("instant", ColumnType::Instant),
        ("date", ColumnType::Date),
        ("time", ColumnType::Time),
        ("guid", ColumnType::Guid),
        ("nothing", ColumnType::Text),
        ("json", ColumnType::Json),
    ];

    #[test]
    fn a_replacement_of_any_length_is_none() {
        let apply = |text: String, by: String| {
            apply(
                Operation::Call(Function::Replace),
                &[Value::Text(text), Value::Text("x".to_owned()), Value::Text(by)],
            )
        };
        assert!(matches!(apply("axa".to_owned(), "yy".to_owned()), Value::Text(text) if text == "ayya"));
        // 16 GiB
        assert!(apply("x".repeat(1 << 20), "y".repeat(1 << 14)).is_null());
    }

    #[test]
    fn texts_joined_beyond_what_engines_hold_are_none() {
        let join = |length: usize| {
            let (half, rest) = (Value::Text("x".repeat(1 << 27)), Value::Text("y".repeat(length)));
            apply(Operation::Call(Function::Concat), &[half, rest])
        };
        assert!(matches!(join(1), Value::Text(text) if text.len() == (1 << 27) + 1));
        assert!(join((1 << 27) + 1).is_null());
    }

    fn row() -> serde_json::Value {
        json!({
            "text": "Zażółć 🥛 It's", "flag": true, "int": 7, "long": 9_007_199_254_740_993_i64, "double": 1.5, "decimal": "1.10",
            "instant": "2024-02-29T12:34:56.789Z", "date": "2024-02-29", "time": "12:34:56.789", "guid": "0F8FAD5B-d9cb-469f-a165-70867728950e",
            "nothing": null, "json": {"a": 1}
        })
    }

    fn holds_for_row(filter: &str) -> Result<bool, QueryError> {
        let column = |name: &str| COLUMNS.into_iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        let lookup = |name: &str| column(name).map(|(known, column_type)| (known.to_owned(), column_type));
        let expr = parse_filter(filter, Grammar::V4, Limits::default())?;
        let typed = resolve_filter(&expr, &lookup)?;
        let row = row();
        let value = |name: &str| {
            column(name).and_then(|(name, kind)| Value::from_json(&row[name], kind)).unwrap_or(Value::Null)
        };
        Ok(holds(&typed, &value))
    }

    #[test]
    fn null_follows_version_four_and_not_is_two_valued() {
        for (filter, expected) in [
            ("null eq null", true),
            ("nothing eq null", true),
            ("nothing ne null", false),
            ("nothing eq 'x'", false),
            ("nothing ne 'x'", true),
            ("nothing lt 'x'", false),
            ("nothing ge 'x'", false),
            ("nothing ge null", false),
            ("not (nothing lt 'x')", true),
            ("not contains(nothing,'x')", true),
            ("contains(nothing,'x') eq null", true),
            ("nothing in ('x',null)", true),
            ("nothing in ('x')", false),
            ("not (nothing in ('x'))", true),
            ("length(nothing) eq null", true),
            ("null", false),
            ("not null", true),
            ("flag or null", true),
            ("int div 0 eq null", true),
            ("int mod 0 eq null and int div 0.0 eq null and decimal mod 0M eq null", true),
            ("(int sub 8 sub 9223372036854775807) mod -1 eq 0", true),
            ("(int sub 8 sub 9223372036854775807) div -1 eq null", true),
            ("9223372036854775807 add int eq null", true),
            ("int add null eq null", true),
        ] {
            assert_eq!(holds_for_row(filter), Ok(expected), "{filter}");
        }
    }

    #[test]
    fn every_type_compares_and_every_function_computes() {
        for filter in [
            "TEXT gt 'Za' and text lt 'Zb'",
            "flag",
            "flag eq true and not (flag eq false)",
            "int eq 7L and int eq 7.0 and int eq 7M and int lt 7.5",
            "long gt 9007199254740992.0 and long eq 9007199254740993",
            "double eq 1.5f and double gt 1",
            "decimal eq 1.1M and decimal lt 1.2 and decimal gt 1",
            "instant ge 2024-02-29T12:34:56.789Z and instant lt 2024-03-01",
            "date eq 2024-02-29 and date lt cast(2024-03-01,Edm.Date)",
            "time gt 12:34:56 and time eq cast(12:34:56.789,Edm.TimeOfDay)",
            "guid eq 0f8fad5b-d9cb-469f-a165-70867728950e",
            "json ne null",
            "int in (1,7) and not (int in (1,2))",
            "contains(text,'żół') and startswith(text,'Zaż') and endswith(text,'It''s')",
            "length(text) eq 13 and indexof(text,'🥛') eq 7 and indexof(text,'?') eq -1",
            "substring(text,7) eq '🥛 It''s' and substring(text,7,1) eq '🥛' and substring(text,99) eq ''",
            "tolower(text) eq 'zażółć 🥛 it''s' and startswith(toupper(text),'ZAŻÓŁĆ')",
            "trim(concat('  ',concat(text,' '))) eq text",
            "floor(double) eq 1 and ceiling(double) eq 2 and round(double) eq 2 and round(-2.5) eq -3",
            "floor(decimal) eq 1 and round(decimal) eq 1M",
            "year(date) eq 2024 and month(instant) eq 2 and day(date) eq 29",
            "hour(time) eq 12 and minute(instant) eq 34 and second(time) eq 56 and fractionalseconds(time) eq 0.789",
            "date(instant) eq date and time(instant) eq time",
            "int div 2 eq 3 and -int div 2 eq -3 and int mod 2 eq 1 and -int mod 2 eq -1",
            "int div 2.0 eq 3.5 and int mul 2 sub 4 add 1 eq 11 and decimal add 0.1M eq 1.2M",
            "-int div -2 eq 3 and -int mod -2 eq -1 and -double mod 1 eq -0.5",
            "indexof(text,'') eq 0 and substring(text,-2,1) eq 'Z' and substring(text,1,-1) eq '' and contains(text,'')",
            "year(1969-12-31T23:59:59.9999999Z) eq 1969 and day(1969-12-31T23:59:59Z) eq 31 and hour(1969-12-31T23:00:00Z) eq 23",
            "month(0001-01-01) eq 1 and second(9999-12-31T23:59:59.9Z) eq 59 and minute(0001-01-01T00:59:00Z) eq 59",
            "toupper('ß') eq 'SS' and tolower('İΑΣ') eq 'i̇ας' and trim('\u{3000}a\u{a0}') eq 'a' and length('🥛') eq 1",
            "cast(decimal,Edm.Int64) eq 1 and cast(9007199254740993.5M,Edm.Int64) eq 9007199254740993",
            "round(0.5M) eq 1 and round(-0.5) eq -1 and round(2.4999999999999996) eq 2 and floor(-0.5) eq -1 and ceiling(-0.5M) eq 0",
            "'😀' gt '\u{ffff}' and 'a' lt 'b' and 'Z' lt 'a' and 'a' lt 'aa'",
            "cast(double,Edm.Int32) eq 1 and cast(int,Edm.Double) div 2 eq 3.5",
        ] {
            assert_eq!(holds_for_row(filter), Ok(true), "{filter}");
        }
    }

    #[test]
    fn names_and_types_that_do_not_fit_are_refused_with_their_place() {
        for (filter, at) in [
            ("flag and nope eq 1", 9),
            ("text eq 5", 0),
            ("flag and (int eq 'x')", 10),
            ("int", 0),
            ("'x'", 0),
            ("not int", 4),
            ("flag and text", 9),
            ("text add 1 eq 2", 0),
            ("-text eq 'x'", 0),
            ("year(text) eq 1", 0),
            ("length(int) eq 1", 0),
            ("substring(text,'x') eq ''", 0),
            ("int in (1,'x')", 10),
            ("json lt json", 0),
            ("cast(text,Edm.Int32) eq 1", 0),
            ("time eq date", 0),
            ("instant eq date", 0),
            ("guid eq 'x'", 0),
        ] {
            let error = holds_for_row(filter).unwrap_err();
            assert_eq!(error.at, at, "{filter}: {error}");
        }
    }
}
