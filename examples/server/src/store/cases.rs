//! Random conditions and orders, and what the evaluator makes of them: both engines are held against it.

use std::time::{Duration, UNIX_EPOCH};

use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use serde_json::{Value as Json, json};
use synctable::testing::eval::{compare_for_order, evaluate, holds};
use synctable::testing::odata::{Grammar, Limits, parse_filter, parse_order};
use synctable::testing::typed::{Typed, resolve_filter, resolve_order};
use synctable::testing::value::{TICKS_PER_MS, format_instant_full};
use synctable::testing::{ColumnType, Value};

use super::{Database, ListQuery, SortKey, Store};
use crate::TableDefinition;

/// The first stamp, in milliseconds since 1970; each row has the next one.
const FIRST_STAMP: u64 = 1_704_067_200_000;
const LIMITS: Limits = Limits { nodes: 10_000, depth: 50 };
const SIZES: ColumnType = ColumnType::Enum(&["small", "medium", "large"]);

/// A table with a column of each type, named as its type.
fn table() -> TableDefinition {
    TableDefinition::new("cases")
        .column("text", ColumnType::Text)
        .column("flag", ColumnType::Bool)
        .column("int32", ColumnType::Int32)
        .column("int64", ColumnType::Int64)
        .column("single", ColumnType::Single)
        .column("double", ColumnType::Double)
        .column("decimal", ColumnType::Decimal)
        .column("instant", ColumnType::Instant)
        .column("guid", ColumnType::Guid)
        .column("bytes", ColumnType::Bytes)
        .column("date", ColumnType::Date)
        .column("time", ColumnType::Time)
        .column("size", SIZES)
        .column("json", ColumnType::Json)
        .soft_delete()
}

/// Opens a store with the rows, and returns these with what the server adds.
pub(super) fn open(database: &Database) -> (Store, Vec<Json>) {
    let store = Store::open(database, &[table()]).unwrap();
    let mut rows = rows();
    for (row, stamp) in rows.iter_mut().zip(FIRST_STAMP..) {
        store.hold_clock(UNIX_EPOCH + Duration::from_millis(stamp));
        store.seed("cases", std::slice::from_ref(row)).unwrap();
        let ticks = i64::try_from(stamp).unwrap() * TICKS_PER_MS;
        row["updatedAt"] = format_instant_full(ticks).into();
    }
    (store, rows)
}

/// Asks a store for the ids of a case, which are as many as it counts.
pub(super) fn ask(store: &Store, case: &Case) -> Vec<String> {
    let table = store.table("cases").unwrap();
    let mut query = ListQuery::all(&table);
    query.filter = Some(case.filter.clone());
    query.order = vec![SortKey { typed: case.key.clone(), descending: case.descending }];
    query.limit = 100;
    query.count = true;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let answer = runtime.block_on(store.list(&table, query)).unwrap();
    let items: Vec<Json> = serde_json::from_str(&answer.items).unwrap();
    assert_eq!(answer.count, Some(items.len() as u64));
    items.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
}

/// Holds what a store gives for random cases against the evaluator.
pub(super) fn compare(store: &Store, rows: &[Json], count: u32) {
    let compared = std::cell::Cell::new(0);
    let config = ProptestConfig { cases: count, failure_persistence: None, ..ProptestConfig::default() };
    let result = TestRunner::new(config).run(&random(), |(filter, key, descending)| {
        let Some(case) = Case::read(&filter, &key, descending) else { return Ok(()) };
        compared.set(compared.get() + 1);
        prop_assert_eq!(ask(store, &case), case.expected(rows), "{} order by {} {}", filter, key, descending);
        Ok(())
    });
    result.unwrap_or_else(|error| panic!("{error}"));
    assert!(compared.get() > count / 2, "{} of {count} texts had types that go together", compared.get());
}

