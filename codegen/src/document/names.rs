//! The names that documents need not say, since they follow from others.

use crate::model::names;

/// The name of a table whose struct has this name.
#[must_use]
pub fn table_of(rust_name: &str) -> String {
    names::table_of(rust_name)
}

/// The name of the field for a column's wire name.
#[must_use]
pub fn field_of(wire_name: &str) -> String {
    names::snake_of(wire_name)
}

/// The name of the variant for a text of an enum.
#[must_use]
pub fn variant_of(text: &str) -> String {
    names::pascal_of(text)
}
