//! Table documents: JSON Schema of one row, with the keyword `x-sync` for what JSON Schema has no words for.
//!
//! A document describes one table. It is plain JSON Schema (draft 2020-12), so editors complete and
//! check it by [`meta_schema`], and a schema that schemars makes of an ordinary struct is a document
//! as it is.
//!
//! ```
//! use synctable_codegen::document::Documents;
//!
//! # fn main() -> Result<(), synctable_codegen::Error> {
//! let documents = Documents::parse(
//!     "todo_item.json",
//!     r#"{
//!         "title": "TodoItem",
//!         "type": "object",
//!         "properties": {
//!             "id": { "type": "string" },
//!             "title": { "type": "string", "maxLength": 80 },
//!             "dueAt": { "type": ["string", "null"], "format": "date-time" }
//!         },
//!         "required": ["id", "title"],
//!         "x-sync": { "table": "todo" }
//!     }"#,
//! )?;
//! let table = &documents.tables()[0];
//! assert_eq!((table.name(), table.rust_name()), ("todo", "TodoItem"));
//! assert_eq!(table.columns()[2].rust_name(), "due_at");
//! # Ok(())
//! # }
//! ```
//!
//! # From JSON Schema to columns
//!
//! | schema | column |
//! |---|---|
//! | `boolean` | `bool` |
//! | `integer`, also with `format` `int64`, `uint64` | `i64` |
//! | `integer` with `format` `int8`, `int16`, `int32`, `uint8`, `uint16`, `uint32` | `i8`, `i16`, `i32`, `u8`, `u16`, `u32` |
//! | `number`, also with `format` `double`; with `float` | `f64`; `f32` |
//! | `number` or `string` with `format` `decimal` | `Decimal` |
//! | `string`; with `format` `char` | `String`; `char` |
//! | `string` with `format` `date-time`, `date`, `time` | `Timestamp`, `Date`, `TimeOfDay` |
//! | `string` with `format` `uuid`; `byte` or `contentEncoding` `base64` | `Uuid`; `Vec<u8>` |
//! | `string` with `format` `id`, `version`; with `x-sync.references` | `Id`, `Version`; `Id` |
//! | `string` with `enum`, or `oneOf` of `const` | an enum; inside a JSON column, `String` |
//! | `object`, `array` | a JSON column: a struct, `Vec`, a map |
//! | several types or shapes, tuples, a schema without `type` | a JSON column that holds any JSON |
//! | `null` among the types, `nullable`, `anyOf` with `null`; not in `required` and without `default` | `Option` of it |
//!
//! `minLength`, `maxLength`, `minimum`, `maximum`, `exclusiveMinimum`, `exclusiveMaximum` and
//! `multipleOf` are held when a row is written. Other validation keywords, such as `pattern`, are
//! read by editors and servers, not by the client. `uint64` is an `i64` too: a greater number does not
//! fit into the column.
//!
//! An object inside a JSON column may contain itself by way of an array or a map. It keeps members that
//! the document does not name, so that an edit erases none; with `additionalProperties: false` it takes
//! none, and a pulled row that has one is quarantined. A member that is not in `required` may be absent:
//! that and null are one.

pub(crate) mod code;
mod default;
mod disk;
mod documents;
pub(crate) mod extend;
mod file;
mod form;
mod keywords;
mod kind;
mod load;
mod lower;
pub mod names;
mod nested;
mod places;
mod read;
mod table;

pub use documents::Documents;
pub use file::{Additional, ColumnKeywords, Member, Merge, Schema, TableDocument, TableKeywords, Types, meta_schema};
pub use table::{Column, ColumnRole, Kind, Limits, Subset, Table};
