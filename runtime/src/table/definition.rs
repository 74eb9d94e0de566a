//! The definition of one column.

use super::default::{ColumnDefault, DefaultWriter};
use super::{MergeRule, Rule, TableSchema, form, rule, shape};
use crate::value::{Cell, CellWriter, ColumnType, ColumnValue, Id, NamedType, Value, ValueError, ValueRef};

/// Refuses a well-formed cell that is no value of the column's Rust type.
pub type CellCheck = fn(ValueRef<'_>) -> Result<(), ValueError>;

/// One column of a table. Made in constants by generated code.
#[derive(Debug, Clone, Copy)]
pub struct ColumnDef {
    name: &'static str,
    wire: &'static str,
    sql: &'static str,
    was: &'static [&'static str],
    column_type: ColumnType,
    nullable: bool,
    id: bool,
    indexed: bool,
    local_only: bool,
    references: Option<fn() -> &'static TableSchema>,
    default: Option<ColumnDefault>,
    check: Option<CellCheck>,
    rules: rule::Rules,
    merge: Option<MergeRule>,
    docs: &'static str,
    named: Option<&'static NamedType>,
    #[cfg_attr(not(feature = "json-schema"), allow(dead_code))]
    shape: Option<shape::ShapeOf>,
}

/// Two columns are equal if they have the same names, type and place in the table.
impl PartialEq for ColumnDef {
    fn eq(&self, other: &Self) -> bool {
        (self.name, self.wire, self.sql, self.column_type, self.nullable)
            == (other.name, other.wire, other.sql, other.column_type, other.nullable)
            && (self.id, self.indexed, self.local_only) == (other.id, other.indexed, other.local_only)
    }
}

impl ColumnDef {
    /// Makes a column of type `V`: its Rust name and its name on the wire and in SQL.
    #[must_use]
    pub const fn new<V: ColumnValue>(name: &'static str, wire: &'static str) -> Self {
        form::typed::<V>().column(name, wire)
    }

    pub(crate) const fn of_form(
        name: &'static str,
        wire: &'static str,
        column_type: ColumnType,
        nullable: bool,
        check: Option<CellCheck>,
    ) -> Self {
        Self {
            name,
            wire,
            sql: wire,
            was: &[],
            column_type,
            nullable,
            id: false,
            indexed: false,
            local_only: false,
            references: None,
            default: None,
            check,
            rules: rule::Rules::NONE,
            merge: None,
            docs: "",
            named: None,
            shape: None,
        }
    }

    /// Makes the id column.
    #[must_use]
    pub const fn id(name: &'static str) -> Self {
        let mut column = Self::new::<Id>(name, "id");
        column.id = true;
        column
    }

    /// Makes the definition through which queries reach a system column.
    pub(super) const fn system<V: ColumnValue>(name: &'static str, wire: &'static str, sql: &'static str) -> Self {
        let mut column = Self::new::<Option<V>>(name, wire);
        column.sql = sql;
        column
    }

