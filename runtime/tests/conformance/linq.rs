//! Runs `linq_to_odata.json`: what a typed query becomes as OData text, what cannot be said, and which rows it gives.
//!
//! A case is built with the library's typed operators, through a layer that knows types only when the case is read. Its text is
//! compared with the older clients'; where ours differs on purpose, a rule of `exempt_linq.toml` makes our text of theirs and that
//! is compared. The cases of `odata4` are written for `toolkit` and `v3`, those of `odata3` for `dotnet-v2`; results are read from
//! both local stores and, with `RemoteTable`, from the reference server.

mod build;
mod case;
mod exempt;
mod request;
mod results;
mod tables;
mod text;
mod typed;

use std::collections::BTreeMap;

use serde_json::{Value, json};
use synctable::testing::odata::percent_decode;
use synctable::wire::Dialect;

use crate::data;
use build::build;
use case::{Case, Constant, ConstantType, Entity as Named, Generation, Kind};
use exempt::{Difference, Rules, fragments};
use results::Worlds;
use tables::{Entity, IdOnly, KitchenSink, Ksv, Movie, OlderMovie, Product};

const CASES: &str = "linq_to_odata.json";
const RULES: &str = "exempt_linq.toml";
/// What `{any}` stands for.
const ANY: &str = "0f8fad5b-d9cb-469f-a165-70867728950e";

/// What became of a case that is not at fault.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Outcome {
    /// It is as the older clients have it.
    Same,
    /// It differs by these rules, and is as they say.
    ByRule(Vec<Difference>),
    /// The typed operators cannot say it, as it should be: such code does not compile.
    DoesNotCompile(String),
    /// The typed operators cannot say what the older clients could.
    Exempt(String),
}

impl Outcome {
    fn of(differences: Vec<Difference>) -> Self {
        if differences.is_empty() { Self::Same } else { Self::ByRule(differences) }
    }
}

/// Does the same with the table of each entity that a case names.
macro_rules! for_table {
    ($case:expr, $table:ident => $result:expr) => {
        match $case.entity {
            Some(Named::KitchenSink) | None => {
                type $table = KitchenSink;
                $result
            }
            Some(Named::Movies) if $case.movies().0 => {
                type $table = Movie;
                $result
            }
            Some(Named::Movies) => {
                type $table = OlderMovie;
                $result
            }
            Some(Named::IdOnly) => {
                type $table = IdOnly;
                $result
            }
            Some(Named::Ksv) => {
                type $table = Ksv;
                $result
            }
            Some(Named::Product) => {
                type $table = Product;
                $result
            }
        }
    };
}

fn dialects(case: &Case) -> &'static [Dialect] {
    match case.dialect {
        Some(Generation::Three) => &[Dialect::DotNetV2],
        Some(Generation::Four) | None => &[Dialect::Toolkit, Dialect::DatasyncV3],
    }
}

/// Runs one case.
///
/// # Errors
/// What is at fault.
fn run(case: &Case, worlds: &mut Worlds) -> Result<Outcome, String> {
    match case.kind {
        Kind::Odata => for_table!(case, T => odata::<T>(case)),
        Kind::Literal => literal(case),
        Kind::Unsupported | Kind::Rejected => for_table!(case, T => refused::<T>(case)),
        Kind::Results => worlds.check(case),
    }
}

fn odata<T: Entity>(case: &Case) -> Result<Outcome, String> {
    let built = match build::<T>(case) {
        Ok(built) => built,
        Err(reason) => return Ok(Outcome::Exempt(reason)),
    };
    let mut selection = built.selection();
    if !case.has_parameters() {
        selection.parameters.clear();
    }
    let text = case.expected.as_deref().ok_or("the case expects nothing")?;
    let mut differences = Vec::new();
    for &dialect in dialects(case) {
        let mut expected = exempt::expected(case, text, dialect, &|name| T::definition(name))?;
        let written = dialect.query_string(&selection).map_err(|error| error.to_string())?;
        let mut written = decoded(&written)?;
        if case.parameter_order.is_some() {
            written.sort();
            expected.fragments.sort();
        }
        if written != expected.fragments {
            return Err(format!("{}: expected {:?}, found {written:?}", dialect.name(), expected.fragments));
        }
        if built.has_count != expected.has(Difference::CountOfPages) {
            return Err("the text and the query disagree on the count".to_owned());
        }
        if built.has_count {
            request::counts_a_page(&built.query, dialect)?;
        }
        differences = expected.differences;
    }
    Ok(Outcome::of(differences))
}

