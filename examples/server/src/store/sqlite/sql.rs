//! Compiles a typed expression to parameterised SQL of the same meaning as the evaluator's.

use synctable::testing::typed::{Comparison, Node, Typed};
use synctable::testing::{Kind, Value};

use super::functions::{self, DECIMAL};
use crate::store::Cell;
use crate::store::table::quoted;
use crate::value::to_cell;

/// The parameters of a statement, in order.
#[derive(Debug, Default)]
pub(super) struct Parameters(pub(super) Vec<Cell>);

impl Parameters {
    pub(super) fn bind(&mut self, cell: Cell) -> String {
        self.0.push(cell);
        format!("?{}", self.0.len())
    }
}

/// Compiles a condition for a place where null counts as false; comparisons stay bare, so that an index serves them.
pub(super) fn condition(typed: &Typed, parameters: &mut Parameters) -> String {
    match &typed.node {
        Node::And(left, right) => format!("({} AND {})", condition(left, parameters), condition(right, parameters)),
        Node::Or(left, right) => format!("({} OR {})", condition(left, parameters), condition(right, parameters)),
        Node::Not(inner) => format!("NOT {}", exact(inner, parameters)),
        Node::Compare(comparison, left, right) => compare(*comparison, left, right, parameters),
        Node::In(left, list) => membership(left, list, parameters),
        Node::Literal(value) => if matches!(value, Value::Bool(true)) { "1" } else { "0" }.to_owned(),
        Node::Column(..) | Node::Compute(..) => scalar(typed, parameters),
    }
}

/// Compiles a condition to 0 or 1, never null.
fn exact(typed: &Typed, parameters: &mut Parameters) -> String {
    match &typed.node {
        Node::And(left, right) => format!("({} AND {})", exact(left, parameters), exact(right, parameters)),
        Node::Or(left, right) => format!("({} OR {})", exact(left, parameters), exact(right, parameters)),
        Node::Not(inner) => format!("(NOT {})", exact(inner, parameters)),
        Node::Literal(_) => condition(typed, parameters),
        Node::Compare(..) | Node::In(..) | Node::Column(..) | Node::Compute(..) => {
            format!("ifnull({}, 0)", condition(typed, parameters))
        }
    }
}

/// Compiles a value; a condition gives 0 or 1.
pub(super) fn scalar(typed: &Typed, parameters: &mut Parameters) -> String {
    match &typed.node {
        Node::Literal(value) => parameters.bind(to_cell(value)),
        Node::Column(name, _) => quoted(name),
        Node::Compute(operation, operands) => {
            let letters = functions::letters(operands.iter().map(|operand| operand.kind));
            let operands: Vec<String> = operands.iter().map(|operand| scalar(operand, parameters)).collect();
            format!("{}('{letters}', {})", functions::name(*operation), operands.join(", "))
        }
        Node::And(..) | Node::Or(..) | Node::Not(..) | Node::Compare(..) | Node::In(..) => exact(typed, parameters),
    }
}

fn is_null(typed: &Typed) -> bool {
    matches!(&typed.node, Node::Literal(Value::Null))
}

fn collation(left: Kind, right: Kind) -> String {
    if left == Kind::Decimal || right == Kind::Decimal { format!(" COLLATE {DECIMAL}") } else { String::new() }
}

fn compare(comparison: Comparison, left: &Typed, right: &Typed, parameters: &mut Parameters) -> String {
    let collation = collation(left.kind, right.kind);
    let constant = |typed: &Typed| matches!(&typed.node, Node::Literal(value) if !value.is_null());
    let operator = match comparison {
        // `=` with a constant uses an index and is null, hence false, where `IS` is false.
        Comparison::Equal if constant(left) || constant(right) => "=",
        Comparison::Equal => "IS",
        Comparison::NotEqual => "IS NOT",
        Comparison::Less => "<",
        Comparison::LessOrEqual => "<=",
        Comparison::Greater => ">",
        Comparison::GreaterOrEqual => ">=",
    };
    let (left, right) = (operand(left, parameters), operand(right, parameters));
    format!("({left} {operator} {right}{collation})")
}

fn operand(typed: &Typed, parameters: &mut Parameters) -> String {
    if is_null(typed) { "NULL".to_owned() } else { scalar(typed, parameters) }
}

fn membership(left: &Typed, list: &[Value], parameters: &mut Parameters) -> String {
    if list.is_empty() {
        // Invariant: a parameter is bound only where the statement names it.
        return "0".to_owned();
    }
    let with_null = list.iter().any(Value::is_null);
    let operand = scalar(left, parameters);
    let values: Vec<String> =
        list.iter().filter(|value| !value.is_null()).map(|value| parameters.bind(to_cell(value))).collect();
    let mut alternatives = Vec::new();
    // `IN` would round a whole number to what the column can hold; `=` compares exactly.
    if matches!(left.kind, Kind::Decimal | Kind::Double) {
        let collation = collation(left.kind, Kind::Null);
        alternatives.extend(values.iter().map(|value| format!("{operand} = {value}{collation}")));
    } else if !values.is_empty() {
        alternatives.push(format!("{operand} IN ({})", values.join(", ")));
    }
    if with_null {
        alternatives.push(format!("{operand} IS NULL"));
    }
    format!("({})", alternatives.join(" OR "))
}