/// Rows at the edges of the types.
fn rows() -> Vec<Json> {
    let rows = [
        json!({"text": "Milk", "flag": true, "int32": 7, "int64": 7, "single": 0.1, "double": 1.5, "decimal": "1.50",
               "instant": "2024-02-29T12:34:56.789Z", "guid": "0f8fad5b-d9cb-469f-a165-70867728950e", "bytes": "AAEC",
               "date": "2024-02-29", "time": "12:34:56.789", "size": "small", "json": {"a": 1}}),
        json!({"bytes": "+w==", "json": [1]}),
        json!({"text": "", "flag": false, "int32": 0, "int64": 0, "single": 0.0, "double": 0.0, "decimal": "0",
               "instant": "1970-01-01T00:00:00Z", "date": "1970-01-01", "time": "00:00:00", "bytes": "", "size": "large"}),
        json!({"text": "Zażółć 🥛", "flag": true, "int32": -2_147_483_648_i64, "int64": i64::MIN, "single": -2.5,
               "double": -2.5, "decimal": "-10.001", "instant": "0001-01-01T00:00:00Z", "date": "0001-01-01",
               "time": "23:59:59.9999999", "bytes": "a/8=", "size": "medium"}),
        json!({"text": "milk", "int32": 2_147_483_647, "int64": 9_007_199_254_740_993_i64, "single": 16_777_216.0,
               "double": 9_007_199_254_740_992.0, "decimal": "9.9", "instant": "9999-12-31T23:59:59.9999999Z"}),
        json!({"text": "İi ß", "flag": null, "int32": -1, "int64": i64::MAX, "double": 1e300, "decimal": "10"}),
        json!({"text": "ὈΔΥΣΣΕΎΣ", "int32": 1, "int64": -1, "double": 5e-324, "decimal": "9999999999999999999999999999",
               "instant": "1969-12-31T23:59:59.9999999Z", "date": "1969-12-31", "guid": "ffffffff-ffff-ffff-ffff-ffffffffffff"}),
        json!({"text": "\u{3000}\tΣ a\u{a0}\n", "int32": 2, "int64": 3, "double": -1.797_693_134_862_315_7e308,
               "decimal": "0.0000000000000000000000000001", "single": 3.4e38, "size": "small"}),
        json!({"text": "\u{fffd}", "int64": 4_611_686_018_427_387_904_i64, "double": 1e23,
               "decimal": "-7.9228162514264337593543950335", "time": "00:00:00.0000001"}),
        json!({"text": "🥛 'x' \\ %_", "int64": -9_007_199_254_740_993_i64, "double": 1e-200, "decimal": "79228162514264337593543950335"}),
        json!({"text": "\0a\u{1}i\0\u{1}", "int32": 1, "int64": 1}),
        json!({"text": "ﬁ Ǆ ŉ", "double": 0.5, "decimal": "-0.5", "int32": 3}),
        json!({"text": "Ⅷ ΑΙ\u{345}Σ.", "double": 2.499_999_999_999_999_6, "decimal": "2.5", "int32": -7, "flag": false}),
    ];
    rows.into_iter()
        .enumerate()
        .map(|(at, mut row)| {
            // Ids in which the order by code point is not that of a dictionary.
            let id = ["r", "R", "é", "_"][at % 4].to_owned() + &at.to_string();
            row["id"] = id.into();
            row["deleted"] = (at % 3 == 0).into();
            row
        })
        .collect()
}

fn pick(names: &'static [&'static str]) -> impl Strategy<Value = String> + Clone {
    prop::sample::select(names).prop_map(str::to_owned)
}

fn text() -> BoxedStrategy<String> {
    const LEAVES: &[&str] =
        &["text", "text", "id", "'milk'", "''", "'i'", "'ż'", "'🥛'", "'Σ'", "'ΑΣ'", "' '", "'\0'", "'\u{1}'", "null"];
    pick(LEAVES)
        .prop_recursive(2, 6, 2, |inner| {
            prop_oneof![
                (pick(&["tolower", "toupper", "trim"]), inner.clone()).prop_map(|(f, a)| format!("{f}({a})")),
                (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("concat({a},{b})")),
                (inner.clone(), -1..4_i32).prop_map(|(a, n)| format!("substring({a},{n})")),
                (inner.clone(), 0..3_i32, -1..3_i32).prop_map(|(a, n, m)| format!("substring({a},{n},{m})")),
                (inner, pick(&["int32", "int64"])).prop_map(|(a, n)| format!("substring({a},{n},{n})")),
            ]
        })
        .boxed()
}

