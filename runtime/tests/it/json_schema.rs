//! The documents of derived tables: what they say, and that the reader of documents takes them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use synctable::{ColumnSubset, ColumnValue, Decimal, Id, SyncTable, Timestamp, add_subset, document};
use synctable_codegen::document::Documents;

#[derive(Debug, Clone, Copy, ColumnValue)]
#[sync(rename_all = "kebab-case")]
enum Priority {
    /// Now.
    VeryHigh,
    Low,
}

/// Somewhere.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
struct Place {
    /// Degrees north.
    lat: f64,
    inner: Option<Box<Inner>>,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
struct Inner {
    name: String,
}

/// A type that tells nobody what it looks like.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Silent(i32);

/// A job.
///
/// With two paragraphs.
#[derive(Debug, SyncTable)]
#[sync(table = "jobs", narrow, on_insert(region = "EU"))]
struct Job {
    id: Id,
    /// What is to be done.
    #[sync(rename = "what", max_length = 80, was = "title")]
    title: String,
    priority: Option<Priority>,
    #[sync(json)]
    place: Place,
    #[sync(json)]
    way: Option<Vec<Place>>,
    #[sync(json)]
    silent: Silent,
    #[sync(references = Self)]
    parent: Option<Id>,
    #[sync(default = Timestamp::EPOCH)]
    due: Timestamp,
    #[sync(skip)]
    cached: usize,
    #[sync(system)]
    deleted: bool,
}

#[derive(Debug, ColumnSubset)]
#[sync(of = Job)]
struct JobTitle {
    id: Id,
    title: String,
}

fn as_json() -> Value {
    let mut document = document::<Job>().unwrap();
    add_subset::<Job, JobTitle>(&mut document);
    serde_json::from_str(&document.to_text()).unwrap()
}

#[test]
fn a_document_says_what_the_struct_says() {
    let document = as_json();
    assert_eq!(document["title"], "Job");
    assert_eq!(document["description"], "A job.\n\nWith two paragraphs.");
    assert_eq!(document["required"], json!(["id", "what", "place"]));
    assert_eq!(
        document["x-sync"],
        json!({
            "table": "jobs",
            "narrow": true,
            "onInsert": {"region": "EU"},
            "subsets": {"JobTitle": ["id", "what"]},
        })
    );
    let properties = &document["properties"];
    assert_eq!(
        properties["what"],
        json!({
            "description": "What is to be done.",
            "type": "string",
            "maxLength": 80,
            "x-sync": {"name": "title", "was": ["title"]},
        })
    );
    assert_eq!(properties["priority"], json!({"anyOf": [{"$ref": "#/$defs/Priority"}, {"type": "null"}]}));
    assert_eq!(
        document["$defs"]["Priority"]["oneOf"],
        json!([
            {"type": "string", "const": "very-high", "description": "Now."},
            {"type": "string", "const": "low"},
        ])
    );
    assert_eq!(properties["place"]["properties"]["lat"]["description"], "Degrees north.");
    assert_eq!(properties["way"]["type"], json!(["array", "null"]));
    // Nothing is known of it, so anything goes.
    assert_eq!(properties["silent"], json!({}));
    assert_eq!(properties["parent"]["x-sync"]["references"], "jobs");
    assert_eq!(properties["due"]["default"], "1970-01-01T00:00:00.000Z");
    assert_eq!(properties["deleted"], json!({"type": "boolean"}));
    assert!(properties.get("cached").is_none());
}

#[test]
fn the_reader_takes_the_document() {
    let documents = Documents::parse("job.json", as_json().to_string()).unwrap();
    let table = &documents.tables()[0];
    assert_eq!((table.name(), table.rust_name(), table.is_narrow()), ("jobs", "Job", true));
    let names: Vec<_> = table.columns().iter().map(|column| column.rust_name()).collect();
    let mut expected = vec!["id", "title", "priority", "place", "way", "silent", "parent", "due", "deleted"];
    expected.sort_unstable();
    let mut sorted = names.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, expected);
}

/// The struct is read by nobody else.
#[test]
fn the_fields_are_used() {
    let _ = |job: &Job, part: &JobTitle| (job.cached, job.deleted, part.title.len(), part.id.clone(), job.silent.0);
    let _ = |job: Job| (job.title, job.priority, job.place.lat, job.place.inner.map(|inner| inner.name), job.way);
    let _ = (Priority::VeryHigh, Priority::Low);
}

/// A type that contains itself.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
struct Tree {
    name: String,
    children: Vec<Tree>,
}

#[test]
fn a_type_that_contains_itself_is_among_the_definitions_of_the_document() {
    #[derive(Debug, SyncTable)]
    struct Forest {
        id: Id,
        #[sync(json)]
        first: Tree,
        #[sync(json)]
        others: Vec<Tree>,
        #[sync(default = "1e-300".parse()?)]
        least: Decimal,
        #[sync(default = "0.12345678901234567890".parse()?)]
        exact: Decimal,
        #[sync(default = -0.0)]
        below_zero: f64,
    }

    let text = document::<Forest>().unwrap().to_text();
    let json: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(json["properties"]["first"], json!({ "$ref": "#/$defs/Tree" }));
    assert_eq!(json["$defs"]["Tree"]["properties"]["children"]["items"], json!({ "$ref": "#/$defs/Tree" }));
    let documents = Documents::parse("forest.json", text).unwrap();
    assert_eq!(documents.tables()[0].columns().len(), 6);
    // A number of JSON has the digits of an `f64`.
    assert_eq!(json["properties"]["exact"]["default"], "0.1234567890123456789");
    assert_eq!(json["properties"]["least"]["default"], json!(1e-300));
    assert!(json["properties"]["belowZero"]["default"].as_f64().is_some_and(|zero| zero.is_sign_negative()));
}
