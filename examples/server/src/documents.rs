//! Tables of table documents.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use synctable::testing::ColumnType;
use synctable_codegen::document::{Column, ColumnRole, Documents, Kind, Table};

use crate::TableDefinition;

/// Makes the tables that documents describe, for a server that has just these: local tables and
/// columns are not among them, constants of inserts are.
///
/// # Errors
/// All mistakes of the documents; or the path leads to none.
pub fn document_tables(path: impl AsRef<Path>) -> Result<Vec<TableDefinition>, synctable_codegen::Error> {
    Documents::find([path]).map(|documents| tables_of(&documents))
}

/// Makes the tables of documents that were read.
pub(crate) fn tables_of(documents: &Documents) -> Vec<TableDefinition> {
    let tables = documents.tables().iter().filter(|table| !table.is_local());
    tables.map(|table| definition(documents, table)).collect()
}

fn definition(documents: &Documents, table: &Table) -> TableDefinition {
    let columns = table.columns().iter().filter(|column| is_served(column));
    let mut definition = columns.fold(TableDefinition::new(table.name()), |definition, column| {
        let column_type = match documents.texts_of(column) {
            Some(texts) => ColumnType::Enum(names(&texts)),
            None => type_of(column.kind()),
        };
        match column.is_nullable() {
            true => definition.column(column.wire_name(), column_type),
            false => definition.required(column.wire_name(), column_type),
        }
    });
    for (name, value) in table.on_insert() {
        let column_type = match value {
            serde_json::Value::Bool(_) => ColumnType::Bool,
            serde_json::Value::Number(number) if number.is_i64() => ColumnType::Int64,
            serde_json::Value::Number(_) => ColumnType::Double,
            _ => ColumnType::Text,
        };
        definition = definition.required(name, column_type);
    }
    if table.has_soft_delete() { definition.soft_delete() } else { definition }
}

/// Returns the names of an enumeration for as long as the process runs; the same ones are kept once.
fn names(texts: &[&str]) -> &'static [&'static str] {
    static KNOWN: Mutex<Vec<&'static [&'static str]>> = Mutex::new(Vec::new());
    // A list that a panic left half made is not in the vector.
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(same) = known.iter().find(|names| **names == texts) {
        return same;
    }
    let leaked: Vec<&'static str> = texts.iter().map(|text| &*Box::leak((*text).to_owned().into_boxed_str())).collect();
    let leaked: &'static [&'static str] = Box::leak(leaked.into_boxed_slice());
    known.push(leaked);
    leaked
}

fn is_served(column: &Column) -> bool {
    column.role() == ColumnRole::Data && !column.is_local_only()
}

fn type_of(kind: Kind) -> ColumnType {
    match kind {
        Kind::Bool => ColumnType::Bool,
        Kind::I8 | Kind::I16 | Kind::I32 | Kind::U8 | Kind::U16 => ColumnType::Int32,
        Kind::U32 | Kind::I64 => ColumnType::Int64,
        Kind::F32 => ColumnType::Single,
        Kind::F64 => ColumnType::Double,
        Kind::Decimal => ColumnType::Decimal,
        Kind::Timestamp => ColumnType::Instant,
        Kind::Date => ColumnType::Date,
        Kind::TimeOfDay => ColumnType::Time,
        Kind::Uuid => ColumnType::Guid,
        Kind::Bytes => ColumnType::Bytes,
        Kind::Json => ColumnType::Json,
        // Texts, characters, ids and versions.
        _ => ColumnType::Text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tables(properties: &str, required: &str) -> Vec<TableDefinition> {
        let text = format!(
            r#"{{"title": "Thing", "type": "object", "properties": {{"id": {{"type": "string"}}, {properties}}}, "required": ["id"{required}], "x-sync": {{"table": "things"}}}}"#
        );
        tables_of(&Documents::parse("thing.json", text).unwrap())
    }

    #[test]
    fn columns_keep_their_order_and_enums_their_names() {
        let found = tables(
            r#""size": {"type": "string", "enum": ["small", "large"]}, "amount": {"type": ["integer", "null"], "format": "int32"}"#,
            r#", "size""#,
        );
        let expected = TableDefinition::new("things")
            .required("size", ColumnType::Enum(&["small", "large"]))
            .column("amount", ColumnType::Int32)
            .soft_delete();
        assert_eq!(found, [expected]);
    }

    #[test]
    fn an_enum_that_keeps_other_texts_is_a_text() {
        let open = r#""size": {"type": "string", "enum": ["small", "large"], "x-sync": {"other": "Other"}}"#;
        assert_eq!(tables(open, "")[0].columns()[0].column_type(), ColumnType::Text);
    }

    #[test]
    fn the_same_names_are_kept_once() {
        assert!(std::ptr::eq(names(&["a", "b"]), names(&["a", "b"])));
        assert_eq!(names(&["b", "a"]), ["b", "a"]);
    }
}
