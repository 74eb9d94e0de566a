//! The golden files as code: they compile, under the lints that apps switch on, and make the
//! tables that their structs say.
//!
//! `SYNCTABLE_BLESS=1 cargo test -p synctable-codegen --test golden --test compiled` writes code and
//! tables anew, the code first.

// What is outside a test function here is still only run by one.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::path::Path;
use std::{env, fs};

use syn::Item;
use synctable::store::schema_text;
use synctable::{SyncTable as _, TableSchema, add_subset, document};
use synctable_codegen::document::TableDocument;

// The generator formats its files.
#[rustfmt::skip]
mod cases {
    #![deny(missing_docs, missing_debug_implementations, unused_qualifications, clippy::all, clippy::pedantic)]
    // The modules are private and nobody calls all that they offer.
    #![allow(unreachable_pub, dead_code)]

    #[path = "attributes/expected.rs"]
    pub(crate) mod attributes;
    #[path = "column_types/expected.rs"]
    pub(crate) mod column_types;
    #[path = "column_values/expected.rs"]
    pub(crate) mod column_values;
    #[path = "json/expected.rs"]
    pub(crate) mod json;
    #[path = "local_table/expected.rs"]
    pub(crate) mod local_table;
    #[path = "narrow_table/expected.rs"]
    pub(crate) mod narrow_table;
    #[path = "rules/expected.rs"]
    pub(crate) mod rules;
    #[path = "shared_attributes/expected.rs"]
    pub(crate) mod shared_attributes;
    #[path = "shared_json/expected.rs"]
    pub(crate) mod shared_json;
    #[path = "shared_types/expected.rs"]
    pub(crate) mod shared_types;
    #[path = "shared_values/expected.rs"]
    pub(crate) mod shared_values;
    #[path = "todo_item/expected.rs"]
    pub(crate) mod todo_item;
}

/// Each case with the schemas of its tables.
const CASES: [(&str, &[&TableSchema]); 12] = [
    ("attributes", &[cases::attributes::Job::SCHEMA]),
    ("column_types", &[cases::column_types::ColumnTypes::SCHEMA]),
    ("column_values", &[cases::column_values::Track::SCHEMA]),
    ("json", &[cases::json::Place::SCHEMA]),
    ("local_table", &[cases::local_table::Setting::SCHEMA]),
    ("narrow_table", &[cases::narrow_table::Order::SCHEMA]),
    ("rules", &[cases::rules::Order::SCHEMA]),
    ("shared_attributes", &[cases::shared_attributes::Job::SCHEMA, cases::shared_attributes::Setting::SCHEMA]),
    ("shared_json", &[cases::shared_json::Place::SCHEMA]),
    ("shared_types", &[cases::shared_types::SharedTypes::SCHEMA]),
    ("shared_values", &[cases::shared_values::Track::SCHEMA]),
    ("todo_item", &[cases::todo_item::TodoItem::SCHEMA]),
];

#[test]
fn the_tables_of_the_store_are_those_of_the_golden_files() {
    for (case, schemas) in CASES {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases").join(case).join("expected.sql");
        let came: String = schemas.iter().map(|schema| schema_text(schema).unwrap() + ";\n").collect();
        if env::var_os("SYNCTABLE_BLESS").is_some() {
            fs::write(&path, &came).unwrap();
        }
        let expected = fs::read_to_string(&path).unwrap_or_default();
        assert!(
            came == expected,
            "{case}: the tables are not those of {}; if they are right, set SYNCTABLE_BLESS=1:\n{came}",
            path.display()
        );
    }
}

#[test]
fn every_folder_is_compiled() {
    let folders: BTreeSet<String> = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(folders, CASES.iter().map(|(case, _)| (*case).to_owned()).collect());
}

#[test]
fn every_column_type_has_a_case() {
    let values = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../runtime/src/value.rs")).unwrap();
    let types = syn::parse_file(&values).unwrap().items.into_iter().find_map(|item| match item {
        Item::Enum(item) if item.ident == "ColumnType" => Some(item.variants),
        _ => None,
    });
    let known: BTreeSet<(String, bool)> = types
        .unwrap()
        .iter()
        .flat_map(|column_type| [false, true].map(|nullable| (column_type.ident.to_string(), nullable)))
        // A JSON column is null where its value is, so there is none that cannot be.
        .filter(|(name, nullable)| name != "Json" || *nullable)
        .collect();
    let seen_in = |prefix: &str| -> BTreeSet<(String, bool)> {
        let schemas = CASES.iter().filter(|(case, _)| case.starts_with(prefix)).flat_map(|(_, schemas)| schemas.iter());
        let columns = schemas.flat_map(|schema| schema.columns());
        columns.map(|column| (format!("{:?}", column.column_type()), column.is_nullable())).collect()
    };
    assert_eq!(known.difference(&seen_in("")).collect::<Vec<_>>(), Vec::<&(String, bool)>::new());
    // A generated struct has a `Default`, which a version has not: in documents it is optional.
    let without = ("Version".to_owned(), false);
    assert_eq!(known.difference(&seen_in("shared_")).collect::<Vec<_>>(), [&without]);
}

/// The document of a table, and the one that its code was generated from.
fn identity(case: &str, file: &str, came: &TableDocument) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases").join(case).join(file);
    let document: TableDocument = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    assert_eq!(came.to_text(), document.to_text(), "{case}/{file}");
}

#[test]
fn the_document_of_a_generated_table_is_the_one_it_was_generated_from() {
    use cases::{shared_attributes, shared_json, shared_types, shared_values};

    let mut job = document::<shared_attributes::Job>().unwrap();
    add_subset::<shared_attributes::Job, shared_attributes::JobTitle>(&mut job);
    identity("shared_attributes", "job.json", &job);
    identity("shared_attributes", "setting.json", &document::<shared_attributes::Setting>().unwrap());
    identity("shared_json", "table.json", &document::<shared_json::Place>().unwrap());
    identity("shared_types", "table.json", &document::<shared_types::SharedTypes>().unwrap());
    identity("shared_values", "table.json", &document::<shared_values::Track>().unwrap());
}
