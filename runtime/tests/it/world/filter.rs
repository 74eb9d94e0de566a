//! The few OData filters that the histories send: comparisons of a column with a literal, joined by `and`.

use serde_json::Value;

/// One comparison.
#[derive(Debug, PartialEq, Default)]
pub(crate) struct Condition {
    column: String,
    operator: String,
    literal: Literal,
}

#[derive(Debug, PartialEq, Default)]
enum Literal {
    Text(String),
    Stamp(i64),
    Number(f64),
    Bool(bool),
    #[default]
    Null,
    Any(Vec<Literal>),
}

/// Reads a filter; one that it cannot read is a mistake of the test.
pub(crate) fn conditions(text: &str) -> Vec<Condition> {
    text.split(" and ").map(condition).collect()
}

fn condition(text: &str) -> Condition {
    let mut text = text.trim();
    while text.starts_with('(') {
        text = text[1..].trim();
    }
    let (column, rest) = text.split_once(' ').unwrap_or_else(|| panic!("a comparison: {text}"));
    let (operator, literal) = rest.split_once(' ').unwrap_or_else(|| panic!("a comparison: {text}"));
    Condition { column: column.to_owned(), operator: operator.to_owned(), literal: read_literal(literal.trim()) }
}

fn read_literal(text: &str) -> Literal {
    if let Some(rest) = text.strip_prefix("cast(") {
        let stamp = rest.split(',').next().unwrap_or_default();
        return Literal::Stamp(millis(stamp));
    }
    if let Some(rest) = text.strip_prefix("datetimeoffset'").or_else(|| text.strip_prefix("datetime'")) {
        return Literal::Stamp(millis(rest.split('\'').next().unwrap_or_default()));
    }
    if let Some(list) = text.strip_prefix('(') {
        return Literal::Any(list.trim_end_matches(')').split(',').map(read_literal).collect());
    }
    let text = text.trim_end_matches(')');
    if let Some(quoted) = text.strip_prefix('\'') {
        return Literal::Text(quoted.trim_end_matches('\'').replace("''", "'"));
    }
    match text {
        "true" => Literal::Bool(true),
        "false" => Literal::Bool(false),
        "null" => Literal::Null,
        number => Literal::Number(number.trim_end_matches('L').parse().unwrap_or_else(|_| panic!("a literal: {text}"))),
    }
}

impl Condition {
    pub(crate) fn holds(&self, row: &Value) -> bool {
        self.holds_for(&row[&self.column], &self.literal)
    }

    fn holds_for(&self, value: &Value, literal: &Literal) -> bool {
        let order = match literal {
            Literal::Any(literals) => {
                let equal = Condition { operator: "eq".to_owned(), literal: Literal::Null, ..Default::default() };
                return literals.iter().any(|literal| equal.holds_for(value, literal));
            }
            Literal::Text(text) => value.as_str().map(|value| value.cmp(text)),
            Literal::Stamp(stamp) => value.as_str().map(|value| millis(value).cmp(stamp)),
            Literal::Number(number) => value.as_f64().and_then(|value| value.partial_cmp(number)),
            Literal::Bool(wanted) => value.as_bool().map(|value| value.cmp(wanted)),
            Literal::Null => value.is_null().then_some(std::cmp::Ordering::Equal),
        };
        let Some(order) = order else { return self.operator == "ne" };
        match self.operator.as_str() {
            "eq" => order.is_eq(),
            "ne" => order.is_ne(),
            "gt" => order.is_gt(),
            "ge" => order.is_ge(),
            "lt" => order.is_lt(),
            "le" => order.is_le(),
            other => panic!("no operator of the histories: {other}"),
        }
    }
}

/// An instant as the wire writes it, in milliseconds since 1970.
fn millis(text: &str) -> i64 {
    let stamp = text.parse::<synctable::Timestamp>().unwrap_or_else(|error| panic!("{text}: {error}"));
    stamp.ticks() / 10_000
}

/// The wire's text of an instant.
pub(crate) fn stamp_text(millis: i64) -> String {
    synctable::Timestamp::from_millis(millis).expect("an instant of our days").to_millis_string()
}