fn number() -> BoxedStrategy<String> {
    const LEAVES: &[&str] = &[
        "int32",
        "int64",
        "single",
        "double",
        "decimal",
        "0",
        "2",
        "-1",
        "7L",
        "1.5",
        "1.5M",
        "9007199254740993",
        "-9223372036854775808",
        "9223372036854775807",
        "9007199254740992.0",
        "1e300",
        "1e-300",
        "5e-324",
        "3.0",
        "0.0000000000000000000000000003M",
        "9999999999999999999999999999M",
        "null",
        "length(text)",
        "indexof(text,'i')",
        "year(date)",
        "month(instant)",
        "day(instant)",
        "hour(time)",
        "minute(instant)",
        "second(time)",
        "fractionalseconds(instant)",
    ];
    pick(LEAVES)
        .prop_recursive(3, 8, 2, |inner| {
            prop_oneof![
                3 => (inner.clone(), pick(&["add", "sub", "mul", "div", "mod"]), inner.clone())
                    .prop_map(|(a, op, b)| format!("({a} {op} {b})")),
                1 => (pick(&["floor", "ceiling", "round", "-"]), inner.clone()).prop_map(|(f, a)| format!("{f}({a})")),
                1 => (inner, pick(&["Int64", "Double", "Decimal"])).prop_map(|(a, kind)| format!("cast({a},Edm.{kind})")),
            ]
        })
        .boxed()
}

fn condition() -> BoxedStrategy<String> {
    let compare = || pick(&["eq", "ne", "lt", "le", "gt", "ge"]);
    const INSTANTS: &[&str] = &["instant", "1970-01-01T00:00:00Z", "2024-02-29T12:34:56.789Z", "2024-02-29", "null"];
    const DATES: &[&str] = &["date", "date(instant)", "cast(instant,Edm.Date)", "1970-01-01", "2024-02-29", "null"];
    const TIMES: &[&str] = &["time", "time(instant)", "12:34:56.789", "00:00:00", "null"];
    const GUIDS: &[&str] = &["guid", "0f8fad5b-d9cb-469f-a165-70867728950e", "null"];
    const BYTES: &[&str] = &["bytes", "binary'AAEC'", "binary'gA'", "null"];
    const FLAGS: &[&str] =
        &["flag", "deleted", "true", "null", "contains(text,'i')", "(int32 gt 0)", "startswith(text,null)"];
    const SIZES: &[&str] = &["size", "'small'", "'large'", "null"];
    let two = |names: &'static [&'static str]| {
        (pick(names), compare(), pick(names)).prop_map(|(a, op, b)| format!("({a} {op} {b})"))
    };
    let leaf = prop_oneof![
        4 => (number(), compare(), number()).prop_map(|(a, op, b)| format!("({a} {op} {b})")),
        3 => (text(), compare(), text()).prop_map(|(a, op, b)| format!("({a} {op} {b})")),
        2 => (pick(&["contains", "startswith", "endswith"]), text(), text()).prop_map(|(f, a, b)| format!("{f}({a},{b})")),
        1 => (text(), text(), compare(), -1..4_i32).prop_map(|(a, b, op, n)| format!("(indexof({a},{b}) {op} {n})")),
        2 => (
            number(),
            prop::collection::vec(pick(&["0", "7", "1.5", "3.0", "1.5M", "9007199254740993", "9007199254740992.0", "null"]), 0..4)
        )
            .prop_map(|(a, list)| format!("({a} in ({}))", list.join(","))),
        1 => (text(), prop::collection::vec(pick(&["'milk'", "''", "null"]), 0..3))
            .prop_map(|(a, list)| format!("({a} in ({}))", list.join(","))),
        1 => (pick(FLAGS), prop::collection::vec(pick(&["true", "false", "null"]), 0..3))
            .prop_map(|(a, list)| format!("({a} in ({}))", list.join(","))),
        1 => (pick(SIZES), prop::collection::vec(pick(&["'small'", "'medium'", "null"]), 0..3))
            .prop_map(|(a, list)| format!("({a} in ({}))", list.join(","))),
        1 => two(INSTANTS),
        1 => two(DATES),
        1 => two(TIMES),
        1 => two(GUIDS),
        1 => two(BYTES),
        1 => two(FLAGS),
        1 => two(SIZES),
        1 => pick(&["(json eq null)", "(json ne null)", "(json eq json)", "not (json ne json)"]),
        1 => pick(FLAGS),
    ];
    leaf.prop_recursive(4, 12, 2, move |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} and {b})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} or {b})")),
            inner.clone().prop_map(|a| format!("not {a}")),
            inner.clone().prop_map(|a| format!("({a} in (true,null))")),
            (inner.clone(), pick(&["eq", "ne", "lt"]), inner).prop_map(|(a, op, b)| format!("({a} {op} {b})")),
        ]
    })
    .boxed()
}

