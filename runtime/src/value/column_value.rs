//! The trait that makes a Rust type a column type, and what it writes into.

use std::fmt;
use std::io::Write as _;

use super::{ColumnType, Date, Decimal, Id, NamedType, TimeOfDay, Timestamp, ValueRef, Version};

/// A type that a column can have.
///
/// Derive it for string enums and newtypes; any serde type can be a column by `#[sync(json)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a column type",
    label = "this type cannot be stored in a column",
    note = "column types are bool, i32, i64, f64, String, Id, Version, Timestamp, Date, TimeOfDay, Decimal, Vec<u8>, Uuid and Option of each",
    note = "derive `ColumnValue` for a string enum or a newtype, or write `#[sync(json)]` on a field whose type has serde's traits"
)]
pub trait ColumnValue: Sized {
    /// The column type whose SQL type, order and wire form this type has.
    const TYPE: ColumnType;
    /// Whether the column may be null.
    const NULLABLE: bool = false;
    /// Whether [`read`](Self::read) may refuse a well-formed cell of [`TYPE`](Self::TYPE).
    const CHECKED: bool = false;
    /// The name of a type of the app and its texts, for documents; none for the types that are there
    /// without a derive.
    const NAMED: Option<&'static NamedType> = None;

    /// Writes the stored form into one cell.
    ///
    /// # Errors
    /// The value has no stored form.
    fn write(&self, cell: CellWriter<'_>) -> Result<(), ValueError>;

    /// Reads the stored form.
    ///
    /// # Errors
    /// The cell does not hold a value of this type.
    fn read(value: ValueRef<'_>) -> Result<Self, ValueError>;
}

/// A column type that is text: it has the text operators of queries.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not text",
    note = "starts_with, ends_with and contains exist on columns of String, Id and newtypes over them"
)]
pub trait TextValue: ColumnValue {}

impl TextValue for String {}
impl TextValue for Id {}
impl<V: TextValue> TextValue for Option<V> {}

/// Says why a value cannot be stored or read; the caller adds table, row and column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValueError(String);

impl ValueError {
    /// Makes an error; the message says what was expected and what came.
    pub fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }

    /// The error of a text that is none of an enum's.
    #[must_use]
    pub fn unknown(text: &str, known: &[&str]) -> Self {
        Self(format!("{text:?} is none of {known:?}"))
    }

    /// The error of a cell that holds another kind of value.
    #[must_use]
    pub fn mismatch(expected: &str, came: ValueRef<'_>) -> Self {
        let came = match came {
            ValueRef::Null => "null",
            ValueRef::Integer(_) => "an integer",
            ValueRef::Real(_) => "a real number",
            ValueRef::Text(_) => "text",
            ValueRef::Blob(_) => "bytes",
        };
        Self(format!("expected {expected}, found {came}"))
    }
}

impl fmt::Display for ValueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ValueError {}

/// One cell of a batch: small values inline, text and bytes as a range of the batch's arena.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) enum Cell {
    #[default]
    Null,
    Integer(i64),
    Real(f64),
    Text {
        start: u32,
        len: u32,
    },
    Blob {
        start: u32,
        len: u32,
    },
}

impl Cell {
    /// Invariant: a text range of an arena was written from a `str`, so it is UTF-8.
    pub(crate) fn read(self, arena: &[u8]) -> ValueRef<'_> {
        let range = |start: u32, len: u32| arena.get(start as usize..start as usize + len as usize).unwrap_or_default();
        match self {
            Self::Null => ValueRef::Null,
            Self::Integer(value) => ValueRef::Integer(value),
            Self::Real(value) => ValueRef::Real(value),
            Self::Text { start, len } => ValueRef::Text(std::str::from_utf8(range(start, len)).unwrap_or_default()),
            Self::Blob { start, len } => ValueRef::Blob(range(start, len)),
        }
    }
}

/// Writes exactly one cell; it is consumed by the write.
#[derive(Debug)]
pub struct CellWriter<'a> {
    cell: &'a mut Cell,
    arena: &'a mut Vec<u8>,
}

impl<'a> CellWriter<'a> {
    pub(crate) fn new(cell: &'a mut Cell, arena: &'a mut Vec<u8>) -> Self {
        Self { cell, arena }
    }

    /// Writes null.
    pub fn null(self) {
        *self.cell = Cell::Null;
    }

