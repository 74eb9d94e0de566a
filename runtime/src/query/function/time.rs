//! Parts of dates, times of day and instants (in UTC).

use super::Function;
use crate::value::{Date, TimeOfDay, Timestamp, Value, ValueRef};

/// Units of 100 ns in a second.
const SECOND: i64 = 10_000_000;
const DAY: i64 = 24 * 60 * 60 * SECOND;

pub(super) fn of_date(function: Function, arguments: &[ValueRef<'_>]) -> Option<Value> {
    let date = match arguments {
        [ValueRef::Integer(ticks)] => Date::from_days(Timestamp::from_ticks(*ticks)?.ticks().div_euclid(DAY))?,
        [ValueRef::Text(text)] => text.parse::<Date>().ok()?,
        _ => return None,
    };
    Some(Value::Integer(match function {
        Function::Year => i64::from(date.year()),
        Function::Month => i64::from(date.month()),
        _ => i64::from(date.day()),
    }))
}

pub(super) fn of_day(function: Function, arguments: &[ValueRef<'_>]) -> Option<Value> {
    let seconds = match arguments {
        [ValueRef::Integer(ticks)] => ticks.rem_euclid(DAY) / SECOND,
        [ValueRef::Text(text)] => {
            let time: TimeOfDay = text.parse().ok()?;
            i64::from(time.hour()) * 3600 + i64::from(time.minute()) * 60 + i64::from(time.second())
        }
        _ => return None,
    };
    Some(Value::Integer(match function {
        Function::Hour => seconds / 3600,
        Function::Minute => seconds / 60 % 60,
        _ => seconds % 60,
    }))
}
