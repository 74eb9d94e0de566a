//! Conditions with null, as SQL's logic of three values has them.

use synctable::testing::typed::{Comparison, Node, Typed};
use synctable::testing::{Kind, Value};

/// Rewrites a condition so that null is neither equal nor unequal to a value, and the opposite of unknown is unknown, as in Node's
/// database: `complete ne true` and `not(complete)` do not select a row whose `complete` is null.
pub(crate) fn with_unknown(typed: Typed) -> Typed {
    holds(typed)
}

fn of(node: Node) -> Typed {
    Typed { kind: Kind::Bool, node }
}

fn both(left: Typed, right: Typed) -> Typed {
    of(Node::And(Box::new(left), Box::new(right)))
}

fn either(left: Typed, right: Typed) -> Typed {
    of(Node::Or(Box::new(left), Box::new(right)))
}

fn compare(comparison: Comparison, left: Typed, right: Typed) -> Typed {
    of(Node::Compare(comparison, Box::new(left), Box::new(right)))
}

fn literal(value: Value) -> Typed {
    Typed { kind: value.kind(), node: Node::Literal(value) }
}

/// The condition is true.
fn holds(typed: Typed) -> Typed {
    let Typed { kind, node } = typed;
    match node {
        Node::Not(inner) => fails(*inner),
        Node::And(left, right) => both(holds(*left), holds(*right)),
        Node::Or(left, right) => either(holds(*left), holds(*right)),
        Node::Compare(comparison, left, right) => known(comparison, *left, *right),
        node => Typed { kind, node },
    }
}

/// The condition is false, not merely unknown.
fn fails(typed: Typed) -> Typed {
    let Typed { kind, node } = typed;
    match node {
        Node::Not(inner) => holds(*inner),
        Node::And(left, right) => either(fails(*left), fails(*right)),
        Node::Or(left, right) => both(fails(*left), fails(*right)),
        Node::Compare(comparison, left, right) => known(opposite(comparison), *left, *right),
        node => compare(Comparison::Equal, Typed { kind, node }, literal(Value::Bool(false))),
    }
}

fn opposite(comparison: Comparison) -> Comparison {
    match comparison {
        Comparison::Equal => Comparison::NotEqual,
        Comparison::NotEqual => Comparison::Equal,
        Comparison::Less => Comparison::GreaterOrEqual,
        Comparison::LessOrEqual => Comparison::Greater,
        Comparison::Greater => Comparison::LessOrEqual,
        Comparison::GreaterOrEqual => Comparison::Less,
    }
}

/// The comparison holds, of values; one with the constant null asks whether there is a value.
fn known(comparison: Comparison, left: Typed, right: Typed) -> Typed {
    let is_literal = |typed: &Typed| matches!(typed.node, Node::Literal(_));
    let asks_for_null = [&left, &right].iter().any(|side| matches!(side.node, Node::Literal(Value::Null)));
    let needs_values = match comparison {
        Comparison::NotEqual => !asks_for_null,
        Comparison::Equal => !is_literal(&left) && !is_literal(&right),
        // These are never true of null.
        Comparison::Less | Comparison::LessOrEqual | Comparison::Greater | Comparison::GreaterOrEqual => false,
    };
    let guards: Vec<Typed> = [&left, &right]
        .into_iter()
        .filter(|side| needs_values && !is_literal(side))
        .map(|side| compare(Comparison::NotEqual, side.clone(), literal(Value::Null)))
        .collect();
    guards.into_iter().fold(compare(comparison, left, right), both)
}

#[cfg(test)]
mod tests {
    use synctable::testing::ColumnType;
    use synctable::testing::eval;
    use synctable::testing::odata::{Grammar, Limits, parse_filter};
    use synctable::testing::typed::resolve_filter;

    use super::*;

    #[test]
    fn null_is_neither_equal_nor_unequal() {
        let lookup = |name: &str| {
            let of = if name.starts_with("flag") { ColumnType::Bool } else { ColumnType::Int32 };
            Some((name.to_owned(), of))
        };
        // For null, for true and 1, for false and 0.
        for (filter, expected) in [
            ("flag", [false, true, false]),
            ("not flag", [false, false, true]),
            ("not(not(flag))", [false, true, false]),
            ("flag eq true", [false, true, false]),
            ("flag ne true", [false, false, true]),
            ("not(flag eq true)", [false, false, true]),
            ("not(flag ne true)", [false, true, false]),
            ("number ne 1", [false, false, true]),
            ("not(number eq 1)", [false, false, true]),
            ("not(number gt 0)", [false, false, true]),
            ("number eq other", [false, true, true]),
            ("number eq null", [true, false, false]),
            ("number ne null", [false, true, true]),
            ("not(number eq null)", [false, true, true]),
            ("not(number eq 1 and flag eq true)", [false, false, true]),
            ("not(number eq 1 or flag eq null)", [false, false, true]),
            ("number add 1 ne 5", [false, true, true]),
        ] {
            let typed = resolve_filter(&parse_filter(filter, Grammar::V3, Limits::default()).unwrap(), &lookup);
            let rewritten = with_unknown(typed.unwrap());
            let found = [None, Some(true), Some(false)].map(|row| {
                eval::holds(&rewritten, &|name| match row {
                    None => Value::Null,
                    Some(truth) if name.starts_with("flag") => Value::Bool(truth),
                    Some(truth) => Value::Int(i64::from(truth)),
                })
            });
            assert_eq!(found, expected, "{filter}");
        }
    }
}
