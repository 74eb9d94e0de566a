//! Instants of whole milliseconds, over a store that keeps units of 100 ns.

use synctable::testing::typed::{Comparison, Node, Typed};
use synctable::testing::value::TICKS_PER_MS;
use synctable::testing::{ColumnType, Kind, Value};

/// Rewrites comparisons of an instant with a constant so that they hold as if the store kept milliseconds, as Node's does:
/// a row equals the stamp that it shows.
pub(crate) fn without_ties_in_a_millisecond(typed: Typed) -> Typed {
    let Typed { kind, node } = typed;
    let within = |inner: Box<Typed>| Box::new(without_ties_in_a_millisecond(*inner));
    let node = match node {
        Node::Not(inner) => Node::Not(within(inner)),
        Node::And(left, right) => Node::And(within(left), within(right)),
        Node::Or(left, right) => Node::Or(within(left), within(right)),
        Node::Compare(comparison, left, right) => compare(comparison, *left, *right),
        node => node,
    };
    Typed { kind, node }
}

fn compare(comparison: Comparison, left: Typed, right: Typed) -> Node {
    match (&left.node, &right.node) {
        (Node::Column(_, ColumnType::Instant), Node::Literal(Value::Instant(at))) => by_ms(comparison, &left, *at),
        (Node::Literal(Value::Instant(at)), Node::Column(_, ColumnType::Instant)) => {
            by_ms(turned(comparison), &right, *at)
        }
        _ => Node::Compare(comparison, Box::new(left), Box::new(right)),
    }
}

fn turned(comparison: Comparison) -> Comparison {
    match comparison {
        Comparison::Less => Comparison::Greater,
        Comparison::LessOrEqual => Comparison::GreaterOrEqual,
        Comparison::Greater => Comparison::Less,
        Comparison::GreaterOrEqual => Comparison::LessOrEqual,
        same @ (Comparison::Equal | Comparison::NotEqual) => same,
    }
}

/// Compares the milliseconds of a column with those of an instant, which JavaScript's dates cut as well.
fn by_ms(comparison: Comparison, column: &Typed, at: i64) -> Node {
    let floor = at.div_euclid(TICKS_PER_MS) * TICKS_PER_MS;
    let next = floor + TICKS_PER_MS;
    let against = |comparison: Comparison, at: i64| {
        let literal = Typed { kind: Kind::Instant, node: Node::Literal(Value::Instant(at)) };
        Node::Compare(comparison, Box::new(column.clone()), Box::new(literal))
    };
    let truth = |node: Node| Box::new(Typed { kind: Kind::Bool, node });
    let within =
        || Node::And(truth(against(Comparison::GreaterOrEqual, floor)), truth(against(Comparison::Less, next)));
    match comparison {
        Comparison::Equal => within(),
        Comparison::NotEqual => Node::Not(truth(within())),
        Comparison::GreaterOrEqual => against(Comparison::GreaterOrEqual, floor),
        Comparison::Greater => against(Comparison::GreaterOrEqual, next),
        Comparison::Less => against(Comparison::Less, floor),
        Comparison::LessOrEqual => against(Comparison::Less, next),
    }
}

#[cfg(test)]
mod tests {
    use synctable::testing::eval::holds;

    use super::*;

    #[test]
    fn a_row_compares_as_the_stamp_that_it_shows_with_the_milliseconds_of_the_literal() {
        let column = || Typed { kind: Kind::Instant, node: Node::Column("updatedAt".to_owned(), ColumnType::Instant) };
        let literal = |at: i64| Typed { kind: Kind::Instant, node: Node::Literal(Value::Instant(at)) };
        let all = [
            Comparison::Equal,
            Comparison::NotEqual,
            Comparison::Less,
            Comparison::LessOrEqual,
            Comparison::Greater,
            Comparison::GreaterOrEqual,
        ];
        for at in [0, 9_999, 10_000, 10_001, 20_000, -1, -10_000] {
            for stored in [0, 1, 9_999, 10_000, 10_005, 19_999, 20_000, -1, -9_999, -10_000] {
                let cut = |ticks: i64| ticks.div_euclid(TICKS_PER_MS) * TICKS_PER_MS;
                for comparison in all {
                    for turn in [false, true] {
                        let typed = |at: i64| {
                            let (left, right) = if turn { (literal(at), column()) } else { (column(), literal(at)) };
                            let node = Node::Compare(comparison, Box::new(left), Box::new(right));
                            Typed { kind: Kind::Bool, node }
                        };
                        let expected = holds(&typed(cut(at)), &|_| Value::Instant(cut(stored)));
                        let found = holds(&without_ties_in_a_millisecond(typed(at)), &|_| Value::Instant(stored));
                        assert_eq!(found, expected, "{comparison:?} {at} {stored} {turn}");
                    }
                }
            }
        }
    }
}