/// What is asked: a condition, one key of the order, and whether the largest comes first.
fn random() -> impl Strategy<Value = (String, String, bool)> {
    const COLUMNS: &[&str] = &["instant", "decimal", "flag", "time", "guid", "bytes", "size", "updatedAt", "id"];
    (
        condition(),
        prop_oneof![number(), text(), pick(COLUMNS), condition().prop_map(|a| format!("({a})"))],
        any::<bool>(),
    )
}

/// A case with its names and types looked up.
#[derive(Debug)]
pub(super) struct Case {
    pub(super) filter: Typed,
    pub(super) key: Typed,
    pub(super) descending: bool,
}

/// Finds the columns of the table.
fn lookup(name: &str) -> Option<(String, ColumnType)> {
    let table = table();
    let own = table.columns().iter().find(|column| column.name() == name).map(|column| column.column_type());
    let column_type = match name {
        "id" => ColumnType::Text,
        "updatedAt" => ColumnType::Instant,
        "deleted" => ColumnType::Bool,
        _ => own?,
    };
    Some((name.to_owned(), column_type))
}

impl Case {
    /// Reads the texts; `None` when their types do not go together.
    pub(super) fn read(filter: &str, key: &str, descending: bool) -> Option<Self> {
        let filter = resolve_filter(&parse_filter(filter, Grammar::V4, LIMITS).unwrap(), &lookup).ok()?;
        let order = format!("{key}{}", if descending { " desc" } else { "" });
        let order = parse_order(&order, Grammar::V4, LIMITS).unwrap().remove(0);
        let key = resolve_order(&order.expr, &lookup).ok()?;
        Some(Self { filter, key, descending: order.descending })
    }

    /// The ids that the evaluator selects, in its order.
    pub(super) fn expected(&self, rows: &[Json]) -> Vec<String> {
        let value = |row: &Json, name: &str| {
            let (name, column_type) = lookup(name).unwrap();
            match row.get(&name) {
                Some(member) => Value::from_json(member, column_type).unwrap(),
                None => Value::Null,
            }
        };
        let mut rows: Vec<&Json> = rows.iter().filter(|row| holds(&self.filter, &|name| value(row, name))).collect();
        let key_of = |row: &Json| evaluate(&self.key, &|name| value(row, name));
        rows.sort_by(|a, b| {
            let ordering = compare_for_order(&key_of(a), &key_of(b));
            let ordering = if self.descending { ordering.reverse() } else { ordering };
            ordering.then_with(|| a["id"].as_str().cmp(&b["id"].as_str()))
        });
        rows.into_iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
    }
}
