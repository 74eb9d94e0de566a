//! What a store keeps of a row that was deleted.

use crate::error::{Error, ErrorKind};
use crate::row::Row;
use crate::store::SameVersion;
use crate::value::Value;

/// The row to keep: the tombstone with its values, if it carries those of every column, else with the
/// values that the device had; `None` if nothing is known that could be read as a row.
///
/// # Errors
/// `Schema`: a default has no stored form.
pub(super) fn kept_row(tombstone: Option<&Row>, before: Option<&Row>) -> Result<Option<Row>, Error> {
    let Some(tombstone) = tombstone.filter(|tombstone| says_something(tombstone)) else {
        return Ok(before.cloned().map(deleted));
    };
    let mut kept = tombstone.clone();
    match before {
        Some(before) if !is_whole(tombstone) => kept.values.clone_from(&before.values),
        None if !is_whole(tombstone) => return Ok(None),
        _ => {}
    }
    for (index, column) in kept.schema().columns().iter().enumerate().filter(|(_, column)| column.is_local_only()) {
        kept.values[index] = match before {
            Some(before) => before.values[index].clone(),
            None => column.default_cell().map_err(|error| {
                Error::new(ErrorKind::Schema, error.to_string()).in_table(tombstone.schema().name())
            })?,
        };
    }
    Ok(Some(deleted(kept)))
}

/// Whether a tombstone tells nothing that the one that is kept does not.
pub(super) fn says_no_more(tombstone: &Row, kept: &Row, same: SameVersion) -> bool {
    if !says_something(tombstone) {
        return true;
    }
    same == SameVersion::Keep && tombstone.version.is_some() && tombstone.version == kept.version
}

fn deleted(mut row: Row) -> Row {
    row.deleted = true;
    row.lack_nothing();
    row
}

/// Whether the server showed a tombstone, and not only that there is no row.
fn says_something(tombstone: &Row) -> bool {
    tombstone.version.is_some() || tombstone.updated_at.is_some()
}

/// Whether the values can be those of a row: some servers write a tombstone without them.
fn is_whole(tombstone: &Row) -> bool {
    let columns = tombstone.schema().columns().iter().zip(&tombstone.values);
    columns.filter(|(column, _)| !column.is_local_only()).all(|(column, value)| match value {
        Value::Null => column.is_nullable(),
        value => !column.is_checked() || column.check(value.as_ref()).is_ok(),
    })
}
