//! Texts.

use synctable::{Id, TextValue};

use super::compare::{Plain, with_value};
use super::{Condition, Operator, Source, Term};
use crate::data::{Draw as _, part};
use crate::sample::typed;

/// A type that is text.
trait Textual: Plain + TextValue {
    fn text(&self) -> &str;
}

impl Textual for String {
    fn text(&self) -> &str {
        self
    }
}

impl Textual for Id {
    fn text(&self) -> &str {
        self.as_str()
    }
}

pub(super) fn operators(operators: &mut Vec<Operator>) {
    texts::<String>(operators);
    texts::<Id>(operators);
}

fn texts<V: Textual>(operators: &mut Vec<Operator>) {
    operators.push(Operator::new::<V>("starts_with", |source| test::<V>(source, "starts_with")));
    operators.push(Operator::new::<V>("ends_with", |source| test::<V>(source, "ends_with")));
    operators.push(Operator::new::<V>("contains", |source| test::<V>(source, "contains")));
    operators.push(Operator::new::<V>("eq_ignore_case", |source| {
        source.hit::<V>("eq_ignore_case");
        let term = source.column::<V>();
        match source.rng.u8(..4) {
            0 => term.eq_ignore_case(source.column::<String>()),
            1 => term.eq_ignore_case(source.value::<V>().text().to_uppercase()),
            2 => term.eq_ignore_case(source.value::<V>().text().to_lowercase()),
            _ => term.eq_ignore_case(source.value::<V>().text()),
        }
    }));
    operators.push(Operator::new::<V>("to_lower", |source| {
        let term = call::<V>(source, "to_lower");
        let value = source.value::<V>().text().to_lowercase();
        with_value(source, term, value)
    }));
    operators.push(Operator::new::<V>("to_upper", |source| {
        let term = call::<V>(source, "to_upper");
        let value = source.value::<V>().text().to_uppercase();
        with_value(source, term, value)
    }));
    operators.push(Operator::new::<V>("trim", |source| {
        let term = call::<V>(source, "trim");
        let value = source.value::<V>().text().trim().to_owned();
        with_value(source, term, value)
    }));
    operators.push(Operator::new::<V>("concat", |source| {
        let term = call::<V>(source, "concat");
        let value = source.value::<V>().text().to_owned();
        // Compared as a whole, by its length or by a part of it.
        match source.rng.u8(..3) {
            0 => {
                source.hit::<String>("len");
                let length = i32::from(source.rng.u8(..12));
                with_value(source, term.len(), length)
            }
            1 => {
                source.hit::<String>("contains");
                term.contains(value)
            }
            _ => with_value(source, term, value),
        }
    }));
    operators.push(Operator::new::<V>("substring", |source| {
        let term = call::<V>(source, "substring");
        let value = part(source.value::<V>().text(), source.rng);
        with_value(source, term, value)
    }));
    operators.push(Operator::new::<V>("substring_from", |source| {
        let term = call::<V>(source, "substring_from");
        let value = source.value::<V>();
        let from = source.rng.usize(..3);
        let value = value.text().chars().skip(from).collect();
        with_value(source, term, value)
    }));
    operators.push(Operator::new::<V>("len", |source| {
        source.hit::<V>("len");
        let term = source.column::<V>().len();
        let value = source.value::<V>().text().chars().count();
        with_value(source, term, i32::try_from(value).unwrap_or_default())
    }));
    operators.push(Operator::new::<V>("index_of", |source| {
        let term = index_of::<V>(source);
        let value = i32::from(source.rng.i8(-1..4));
        with_value(source, term, value)
    }));
}

fn test<V: Textual>(source: &mut Source<'_>, operator: &'static str) -> Condition {
    let whole = source.value::<V>().text().to_owned();
    let cut = |at: usize| whole.char_indices().nth(at).map_or(whole.len(), |(at, _)| at);
    let length = whole.chars().count();
    let pattern: Term<String> = match (source.rng.u8(..8), operator) {
        (0, _) => source.column::<String>(),
        (1, _) => nested(source, 1),
        (_, "starts_with") => typed(whole[..cut(source.rng.usize(..=length))].to_owned()),
        (_, "ends_with") => typed(whole[cut(source.rng.usize(..=length))..].to_owned()),
        _ => typed(part(&whole, source.rng)),
    };
    if source.rarely(6) {
        // Of something computed.
        let term = call::<V>(source, "concat");
        source.hit::<String>(operator);
        return tested(term, operator, pattern);
    }
    source.hit::<V>(operator);
    tested(source.column::<V>(), operator, pattern)
}

fn tested<V: Textual>(term: Term<V>, operator: &'static str, pattern: Term<String>) -> Condition {
    match operator {
        "starts_with" => term.starts_with(pattern),
        "ends_with" => term.ends_with(pattern),
        _ => term.contains(pattern),
    }
}

/// A function of a column that gives text.
fn call<V: Textual>(source: &mut Source<'_>, operator: &'static str) -> Term<String> {
    let column = source.column::<V>();
    function(source, column, operator)
}

fn function<V: Textual>(source: &mut Source<'_>, term: Term<V>, operator: &'static str) -> Term<String> {
    source.hit::<V>(operator);
    match operator {
        "to_lower" => term.to_lower(),
        "to_upper" => term.to_upper(),
        "trim" => term.trim(),
        "concat" => {
            let text: Term<String> = if source.rarely(5) { nested(source, 1) } else { source.operand() };
            term.concat(text)
        }
        "substring" => {
            let (start, length) = (place(source), place(source));
            term.substring(start, length)
        }
        _ => {
            let start = place(source);
            term.substring_from(start)
        }
    }
}

/// A place in a text or a length: mostly near its beginning, rarely below zero or another column's value.
fn place(source: &mut Source<'_>) -> Term<i32> {
    match source.rng.u8(..12) {
        0 => source.column(),
        1 => typed(-1),
        2 => typed(source.value::<i32>()),
        _ => typed(i32::from(source.rng.u8(..4))),
    }
}

/// A text computed by a few functions.
fn nested(source: &mut Source<'_>, depth: usize) -> Term<String> {
    let term: Term<String> = if depth == 0 { source.column() } else { nested(source, depth - 1) };
    let operator = source.pick(&["to_lower", "to_upper", "trim", "concat", "substring", "substring_from"]);
    function(source, term, operator)
}

fn index_of<V: Textual>(source: &mut Source<'_>) -> Term<i32> {
    source.hit::<V>("index_of");
    let column = source.column::<V>();
    let looked_for: Term<String> = match source.rng.u8(..8) {
        0 => source.column(),
        1 => typed(String::fresh(source.rng)),
        2 => typed(source.pick(&["", "%", "_", "'"]).to_owned()),
        _ => {
            let text = source.stored::<V>();
            typed(part(text.text(), source.rng))
        }
    };
    column.index_of(looked_for)
}

/// A length or a place, to compute with.
pub(super) fn length(source: &mut Source<'_>) -> Term<i32> {
    if source.rng.bool() {
        return index_of::<String>(source);
    }
    source.hit::<String>("len");
    source.column::<String>().len()
}
