//! What documents say, resolved and checked: plain data without files, references or syntax.

use indexmap::IndexMap;
use serde_json::{Number, Value};

use super::file::Merge;
use super::load::At;

/// A table that a document describes.
#[derive(Debug)]
pub struct Table {
    pub(super) at: At,
    /// Where the name is given.
    pub(super) named_at: At,
    pub(super) name: String,
    pub(super) rust_name: String,
    pub(super) docs: Option<String>,
    pub(super) route: Option<String>,
    pub(super) local: bool,
    pub(super) narrow: bool,
    pub(super) keep_deleted: bool,
    pub(super) on_insert: IndexMap<String, Value>,
    pub(super) soft_delete: bool,
    pub(super) columns: Vec<Column>,
    pub(super) subsets: Vec<Subset>,
}

impl Table {
    /// The name on the server and in the store.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The struct's name.
    #[must_use]
    pub fn rust_name(&self) -> &str {
        &self.rust_name
    }

    /// The doc comment.
    #[must_use]
    pub fn docs(&self) -> Option<&str> {
        self.docs.as_deref()
    }

    /// The path below the endpoint, if it is not `tables/<name>`.
    #[must_use]
    pub fn route(&self) -> Option<&str> {
        self.route.as_deref()
    }

    /// Whether the table stays on the device.
    #[must_use]
    pub fn is_local(&self) -> bool {
        self.local
    }

    /// Whether the server's table has more columns, which are not asked for.
    #[must_use]
    pub fn is_narrow(&self) -> bool {
        self.narrow
    }

    /// Whether the device keeps deleted rows.
    #[must_use]
    pub fn keeps_deleted(&self) -> bool {
        self.keep_deleted
    }

    /// Whether the server is to keep deleted rows as tombstones.
    #[must_use]
    pub fn has_soft_delete(&self) -> bool {
        self.soft_delete
    }

    /// Constants that an insert sends for columns that are not in the document.
    #[must_use]
    pub fn on_insert(&self) -> &IndexMap<String, Value> {
        &self.on_insert
    }

    /// The struct's fields in order: columns and system columns.
    #[must_use]
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The narrow structs over the table.
    #[must_use]
    pub fn subsets(&self) -> &[Subset] {
        &self.subsets
    }
}

/// A field of a table's struct.
#[derive(Debug)]
pub struct Column {
    pub(super) at: At,
    pub(super) wire_name: String,
    pub(super) rust_name: String,
    pub(super) docs: Option<String>,
    pub(super) role: ColumnRole,
    pub(super) kind: Kind,
    /// The field's type as code, without `Option`.
    pub(super) code: TypeCode,
    pub(super) nullable: bool,
    pub(super) default: Option<Value>,
    pub(super) index: bool,
    pub(super) local: bool,
    pub(super) references: Option<String>,
    pub(super) was: Vec<String>,
    pub(super) limits: Limits,
    pub(super) merge: Option<Merge>,
}

impl Column {
    /// The name on the wire and in SQL.
    #[must_use]
    pub fn wire_name(&self) -> &str {
        &self.wire_name
    }

    /// The name of the struct's field.
    #[must_use]
    pub fn rust_name(&self) -> &str {
        &self.rust_name
    }

    /// The doc comment.
    #[must_use]
    pub fn docs(&self) -> Option<&str> {
        self.docs.as_deref()
    }

    /// What the field holds.
    #[must_use]
    pub fn role(&self) -> ColumnRole {
        self.role
    }

    /// The type of its values.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Whether it may be null.
    #[must_use]
    pub fn is_nullable(&self) -> bool {
        self.nullable
    }

    /// What stands in for null and an absent member.
    #[must_use]
    pub fn default(&self) -> Option<&Value> {
        self.default.as_ref()
    }

    /// Whether the local store has an index on it.
    #[must_use]
    pub fn is_indexed(&self) -> bool {
        self.index
    }

    /// Whether it stays on the device.
    #[must_use]
    pub fn is_local_only(&self) -> bool {
        self.local
    }

    /// The table whose ids it holds: its name, or a Rust path with `::` for a table without a document.
    #[must_use]
    pub fn references(&self) -> Option<&str> {
        self.references.as_deref()
    }

    /// The wire names that it had in earlier versions of the app.
    #[must_use]
    pub fn was(&self) -> &[String] {
        &self.was
    }

    /// What is held when a row is written.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// What a three-way merge makes of it.
    #[must_use]
    pub fn merge(&self) -> Option<&Merge> {
        self.merge.as_ref()
    }
}

/// What JSON Schema says of a column's values, held when a row is written.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct Limits {
    /// The fewest code points of a text.
    pub min_length: Option<u64>,
    /// The most code points of a text.
    pub max_length: Option<u64>,
    /// The smallest number.
    pub minimum: Option<Number>,
    /// The greatest number.
    pub maximum: Option<Number>,
    /// The number above which all values lie.
    pub exclusive_minimum: Option<Number>,
    /// The number below which all values lie.
    pub exclusive_maximum: Option<Number>,
    /// The number whose whole multiples the values are.
    pub multiple_of: Option<Number>,
}

