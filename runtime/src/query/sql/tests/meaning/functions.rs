//! The functions once more, by other means than the product's.

use super::*;

pub(super) fn meaning(function: Function, arguments: &[Value]) -> Value {
    if arguments.contains(&Value::Null) {
        return Value::Null;
    }
    let computed = match arguments {
        [Value::Integer(left), Value::Integer(right)] => integers(function, (*left).into(), (*right).into()),
        [Value::Real(left), Value::Real(right)] => real(match function {
            Function::Add => left + right,
            Function::Sub => left - right,
            Function::Mul => left * right,
            Function::Div => left / right,
            Function::Rem => left % right,
            other => panic!("{other:?}"),
        }),
        [Value::Text(left), Value::Text(right)] => match function {
            Function::Concat => Some(text(&format!("{left}{right}"))),
            Function::IndexOf => Some(Value::Integer(index_of(&chars(left), &chars(right)))),
            _ => decimals(function, left, right).unwrap_or_else(|| {
                // Beyond 128 bits this side has no arithmetic of its own.
                Some(function.apply(&[arguments[0].as_ref(), arguments[1].as_ref()]))
            }),
        },
        [Value::Integer(value)] if function == Function::ToF64 => real(*value as f64),
        [Value::Integer(ticks)] => Some(Value::Integer(part_of_instant(function, *ticks))),
        [Value::Real(value)] => real(rounded(function, *value)),
        [Value::Text(value)] => of_text(function, value),
        [Value::Text(value), Value::Integer(start)] => Some(substring(value, *start, i64::MAX)),
        [Value::Text(value), Value::Integer(start), Value::Integer(length)] => Some(substring(value, *start, *length)),
        [Value::Text(value), Value::Text(part), Value::Text(by)] => {
            let (mut rest, part) = (&chars(value)[..], chars(part));
            let mut made = String::new();
            while let Some(first) = rest.first() {
                if !part.is_empty() && rest.starts_with(&part) {
                    made.push_str(by);
                    rest = &rest[part.len()..];
                } else {
                    made.push(*first);
                    rest = &rest[1..];
                }
            }
            Some(text(&made))
        }
        other => panic!("{function:?} of {other:?}"),
    };
    computed.unwrap_or(Value::Null)
}

fn chars(text: &str) -> Vec<char> {
    text.chars().collect()
}

fn real(value: f64) -> Option<Value> {
    value.is_finite().then_some(Value::Real(value))
}

fn integers(function: Function, left: i128, right: i128) -> Option<Value> {
    let result = match function {
        Function::Add => left + right,
        Function::Sub => left - right,
        Function::Mul => left * right,
        Function::Div if right != 0 => left.signum() * right.signum() * (left.abs() / right.abs()),
        Function::Rem if right != 0 => left.signum() * (left.abs() % right.abs()),
        _ => return None,
    };
    i64::try_from(result).ok().map(Value::Integer)
}

fn index_of(text: &[char], part: &[char]) -> i64 {
    (0..=text.len()).find(|at| text[*at..].starts_with(part)).map_or(-1, |at| at as i64)
}

fn substring(value: &str, start: i64, length: i64) -> Value {
    let places = (0_i64..).zip(value.chars());
    let (start, length) = (start.max(0), length.max(0));
    let inside = places.filter(|(place, _)| *place >= start && place - start < length);
    Value::Text(inside.map(|(_, char)| char).collect())
}