    /// Names the column as earlier versions of the app did, on the wire and in SQL: where a store has
    /// a column of such a name, its values follow to this one.
    #[must_use]
    pub const fn was(mut self, names: &'static [&'static str]) -> Self {
        self.was = names;
        self
    }

    /// Sets the field's doc comment, for documents.
    #[must_use]
    pub const fn docs(mut self, docs: &'static str) -> Self {
        self.docs = docs;
        self
    }

    /// Sets the type that the column's values have a name from, for documents.
    pub(crate) const fn named(mut self, named: Option<&'static NamedType>) -> Self {
        self.named = named;
        self
    }

    /// Sets what tells the JSON Schema of a JSON column, for documents. Called by generated code.
    #[doc(hidden)]
    #[must_use]
    pub const fn shape(mut self, shape: Option<fn(&mut shape::Shapes) -> String>) -> Self {
        self.shape = shape;
        self
    }

    /// Gives the column an index in the local store.
    ///
    /// # Panics
    /// At compile time, for a type whose stored order is not its order: decimals, JSON.
    #[must_use]
    #[track_caller]
    pub const fn indexed(mut self) -> Self {
        assert!(
            !matches!(self.column_type, ColumnType::Decimal),
            "a decimal column cannot have an index, since its order is not that of its text: remove `index`"
        );
        assert!(
            !matches!(self.column_type, ColumnType::Json),
            "a JSON column cannot have an index, since JSON has no order: remove `index`"
        );
        self.indexed = true;
        self
    }

    /// Keeps the column on the device: it is never sent and never pulled.
    ///
    /// # Panics
    /// At compile time, if the column is neither optional nor has a default, given before this
    /// call: a pulled row would have no value for it.
    #[must_use]
    #[track_caller]
    pub const fn local_only(mut self) -> Self {
        assert!(
            self.nullable || self.default.is_some(),
            "a pulled row has no value for a local-only column: make the field an Option, or add `default`"
        );
        self.local_only = true;
        self
    }

    /// Declares that the column holds ids of rows of a table: their inserts are sent first, and
    /// their deletes after this table's. The table is given by a function, so that tables may refer
    /// to themselves and to each other.
    ///
    /// # Panics
    /// At compile time, if the column is neither of ids nor of text.
    #[must_use]
    #[track_caller]
    pub const fn references(mut self, table: fn() -> &'static TableSchema) -> Self {
        assert!(
            matches!(self.column_type, ColumnType::Id | ColumnType::Text),
            "`references` goes on columns that hold ids: Id, String, newtypes over them, and Option of each"
        );
        self.references = Some(table);
        self
    }

    /// Sets the value that stands in for null, an absent member, and rows from before the column.
    #[must_use]
    pub const fn default_value(mut self, default: DefaultWriter) -> Self {
        self.default = Some(ColumnDefault::Writer(default));
        self
    }

    /// Sets the stored form of the value that stands in for null, an absent member, and rows from
    /// before the column: [`default_value`](Self::default_value) for schemas that are made at run time.
    #[must_use]
    pub const fn default_stored(mut self, default: ValueRef<'static>) -> Self {
        self.default = Some(ColumnDefault::Stored(default));
        self
    }

    /// Holds every local write of the column to a rule; a second one of its kind replaces the first.
    ///
    /// # Panics
    /// At compile time, if the rule is not one of the column's type, or an integer column cannot have
    /// its number.
    #[must_use]
    #[track_caller]
    pub const fn rule(mut self, rule: Rule) -> Self {
        rule.assert_fits(self.column_type);
        self.rules = self.rules.with(rule);
        self
    }

    /// Declares what becomes of the column when device and server both changed it.
    ///
    /// # Panics
    /// At compile time, if values of the column cannot be merged so.
    #[must_use]
    #[track_caller]
    pub const fn merge(mut self, rule: MergeRule) -> Self {
        rule.assert_fits(self.column_type);
        self.merge = Some(rule);
        self
    }

    /// The name of the struct's field.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The name on the wire.
    #[must_use]
    pub const fn wire_name(&self) -> &'static str {
        self.wire
    }

    /// The name in SQL, without quotes.
    #[must_use]
    pub const fn sql_name(&self) -> &'static str {
        self.sql
    }

    /// The names that the column had in earlier versions of the app.
    #[must_use]
    pub const fn earlier_names(&self) -> &'static [&'static str] {
        self.was
    }

    /// The field's doc comment; empty without one.
    #[must_use]
    pub const fn doc_text(&self) -> &'static str {
        self.docs
    }

    /// The named type of the column's values: an enum of texts or a newtype.
    #[must_use]
    pub const fn named_type(&self) -> Option<&'static NamedType> {
        self.named
    }

    /// Whether the field's type has null. (A JSON column may be null in the store whatever its type.)
    #[cfg(feature = "json-schema")]
    pub(crate) fn is_optional(&self) -> bool {
        match self.column_type {
            ColumnType::Json => self.check.is_some_and(|check| check(ValueRef::Null).is_ok()),
            _ => self.nullable,
        }
    }

    /// What tells the JSON Schema of a JSON column.
    #[cfg(feature = "json-schema")]
    pub(crate) const fn shape_of(&self) -> Option<shape::ShapeOf> {
        self.shape
    }

    /// The column type.
    #[must_use]
    pub const fn column_type(&self) -> ColumnType {
        self.column_type
    }

    /// Whether the column may be null.
    #[must_use]
    pub const fn is_nullable(&self) -> bool {
        self.nullable
    }

    /// Whether this is the id.
    #[must_use]
    pub const fn is_id(&self) -> bool {
        self.id
    }

    /// Whether the column has an index.
    #[must_use]
    pub const fn is_indexed(&self) -> bool {
        self.indexed
    }

    /// Whether the column stays on the device.
    #[must_use]
    pub const fn is_local_only(&self) -> bool {
        self.local_only
    }

    /// The table whose ids the column holds, if that is declared.
    #[must_use]
    pub fn referenced_table(&self) -> Option<&'static str> {
        self.references.map(|table| table().name())
    }

    /// The rules that every local write of the column must keep.
    pub fn rules(&self) -> impl Iterator<Item = Rule> + use<> {
        self.rules.iter()
    }

    /// What becomes of the column when device and server both changed it, if that is declared.
    #[must_use]
    pub const fn merge_rule(&self) -> Option<MergeRule> {
        self.merge
    }

    /// Whether the column has a default.
    #[must_use]
    pub const fn has_default(&self) -> bool {
        self.default.is_some()
    }

    /// Writes the column's default into a cell; null if it has none.
    ///
    /// # Errors
    /// The default has no stored form.
    pub fn write_default(&self, cell: CellWriter<'_>) -> Result<(), ValueError> {
        match self.default {
            Some(default) => default.write(cell),
            None => {
                cell.null();
                Ok(())
            }
        }
    }

    /// The column's default as a cell; null if it has none.
    ///
    /// # Errors
    /// The default has no stored form.
    pub fn default_cell(&self) -> Result<Value, ValueError> {
        let mut cell = Cell::Null;
        let mut arena = Vec::new();
        self.write_default(CellWriter::new(&mut cell, &mut arena))?;
        Ok(cell.read(&arena).to_value())
    }

    /// Whether [`check`](Self::check) looks at values that are not null.
    pub(crate) const fn is_checked(&self) -> bool {
        self.check.is_some()
    }

    /// Refuses a cell that the Rust type would refuse.
    ///
    /// # Errors
    /// The cell is null in a column that is not, or the Rust type has no such value.
    pub fn check(&self, value: ValueRef<'_>) -> Result<(), ValueError> {
        match self.check {
            _ if value.is_null() && !self.nullable => Err(ValueError::new(format!(
                "column `{}` is null, but neither optional nor has it a default",
                self.wire
            ))),
            // A default stands in for null.
            Some(_) if value.is_null() && self.default.is_some() => Ok(()),
            Some(check) => check(value),
            _ => Ok(()),
        }
    }
}