/// Compiles a key of an order.
pub(super) fn order_key(typed: &Typed, descending: bool, parameters: &mut Parameters) -> String {
    let collation = collation(typed.kind, Kind::Null);
    format!("{}{collation}{}", scalar(typed, parameters), if descending { " DESC" } else { "" })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;
    use synctable::testing::eval::{compare_for_order, holds};
    use synctable::testing::odata::{Grammar, Limits, parse_filter, parse_order};
    use synctable::testing::typed::{resolve_filter, resolve_order};

    use super::*;
    use crate::Dialect;
    use crate::projection::Projection;
    use crate::store::{Database, ListQuery, SortKey, Store, StoredTable};

    const LIMITS: Limits = Limits { nodes: 10_000, depth: 50 };

    fn kitchen() -> (Store, std::sync::Arc<StoredTable>) {
        let store = Store::open(&Database::Memory, &crate::wire_tables()).unwrap();
        let rows = [
            json!({"id": "a", "text": "Milk", "flag": true, "int32": 7, "int64": 7, "double": 1.5, "decimal": "1.50",
                   "instant": "2024-02-29T12:34:56.789Z", "guid": "0f8fad5b-d9cb-469f-a165-70867728950e", "bytes": "AAEC",
                   "date": "2024-02-29", "time": "12:34:56.789"}),
            json!({"id": "b", "bytes": "+w=="}),
            json!({"id": "c", "text": "", "flag": false, "int32": 0, "int64": 0, "double": 0.0, "decimal": "0",
                   "instant": "1970-01-01T00:00:00Z", "date": "1970-01-01", "time": "00:00:00", "bytes": ""}),
            json!({"id": "d", "text": "Zażółć 🥛", "flag": true, "int32": -2_147_483_648_i64, "int64": i64::MIN,
                   "double": -2.5, "decimal": "-10.001", "instant": "0001-01-01T00:00:00Z", "date": "0001-01-01",
                   "time": "23:59:59.999", "bytes": "a/8="}),
            json!({"id": "e", "text": "milk", "int32": 2_147_483_647, "int64": 9_007_199_254_740_993_i64,
                   "double": 9_007_199_254_740_992.0, "decimal": "9.9", "instant": "9999-12-31T23:59:59.999Z"}),
            json!({"id": "f", "text": "İi ß", "flag": null, "int32": -1, "int64": i64::MAX, "double": 1e300, "decimal": "10"}),
        ];
        store.seed("kitchen", &rows).unwrap();
        let table = store.table("kitchen").unwrap();
        (store, table)
    }

    fn text() -> BoxedStrategy<String> {
        let leaf = prop::sample::select(vec!["text", "id", "'milk'", "''", "'i'", "'ż'", "'🥛'", "null"])
            .prop_map(str::to_owned);
        leaf.prop_recursive(2, 6, 2, |inner| {
            prop_oneof![
                (prop::sample::select(vec!["tolower", "toupper", "trim"]), inner.clone())
                    .prop_map(|(f, a)| format!("{f}({a})")),
                (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("concat({a},{b})")),
                (inner.clone(), -1..4_i32).prop_map(|(a, n)| format!("substring({a},{n})")),
                (inner, 0..3_i32, 0..3_i32).prop_map(|(a, n, m)| format!("substring({a},{n},{m})")),
            ]
        })
        .boxed()
    }

    fn number() -> BoxedStrategy<String> {
        let names = [
            "int32",
            "int64",
            "double",
            "decimal",
            "0",
            "2",
            "-1",
            "7L",
            "1.5",
            "1.5M",
            "9007199254740993",
            "null",
            "length(text)",
            "indexof(text,'i')",
            "year(date)",
            "month(instant)",
            "day(instant)",
            "hour(time)",
            "minute(instant)",
            "second(time)",
        ];
        let leaf = prop::sample::select(names.to_vec()).prop_map(str::to_owned);
        leaf.prop_recursive(2, 6, 2, |inner| {
            prop_oneof![
                (inner.clone(), prop::sample::select(vec!["add", "sub", "mul", "div", "mod"]), inner.clone())
                    .prop_map(|(a, op, b)| format!("({a} {op} {b})")),
                (prop::sample::select(vec!["floor", "ceiling", "round", "-"]), inner)
                    .prop_map(|(f, a)| format!("{f}({a})")),
            ]
        })
        .boxed()
    }

    fn condition_text() -> BoxedStrategy<String> {
        let compare = || prop::sample::select(vec!["eq", "ne", "lt", "le", "gt", "ge"]);
        let pick = |names: &'static [&'static str]| prop::sample::select(names.to_vec());
        const INSTANTS: &[&str] =
            &["instant", "1970-01-01T00:00:00Z", "2024-02-29T12:34:56.789Z", "2024-02-29", "null"];
        const DATES: &[&str] = &["date", "date(instant)", "1970-01-01", "2024-02-29", "null"];
        const TIMES: &[&str] = &["time", "time(instant)", "12:34:56.789", "00:00:00", "null"];
        const GUIDS: &[&str] = &["guid", "0f8fad5b-d9cb-469f-a165-70867728950e", "null"];
        const BYTES: &[&str] = &["bytes", "binary'AAEC'", "binary'gA'", "null"];
        const FLAGS: &[&str] = &["flag", "deleted", "true", "null", "contains(text,'i')", "(int32 gt 0)"];
        let two = |names: &'static [&'static str]| {
            (pick(names), compare(), pick(names)).prop_map(|(a, op, b)| format!("({a} {op} {b})"))
        };
        let leaf = prop_oneof![
            (number(), compare(), number()).prop_map(|(a, op, b)| format!("({a} {op} {b})")),
            (text(), compare(), text()).prop_map(|(a, op, b)| format!("({a} {op} {b})")),
            (pick(&["contains", "startswith", "endswith"]), text(), text())
                .prop_map(|(f, a, b)| format!("{f}({a},{b})")),
            (number(), prop::collection::vec(pick(&["0", "7", "1.5", "1.5M", "9007199254740993", "null"]), 0..4))
                .prop_map(|(a, list)| format!("({a} in ({}))", list.join(","))),
            (text(), prop::collection::vec(pick(&["'milk'", "''", "null"]), 0..3))
                .prop_map(|(a, list)| format!("({a} in ({}))", list.join(","))),
            two(INSTANTS),
            two(DATES),
            two(TIMES),
            two(GUIDS),
            two(BYTES),
            two(FLAGS),
            pick(FLAGS).prop_map(str::to_owned),
        ];
        leaf.prop_recursive(4, 12, 2, move |inner| {
            prop_oneof![
                (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} and {b})")),
                (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} or {b})")),
                inner.clone().prop_map(|a| format!("not {a}")),
                (inner.clone(), pick(&["eq", "ne"]), inner).prop_map(|(a, op, b)| format!("({a} {op} {b})")),
            ]
        })
        .boxed()
    }

    /// Lists with SQL and with the evaluator; `None` when the types of a text do not go together.
    fn both(
        store: &Store,
        table: &std::sync::Arc<StoredTable>,
        filter: &str,
        order: &str,
    ) -> Option<(Vec<String>, Vec<String>)> {
        let lookup = |name: &str| table.lookup(name);
        let filter = resolve_filter(&parse_filter(filter, Grammar::V4, LIMITS).unwrap(), &lookup).ok()?;
        let key = parse_order(order, Grammar::V4, LIMITS).unwrap().remove(0);
        let typed = resolve_order(&key.expr, &lookup).ok()?;
        let mut rows = store.rows("kitchen").unwrap();
        let value = |row: &serde_json::Value, name: &str| {
            let (name, column_type) = table.lookup(name).unwrap();
            Value::from_json(&row[&name], column_type).unwrap()
        };
        rows.retain(|row| holds(&filter, &|name| value(row, name)));
        let key_of = |row: &serde_json::Value| synctable::testing::eval::evaluate(&typed, &|name| value(row, name));
        rows.sort_by(|a, b| {
            let ordering = compare_for_order(&key_of(a), &key_of(b));
            let ordering = if key.descending { ordering.reverse() } else { ordering };
            ordering.then_with(|| a["id"].as_str().cmp(&b["id"].as_str()))
        });
        let expected = rows.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect();
        let query = ListQuery {
            filter: Some(filter),
            order: vec![SortKey { typed: typed.clone(), descending: key.descending }],
            skip: 0,
            limit: 100,
            count: true,
            include_deleted: true,
            projection: Projection::whole(table, Dialect::Toolkit),
        };
        let answer = store.list_blocking(table, query).unwrap();
        let items: Vec<serde_json::Value> = serde_json::from_str(&answer.items).unwrap();
        assert_eq!(answer.count, Some(items.len() as u64));
        Some((items.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect(), expected))
    }

    #[test]
    fn sql_selects_and_orders_what_the_evaluator_does() {
        let (store, table) = kitchen();
        let compared = std::cell::Cell::new(0);
        let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
            cases: 1_200,
            failure_persistence: None,
            ..ProptestConfig::default()
        });
        let key = prop_oneof![
            number(),
            text(),
            prop::sample::select(vec!["instant", "decimal", "flag", "time", "guid", "bytes"]).prop_map(str::to_owned)
        ];
        let cases = (condition_text(), key, any::<bool>());
        let result = runner.run(&cases, |(filter, key, descending)| {
            let order = format!("{key}{}", if descending { " desc" } else { "" });
            if let Some((found, expected)) = both(&store, &table, &filter, &order) {
                compared.set(compared.get() + 1);
                prop_assert_eq!(found, expected, "{} order by {}", filter, order);
            }
            Ok(())
        });
        result.unwrap_or_else(|error| panic!("{error}"));
        assert!(compared.get() > 600, "{} of 1200 texts had types that go together", compared.get());
    }
}
