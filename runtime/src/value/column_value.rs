//! The trait that makes a Rust type a column type, and what it writes into.

mod number;
mod text;

use std::fmt;
use std::io::Write as _;

use super::{ColumnType, NamedType, Timestamp, ValueRef};

pub use text::TextValue;

pub(crate) use number::{nearest_f32, out_of_range};
pub(crate) use text::one_char;

/// A type that a column can have.
///
/// Derive it for string enums and newtypes; any serde type can be a column by `#[sync(json)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a column type",
    label = "this type cannot be stored in a column",
    note = "column types are bool, i8, i16, i32, i64, u8, u16, u32, f32, f64, char, String, Id, Version, Timestamp, Date, TimeOfDay, Decimal, Vec<u8>, Uuid and Option of each",
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
    use crate::value::{Date, Decimal, Id, TimeOfDay, Value};

    fn round<V: ColumnValue + PartialEq + fmt::Debug>(value: V) {
        let stored = Value::of(&value).unwrap();
        assert_eq!(V::read(stored.as_ref()).unwrap(), value, "{stored:?}");
    }

    #[test]
    fn every_type_reads_what_it_wrote() {
        round(true);
        round(i8::MIN);
        round(i8::MAX);
        round(i16::MIN);
        round(i16::MAX);
        round(i32::MIN);
        round(i32::MAX);
        round(i64::MIN);
        round(i64::MAX);
        round(u8::MAX);
        round(u16::MAX);
        round(u32::MAX);
        round(u32::MIN);
        round(0.1_f32);
        round(f32::MAX);
        round(-f32::from_bits(1));
        round(-0.1_f64);
        round('\0');
        round('ß');
        round(char::MAX);
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
        assert!(Value::of(&f32::NAN).is_err());
        assert!(Value::of(&f32::NEG_INFINITY).is_err());
        assert!(String::read(ValueRef::Null).is_err());
    }

    #[test]
    fn what_is_beyond_a_type_is_refused_by_its_width() {
        fn refused<V: ColumnValue + fmt::Debug>(value: i64) -> String {
            V::read(ValueRef::Integer(value)).unwrap_err().to_string()
        }
        assert_eq!(refused::<i8>(128), "128 does not fit 8 bits");
        assert_eq!(refused::<i8>(-129), "-129 does not fit 8 bits");
        assert_eq!(refused::<i16>(32_768), "32768 does not fit 16 bits");
        assert_eq!(refused::<i16>(-32_769), "-32769 does not fit 16 bits");
        assert_eq!(refused::<i32>(1 << 31), "2147483648 does not fit 32 bits");
        assert_eq!(refused::<u8>(256), "256 does not fit 8 bits without sign");
        assert_eq!(refused::<u8>(-1), "-1 does not fit 8 bits without sign");
        assert_eq!(refused::<u16>(65_536), "65536 does not fit 16 bits without sign");
        assert_eq!(refused::<u16>(-1), "-1 does not fit 16 bits without sign");
        assert_eq!(refused::<u32>(1 << 32), "4294967296 does not fit 32 bits without sign");
        assert_eq!(refused::<u32>(-1), "-1 does not fit 32 bits without sign");
        assert!(f32::read(ValueRef::Real(1e39)).unwrap_err().to_string().ends_with("does not fit 32 bits"));
        assert!(i8::read(ValueRef::Real(1.0)).is_err() && f32::read(ValueRef::Text("1")).is_err());
    }

    #[test]
    fn a_32_bit_number_is_the_nearest_to_what_is_stored() {
        assert_eq!(f32::read(ValueRef::Real(0.1)).unwrap(), 0.1_f32);
        assert_eq!(f32::read(ValueRef::Integer(16_777_217)).unwrap(), 16_777_216.0);
        assert_eq!(Value::of(&0.1_f32).unwrap(), Value::Real(0.100_000_001_490_116_12));
    }

    #[test]
    fn a_character_is_one_code_point() {
        for text in ["", "ab", "e\u{301}"] {
            assert!(char::read(ValueRef::Text(text)).is_err(), "{text:?}");
        }
        assert!(char::read(ValueRef::Integer(65)).is_err());
        assert_eq!(char::read(ValueRef::Text("🥛")).unwrap(), '🥛');
    }
}
