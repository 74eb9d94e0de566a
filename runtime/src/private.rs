//! Exactly what generated code names; no part of the public API.

pub use serde;

pub use crate::__generated_by as generated_by;
pub use crate::__json_shape as json_shape;
pub use crate::__shape as shape;
pub use crate::column::{Column, DateValue, NumberValue, OrderedValue, TimeValue};
pub use crate::error::Error;
pub use crate::pull::Pull;
pub use crate::purge::Purge;
pub use crate::query::Query;
pub use crate::row::{RowRef, RowWriter};
pub use crate::sql::{FromSqlRow, SqlColumns, SqlRow, StructReader};
pub use crate::subset::{ColumnSubset, SubsetField};
pub use crate::table::fixed::{FixedField, fixed};
pub use crate::table::form::{CellForm, default_of, json, typed};
pub use crate::table::generated::{from_json, from_text};
#[cfg(feature = "json-schema")]
pub use crate::table::shape::{BySchemars, ByShape, JsonShape, Probe, Shapes, Unknown};
pub use crate::table::{
    ColumnDef, Constant, MergeRule, Number, RowVersion, Rule, SyncTable, SystemColumn, TableSchema,
};
pub use crate::value::{
    CellWriter, ColumnType, ColumnValue, Id, Json, NamedKind, NamedText, NamedType, TextValue, Timestamp, ValueError,
    ValueRef, Version,
};
