//! Column types that are numbers of SQLite.

use crate::value::{CellWriter, ColumnType, ColumnValue, ValueError, ValueRef};

/// Implements the trait for a type of integers that an `i64` holds.
macro_rules! integer_column {
    ($($type:ty => $column:ident),+ $(,)?) => {
        $(
            #[diagnostic::do_not_recommend]
            impl ColumnValue for $type {
                const TYPE: ColumnType = ColumnType::$column;

                fn write(&self, cell: CellWriter<'_>) -> Result<(), ValueError> {
                    cell.integer(i64::from(*self));
                    Ok(())
                }

                fn read(value: ValueRef<'_>) -> Result<Self, ValueError> {
                    match value {
                        ValueRef::Integer(value) => Self::try_from(value).map_err(|_| out_of_range(Self::TYPE, value)),
                        other => Err(ValueError::mismatch("an integer", other)),
                    }
                }
            }
        )+
    };
}

integer_column!(i8 => I8, i16 => I16, i32 => I32, i64 => I64, u8 => U8, u16 => U16, u32 => U32);

/// The error of a number that a type has no room for.
pub(crate) fn out_of_range(column: ColumnType, came: impl std::fmt::Display) -> ValueError {
    let room = match column {
        ColumnType::I8 => "8 bits",
        ColumnType::I16 => "16 bits",
        ColumnType::I32 | ColumnType::F32 => "32 bits",
        ColumnType::U8 => "8 bits without sign",
        ColumnType::U16 => "16 bits without sign",
        ColumnType::U32 => "32 bits without sign",
        _ => "64 bits",
    };
    ValueError::new(format!("{came} does not fit {room}"))
}

impl ColumnValue for f32 {
    const TYPE: ColumnType = ColumnType::F32;

    fn write(&self, cell: CellWriter<'_>) -> Result<(), ValueError> {
        cell.real(f64::from(*self))
    }

    fn read(value: ValueRef<'_>) -> Result<Self, ValueError> {
        match value {
            ValueRef::Real(value) => nearest_f32(value).ok_or_else(|| out_of_range(Self::TYPE, value)),
            ValueRef::Integer(value) => Ok(value as Self),
            other => Err(ValueError::mismatch("a number", other)),
        }
    }
}

/// The 32-bit number nearest to a finite one; none beyond the greatest.
#[expect(clippy::cast_possible_truncation, reason = "the nearest one is meant")]
pub(crate) fn nearest_f32(value: f64) -> Option<f32> {
    Some(value as f32).filter(|nearest| nearest.is_finite())
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
