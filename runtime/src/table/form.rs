//! How a field's values are stored: the one place where generated code asks a bound of its type.

use std::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{CellCheck, ColumnDef};
use crate::row::{RowRef, RowWriter};
use crate::value::{CellWriter, ColumnType, ColumnValue, NamedType, ValueError, ValueRef, read_json, write_json};

/// How values of `V` are stored in a cell.
///
/// It asks nothing of `V` itself, so a field of an unsupported type is one compile error and not
/// one for each use.
pub struct CellForm<V> {
    column_type: ColumnType,
    nullable: bool,
    check: Option<CellCheck>,
    named: Option<&'static NamedType>,
    write: fn(&V, CellWriter<'_>) -> Result<(), ValueError>,
    read: fn(ValueRef<'_>) -> Result<V, ValueError>,
}

/// The form that the type's [`ColumnValue`] says.
#[must_use]
pub const fn typed<V: ColumnValue>() -> CellForm<V> {
    CellForm {
        column_type: V::TYPE,
        nullable: V::NULLABLE,
        check: if V::CHECKED { Some(check::<V>) } else { None },
        named: V::NAMED,
        write: V::write,
        read: V::read,
    }
}

/// A type with serde's traits.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be written and read as JSON",
    label = "this type lacks serde's traits",
    note = "a `#[sync(json)]` field has a type with serde's `Serialize` and `Deserialize`: derive both for it"
)]
pub trait SerdeValue: Serialize + DeserializeOwned {}

// The trait's own message stands for those of serde's two.
#[diagnostic::do_not_recommend]
impl<V: Serialize + DeserializeOwned> SerdeValue for V {}

/// The form of any serde type: its JSON text, and null for JSON null.
#[must_use]
pub const fn json<V: SerdeValue>() -> CellForm<V> {
    CellForm {
        column_type: ColumnType::Json,
        nullable: true,
        check: Some(check_json::<V>),
        named: None,
        write: write_json::<V>,
        read: read_json::<V>,
    }
}

/// A type with a default.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no default value",
    label = "this type lacks `Default`",
    note = "write the value: `#[sync(default = ..)]`, or derive `Default` for the type; a `#[sync(skip)]` field is made by `Default`"
)]
pub trait DefaultValue: Default {}

#[diagnostic::do_not_recommend]
impl<V: Default> DefaultValue for V {}

/// The default of a field's type.
#[must_use]
pub fn default_of<V: DefaultValue>() -> V {
    V::default()
}

fn check<V: ColumnValue>(value: ValueRef<'_>) -> Result<(), ValueError> {
    V::read(value).map(drop)
}

fn check_json<V: DeserializeOwned>(value: ValueRef<'_>) -> Result<(), ValueError> {
    read_json::<V>(value).map(drop)
}

impl<V> CellForm<V> {
    /// Makes a column of this form: its Rust name and its name on the wire and in SQL.
    #[must_use]
    pub const fn column(&self, name: &'static str, wire: &'static str) -> ColumnDef {
        ColumnDef::of_form(name, wire, self.column_type, self.nullable, self.check).named(self.named)
    }

    /// Writes a value into one cell.
    ///
    /// # Errors
    /// The value has no stored form.
    #[inline]
    pub fn write_cell(&self, cell: CellWriter<'_>, value: &V) -> Result<(), ValueError> {
        (self.write)(value, cell)
    }

    /// Writes the value of a column.
    ///
    /// # Errors
    /// The value has no stored form; the error names the column.
    #[inline]
    pub fn write(&self, row: &mut RowWriter<'_>, index: usize, value: &V) -> Result<(), ValueError> {
        row.set_with(index, |cell| (self.write)(value, cell))
    }

    /// Merges two cells, and the one that both began with, by a function of their values.
    ///
    /// # Errors
    /// A cell does not hold such a value, or what the function makes has no stored form.
    pub fn merge(
        &self,
        function: fn(Option<V>, V, V) -> V,
        base: Option<ValueRef<'_>>,
        local: ValueRef<'_>,
        remote: ValueRef<'_>,
        merged: CellWriter<'_>,
    ) -> Result<(), ValueError> {
        let base = base.map(self.read).transpose()?;
        (self.write)(&function(base, (self.read)(local)?, (self.read)(remote)?), merged)
    }

    /// Reads a column.
    ///
    /// # Errors
    /// The cell does not hold such a value; the error names the column.
    #[inline]
    pub fn read(&self, row: RowRef<'_>, index: usize) -> Result<V, ValueError> {
        row.get_with(index, self.read)
    }

    /// Reads one cell.
    pub(crate) fn read_cell(&self, value: ValueRef<'_>) -> Result<V, ValueError> {
        (self.read)(value)
    }
}

impl<V> fmt::Debug for CellForm<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CellForm")
            .field("column_type", &self.column_type)
            .field("nullable", &self.nullable)
            .finish_non_exhaustive()
    }
}
