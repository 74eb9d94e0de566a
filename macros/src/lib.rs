//! Derive macros of synctable.
//!
//! All are doors of one generator, the crate `synctable-codegen`. Apps depend on `synctable`, which
//! exports the derives under its feature `derive`.

use proc_macro::TokenStream;

/// Makes a struct with named fields a table.
///
/// It writes the `SyncTable` impl, a struct with a `Column` for each field that query closures are
/// given, and the functions `query()`, `purge()` and, for a synced table, `pull(name)` and
/// `full_pull()`. A column can be seen where its field can.
///
/// ```
/// use synctable::{Id, SyncTable, Timestamp, Version};
///
/// #[derive(Debug, Clone, Default, SyncTable)]
/// pub struct TodoItem {
///     pub id: Id,
///     pub title: String,
///     pub complete: bool,
///     #[sync(rename = "dueAt", index)]
///     pub due: Option<Timestamp>,
///     #[sync(system)]
///     pub version: Option<Version>,
/// }
///
/// assert_eq!(TodoItem::SCHEMA.name(), "todoitem");
/// let open = TodoItem::query().filter(|t| t.complete.eq(false)).order_by(|t| t.due.asc());
/// ```
///
/// # Types of columns
///
/// A field's type has the trait `ColumnValue`: `bool`, `i8`, `i16`, `i32`, `i64`, `u8`, `u16`, `u32`,
/// `f32`, `f64`, `char`, `String`, `Id`, `Version`, `Timestamp`, `Date`, `TimeOfDay`, `Decimal`,
/// `Vec<u8>`, `uuid::Uuid`, `Option` of each, and string enums and newtypes that
/// [derive it](macro@ColumnValue). Aliases work. Any type with serde's traits is a column by
/// `#[sync(json)]`.
///
/// # Attributes of the struct
///
/// | attribute | meaning | default |
/// |---|---|---|
/// | `table = "name"` | name on the server and in the store | the struct's name in lower case |
/// | `rename_all = "case"` | how column names follow from field names, by one of serde's eight cases | `camelCase` |
/// | `local` | never queued, never pulled | synced |
/// | `route = "api/todo"` | path below the endpoint | `tables/<name>` |
/// | `hard_delete` | the server deletes rows for good and keeps no tombstones, so no pull tells of a delete; `check --server` then expects none | tombstones |
/// | `keep_deleted` | the device keeps rows that were deleted, and shows them to queries that say `include_deleted` | deleted rows go |
/// | `narrow` | the server's table has more columns: lists ask only for these, and no update touches the others | the server's columns are these |
/// | `on_insert(region = "EU", level = 3)` | constants that inserts send for columns of the server that the struct lacks, by their names on the wire; strings, integers, numbers with a point, `true`, `false` | none |
/// | `crate = path` | path of the runtime crate | `::synctable` |
///
/// # Attributes of a field
///
/// | attribute | meaning |
/// |---|---|
/// | `id` | the row's id, of type `Id`; a field named `id` needs no attribute. Its column is always `id` |
/// | `rename = "name"` | name of the column on the wire and in the store |
/// | `was = "name"`, `was = ["name", ..]` | names that the column had before: a store made by an earlier version of the app keeps its values |
/// | `index` | an index in the local store; not on decimal and JSON columns |
/// | `default`, `default = expr` | what stands in for null or an absent member: `Default::default()`, or the expression |
/// | `json` | any type with serde's traits, stored as its JSON text; queries can test it for null |
/// | `local` | the column stays on the device; it is an `Option` or has a `default` |
/// | `references = Table` | the column holds ids of rows of that table (or of `Self`): their inserts are sent first |
/// | `system` | what the server says of the row: `version: Option<Version>`, `updated_at` and `created_at: Option<Timestamp>`, `deleted: bool` |
/// | `skip` | no column; the field is made by `Default` |
/// | `min_length = 1`, `max_length = 80` | a rule of text columns: the number of Unicode code points |
/// | `min = 0`, `max = 99.5`, `exclusive_min`, `exclusive_max` | a rule of columns of integers, `f32`, `f64`, `Decimal`: its bounds |
/// | `multiple_of = 0.05` | a rule of the same columns: only whole multiples of a number greater than zero |
/// | `merge = "local"`, `"remote"`, `"max"`, `"min"`, `"sum"`, `"union"`, `merge = path` | what becomes of the column when device and server both changed it: see below |
///
/// ```
/// use serde::{Deserialize, Serialize};
/// use synctable::{Id, SyncTable};
///
/// #[derive(Serialize, Deserialize)]
/// struct Point {
///     lat: f64,
///     lon: f64,
/// }
///
/// #[derive(SyncTable)]
/// #[sync(table = "places", rename_all = "PascalCase", route = "api/places")]
/// struct Place {
///     #[sync(id)]
///     key: Id,
///     #[sync(default = "somewhere".to_owned())]
///     name: String,
///     #[sync(json)]
///     at: Option<Point>,
///     #[sync(references = Self)]
///     within: Option<Id>,
///     #[sync(local)]
///     seen: Option<bool>,
///     #[sync(skip)]
///     distance: f64,
/// }
///
/// let names: Vec<_> = Place::SCHEMA.columns().iter().map(|column| column.wire_name()).collect();
/// assert_eq!(names, ["id", "Name", "At", "Within", "Seen"]);
/// ```
///
/// # Rules
///
/// Every local write is held to the rules of its columns: a value that breaks one makes the write an
/// error of the kind `Invalid` that names table, row, column, every broken rule and what came, and
/// nothing of it is stored. Null passes every rule. Numbers are exact: decimals and 64-bit integers
/// are compared as such, and a floating-point number is a multiple of a step if its shortest decimal
/// text is. An insert checks all columns; an edit, an update or an upsert of a row that is there
/// checks those that it changes. Rows that a pull brings are never refused: the server is the truth.
///
/// # Merge rules
///
/// `merge` is data of the schema for policies that merge two changed rows; by itself it changes
/// nothing. `"max"` and `"min"` want a column whose values have an order, `"sum"` one of numbers,
/// `"union"` a JSON column of arrays. A path names a function of the field's type `V`,
/// `fn(base: Option<V>, local: V, remote: V) -> V`; the base is `None` where it is not known.
///
/// ```
/// use synctable::{Decimal, Id, SyncTable};
///
/// #[derive(SyncTable)]
/// struct Article {
///     id: Id,
///     #[sync(min_length = 1, max_length = 80, merge = "remote")]
///     title: String,
///     #[sync(min = 0, multiple_of = 0.01)]
///     price: Option<Decimal>,
///     #[sync(exclusive_min = -1, max = 10_000, merge = "sum")]
///     stock: i32,
///     #[sync(merge = longer)]
///     note: String,
/// }
///
/// fn longer(_base: Option<String>, local: String, remote: String) -> String {
///     if local.len() > remote.len() { local } else { remote }
/// }
///
/// let title = &Article::SCHEMA.columns()[1];
/// assert_eq!(title.rules().map(|rule| rule.to_string()).collect::<Vec<_>>(), ["min_length = 1", "max_length = 80"]);
/// ```
///
/// # Names
///
/// A name has letters, digits, `_` and `-`, and does not start with a digit, `-`, `__` or `sqlite_`.
/// Names that differ only in the case of ASCII letters are one. `version`, `updatedAt`, `createdAt`
/// and `deleted` belong to the server. `#[sync]` is the only source of names: where
/// `#[serde(rename)]` or `#[serde(rename_all)]` would give a column another one, that is an error.
///
/// # Errors
///
/// All mistakes of a struct are reported at once, each where it is.
///
/// ```compile_fail
/// # use synctable::SyncTable;
/// #[derive(SyncTable)]
/// struct TodoItem {
///     // `TodoItem` has no id; add a field `id: Id`, or write `#[sync(id)]` on one
///     #[sync(renam = "Title")] // unknown option `renam`: did you mean `rename`?
///     title: String,
/// }
/// ```
#[proc_macro_derive(SyncTable, attributes(sync))]
pub fn derive_sync_table(input: TokenStream) -> TokenStream {
    synctable_codegen::derive_table(input.into()).into()
}

