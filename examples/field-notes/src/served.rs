//! The tables as the server has them, made of the same documents.

use synctable::{ColumnType, TableSchema};
use synctable_server::{ColumnType as Served, TableDefinition};

/// The server's side of a table: its columns but the id, and those that stay on the device.
pub(crate) fn table(schema: &TableSchema) -> TableDefinition {
    let columns = schema.columns().iter().filter(|column| !column.is_id() && !column.is_local_only());
    let table = columns.fold(TableDefinition::new(schema.name()), |table, column| {
        let served = match column.column_type() {
            ColumnType::Bool => Served::Bool,
            ColumnType::I8 | ColumnType::I16 | ColumnType::I32 | ColumnType::U8 | ColumnType::U16 => Served::Int32,
            ColumnType::U32 | ColumnType::I64 => Served::Int64,
            ColumnType::F32 => Served::Single,
            ColumnType::F64 => Served::Double,
            ColumnType::Timestamp => Served::Instant,
            ColumnType::Bytes => Served::Bytes,
            ColumnType::Uuid => Served::Guid,
            ColumnType::Decimal => Served::Decimal,
            ColumnType::Date => Served::Date,
            ColumnType::TimeOfDay => Served::Time,
            ColumnType::Json => Served::Json,
            _ => Served::Text,
        };
        // A column of JSON is null where its value is.
        let is_required = !column.is_nullable() && served != Served::Json;
        let name = column.wire_name();
        if is_required { table.required(name, served) } else { table.column(name, served) }
    });
    if schema.is_hard_delete() { table } else { table.soft_delete() }
}

#[cfg(test)]
mod tests {
    use synctable::SyncTable as _;
    use synctable_server::{movies_table, todoitem_table};

    use super::*;
    use crate::tables::{Movie, TodoItem};

    #[test]
    fn documents_have_the_columns_that_the_reference_server_serves() {
        for (schema, served) in [(Movie::SCHEMA, movies_table()), (TodoItem::SCHEMA, todoitem_table())] {
            // A document says which names a column may hold, and not that a server orders them by their places.
            let read = |column_type| if let Served::Enum(_) = column_type { Served::Text } else { column_type };
            let columns = |table: &TableDefinition| -> Vec<_> {
                table.columns().iter().map(|column| (column.name().to_owned(), read(column.column_type()))).collect()
            };
            let from_document = table(schema);
            assert_eq!((from_document.name(), columns(&from_document)), (served.name(), columns(&served)));
            assert!(from_document.is_soft_delete());
        }
    }
}
