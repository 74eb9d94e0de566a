//! Ordinary structs of an app that knows nothing of tables, with a value of each.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

#[derive(Serialize, JsonSchema)]
pub(crate) enum Data {
    Unit,
    One(i32),
    Two(i32, String),
    Named { a: u8, b: Option<String> },
}

#[derive(Serialize, JsonSchema)]
#[serde(tag = "kind")]
pub(crate) enum Tagged {
    Short { x: i32 },
    Long(Inner),
}

#[derive(Serialize, JsonSchema)]
#[serde(tag = "t", content = "c")]
pub(crate) enum Beside {
    A(i32),
    B { y: String },
}

#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
pub(crate) enum Either {
    Number(i32),
    Object(Inner),
}

/// One variant, whose tag stands beside the members of another struct.
#[derive(Serialize, JsonSchema)]
#[serde(tag = "kind")]
pub(crate) enum Only {
    It(Inner),
}

#[derive(Serialize, JsonSchema, Default, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Level {
    #[default]
    VeryLow,
    High,
}

/// A mood.
#[derive(Serialize, JsonSchema)]
pub(crate) enum Mood {
    /// All is well.
    Good,
    Bad,
}

#[derive(Serialize, JsonSchema)]
pub(crate) struct Inner {
    a: i32,
    b: Option<bool>,
    any: Value,
    maybe_any: Option<Value>,
}

#[derive(Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Strict {
    a: i64,
    level: Level,
    other: Option<Level>,
}

#[derive(Serialize, JsonSchema)]
pub(crate) struct Wrapper<T> {
    value: T,
    list: Vec<T>,
    maybe: Option<T>,
}

#[derive(Serialize, JsonSchema)]
pub(crate) struct Flat {
    f1: i32,
    /// Of the inner struct.
    f2: Option<String>,
}

#[derive(Serialize, JsonSchema)]
pub(crate) struct Flattened {
    own: i32,
    #[serde(flatten)]
    flat: Flat,
    #[serde(flatten)]
    tagged: Tagged,
    #[serde(flatten)]
    more: BTreeMap<String, Value>,
}

/// Contains itself, by way of a list and of a map.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Tree {
    name: String,
    children: Vec<Tree>,
    named: BTreeMap<String, Tree>,
}

#[derive(Serialize, JsonSchema)]
pub(crate) struct Meters(f64);

#[derive(Serialize, JsonSchema)]
pub(crate) struct Pair(i32, String);

/// A record of an app.
///
/// It has all that serde can say.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Record {
    id: String,
    /// An enum with data.
    data: Vec<Data>,
    maybe_data: Option<Data>,
    tagged: Vec<Tagged>,
    beside: Vec<Beside>,
    either: Vec<Either>,
    only: Only,
    /// An enum of texts.
    level: Level,
    maybe_level: Option<Level>,
    #[serde(default)]
    usual_level: Level,
    mood: Mood,
    inner: Inner,
    maybe_inner: Option<Inner>,
    strict: Strict,
    numbers: Wrapper<i32>,
    wrapped: Wrapper<Wrapper<Level>>,
    flattened: Flattened,
    tree: Tree,
    meters: Meters,
    pair: Pair,
    tuple: (i32, String, bool),
    array: [i32; 3],
    nothing: (),
    bytes: Vec<u8>,
    maybe_items: Option<Vec<Option<i64>>>,
    map: BTreeMap<String, Inner>,
    by_number: BTreeMap<u32, String>,
    set: BTreeSet<Level>,
    any: Value,
    boxed: Box<Inner>,
    duration: std::time::Duration,
    result: Result<i32, String>,
    truth: bool,
    small: i8,
    wide: u32,
    wider: u64,
    single: f32,
    letter: char,
    #[serde(default)]
    count: i32,
    #[serde(default)]
    maybe_count: Option<i32>,
    #[serde(flatten)]
    flat: Flat,
}

fn inner(any: Value) -> Inner {
    Inner { a: -1, b: Some(true), any, maybe_any: None }
}

fn numbers(value: i32) -> Wrapper<i32> {
    Wrapper { value, list: vec![value, 2], maybe: None }
}

impl Record {
    pub(crate) fn sample() -> Self {
        let leaf = |name: &str| Tree { name: name.to_owned(), children: Vec::new(), named: BTreeMap::new() };
        let more = [("extra".to_owned(), json!([1, { "deep": null }]))];
        let levels = || Wrapper { value: Level::High, list: vec![Level::VeryLow], maybe: Some(Level::High) };
        Self {
            id: "1".to_owned(),
            data: vec![
                Data::Unit,
                Data::One(1),
                Data::Two(2, "two".to_owned()),
                Data::Named { a: 3, b: None },
                Data::Named { a: 4, b: Some("b".to_owned()) },
            ],
            maybe_data: Some(Data::One(5)),
            tagged: vec![Tagged::Short { x: 1 }, Tagged::Long(inner(json!(1)))],
            beside: vec![Beside::A(1), Beside::B { y: "y".to_owned() }],
            either: vec![Either::Number(1), Either::Object(inner(json!({})))],
            only: Only::It(inner(json!("text"))),
            level: Level::High,
            maybe_level: Some(Level::VeryLow),
            usual_level: Level::High,
            mood: Mood::Good,
            inner: inner(json!([1.5])),
            maybe_inner: Some(Inner { a: 0, b: Some(false), any: json!(false), maybe_any: Some(json!({ "x": 1 })) }),
            strict: Strict { a: i64::MIN, level: Level::High, other: Some(Level::VeryLow) },
            numbers: numbers(1),
            wrapped: Wrapper { value: levels(), list: vec![levels()], maybe: None },
            flattened: Flattened {
                own: 1,
                flat: Flat { f1: 2, f2: Some("f2".to_owned()) },
                tagged: Tagged::Short { x: 3 },
                more: more.into(),
            },
            tree: Tree {
                name: "root".to_owned(),
                children: vec![leaf("child")],
                named: [("left".to_owned(), leaf("left"))].into(),
            },
            meters: Meters(1.25),
            pair: Pair(1, "pair".to_owned()),
            tuple: (1, "two".to_owned(), true),
            array: [1, 2, 3],
            nothing: (),
            bytes: vec![0, 255],
            maybe_items: Some(vec![Some(1), None]),
            map: [("key".to_owned(), inner(json!(0)))].into(),
            by_number: [(7, "seven".to_owned())].into(),
            set: [Level::High, Level::VeryLow].into(),
            any: json!({ "a": [1, "b"] }),
            boxed: Box::new(inner(json!(""))),
            duration: std::time::Duration::new(1, 2),
            result: Err("why".to_owned()),
            truth: true,
            small: -8,
            wide: u32::MAX,
            wider: 1,
            single: 0.5,
            letter: 'ß',
            count: 3,
            maybe_count: None,
            flat: Flat { f1: 1, f2: None },
        }
    }
}
