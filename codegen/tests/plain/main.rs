//! Plain JSON Schema, as schemars makes it of structs that know nothing of tables, is a table document:
//! its code compiles, and what is read of JSON is written again.
//!
//! `SYNCTABLE_BLESS=1 cargo test -p synctable-codegen --test plain` writes the code anew.

// What is outside a test function here is still only run by one.
#![allow(clippy::unwrap_used)]
// The structs of an app are serialized, and their fields not read here.
#![allow(dead_code)]

mod shapes;

use std::path::{Path, PathBuf};
use std::{env, fs};

use schemars::schema_for;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use shapes::Record;
use synctable::SyncTable;
use synctable_codegen::document::Documents;

// The generator formats its files.
#[rustfmt::skip]
mod generated {
    #![deny(missing_docs, missing_debug_implementations, unused_qualifications, clippy::all, clippy::pedantic)]
    #![allow(unreachable_pub)]

    /// Of the schema that schemars 1 makes.
    pub(crate) mod one;
    /// Of a schema that schemars 0.8 made: draft 07, `definitions`, `allOf` around a `$ref`.
    pub(crate) mod zero;
}

fn here(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/plain").join(file)
}

/// Holds the code of a schema against the file that is compiled above.
fn is_code_of(file: &str, name: &str, schema: &str) {
    let folder = tempfile::tempdir().unwrap();
    let document = folder.path().join(name);
    fs::write(&document, schema).unwrap();
    let came = synctable_codegen::configure().schemas(&document).generate().unwrap();
    if env::var_os("SYNCTABLE_BLESS").is_some() {
        fs::write(here(file), came.text()).unwrap();
    }
    let expected = fs::read_to_string(here(file)).unwrap_or_default();
    assert!(came.text() == expected, "{file} is not the code; if it is right, set SYNCTABLE_BLESS=1:\n{}", came.text());
}

#[test]
fn the_code_of_a_plain_schema_is_the_one_that_is_compiled() {
    is_code_of("generated/one.rs", "record.json", &serde_json::to_string(&schema_for!(Record)).unwrap());
    is_code_of("generated/zero.rs", "old.json", &fs::read_to_string(here("old.json")).unwrap());
}

/// Reads a column, and holds what is written of it against what was read.
fn kept<T: Serialize + DeserializeOwned>(row: &Value, column: &str) -> T {
    let json = &row[column];
    let read: T = serde_json::from_value(json.clone()).unwrap_or_else(|error| panic!("{column}: {error}: {json}"));
    assert_eq!(without_nulls(&serde_json::to_value(&read).unwrap()), without_nulls(json), "{column}");
    read
}

/// Absent and null are one to a member that may be absent.
fn without_nulls(json: &Value) -> Value {
    match json {
        Value::Object(members) => {
            let kept = members.iter().filter(|(_, value)| !value.is_null());
            kept.map(|(name, value)| (name.clone(), without_nulls(value))).collect()
        }
        Value::Array(items) => items.iter().map(without_nulls).collect(),
        other => other.clone(),
    }
}

#[test]
fn what_json_columns_read_they_write() {
    let row = serde_json::to_value(Record::sample()).unwrap();
    let read = generated::one::Record {
        data: kept(&row, "data"),
        maybe_data: kept(&row, "maybeData"),
        tagged: kept(&row, "tagged"),
        beside: kept(&row, "beside"),
        either: kept(&row, "either"),
        only: kept(&row, "only"),
        inner: kept(&row, "inner"),
        maybe_inner: kept(&row, "maybeInner"),
        strict: kept(&row, "strict"),
        numbers: kept(&row, "numbers"),
        wrapped: kept(&row, "wrapped"),
        flattened: kept(&row, "flattened"),
        tree: kept(&row, "tree"),
        pair: kept(&row, "pair"),
        tuple: kept(&row, "tuple"),
        array: kept(&row, "array"),
        nothing: kept(&row, "nothing"),
        bytes: kept(&row, "bytes"),
        maybe_items: kept(&row, "maybeItems"),
        map: kept(&row, "map"),
        by_number: kept(&row, "byNumber"),
        set: kept(&row, "set"),
        any: kept(&row, "any"),
        boxed: kept(&row, "boxed"),
        duration: kept(&row, "duration"),
        result: kept(&row, "result"),
        ..generated::one::Record::default()
    };
    assert_eq!(read.tree.children[0].name, "child");
    assert_eq!(read.only.other_members["kind"], "It");
    // A member that the struct does not name is kept or told, but never dropped.
    let error =
        serde_json::from_value::<generated::one::Strict>(serde_json::json!({ "a": 1, "level": "high", "b": 2 }));
    assert!(error.unwrap_err().to_string().starts_with("unknown field `b`"));
}

#[test]
fn null_of_a_member_that_every_object_has_is_written() {
    let absent = serde_json::from_str::<generated::zero::Part>("{}").unwrap();
    assert_eq!(serde_json::to_string(&absent).unwrap(), "{\"always\":null}");
}

#[test]
fn columns_have_the_types_of_their_fields() {
    let types = |schema: &synctable::TableSchema| -> Vec<String> {
        let columns = schema.columns().iter().filter(|column| format!("{:?}", column.column_type()) != "Json");
        columns
            .map(|column| {
                let null = if column.is_nullable() { "?" } else { "" };
                format!("{} {:?}{null}", column.wire_name(), column.column_type())
            })
            .collect()
    };
    let one = [
        "id Id",
        "level Text",
        "maybeLevel Text?",
        "usualLevel Text",
        "mood Text",
        "meters F64",
        "truth Bool",
        "small I8",
        "wide U32",
        "wider I64",
        "single F32",
        "letter Text",
        "count I32",
        "maybeCount I32?",
        "f1 I32",
        "f2 Text?",
    ];
    let mut came = types(generated::one::Record::SCHEMA);
    came.sort();
    let mut expected = one.map(str::to_owned);
    expected.sort();
    assert_eq!(came, expected);
    let zero = [
        "count I32",
        "day Date",
        "id Id",
        "level Text",
        "maybe Text?",
        "mood Text",
        "usual Text",
        "uuid Uuid",
        "when Timestamp",
    ];
    assert_eq!(types(generated::zero::Old::SCHEMA), zero);
}

/// The codes of the mistakes of a document.
fn codes(text: &str) -> Vec<&'static str> {
    let error = Documents::parse("table.json", text).map(drop);
    error.map_or_else(|error| error.mistakes().iter().map(synctable_codegen::Mistake::code).collect(), |()| Vec::new())
}

#[test]
fn an_enum_that_is_flattened_into_the_row_is_a_mistake() {
    #[derive(Serialize, schemars::JsonSchema)]
    struct Row {
        id: String,
        #[serde(flatten)]
        tagged: shapes::Tagged,
    }

    assert_eq!(codes(&serde_json::to_string(&schema_for!(Row)).unwrap()), ["composition"]);
}