/// Makes a string enum or a newtype a column type.
///
/// An enum of unit variants is a text column. A text that no variant has is an error, and a pulled
/// row with it is quarantined, unless a variant takes every other text by `#[sync(other)]`. Queries
/// order such a column as text.
///
/// A struct with one field is a column like that of its field, with the same operators in queries.
///
/// ```
/// use synctable::{ColumnValue, Id, SyncTable};
///
/// #[derive(Debug, PartialEq, ColumnValue)]
/// #[sync(rename_all = "kebab-case")]
/// enum Genre {
///     HardRock,
///     #[sync(rename = "folk")]
///     FolkMusic,
///     #[sync(other)]
///     Other(String),
/// }
///
/// #[derive(Debug, PartialEq, ColumnValue)]
/// struct AlbumId(Id);
///
/// #[derive(SyncTable)]
/// struct Track {
///     id: Id,
///     album: Option<AlbumId>,
///     genre: Genre,
/// }
///
/// let rock = Track::query().filter(|t| t.genre.eq(Genre::HardRock).and(t.album.starts_with("a")));
/// ```
///
/// # Attributes
///
/// | attribute | on | meaning | default |
/// |---|---|---|---|
/// | `rename_all = "case"` | enum | how texts follow from the variants' names, by one of serde's eight cases | names as they are spelled |
/// | `rename = "text"` | variant | the variant's text | as `rename_all` says |
/// | `other` | variant with one `String` | takes every text that no other variant has | such a text is an error |
/// | `crate = path` | both | path of the runtime crate | `::synctable` |
#[proc_macro_derive(ColumnValue, attributes(sync))]
pub fn derive_column_value(input: TokenStream) -> TokenStream {
    synctable_codegen::derive_column_value(input.into()).into()
}

