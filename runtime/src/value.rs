//! What a cell of a table holds, and the types that columns have.

mod civil;
mod column_value;
pub(crate) mod decimal;
mod id;
mod json;
mod named;
mod timestamp;
pub(crate) mod wire;

pub use civil::{Date, TimeOfDay};
pub use column_value::{CellWriter, ColumnValue, TextValue, ValueError};
pub use decimal::Decimal;
pub use id::{Id, InvalidId, Version};
pub use json::Json;
pub use named::{NamedKind, NamedText, NamedType};
pub use timestamp::Timestamp;

pub(crate) use civil::shown;
pub(crate) use column_value::{Cell, nearest_f32, one_char, out_of_range};
pub(crate) use decimal::{compare as compare_decimals, is_multiple};
pub(crate) use json::{read_json, write_json};

/// A cell, borrowed from the store or from a row batch.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ValueRef<'a> {
    /// No value.
    Null,
    /// Integers, truth values (0 and 1) and timestamps (100 ns since 1970).
    Integer(i64),
    /// Floating-point numbers; never NaN or infinite.
    Real(f64),
    /// Text, and every type whose stored form is text.
    Text(&'a str),
    /// Bytes.
    Blob(&'a [u8]),
}

impl ValueRef<'_> {
    /// Copies the cell out.
    #[must_use]
    pub fn to_value(self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Integer(value) => Value::Integer(value),
            Self::Real(value) => Value::Real(value),
            Self::Text(value) => Value::Text(value.to_owned()),
            Self::Blob(value) => Value::Blob(value.to_owned()),
        }
    }

    /// Whether there is no value.
    #[must_use]
    pub fn is_null(self) -> bool {
        matches!(self, Self::Null)
    }
}

/// A cell that owns its value; see [`ValueRef`] for the meaning of the variants.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Value {
    /// No value.
    #[default]
    Null,
    /// Integers, truth values and timestamps.
    Integer(i64),
    /// Floating-point numbers.
    Real(f64),
    /// Text.
    Text(String),
    /// Bytes.
    Blob(Vec<u8>),
}

impl Value {
    /// Borrows the cell.
    #[must_use]
    pub fn as_ref(&self) -> ValueRef<'_> {
        match self {
            Self::Null => ValueRef::Null,
            Self::Integer(value) => ValueRef::Integer(*value),
            Self::Real(value) => ValueRef::Real(*value),
            Self::Text(value) => ValueRef::Text(value),
            Self::Blob(value) => ValueRef::Blob(value),
        }
    }

    /// Takes the stored form of any column value.
    ///
    /// # Errors
    /// The value has no stored form: a number that is not finite, JSON that cannot be written.
    pub fn of<V: ColumnValue>(value: &V) -> Result<Self, ValueError> {
        let mut cell = Cell::Null;
        let mut arena = Vec::new();
        value.write(CellWriter::new(&mut cell, &mut arena))?;
        Ok(cell.read(&arena).to_value())
    }
}

/// The type of a column: it decides the SQL type, the stored form and the one wire form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ColumnType {
    /// `true` or `false`; stored as 1 or 0.
    Bool,
    /// 8-bit integer.
    I8,
    /// 16-bit integer.
    I16,
    /// 32-bit integer.
    I32,
    /// 64-bit integer.
    I64,
    /// 8-bit integer without sign.
    U8,
    /// 16-bit integer without sign.
    U16,
    /// 32-bit integer without sign.
    U32,
    /// 32-bit floating point; stored as the 64-bit number of the same value, on the wire the shortest
    /// JSON number that reads back as it; never NaN or infinite.
    F32,
    /// 64-bit floating point; a JSON number, never NaN or infinite.
    F64,
    /// Text.
    Text,
    /// One Unicode code point; stored and sent as text.
    Char,
    /// The id of a row: non-empty text of at most 255 characters.
    Id,
    /// A version given by the server: opaque text.
    Version,
    /// An instant; stored as 100 ns since 1970, an RFC 3339 string on the wire.
    Timestamp,
    /// Bytes; base64 on the wire.
    Bytes,
    /// A UUID; lower-case text with dashes.
    Uuid,
    /// An exact decimal number; stored as text, a JSON number on the wire.
    Decimal,
    /// A calendar date; `yyyy-MM-dd`.
    Date,
    /// A time of day; `HH:mm:ss.fffffff`, with as many digits on the wire as it has.
    TimeOfDay,
    /// Any JSON; stored as its text.
    Json,
}

impl ColumnType {
    /// Whether values of this type have an order.
    #[must_use]
    pub const fn is_ordered(self) -> bool {
        !matches!(self, Self::Bool | Self::Json | Self::Bytes)
    }

    /// The least and the greatest value of a type of integers; none for any other type.
    #[must_use]
    pub const fn integer_limits(self) -> Option<(i64, i64)> {
        Some(match self {
            Self::I8 => (i8::MIN as i64, i8::MAX as i64),
            Self::I16 => (i16::MIN as i64, i16::MAX as i64),
            Self::I32 => (i32::MIN as i64, i32::MAX as i64),
            Self::I64 => (i64::MIN, i64::MAX),
            Self::U8 => (0, u8::MAX as i64),
            Self::U16 => (0, u16::MAX as i64),
            Self::U32 => (0, u32::MAX as i64),
            _ => return None,
        })
    }

    /// Whether values of this type are whole numbers.
    #[must_use]
    pub const fn is_integer(self) -> bool {
        self.integer_limits().is_some()
    }

    /// Whether values of this type are numbers.
    #[must_use]
    pub const fn is_number(self) -> bool {
        self.is_integer() || matches!(self, Self::F32 | Self::F64 | Self::Decimal)
    }
}
