//! Columns of any serde type, stored as JSON text.

use std::fmt;
use std::marker::PhantomData;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{CellWriter, ValueError, ValueRef};

/// Stands for `V` in a column of `#[sync(json)]`: such a column can be tested for null and has no
/// other operators.
pub struct Json<V>(PhantomData<fn() -> V>);

impl<V> fmt::Debug for Json<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Json")
    }
}

/// Writes a value as its JSON text, and JSON null as null.
///
/// # Errors
/// The type's serde impl refuses the value.
pub(crate) fn write_json<V: Serialize>(value: &V, cell: CellWriter<'_>) -> Result<(), ValueError> {
    let json =
        serde_json::to_string(value).map_err(|error| ValueError::new(format!("cannot be written as JSON: {error}")))?;
    if json == "null" {
        cell.null()
    } else {
        cell.text(&json)
    }
    Ok(())
}

/// Reads a value from its JSON text, and null from JSON null.
///
/// # Errors
/// The cell holds no JSON, or the type's serde impl refuses it.
pub(crate) fn read_json<V: DeserializeOwned>(value: ValueRef<'_>) -> Result<V, ValueError> {
    let json = match value {
        ValueRef::Null => "null",
        ValueRef::Text(json) => json,
        other => return Err(ValueError::mismatch("JSON text", other)),
    };
    serde_json::from_str(json).map_err(|error| ValueError::new(format!("not the JSON of this type: {error}")))
}
