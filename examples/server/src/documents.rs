//! Tables of table documents.

use std::path::Path;

use synctable::testing::ColumnType;
use synctable_codegen::document::{Column, ColumnRole, Documents, Kind};

use crate::TableDefinition;

/// Makes the tables that documents describe, for a server that has just these: local tables and
/// columns are not among them, constants of inserts are.
///
/// # Errors
/// All mistakes of the documents; or the path leads to none.
pub fn document_tables(path: impl AsRef<Path>) -> Result<Vec<TableDefinition>, synctable_codegen::Error> {
    let documents = Documents::find([path])?;
    let tables = documents.tables().iter().filter(|table| !table.is_local()).map(|table| {
        let columns = table.columns().iter().filter(|column| is_served(column));
        let mut definition = columns.fold(TableDefinition::new(table.name()), |definition, column| {
            let column_type = type_of(column.kind());
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
    });
    Ok(tables.collect())
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
