//! Reads bytes as the texts of a query in every grammar, and evaluates what can be read on a few rows.
//!
//! Nothing a client sends may panic, overflow the stack or run long: the limits of the reader see to it.

use synctable::testing::eval::{compare_for_order, evaluate, holds};
use synctable::testing::odata::{
    Grammar, Limits, OptionNames, QueryOptions, parse_filter, parse_order, parse_query, percent_decode,
};
use synctable::testing::typed::{resolve_filter, resolve_order};
use synctable::testing::value::{Decimal, parse_date, parse_instant};
use synctable::testing::{ColumnType, Value};

const GRAMMARS: [Grammar; 3] = [Grammar::V4, Grammar::V4QuotedDates, Grammar::V3];
const SIZES: &[&str] = &["small", "medium", "large"];
const COLUMNS: [(&str, ColumnType); 13] = [
    ("text", ColumnType::Text),
    ("flag", ColumnType::Bool),
    ("int", ColumnType::Int32),
    ("long", ColumnType::Int64),
    ("double", ColumnType::Double),
    ("decimal", ColumnType::Decimal),
    ("instant", ColumnType::Instant),
    ("date", ColumnType::Date),
    ("time", ColumnType::Time),
    ("guid", ColumnType::Guid),
    ("bytes", ColumnType::Bytes),
    ("json", ColumnType::Json),
    ("size", ColumnType::Enum(SIZES)),
];

/// What of the bytes could be read, over all grammars.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Readable {
    /// As a filter whose names and types go together.
    pub(crate) filter: bool,
    /// As an order whose names and types go together.
    pub(crate) order: bool,
    /// As a query string.
    pub(crate) query: bool,
}

/// Reads the bytes, lossily where they are not UTF-8.
pub(crate) fn read(bytes: &[u8]) -> Readable {
    let text = String::from_utf8_lossy(bytes);
    let mut readable = Readable::default();
    for grammar in GRAMMARS {
        readable.filter |= read_filter(&text, grammar);
        readable.order |= read_order(&text, grammar);
        for names in [OptionNames::Exact, OptionNames::AnyCase, OptionNames::AnyCaseDollarOptional] {
            let limits = Limits::default();
            let options = QueryOptions { grammar, names, limits, inline_count: true, count: true };
            readable.query |= parse_query(&text, &options).is_ok();
        }
    }
    let _ = (percent_decode(&text), Decimal::parse(&text), parse_instant(&text), parse_date(&text));
    readable
}

fn lookup(name: &str) -> Option<(String, ColumnType)> {
    let column = COLUMNS.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
    column.map(|(known, column_type)| ((*known).to_owned(), *column_type))
}

fn read_filter(text: &str, grammar: Grammar) -> bool {
    let Ok(filter) = parse_filter(text, grammar, Limits::default()) else { return false };
    let Ok(typed) = resolve_filter(&filter, &lookup) else { return false };
    for row in [full, empty, edge] {
        let holds = holds(&typed, &row);
        let again = parse_filter(&format!("not ({text})"), grammar, Limits { nodes: 200, depth: 60 });
        // A condition or its opposite holds, whatever is null.
        let opposite = again.ok().and_then(|again| resolve_filter(&again, &lookup).ok());
        let opposite = opposite.map(|typed| synctable::testing::eval::holds(&typed, &row));
        assert!(opposite != Some(holds), "'{text}' and its opposite are both {holds}");
    }
    true
}

fn read_order(text: &str, grammar: Grammar) -> bool {
    let Ok(keys) = parse_order(text, grammar, Limits::default()) else { return false };
    keys.iter().all(|key| {
        let Ok(typed) = resolve_order(&key.expr, &lookup) else { return false };
        let (full, edge) = (evaluate(&typed, &full), evaluate(&typed, &edge));
        assert_eq!(compare_for_order(&full, &edge), compare_for_order(&edge, &full).reverse(), "'{text}'");
        true
    })
}

fn full(name: &str) -> Value {
    match name {
        "text" => Value::Text("Zażółć 🥛 It's 100%_".to_owned()),
        "flag" => Value::Bool(true),
        "int" => Value::Int(7),
        "long" => Value::Int(9_007_199_254_740_993),
        "double" => Value::Double(1.5),
        "decimal" => Decimal::parse("1.10").map_or(Value::Null, Value::Decimal),
        "instant" => Value::Instant(17_092_100_967_891_234),
        "date" => Value::Date(19_782),
        "time" => Value::Time(452_967_890_000),
        "guid" => Value::Guid("0f8fad5b-d9cb-469f-a165-70867728950e".to_owned()),
        "bytes" => Value::Bytes(vec![0, 1, 255]),
        "json" => Value::Json("{\"a\":1}".to_owned()),
        "size" => Value::Enum(SIZES, 1),
        _ => Value::Null,
    }
}

fn empty(_: &str) -> Value {
    Value::Null
}

/// The ends of what the columns hold.
fn edge(name: &str) -> Value {
    match name {
        "text" => Value::Text(String::new()),
        "flag" => Value::Bool(false),
        "int" => Value::Int(i64::from(i32::MIN)),
        "long" => Value::Int(i64::MIN),
        "double" => Value::Double(-f64::MAX),
        "decimal" => Decimal::parse("-79228162514264337593543950335").map_or(Value::Null, Value::Decimal),
        "instant" => Value::Instant(-621_355_968_000_000_000),
        "date" => Value::Date(2_932_896),
        "time" => Value::Time(863_999_999_999),
        "guid" => Value::Guid("00000000-0000-0000-0000-000000000000".to_owned()),
        "bytes" => Value::Bytes(Vec::new()),
        "json" => Value::Json("[]".to_owned()),
        "size" => Value::Enum(SIZES, 0),
        _ => Value::Null,
    }
}
