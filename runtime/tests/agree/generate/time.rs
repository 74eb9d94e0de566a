//! Parts of dates and times.

use synctable::{Date, DateValue, TimeOfDay, TimeValue, Timestamp};

use super::compare::{Plain, with_value};
use super::{Condition, Operator, Source, Term};
use crate::sample::Drawn;

/// A value with a date.
trait Dated: Plain + DateValue {
    fn date_of(&self) -> Date;
}

impl Dated for Timestamp {
    fn date_of(&self) -> Date {
        self.date()
    }
}

impl Dated for Date {
    fn date_of(&self) -> Date {
        *self
    }
}

/// A value with a time of day.
trait Timed: Plain + TimeValue {
    fn time_of(&self) -> TimeOfDay;
}

impl Timed for Timestamp {
    fn time_of(&self) -> TimeOfDay {
        self.time()
    }
}

impl Timed for TimeOfDay {
    fn time_of(&self) -> TimeOfDay {
        *self
    }
}

pub(super) fn operators(operators: &mut Vec<Operator>) {
    dates::<Timestamp>(operators);
    dates::<Date>(operators);
    times::<Timestamp>(operators);
    times::<TimeOfDay>(operators);
}

fn dates<V: Dated>(operators: &mut Vec<Operator>) {
    operators.push(Operator::new::<V>("year", |source| {
        let value = i32::from(source.value::<V>().date_of().year());
        part::<V>(source, "year", Term::year, value)
    }));
    operators.push(Operator::new::<V>("month", |source| {
        let value = i32::from(source.value::<V>().date_of().month());
        part::<V>(source, "month", Term::month, value)
    }));
    operators.push(Operator::new::<V>("day", |source| {
        let value = i32::from(source.value::<V>().date_of().day());
        part::<V>(source, "day", Term::day, value)
    }));
}

fn times<V: Timed>(operators: &mut Vec<Operator>) {
    operators.push(Operator::new::<V>("hour", |source| {
        let value = i32::from(source.value::<V>().time_of().hour());
        part::<V>(source, "hour", Term::hour, value)
    }));
    operators.push(Operator::new::<V>("minute", |source| {
        let value = i32::from(source.value::<V>().time_of().minute());
        part::<V>(source, "minute", Term::minute, value)
    }));
    operators.push(Operator::new::<V>("second", |source| {
        let value = i32::from(source.value::<V>().time_of().second());
        part::<V>(source, "second", Term::second, value)
    }));
}

/// A part of a column compared with a value, with its neighbour or with a part of another column.
fn part<V: Drawn>(
    source: &mut Source<'_>,
    name: &'static str,
    function: fn(Term<V>) -> Term<i32>,
    value: i32,
) -> Condition {
    source.hit::<V>(name);
    let term = function(source.column());
    match source.rng.u8(..8) {
        0 => {
            source.hit::<V>(name);
            let other = function(source.column());
            if source.rng.bool() { term.eq(other) } else { term.lt(other) }
        }
        1 => with_value(source, term, value + 1),
        2 => {
            source.hit::<i32>("rem");
            let rest = source.rng.i32(0..3);
            term.rem(3).eq(rest)
        }
        _ => with_value(source, term, value),
    }
}

/// Any part of an instant, to compute with.
pub(super) fn any_part(source: &mut Source<'_>) -> Term<i32> {
    let column = source.column::<Timestamp>();
    let (name, function) = source.pick::<(&'static str, fn(Term<Timestamp>) -> Term<i32>)>(&[
        ("year", Term::year),
        ("month", Term::month),
        ("day", Term::day),
        ("hour", Term::hour),
        ("minute", Term::minute),
        ("second", Term::second),
    ]);
    source.hit::<Timestamp>(name);
    function(column)
}
