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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::value::{Cell, Value};

    fn stored<V: Serialize>(value: &V) -> Result<Value, ValueError> {
        let (mut cell, mut arena) = (Cell::Null, Vec::new());
        write_json(value, CellWriter::new(&mut cell, &mut arena))?;
        Ok(cell.read(&arena).to_value())
    }

    #[test]
    fn json_is_stored_as_its_text_and_null_as_null() {
        assert_eq!(stored(&vec![1, 2]).unwrap(), Value::Text("[1,2]".to_owned()));
        assert_eq!(stored(&None::<i32>).unwrap(), Value::Null);
        assert_eq!(stored(&"null").unwrap(), Value::Text("\"null\"".to_owned()));
        assert_eq!(read_json::<Vec<i32>>(ValueRef::Text("[1,2]")).unwrap(), [1, 2]);
        assert_eq!(read_json::<Option<i32>>(ValueRef::Null).unwrap(), None);
    }

    #[test]
    fn what_serde_refuses_is_an_error() {
        // JSON has no keys but text.
        assert!(stored(&BTreeMap::from([(vec![1], 1)])).is_err());
        assert!(read_json::<Vec<i32>>(ValueRef::Null).is_err());
        assert!(read_json::<Vec<i32>>(ValueRef::Text("[1")).is_err());
        assert!(read_json::<Vec<i32>>(ValueRef::Integer(1)).is_err());
    }
}
