//! The table documents of `schemas/` say the same as the structs that stand for these tables.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use synctable::{ColumnDef, ColumnType, Id, SyncTable, TableSchema, Timestamp};

/// The table of the quickstart.
#[derive(Debug, Clone, Default, SyncTable)]
#[sync(table = "todoitem")]
struct TodoItem {
    id: Id,
    title: String,
    complete: bool,
    #[sync(rename = "dueAt")]
    due: Option<Timestamp>,
}

/// What a document says of a column, without its description.
fn property(column: &ColumnDef) -> Value {
    let (json_type, format) = match column.column_type() {
        ColumnType::Bool => ("boolean", None),
        ColumnType::Id | ColumnType::Text => ("string", None),
        ColumnType::Timestamp => ("string", Some("date-time")),
        other => panic!("no document has a column of type {other:?} yet: say here how it is written"),
    };
    let mut property =
        if column.is_nullable() { json!({"type": [json_type, "null"]}) } else { json!({"type": json_type}) };
    if let Some(format) = format {
        property["format"] = format.into();
    }
    property
}

/// The document must be this, descriptions aside.
fn expected(title: &str, schema: &TableSchema) -> Value {
    let columns = schema.columns().iter();
    let properties: serde_json::Map<_, _> =
        columns.clone().map(|column| (column.wire_name().to_owned(), property(column))).collect();
    let required: BTreeSet<_> = columns.filter(|column| !column.is_nullable()).map(ColumnDef::wire_name).collect();
    json!({
        "$schema": "meta/table.schema.json",
        "title": title,
        "type": "object",
        "properties": properties,
        "required": required,
        "x-sync": {"table": schema.name()},
    })
}

fn document(name: &str) -> Value {
    let path = format!("{}/../schemas/{name}", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// Takes the descriptions out, none of which may be missing or empty; sorts what has no order.
fn bare(mut document: Value) -> Value {
    let described = |part: &mut Value| {
        let description = part.as_object_mut().unwrap().remove("description");
        assert!(description.is_some_and(|text| !text.as_str().unwrap().is_empty()), "not described: {part}");
    };
    document["properties"].as_object_mut().unwrap().values_mut().for_each(described);
    described(&mut document);
    document["required"].as_array_mut().unwrap().sort_by_key(ToString::to_string);
    document
}

#[test]
fn the_todo_item_is_the_quickstarts_table() {
    assert_eq!(bare(document("todo_item.json")), expected("TodoItem", TodoItem::SCHEMA));
}