/// What a field of a table's struct holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ColumnRole {
    /// The row's id.
    Id,
    /// A column.
    Data,
    /// What the server says of the row: `version`, `updatedAt`, `createdAt`, `deleted`.
    System,
}

/// The type of a column's values: one for each column type of the runtime.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// `bool`
    Bool,
    /// `i8`
    I8,
    /// `i16`
    I16,
    /// `i32`
    I32,
    /// `i64`
    I64,
    /// `u8`
    U8,
    /// `u16`
    U16,
    /// `u32`
    U32,
    /// `f32`
    F32,
    /// `f64`
    F64,
    /// `String`, and enums of texts.
    Text,
    /// `char`
    Char,
    /// `synctable::Id`
    Id,
    /// `synctable::Version`
    Version,
    /// `synctable::Timestamp`
    Timestamp,
    /// `Vec<u8>`
    Bytes,
    /// `synctable::Uuid`
    Uuid,
    /// `synctable::Decimal`
    Decimal,
    /// `synctable::Date`
    Date,
    /// `synctable::TimeOfDay`
    TimeOfDay,
    /// Any JSON.
    Json,
}

impl Kind {
    /// The least and the greatest value of a kind of integers; none for any other kind.
    #[must_use]
    pub fn integer_limits(self) -> Option<(i64, i64)> {
        Some(match self {
            Self::I8 => (i8::MIN.into(), i8::MAX.into()),
            Self::I16 => (i16::MIN.into(), i16::MAX.into()),
            Self::I32 => (i32::MIN.into(), i32::MAX.into()),
            Self::I64 => (i64::MIN, i64::MAX),
            Self::U8 => (0, u8::MAX.into()),
            Self::U16 => (0, u16::MAX.into()),
            Self::U32 => (0, u32::MAX.into()),
            _ => return None,
        })
    }

    /// Whether values of the kind are whole numbers.
    #[must_use]
    pub fn is_integer(self) -> bool {
        self.integer_limits().is_some()
    }

    /// Whether values of the kind are numbers.
    #[must_use]
    pub fn is_number(self) -> bool {
        self.is_integer() || matches!(self, Self::F32 | Self::F64 | Self::Decimal)
    }
}

/// A narrow struct over a table.
#[derive(Debug)]
pub struct Subset {
    pub(super) at: At,
    pub(super) rust_name: String,
    /// The places of its columns among the table's.
    pub(super) columns: Vec<usize>,
}

impl Subset {
    /// The struct's name.
    #[must_use]
    pub fn rust_name(&self) -> &str {
        &self.rust_name
    }

    /// The places of its fields among the table's [`columns`](Table::columns).
    #[must_use]
    pub fn columns(&self) -> &[usize] {
        &self.columns
    }
}

/// A type as generated code names it.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum TypeCode {
    /// The type of a kind.
    Of(Kind),
    /// A generated type.
    Named(String),
    /// A path of the app.
    Path(String),
    /// `Vec` of it.
    List(Box<TypeCode>),
    /// A map of texts to it.
    Map(Box<TypeCode>),
    /// `Option` of it.
    Optional(Box<TypeCode>),
}

impl TypeCode {
    /// Puts paths in place of generated types.
    pub(super) fn replace(&mut self, externs: &IndexMap<String, String>) {
        match self {
            Self::Named(name) => {
                if let Some(path) = externs.get(name) {
                    *self = Self::Path(path.clone());
                }
            }
            Self::List(of) | Self::Map(of) | Self::Optional(of) => of.replace(externs),
            Self::Of(_) | Self::Path(_) => {}
        }
    }
}

/// A type that generated code defines.
#[derive(Debug)]
pub(super) struct TypeItem {
    pub(super) at: At,
    pub(super) rust_name: String,
    pub(super) docs: Option<String>,
    pub(super) shape: TypeShape,
}

impl TypeItem {
    /// Whether another item is the same code.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.rust_name == other.rust_name && self.docs == other.docs && self.shape == other.shape
    }
}

/// What a generated type is.
#[derive(Debug, PartialEq)]
pub(super) enum TypeShape {
    /// A string enum.
    Texts { variants: Vec<Variant>, other: Option<String> },
    /// A column type around another.
    Newtype(Kind),
    /// An object inside a JSON column.
    Object {
        members: Vec<ObjectMember>,
        has_others: bool,
        /// Its schema among `$defs`, as JSON text.
        schema: String,
    },
}

/// A variant of a string enum.
#[derive(Debug)]
pub(super) struct Variant {
    pub(super) at: At,
    pub(super) text: String,
    pub(super) rust_name: String,
    pub(super) docs: Option<String>,
}

// Where it stands is no part of what it is.
impl PartialEq for Variant {
    fn eq(&self, other: &Self) -> bool {
        (&self.text, &self.rust_name, &self.docs) == (&other.text, &other.rust_name, &other.docs)
    }
}

/// A member of an object inside a JSON column.
#[derive(Debug, PartialEq)]
pub(super) struct ObjectMember {
    pub(super) wire_name: String,
    pub(super) rust_name: String,
    pub(super) docs: Option<String>,
    pub(super) code: TypeCode,
    /// Whether every object has it, be it null.
    pub(super) required: bool,
}