    /// Writes an integer, a truth value (0 or 1) or a timestamp.
    pub fn integer(self, value: i64) {
        *self.cell = Cell::Integer(value);
    }

    /// Writes a floating-point number.
    ///
    /// # Errors
    /// The number is NaN or infinite: neither SQLite nor JSON can carry it.
    pub fn real(self, value: f64) -> Result<(), ValueError> {
        if !value.is_finite() {
            return Err(ValueError::new(format!("{value} cannot be stored, only finite numbers can")));
        }
        *self.cell = Cell::Real(value);
        Ok(())
    }

    /// Writes text.
    pub fn text(mut self, value: &str) {
        let (start, len) = self.append(value.as_bytes());
        *self.cell = Cell::Text { start, len };
    }

    /// Writes text made by formatting, without an allocation of its own.
    pub fn text_of(self, value: impl fmt::Display) {
        let start = self.arena.len();
        // Writing into a Vec cannot fail; a Display that fails leaves what it wrote.
        let _ = write!(self.arena, "{value}");
        *self.cell = Cell::Text { start: start as u32, len: (self.arena.len() - start) as u32 };
    }

    /// Writes bytes.
    pub fn blob(mut self, value: &[u8]) {
        let (start, len) = self.append(value);
        *self.cell = Cell::Blob { start, len };
    }

    /// Writes a copy of another cell.
    pub fn copy(self, value: ValueRef<'_>) {
        match value {
            ValueRef::Null => self.null(),
            ValueRef::Integer(value) => self.integer(value),
            ValueRef::Real(value) => *self.cell = Cell::Real(value),
            ValueRef::Text(value) => self.text(value),
            ValueRef::Blob(value) => self.blob(value),
        }
    }

    fn append(&mut self, bytes: &[u8]) -> (u32, u32) {
        // Invariant: a batch stays below 4 GiB, since a page is at most 64 MiB and a slice 5 000 rows.
        let start = self.arena.len() as u32;
        self.arena.extend_from_slice(bytes);
        (start, bytes.len() as u32)
    }
}

impl<V: ColumnValue> ColumnValue for Option<V> {
    const TYPE: ColumnType = V::TYPE;
    const NULLABLE: bool = true;
    const CHECKED: bool = V::CHECKED;
    const NAMED: Option<&'static NamedType> = V::NAMED;

    fn write(&self, cell: CellWriter<'_>) -> Result<(), ValueError> {
        match self {
            Some(value) => value.write(cell),
            None => {
                cell.null();
                Ok(())
            }
        }
    }

    fn read(value: ValueRef<'_>) -> Result<Self, ValueError> {
        if value.is_null() { Ok(None) } else { V::read(value).map(Some) }
    }
}

impl ColumnValue for bool {
    const TYPE: ColumnType = ColumnType::Bool;

    fn write(&self, cell: CellWriter<'_>) -> Result<(), ValueError> {
        cell.integer(i64::from(*self));
        Ok(())
    }

    fn read(value: ValueRef<'_>) -> Result<Self, ValueError> {
        match value {
            ValueRef::Integer(value) => Ok(value != 0),
            other => Err(ValueError::mismatch("a truth value", other)),
        }
    }
}

impl ColumnValue for i32 {
    const TYPE: ColumnType = ColumnType::I32;

    fn write(&self, cell: CellWriter<'_>) -> Result<(), ValueError> {
        cell.integer(i64::from(*self));
        Ok(())
    }

    fn read(value: ValueRef<'_>) -> Result<Self, ValueError> {
        match value {
            ValueRef::Integer(value) => {
                Self::try_from(value).map_err(|_| ValueError::new(format!("{value} does not fit 32 bits")))
            }
            other => Err(ValueError::mismatch("an integer", other)),
        }
    }
}

impl ColumnValue for i64 {
    const TYPE: ColumnType = ColumnType::I64;

    fn write(&self, cell: CellWriter<'_>) -> Result<(), ValueError> {
        cell.integer(*self);
        Ok(())
    }

    fn read(value: ValueRef<'_>) -> Result<Self, ValueError> {
        match value {
            ValueRef::Integer(value) => Ok(value),
            other => Err(ValueError::mismatch("an integer", other)),
        }
    }
}

impl ColumnValue for f64 {
    const TYPE: ColumnType = ColumnType::F64;

    fn write(&self, cell: CellWriter<'_>) -> Result<(), ValueError> {
        cell.real(*self)
    }

