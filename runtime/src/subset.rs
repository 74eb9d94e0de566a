//! Narrow views: structs that have some of a table's columns.

use std::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{Error, ErrorKind};
use crate::row::{RowBatch, RowRef};
use crate::table::form::{CellForm, json, typed};
use crate::table::{ColumnDef, SyncTable};
use crate::value::{ColumnType, ColumnValue, Json, ValueError};

/// A struct that has some of the columns of table `T`; derive it.
///
/// A query that [selects](crate::Query::select) it reads only these columns. The table's own struct
/// is the subset of all columns.
///
/// ```
/// use synctable::{ColumnSubset, Id, MemoryStore, SyncContext, SyncTable};
///
/// #[derive(Debug, Clone, Default, SyncTable)]
/// pub struct TodoItem {
///     pub id: Id,
///     pub title: String,
///     pub notes: Option<String>,
///     pub complete: bool,
/// }
///
/// #[derive(Debug, Clone, PartialEq, ColumnSubset)]
/// #[sync(of = TodoItem)]
/// pub struct TodoTitle {
///     pub title: String,
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), synctable::Error> {
/// let ctx = SyncContext::builder("http://127.0.0.1:9").store(MemoryStore::new()).table::<TodoItem>().open().await?;
/// let todos = ctx.table::<TodoItem>();
/// todos.insert(TodoItem { title: "Milk".into(), ..Default::default() }).await?;
///
/// let open = TodoItem::query().filter(|t| t.complete.eq(false));
/// let titles = todos.list(&open.select::<TodoTitle>()).await?;
/// assert_eq!(titles, [TodoTitle { title: "Milk".into() }]);
/// # Ok(())
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a subset of the columns of `{T}`",
    label = "expected a column subset of `{T}`",
    note = "write `#[derive(ColumnSubset)]` and `#[sync(of = {T})]` on the struct `{Self}`"
)]
pub trait ColumnSubset<T>: Sized + Send + 'static {
    /// The columns that are read; `None` for all of the table.
    const SELECTED: Option<&'static [&'static ColumnDef]>;

    /// Reads a row whose selected cells are filled.
    ///
    /// # Errors
    /// A cell does not hold a value of the field's type; the error names the column.
    fn read_selected(row: RowRef<'_>) -> Result<Self, ValueError>;
}

impl<T: SyncTable> ColumnSubset<T> for T {
    const SELECTED: Option<&'static [&'static ColumnDef]> = None;

    fn read_selected(row: RowRef<'_>) -> Result<Self, ValueError> {
        T::read_row(row)
    }
}

/// Reads the rows of a batch whose selected cells are filled.
///
/// # Errors
/// `Decode`: a row does not fit the struct.
pub(crate) fn read_all<T: SyncTable, R: ColumnSubset<T>>(batch: &RowBatch) -> Result<Vec<R>, Error> {
    let read = |row: RowRef<'_>| {
        R::read_selected(row).map_err(|error| {
            let error = Error::new(ErrorKind::Decode, error.to_string()).in_table(batch.schema().name());
            // A subset need not have the id.
            if row.id().is_empty() { error } else { error.in_row(row.id()) }
        })
    };
    batch.iter().map(read).collect()
}

/// A field's type that can hold the values of a table's column of `V`.
#[diagnostic::on_unimplemented(
    message = "the table's field has the type `{V}`, this field has the type `{Self}`",
    label = "expected `{V}`",
    note = "write the type of the table's field; for `Json<V>`, which stands for a field with `#[sync(json)]`, write `V`"
)]
pub trait SubsetValue<V>: Sized {
    /// How the values are stored.
    const FORM: CellForm<Self>;
}

impl<V: ColumnValue> SubsetValue<V> for V {
    const FORM: CellForm<Self> = typed();
}

impl<V: Serialize + DeserializeOwned> SubsetValue<Json<V>> for V {
    const FORM: CellForm<Self> = json();
}

/// A field of a subset: the table's column and its place in a row.
pub struct SubsetField<F> {
    def: &'static ColumnDef,
    place: usize,
    form: CellForm<F>,
}

impl<F> SubsetField<F> {
    /// # Panics
    /// At compile time, if the table has no such column.
    pub(crate) const fn new<T: SyncTable, V>(def: &'static ColumnDef) -> Self
    where
        F: SubsetValue<V>,
    {
        match T::SCHEMA.place(def) {
            Some(place) => Self { def, place, form: F::FORM },
            None => panic!("the column belongs to another table"),
        }
    }

    /// The table's column.
    #[must_use]
    pub const fn def(&self) -> &'static ColumnDef {
        self.def
    }

    /// Reads the column.
    ///
    /// # Errors
    /// The cell does not hold such a value; the error names the column.
    pub fn read(&self, row: RowRef<'_>) -> Result<F, ValueError> {
        // Only a JSON column may be null in the store beside its default, whatever its type says to that.
        if self.def.column_type() == ColumnType::Json && row.value(self.place).is_null() {
            return self.form.read_cell(self.def.default_cell()?.as_ref());
        }
        self.form.read(row, self.place)
    }
}

impl<F> fmt::Debug for SubsetField<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SubsetField").field("def", self.def).field("place", &self.place).finish_non_exhaustive()
    }
}