fn decoded(query: &str) -> Result<Vec<String>, String> {
    // Values are encoded, so that every `&` stands between two options.
    let options = query.split('&').filter(|option| !option.is_empty());
    options.map(|option| percent_decode(option).ok_or_else(|| format!("`{option}` is not encoded"))).collect()
}

/// Writes a constant beside a column of its type.
fn literal(case: &Case) -> Result<Outcome, String> {
    let constant = case.value.as_ref().ok_or("the case has no constant")?;
    let field = match constant.t {
        ConstantType::Bool => "booleanValue",
        ConstantType::Byte => "byteValue",
        ConstantType::Int => "intValue",
        ConstantType::Long => "longValue",
        ConstantType::Float => "floatValue",
        ConstantType::Double => "doubleValue",
        ConstantType::Decimal => "decimalValue",
        ConstantType::Null | ConstantType::String => "stringValue",
        ConstantType::Char => "charValue",
        ConstantType::Enum => "enumValue",
        ConstantType::Guid => "guidValue",
        ConstantType::Date => "dateOnlyValue",
        ConstantType::Time => "timeOnlyValue",
        ConstantType::DateTime => "dateTimeValue",
        ConstantType::DateTimeOffset => "dateTimeOffsetValue",
        ConstantType::Short => return literal_beside::<Product>(case, constant, "DisplayAisle"),
        ConstantType::UInt => return literal_beside::<Product>(case, constant, "UnsignedSmallId"),
        ConstantType::ULong => return Ok(Outcome::Exempt("no unsigned 64-bit numbers".to_owned())),
        ConstantType::List => return Ok(Outcome::Exempt("a list is no constant".to_owned())),
    };
    literal_beside::<KitchenSink>(case, constant, field)
}

fn literal_beside<T: Entity>(case: &Case, constant: &Constant, field: &str) -> Result<Outcome, String> {
    let mut beside = case.clone();
    beside.query = vec![json!(["where", ["eq", ["field", field], constant]])];
    let built = match build::<T>(&beside) {
        Ok(built) => built,
        Err(reason) => return Ok(Outcome::Exempt(reason)),
    };
    let text = case.expected.as_deref().ok_or("the case expects nothing")?;
    let mut differences = Vec::new();
    for &dialect in dialects(case) {
        let expected = exempt::expected(case, text, dialect, &|name| T::definition(name))?;
        let written = dialect.query_string(&built.selection()).map_err(|error| error.to_string())?;
        let written = decoded(&written)?.remove(0);
        if written != format!("$filter=({field} eq {})", expected.fragments.join("&")) {
            return Err(format!("{}: expected {:?}, found {written}", dialect.name(), expected.fragments));
        }
        differences = expected.differences;
    }
    Ok(Outcome::of(differences))
}

/// What must be refused is refused by the compiler, or when the text is written, in every dialect of the generation.
fn refused<T: Entity>(case: &Case) -> Result<Outcome, String> {
    let built = match build::<T>(case) {
        Ok(built) => built,
        Err(reason) => return Ok(Outcome::DoesNotCompile(reason)),
    };
    for &dialect in dialects(case) {
        if let Ok(text) = dialect.query_string(&built.selection()) {
            return Err(format!("{} writes {text}", dialect.name()));
        }
    }
    Ok(Outcome::Same)
}

fn cases() -> Vec<Case> {
    let cases: Value = data::recorded(CASES);
    let text = cases.to_string().replace("{any}", ANY);
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{CASES}: {error}"))
}

fn rules() -> Rules {
    data::exemptions(RULES)
}

