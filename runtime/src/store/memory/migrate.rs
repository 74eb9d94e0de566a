//! Makes tables and brings rows to a schema with added columns.

use std::sync::Arc;

use super::{Content, Table};
use crate::error::{Error, ErrorKind};
use crate::row::Remote;
use crate::store::check_names;
use crate::store::entry::{Base, Entry};
use crate::store::system::{DeltaToken, key};
use crate::table::TableSchema;

/// Adds tables and columns. A column that is gone or has another type is refused: what is in memory
/// is not worth a migration of its own.
pub(super) fn open(content: &mut Content, schemas: &[&'static TableSchema]) -> Result<(), Error> {
    check_names(schemas)?;
    for &schema in schemas {
        let Some(table) = content.tables.get(schema.name()) else {
            content.tables.insert(schema.name(), Table { schema, rows: Arc::default(), deleted: Arc::default() });
            continue;
        };
        if table.schema == schema {
            continue;
        }
        check(table.schema, schema)?;
        let grown = schema.columns().len() > table.schema.columns().len();
        let mut table = table.clone();
        table.schema = schema;
        for row in Arc::make_mut(&mut table.rows).values_mut() {
            let row = Arc::make_mut(row);
            row.row = row.row.in_schema(schema)?;
            row.row.lack_nothing();
        }
        if !schema.keeps_deleted() {
            table.deleted = Arc::default();
        }
        for kept in Arc::make_mut(&mut table.deleted).values_mut() {
            kept.row = kept.row.in_schema(schema)?;
            kept.row.lack_nothing();
        }
        content.tables.insert(schema.name(), table);
        for entry in Arc::make_mut(&mut content.entries).values_mut().filter(|entry| entry.table == schema.name()) {
            change_entry(Arc::make_mut(entry), schema)?;
        }
        for grave in Arc::make_mut(&mut content.graves).values_mut() {
            if grave.row.schema().name() == schema.name() {
                grave.row = grave.row.in_schema(schema)?;
            }
        }
        if grown && schema.is_synced() {
            let meta = Arc::make_mut(&mut content.meta);
            meta.insert(key::refetch(schema.name()), String::new());
            // Rows that an unfinished pull has read anew lack the columns that come now.
            let is_unfinished = |token: &DeltaToken| token.filter.starts_with(key::REFETCHING);
            let tokens = Arc::make_mut(&mut content.tokens);
            tokens.retain(|(table, _), token| table != schema.name() || !is_unfinished(token));
            meta.entry(key::narrow(schema.name())).or_insert_with(|| key::ADDED.to_owned());
        }
    }
    Ok(())
}

fn check(before: &TableSchema, schema: &TableSchema) -> Result<(), Error> {
    for column in before.columns() {
        let now = schema.columns().iter().find(|other| other.sql_name() == column.sql_name());
        if !now
            .is_some_and(|now| (now.column_type(), now.is_nullable()) == (column.column_type(), column.is_nullable()))
        {
            let message = format!("column `{}` is gone or has another type than before", column.sql_name());
            return Err(Error::new(ErrorKind::Schema, message).in_table(schema.name()));
        }
    }
    for column in schema.columns() {
        let is_new = !before.columns().iter().any(|other| other.sql_name() == column.sql_name());
        if is_new && !column.is_nullable() && !column.has_default() {
            let message = format!(
                "column `{}` is new, neither optional nor has it a default: rows from before have no value for it",
                column.sql_name()
            );
            return Err(Error::new(ErrorKind::Schema, message).in_table(schema.name()));
        }
    }
    Ok(())
}

fn change_entry(entry: &mut Entry, schema: &'static TableSchema) -> Result<(), Error> {
    if let Base::Row(row) = &mut entry.base {
        *row = row.in_schema(schema)?;
    }
    match &mut entry.candidate {
        Some(Remote::Row(row) | Remote::Deleted(Some(row))) => *row = row.in_schema(schema)?,
        Some(Remote::Deleted(None)) | None => {}
    }
    let Some(request) = &mut entry.request else { return Ok(()) };
    let Some(wish) = &mut request.wish else { return Ok(()) };
    let before = wish.schema();
    let moved = |index: &usize| {
        let column = before.columns().get(*index)?;
        schema.columns().iter().position(|other| other.sql_name() == column.sql_name())
    };
    request.columns = request.columns.iter().filter_map(moved).collect();
    *wish = wish.in_schema(schema)?;
    Ok(())
}
