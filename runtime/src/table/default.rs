//! What stands in for a value that is not there.

use crate::value::{CellWriter, ValueError, ValueRef};

/// Writes a column's default into a cell.
pub type DefaultWriter = fn(CellWriter<'_>) -> Result<(), ValueError>;

/// A column's default: made by the generated code of its type, or given in its stored form.
#[derive(Debug, Clone, Copy)]
pub(super) enum ColumnDefault {
    Writer(DefaultWriter),
    Stored(ValueRef<'static>),
}

impl ColumnDefault {
    pub(super) fn write(self, cell: CellWriter<'_>) -> Result<(), ValueError> {
        match self {
            Self::Writer(write) => write(cell),
            Self::Stored(ValueRef::Real(value)) => cell.real(value),
            Self::Stored(value) => {
                cell.copy(value);
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::table::ColumnDef;
    use crate::value::{ColumnValue as _, Value, ValueRef};

    #[test]
    fn both_doors_give_the_same_cell() {
        const WRITTEN: ColumnDef =
            ColumnDef::new::<String>("note", "note").default_value(|cell| "none".to_owned().write(cell));
        const STORED: ColumnDef = ColumnDef::new::<String>("note", "note").default_stored(ValueRef::Text("none"));
        for column in [WRITTEN, STORED] {
            assert!(column.has_default());
            assert_eq!(column.default_cell(), Ok(Value::Text("none".to_owned())));
        }
        let none = ColumnDef::new::<String>("note", "note");
        assert_eq!((none.has_default(), none.default_cell()), (false, Ok(Value::Null)));
        assert!(ColumnDef::new::<f64>("a", "a").default_stored(ValueRef::Real(f64::NAN)).default_cell().is_err());
    }
}