#[test]
fn typed_queries_become_what_the_older_clients_recorded() {
    let (cases, rules, mut worlds) = (cases(), rules(), Worlds::default());
    let mut faults = Vec::new();
    let mut kinds: BTreeMap<Kind, usize> = BTreeMap::new();
    let mut by_rule: BTreeMap<Difference, Vec<&str>> = BTreeMap::new();
    let (mut uncompiled, mut exempt) = (BTreeMap::new(), BTreeMap::new());
    for case in &cases {
        match run(case, &mut worlds) {
            Err(fault) => faults.push(format!("{} {:?} {fault}", case.id, case.query)),
            Ok(Outcome::Exempt(reason)) => {
                exempt.insert(case.id.as_str(), reason);
            }
            Ok(outcome) => {
                *kinds.entry(case.kind).or_default() += 1;
                match outcome {
                    Outcome::ByRule(differences) => {
                        for difference in differences {
                            by_rule.entry(difference).or_default().push(&case.id);
                        }
                    }
                    Outcome::DoesNotCompile(reason) => {
                        uncompiled.insert(case.id.as_str(), reason);
                    }
                    Outcome::Same | Outcome::Exempt(_) => {}
                }
            }
        }
    }
    let ran: usize = kinds.values().sum();
    data::say(&format!("{CASES}: {ran} cases ran ({kinds:?}), {} are exempt", exempt.len()));
    for (id, reason) in &exempt {
        data::say(&format!("  exempt: {id} ({}: {reason})", rules.reason(Difference::NotTyped)));
    }
    for (difference, ids) in &by_rule {
        let cases = if ids.len() > 12 { format!("{} cases", ids.len()) } else { ids.join(", ") };
        data::say(&format!("  ours by rule: {cases} ({})", rules.reason(*difference)));
    }
    data::say(&format!("  refused by the compiler: {}", uncompiled.keys().copied().collect::<Vec<_>>().join(", ")));
    assert!(faults.is_empty(), "{} of {ran} cases:\n{}", faults.len(), faults.join("\n"));
    if data::is_own() {
        for rule in rules.all() {
            let is_used = by_rule.contains_key(&rule.name) || rule.name == Difference::NotTyped && !exempt.is_empty();
            assert_eq!(is_used, !rule.unseen, "rule {:?} ({})", rule.name, rule.reason);
        }
        // A layer that comes to say less must not take cases away unseen.
        assert_eq!(exempt.keys().copied().collect::<Vec<_>>(), EXEMPT, "{exempt:?}");
    }
}

/// The cases here that no typed query says.
const EXEMPT: [&str; 1] = ["linq-0453"];

#[test]
fn a_wrong_text_or_result_is_a_fault() {
    let case = |change: &str, value: Value| {
        let mut case = json!({
            "id": "x", "kind": "odata", "dialect": "odata4", "entity": "kitchensink",
            "query": [["where", ["gt", ["field", "intValue"], {"t": "int", "v": 3}]], ["take", 2]],
            "expected": "$filter=(intValue gt 3)&$top=2", "sources": []
        });
        case[change] = value;
        serde_json::from_value::<Case>(case).unwrap()
    };
    let mut worlds = Worlds::default();
    let mut check = |case: &Case| run(case, &mut worlds);
    assert_eq!(check(&case("id", "x".into())), Ok(Outcome::Same));
    for (change, value) in [
        ("expected", Value::from("$filter=(intValue gt 4)&$top=2")),
        ("expected", "$filter=(intValue gt 3)".into()),
        ("expected", "$top=2&$filter=(intValue gt 3)".into()),
        ("expected", "$filter=(intValue gt 3L)&$top=2".into()),
        ("expected", "$filter=(intValue gt 3)&$top=2&$count=true".into()),
        ("kind", "unsupported".into()),
        ("kind", "rejected".into()),
    ] {
        assert!(check(&case(change, value.clone())).is_err(), "{change} {value}");
    }
    assert!(matches!(check(&case("query", json!([["orderBy", ["row"]]]))), Ok(Outcome::Exempt(_))));

    let results = |change: &str, value: Value| {
        let mut case = json!({
            "id": "x", "kind": "results", "entity": "movies", "sources": [],
            "query": [["where", ["eq", ["field", "year"], {"t": "int", "v": 1994}]]],
            "firstIds": ["id-000", "id-003"], "resultCount": 5
        });
        case[change] = value;
        serde_json::from_value::<Case>(case).unwrap()
    };
    assert_eq!(check(&results("id", "x".into())), Ok(Outcome::Same));
    for (change, value) in [
        ("resultCount", Value::from(4)),
        ("firstIds", json!(["id-003", "id-000"])),
        ("firstIds", json!(["id-000", "id-001"])),
    ] {
        assert!(check(&results(change, value.clone())).is_err(), "{change} {value}");
    }
    assert_eq!(fragments("a").len(), 1);
}
