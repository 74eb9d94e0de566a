//! Rows that could not be read: set aside with the form of the columns that they did not fit.

use std::fmt::Write as _;

use crate::error::Error;
use crate::store::StoreWrite;
use crate::store::system::{Quarantined, key};
use crate::table::TableSchema;

/// Sets a row aside, and notes the form of the columns: a version of the app with other columns may be
/// able to read it.
pub(crate) fn set_aside(tx: &mut dyn StoreWrite, schema: &'static TableSchema, row: &Quarantined) -> Result<(), Error> {
    tx.put_quarantined(row)?;
    note_form(tx, schema)
}

/// Notes that the rows of a table that are set aside do not fit its columns as they are now.
pub(crate) fn note_form(tx: &mut dyn StoreWrite, schema: &'static TableSchema) -> Result<(), Error> {
    let (key, form) = (key::quarantine(schema.name()), form(schema));
    if tx.meta(&key)?.as_deref() == Some(form.as_str()) {
        return Ok(());
    }
    tx.put_meta(&key, Some(&form))
}

/// What decides whether a server's row can be read: the columns by their wire names.
pub(crate) fn form(schema: &TableSchema) -> String {
    let mut form = String::new();
    for column in schema.columns().iter().filter(|column| !column.is_local_only()) {
        let null = if column.is_nullable() { "null" } else { "never null" };
        let default = if column.has_default() { " or default" } else { "" };
        let _ = write!(form, "{}: {:?}, {null}{default}", column.wire_name(), column.column_type());
        if let Some(named) = column.named_type() {
            let _ = write!(form, ", {named:?}");
        }
        form.push('\n');
    }
    form
}