/// Makes a struct with named fields a narrow view of a table: queries that select it read only its
/// columns.
///
/// Each field has the name and the type of a field of the table's struct, system columns included;
/// that of the id may be missing.
///
/// ```
/// use synctable::{ColumnSubset, Id, SyncTable, Timestamp};
///
/// #[derive(SyncTable)]
/// pub struct TodoItem {
///     pub id: Id,
///     pub title: String,
///     pub notes: String,
///     pub due: Option<Timestamp>,
/// }
///
/// #[derive(Debug, Clone, ColumnSubset)]
/// #[sync(of = TodoItem)]
/// pub struct TodoTitle {
///     pub id: Id,
///     pub title: String,
/// }
///
/// let titles = TodoItem::query().order_by(|t| t.due.asc()).select::<TodoTitle>();
/// ```
///
/// # Attributes of the struct
///
/// | attribute | meaning | default |
/// |---|---|---|
/// | `of = Table` | the table's struct | must be given |
/// | `crate = path` | path of the runtime crate | `::synctable` |
///
/// Fields have no attributes: what a column is called on the wire and how it is stored is said by
/// the table.
///
/// # Errors
///
/// ```compile_fail
/// # use synctable::{ColumnSubset, Id, SyncTable};
/// # #[derive(SyncTable)]
/// # struct TodoItem { id: Id, title: String, complete: bool }
/// #[derive(ColumnSubset)]
/// #[sync(of = TodoItem)]
/// struct TodoTitle {
///     titel: String, // no field `titel` on type `TodoItemColumns`
///     complete: i32, // the table's field has the type `bool`, this field has the type `i32`
/// }
/// ```
#[proc_macro_derive(ColumnSubset, attributes(sync))]
pub fn derive_column_subset(input: TokenStream) -> TokenStream {
    synctable_codegen::derive_column_subset(input.into()).into()
}