    fn read(value: ValueRef<'_>) -> Result<Self, ValueError> {
        match value {
            ValueRef::Real(value) => Ok(value),
            ValueRef::Integer(value) => Ok(value as Self),
            other => Err(ValueError::mismatch("a number", other)),
        }
    }
}

/// Implements the trait for a type whose stored form is the text that `write` makes and `read` takes.
macro_rules! text_column {
    ($type:ty, $column:ident, $expected:literal, |$value:ident, $cell:ident| $write:expr, |$text:ident| $read:expr) => {
        #[diagnostic::do_not_recommend]
        impl ColumnValue for $type {
            const TYPE: ColumnType = ColumnType::$column;

            fn write(&self, $cell: CellWriter<'_>) -> Result<(), ValueError> {
                let $value = self;
                $write;
                Ok(())
            }

            fn read(value: ValueRef<'_>) -> Result<Self, ValueError> {
                match value {
                    ValueRef::Text($text) => $read,
                    other => Err(ValueError::mismatch($expected, other)),
                }
            }
        }
    };
}

text_column!(String, Text, "text", |value, cell| cell.text(value), |text| Ok(text.to_owned()));
text_column!(Id, Id, "an id", |value, cell| cell.text(value.as_str()), |text| Self::parse(text)
    .map_err(|error| ValueError::new(error.to_string())));
text_column!(Version, Version, "a version", |value, cell| cell.text(value.as_str()), |text| Self::parse(text)
    .ok_or_else(|| ValueError::new("not a version: empty, over 1 KiB or with control characters")));
text_column!(Date, Date, "a date", |value, cell| cell.text_of(value), |text| text.parse());
text_column!(TimeOfDay, TimeOfDay, "a time of day", |value, cell| cell.text_of(value), |text| text.parse());
text_column!(Decimal, Decimal, "a decimal number", |value, cell| cell.text(value.as_str()), |text| text.parse());
text_column!(uuid::Uuid, Uuid, "a uuid", |value, cell| cell.text_of(value.as_hyphenated()), |text| Self::parse_str(
    text
)
.map_err(|error| ValueError::new(format!("not a uuid: {error}"))));

impl ColumnValue for Timestamp {
    const TYPE: ColumnType = ColumnType::Timestamp;

    fn write(&self, cell: CellWriter<'_>) -> Result<(), ValueError> {
        cell.integer(self.ticks());
        Ok(())
    }

    fn read(value: ValueRef<'_>) -> Result<Self, ValueError> {
        match value {
            ValueRef::Integer(ticks) => Self::from_ticks(ticks)
                .ok_or_else(|| ValueError::new(format!("{ticks} is not an instant of the years 0001 to 9999"))),
            other => Err(ValueError::mismatch("an instant", other)),
        }
    }
}

impl ColumnValue for Vec<u8> {
    const TYPE: ColumnType = ColumnType::Bytes;

    fn write(&self, cell: CellWriter<'_>) -> Result<(), ValueError> {
        cell.blob(self);
        Ok(())
    }

    fn read(value: ValueRef<'_>) -> Result<Self, ValueError> {
        match value {
            ValueRef::Blob(value) => Ok(value.to_owned()),
            other => Err(ValueError::mismatch("bytes", other)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Value;

    fn round<V: ColumnValue + PartialEq + fmt::Debug>(value: V) {
        let stored = Value::of(&value).unwrap();
        assert_eq!(V::read(stored.as_ref()).unwrap(), value, "{stored:?}");
    }

    #[test]
    fn every_type_reads_what_it_wrote() {
        round(true);
        round(i32::MIN);
        round(i64::MAX);
        round(-0.1_f64);
        round("naïve ' % _".to_owned());
        round(Id::new());
        round(Timestamp::MAX);
        round(vec![0_u8, 255]);
        round(uuid::Uuid::now_v7());
        round("-12.5".parse::<Decimal>().unwrap());
        round("2024-02-29".parse::<Date>().unwrap());
        round("23:59:59.9999999".parse::<TimeOfDay>().unwrap());
        round(None::<String>);
        round(Some(String::new()));
    }

    #[test]
    fn what_cannot_be_stored_is_refused() {
        assert!(Value::of(&f64::NAN).is_err());
        assert!(Value::of(&f64::INFINITY).is_err());
        assert!(i32::read(ValueRef::Integer(1 << 40)).is_err());
        assert!(String::read(ValueRef::Null).is_err());
    }
}
