//! Comparisons, lists, null tests and truth values.

use synctable::Condition as _;

use super::{Condition, Operator, Source, Term, null};
use crate::data::Draw;
use crate::sample::{Drawn, Mood, Sorted, typed};

/// Calls a function of a type for each type whose columns have an order.
macro_rules! for_sorted {
    ($function:ident($argument:expr)) => {{
        $function::<i8>($argument);
        $function::<i16>($argument);
        $function::<i32>($argument);
        $function::<i64>($argument);
        $function::<u8>($argument);
        $function::<u16>($argument);
        $function::<u32>($argument);
        $function::<f32>($argument);
        $function::<f64>($argument);
        $function::<synctable::Decimal>($argument);
        $function::<char>($argument);
        $function::<String>($argument);
        $function::<synctable::Id>($argument);
        $function::<synctable::Timestamp>($argument);
        $function::<synctable::Date>($argument);
        $function::<synctable::TimeOfDay>($argument);
        $function::<synctable::Uuid>($argument);
    }};
}
pub(super) use for_sorted;

pub(super) fn operators(operators: &mut Vec<Operator>) {
    for_sorted!(sorted(operators));
    for_sorted!(plain(operators));
    plain::<bool>(operators);
    plain::<Mood>(operators);
    operators.push(Operator::new::<bool>("holds", holds));
}

/// A type whose columns have a value of another column or a constant beside them.
pub(super) trait Plain: Drawn + Draw {}
impl<V: Drawn + Draw> Plain for V {}

fn plain<V: Plain>(operators: &mut Vec<Operator>) {
    operators.push(Operator::new::<V>("eq", |source| {
        let (left, right) = sides::<V>(source, "eq");
        left.eq(right)
    }));
    operators.push(Operator::new::<V>("ne", |source| {
        let (left, right) = sides::<V>(source, "ne");
        left.ne(right)
    }));
    operators.push(Operator::new::<V>("is_in", |source| {
        let column = source.column::<V>();
        is_in(source, column)
    }));
    operators.push(Operator::new::<V>("is_null", |source| {
        let column = source.column::<V>();
        source.hit::<V>("is_null");
        column.is_null()
    }));
}

fn sorted<V: Sorted + Draw>(operators: &mut Vec<Operator>) {
    operators.push(Operator::new::<V>("lt", |source| {
        let (left, right) = sides::<V>(source, "lt");
        left.lt(right)
    }));
    operators.push(Operator::new::<V>("le", |source| {
        let (left, right) = sides::<V>(source, "le");
        left.le(right)
    }));
    operators.push(Operator::new::<V>("gt", |source| {
        let (left, right) = sides::<V>(source, "gt");
        left.gt(right)
    }));
    operators.push(Operator::new::<V>("ge", |source| {
        let (left, right) = sides::<V>(source, "ge");
        left.ge(right)
    }));
}

/// A column and its operand; sometimes a constant and a column.
fn sides<V: Plain>(source: &mut Source<'_>, operator: &'static str) -> (Term<V>, Term<V>) {
    source.hit::<V>(operator);
    let column = source.column();
    if source.rarely(8) { (typed(source.value::<V>()), column) } else { (column, source.operand()) }
}

fn is_in<V: Plain>(source: &mut Source<'_>, term: Term<V>) -> Condition {
    source.hit::<V>("is_in");
    // Sometimes so many that the list is bound in another way.
    let length = if source.rarely(10) { source.rng.usize(16..24) } else { source.rng.usize(..7) };
    let mut list: Vec<Term<V>> = (0..length).map(|_| typed(source.value::<V>())).collect();
    if source.rarely(5) {
        list.push(null());
    }
    if source.rarely(10) {
        list.push(source.column());
    }
    term.is_in(list)
}

fn holds(source: &mut Source<'_>) -> Condition {
    source.hit::<bool>("holds");
    let column = source.column::<bool>();
    if source.rng.bool() { column.into_predicate() } else { !column }
}

/// Compares what was computed with a value, or with a term of the same type.
pub(super) fn with_value<V: Plain + Sorted>(source: &mut Source<'_>, term: Term<V>, value: V) -> Condition {
    let right: Term<V> = match source.rng.u8(..16) {
        0 => source.column(),
        1 => null(),
        _ => typed(value.clone()),
    };
    match source.rng.u8(..10) {
        0 | 1 => {
            source.hit::<V>("eq");
            term.eq(right)
        }
        2 => {
            source.hit::<V>("ne");
            term.ne(right)
        }
        3 => {
            source.hit::<V>("lt");
            term.lt(right)
        }
        4 | 5 => {
            source.hit::<V>("le");
            term.le(right)
        }
        6 => {
            source.hit::<V>("gt");
            term.gt(right)
        }
        7 => {
            source.hit::<V>("ge");
            term.ge(right)
        }
        8 => {
            source.hit::<V>("is_in");
            let other = source.value::<V>();
            term.is_in([value, other])
        }
        _ => {
            source.hit::<V>("is_null");
            term.is_null()
        }
    }
}
