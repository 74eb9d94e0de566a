//! The shape that generated code fills: a table's schema and the trait of its rows.

mod constant;
mod default;
mod definition;
pub(crate) mod fixed;
pub(crate) mod form;
pub(crate) mod generated;
mod merge;
pub(crate) mod rule;
mod schema;
pub(crate) mod shape;
mod system;

pub use constant::Constant;
pub use default::DefaultWriter;
pub use definition::{CellCheck, ColumnDef};
pub use merge::{MergeFunction, MergeRule};
pub use rule::{Number, Rule};
pub use schema::{TableKind, TableSchema};
pub use system::SystemColumn;

use crate::row::{RowRef, RowWriter};
use crate::value::{Id, ValueError, Version};

/// A struct whose values are the rows of a table; derive it.
///
/// ```
/// use synctable::{Id, SyncTable, Timestamp};
///
/// #[derive(Debug, Clone, Default, SyncTable)]
/// pub struct TodoItem {
///     pub id: Id,
///     pub title: String,
///     pub complete: bool,
///     #[sync(rename = "dueAt", index)]
///     pub due: Option<Timestamp>,
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a table",
    note = "write `#[derive(SyncTable)]` on the struct `{Self}`"
)]
pub trait SyncTable: Sized + Send + Sync + 'static {
    /// A struct with a [`Column`](crate::Column) for each field: what query closures are given.
    type Columns: Copy + Send + Sync + 'static;
    /// The table's shape.
    const SCHEMA: &'static TableSchema;
    /// The columns of [`Columns`](Self::Columns).
    const COLUMNS: Self::Columns;

    /// The row's id; empty means "assign one at insert".
    fn id(&self) -> &Id;

    /// Changes the row's id.
    fn set_id(&mut self, id: Id);

    /// The version that the row carries.
    fn version(&self) -> RowVersion<'_>;

    /// Writes the columns, in the order of the schema.
    ///
    /// # Errors
    /// A value has no stored form; the error names the column.
    fn write_row(&self, row: &mut RowWriter<'_>) -> Result<(), ValueError>;

    /// Reads a row.
    ///
    /// # Errors
    /// A cell does not hold a value of the field's type; the error names the column.
    fn read_row(row: RowRef<'_>) -> Result<Self, ValueError>;
}

/// What a struct says of its row's version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowVersion<'a> {
    /// The struct has no version field: it cannot be outdated.
    NotDeclared,
    /// The version when the row was read; `None` before the server gave one.
    Declared(Option<&'a Version>),
}
