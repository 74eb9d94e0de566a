//! What the rows of a result are read as: tuples, structs of tables, column subsets.

use std::fmt;

use super::{SqlColumns, SqlRow};
use crate::error::{Error, ErrorKind};
use crate::row::RowBatch;
use crate::subset::ColumnSubset;
use crate::table::{SyncTable, SystemColumn, TableSchema};
use crate::value::ColumnValue;

/// A type that the rows of a result can be read as.
///
/// - A tuple of up to 12 column types, by place; the result has as many columns. One value is `(V,)`.
/// - The struct of a table, or a column subset of one, by the columns' names in SQL. Other columns
///   of the result are passed over; one that the struct needs and the result lacks is an error.
///   Of the system columns those are needed that the struct has a field for.
///
/// For anything else [`SyncContext::sql_rows_with`](crate::SyncContext::sql_rows_with) takes a
/// closure.
#[diagnostic::on_unimplemented(
    message = "the rows of a result cannot be read as `{Self}`",
    label = "expected a tuple of column types, the struct of a table, or a column subset",
    note = "one column is a tuple of one: `(String,)`",
    note = "`sql_rows_with` reads rows by a closure"
)]
pub trait FromSqlRow: Sized + Send + 'static {
    /// What is found out once, from the columns of the result.
    type Reader;

    /// Prepares to read rows of these columns.
    ///
    /// # Errors
    /// `Invalid`: the columns do not fit the type.
    fn reader(columns: &SqlColumns) -> Result<Self::Reader, Error>;

    /// Reads a row.
    ///
    /// # Errors
    /// `Decode`: a cell does not hold a value of the type at its place.
    fn read(reader: &mut Self::Reader, row: SqlRow<'_>) -> Result<Self, Error>;
}

/// Implements the trait for a tuple.
macro_rules! tuple {
    ($($value:ident $place:tt),+) => {
        #[diagnostic::do_not_recommend]
        impl<$($value: ColumnValue + Send + 'static),+> FromSqlRow for ($($value,)+) {
            type Reader = ();

            fn reader(columns: &SqlColumns) -> Result<(), Error> {
                let (wanted, came) = ([$($place),+].len(), columns.names().len());
                if wanted == came {
                    return Ok(());
                }
                let message =
                    format!("the rows are read as a tuple of {wanted}, the result has {came} columns: {}", columns.listed());
                Err(Error::new(ErrorKind::Invalid, message))
            }

            fn read((): &mut (), row: SqlRow<'_>) -> Result<Self, Error> {
                Ok(($(row.cell($place).and_then($value::read).map_err(|error| row.error_at($place, &error))?,)+))
            }
        }
    };
}

tuple!(A 0);
tuple!(A 0, B 1);
tuple!(A 0, B 1, C 2);
tuple!(A 0, B 1, C 2, D 3);
tuple!(A 0, B 1, C 2, D 3, E 4);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5, G 6);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11);

#[diagnostic::do_not_recommend]
impl<T: SyncTable> FromSqlRow for T {
    type Reader = StructReader;

    fn reader(columns: &SqlColumns) -> Result<StructReader, Error> {
        StructReader::new::<T, T>(columns)
    }

    fn read(reader: &mut StructReader, row: SqlRow<'_>) -> Result<Self, Error> {
        reader.read::<T, T>(row)
    }
}

/// Reads rows of a result as the struct of a table or a subset of its columns.
pub struct StructReader {
    /// The only row of it is written anew for each row of the result.
    batch: RowBatch,
    /// Places in the result and in a row of the table.
    places: Vec<(usize, usize)>,
}

impl StructReader {
    /// Finds the columns of `R`, a subset of those of `T`, in a result.
    ///
    /// # Errors
    /// `Invalid`: the result lacks one of them or has it twice.
    pub fn new<T: SyncTable, R: ColumnSubset<T>>(columns: &SqlColumns) -> Result<Self, Error> {
        let schema: &'static TableSchema = T::SCHEMA;
        let within = |error: Error| error.in_table(schema.name());
        let declared = schema.declared_system_columns().iter().map(|(system, _)| system.column());
        let wanted: Vec<_> = match R::SELECTED {
            Some(selected) => selected.to_vec(),
            None => schema.columns().iter().chain(declared).collect(),
        };
        let mut places = Vec::with_capacity(wanted.len());
        for column in wanted {
            // Every constant of a system column has its own place behind the table's columns.
            let Some(place) = schema.place(column) else { continue };
            let is_deleted = place == schema.columns().len() + SystemColumn::Deleted.offset();
            match columns.find(column.sql_name()).map_err(within)? {
                Some(found) => places.push((found, place)),
                // The store keeps no such column: what it has is not deleted.
                None if is_deleted => {}
                None => {
                    let message = format!(
                        "the result lacks the column `{}` of the struct, it has {}",
                        column.sql_name(),
                        columns.listed()
                    );
                    return Err(within(Error::new(ErrorKind::Invalid, message)));
                }
            }
        }
        Ok(Self { batch: RowBatch::new(schema), places })
    }

    /// Reads a row.
    ///
    /// # Errors
    /// `Decode`: a cell does not hold a value of its field's type.
    pub fn read<T: SyncTable, R: ColumnSubset<T>>(&mut self, row: SqlRow<'_>) -> Result<R, Error> {
        let schema = self.batch.schema();
        self.batch.clear();
        let mut writer = self.batch.push();
        writer.system(SystemColumn::Deleted).integer(0);
        for (from, to) in &self.places {
            let value = row.cell(*from).map_err(|error| row.error_at(*from, &error).in_table(schema.name()))?;
            writer.cell(*to).copy(value);
        }
        let row_of_table = self.batch.get(0).ok_or_else(|| row.error("it cannot be kept"))?;
        R::read_selected(row_of_table).map_err(|error| row.error(&error.to_string()).in_table(schema.name()))
    }
}

impl fmt::Debug for StructReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StructReader").field("places", &self.places).finish_non_exhaustive()
    }
}