fn of_text(function: Function, value: &str) -> Option<Value> {
    let numbers =
        |separators: &[char]| -> Vec<i64> { value.split(separators).map(|part| part.parse().unwrap()).collect() };
    Some(match function {
        Function::ToLower => Value::Text(value.chars().flat_map(char::to_lowercase).collect()),
        Function::ToUpper => Value::Text(value.chars().flat_map(char::to_uppercase).collect()),
        Function::Trim => text(value.trim_matches(char::is_whitespace)),
        Function::Length => Value::Integer(chars(value).len() as i64),
        Function::ToF64 => return real(value.parse().unwrap()),
        Function::Year => Value::Integer(numbers(&['-'])[0]),
        Function::Month => Value::Integer(numbers(&['-'])[1]),
        Function::Day => Value::Integer(numbers(&['-'])[2]),
        Function::Hour => Value::Integer(numbers(&[':', '.'])[0]),
        Function::Minute => Value::Integer(numbers(&[':', '.'])[1]),
        Function::Second => Value::Integer(numbers(&[':', '.'])[2]),
        Function::Floor | Function::Ceiling | Function::Round => {
            let (whole, fraction) = value.split_once('.').unwrap_or((value, ""));
            let number: i128 = whole.parse().unwrap();
            let away = if value.starts_with('-') { -1 } else { 1 };
            let goes = match function {
                Function::Floor => away < 0 && !fraction.is_empty(),
                Function::Ceiling => away > 0 && !fraction.is_empty(),
                _ => fraction >= "5",
            };
            text(&(number + if goes { away } else { 0 }).to_string())
        }
        other => panic!("{other:?}"),
    })
}

fn rounded(function: Function, value: f64) -> f64 {
    let whole = value.trunc();
    let rest = value - whole;
    match function {
        Function::ToF64 => value,
        Function::Floor if rest < 0.0 => whole - 1.0,
        Function::Ceiling if rest > 0.0 => whole + 1.0,
        Function::Round if rest.abs() >= 0.5 => whole + value.signum(),
        _ => whole,
    }
}

/// By counting days forward or back to the month that has the instant.
fn part_of_instant(function: Function, ticks: i64) -> i64 {
    let seconds = ticks.div_euclid(10_000_000);
    let (mut days, of_day) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    // 400 years have as many days as any other 400.
    let mut year = 1970 + 400 * days.div_euclid(146_097);
    days = days.rem_euclid(146_097);
    let is_leap = |year: i64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    while days >= 365 + i64::from(is_leap(year)) {
        days -= 365 + i64::from(is_leap(year));
        year += 1;
    }
    let months = [31, 28 + i64::from(is_leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let mut month = 0;
    while days >= months[month] {
        days -= months[month];
        month += 1;
    }
    match function {
        Function::Year => year,
        Function::Month => month as i64 + 1,
        Function::Day => days + 1,
        Function::Hour => of_day / 3_600,
        Function::Minute => of_day % 3_600 / 60,
        Function::Second => of_day % 60,
        other => panic!("{other:?}"),
    }
}

/// The result as `Some`, null if it is `None` in there; `None` where 128 bits do not hold it.
#[expect(clippy::option_option, reason = "two things are not known: the number, and whether there is one")]
fn decimals(function: Function, left: &str, right: &str) -> Option<Option<Value>> {
    const LIMIT: i128 = 10_i128.pow(28);
    let parts = |text: &str| {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        Some((format!("{whole}{fraction}").parse::<i128>().ok()?, fraction.len() as u32))
    };
    let ((left, left_scale), (right, right_scale)) = (parts(left)?, parts(right)?);
    let scale = left_scale.max(right_scale);
    let left = left.checked_mul(10_i128.checked_pow(scale - left_scale)?)?;
    let right = right.checked_mul(10_i128.checked_pow(scale - right_scale)?)?;
    let (mut digits, mut scale) = match function {
        Function::Add => (left.checked_add(right)?, scale),
        Function::Sub => (left.checked_sub(right)?, scale),
        Function::Mul => (left.checked_mul(right)?, 2 * scale),
        Function::Rem if right == 0 => return Some(None),
        Function::Rem => (left.checked_rem(right)?, scale),
        Function::Div if right == 0 => return Some(None),
        Function::Div => (left.checked_mul(LIMIT)?.checked_div(right)?, 28),
        other => panic!("{other:?}"),
    };
    while scale > 0 && (scale > 28 || digits.abs() >= LIMIT || digits % 10 == 0) {
        digits /= 10;
        scale -= 1;
    }
    if digits.abs() >= LIMIT {
        return Some(None);
    }
    Some(Some(text(format!("{digits}e-{scale}").parse::<Decimal>().unwrap().as_str())))
}
