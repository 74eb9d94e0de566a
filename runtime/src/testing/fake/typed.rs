//! Rows of the server as values of the app's struct, and back.

use super::table::{Column, StoredRow, Table};
use crate::error::{Error, ErrorKind};
use crate::row::{RowBatch, RowWriter};
use crate::table::{ColumnDef, SyncTable, SystemColumn};
use crate::testing::value::{Decimal, TICKS_PER_MS, format_date, format_time, parse_date, parse_guid, parse_time};
use crate::testing::{ColumnType, Value};
use crate::value::{self, CellWriter, ValueError, ValueRef, wire};

/// Reads a row of a table as the struct; columns that the struct lacks are left out. Its stamp is cut to milliseconds, as devices
/// see it.
pub(super) fn read<T: SyncTable>(table: &Table, row: &StoredRow) -> Result<T, Error> {
    let system = |cells: &mut RowWriter<'_>| {
        cells.system(SystemColumn::Version).text(&row.version());
        cells.system(SystemColumn::UpdatedAt).integer(row.updated_at.div_euclid(TICKS_PER_MS) * TICKS_PER_MS);
        cells.system(SystemColumn::Deleted).integer(i64::from(row.deleted));
    };
    read_row(table, &row.id, &row.values, system).map_err(|error| in_row::<T>(&row.id, &error))
}

/// Reads the row of a body as the struct: what only the server gives is absent.
pub(super) fn read_sent<T: SyncTable>(table: &Table, id: &str, values: &[Value]) -> Result<T, Error> {
    let system = |cells: &mut RowWriter<'_>| {
        cells.system(SystemColumn::Version).null();
        cells.system(SystemColumn::UpdatedAt).null();
        cells.system(SystemColumn::Deleted).integer(0);
    };
    read_row(table, id, values, system).map_err(|error| in_row::<T>(id, &error))
}

fn read_row<T: SyncTable>(
    table: &Table,
    id: &str,
    values: &[Value],
    system: impl FnOnce(&mut RowWriter<'_>),
) -> Result<T, ValueError> {
    let schema = T::SCHEMA;
    let mut batch = RowBatch::new(schema);
    let mut cells = batch.push();
    for (index, column) in schema.columns().iter().enumerate() {
        let cell = cells.cell(index);
        let value = table.place(column.wire_name()).and_then(|place| values.get(place));
        match value {
            _ if column.is_id() => cell.text(id),
            None => column.write_default(cell)?,
            Some(_) if column.is_local_only() => column.write_default(cell)?,
            Some(Value::Null) if column.has_default() && !column.is_nullable() => column.write_default(cell)?,
            Some(value) => write_cell(column, value, cell)?,
        }
    }
    system(&mut cells);
    // Invariant: one row was pushed.
    batch.get(0).map_or_else(|| Err(ValueError::new("the batch is empty")), T::read_row)
}

fn write_cell(column: &ColumnDef, value: &Value, cell: CellWriter<'_>) -> Result<(), ValueError> {
    let column_type = column.column_type();
    match value {
        Value::Null => cell.null(),
        Value::Bool(truth) => cell.integer(i64::from(*truth)),
        Value::Int(number) => match column_type {
            // A newer struct of the table may have made it a floating or a decimal number.
            value::ColumnType::F32 | value::ColumnType::F64 | value::ColumnType::Decimal => {
                wire::decode_number(column_type, &number.to_string(), cell)?;
            }
            _ => cell.integer(*number),
        },
        Value::Double(number) => cell.real(*number)?,
        Value::Instant(ticks) => cell.integer(*ticks),
        Value::Bytes(bytes) => cell.blob(bytes),
        Value::Json(text) => cell.text(text),
        Value::Decimal(number) => wire::decode_number(column_type, &number.to_string(), cell)?,
        Value::Text(text) | Value::Guid(text) => wire::decode_text(column_type, text, cell)?,
        Value::Date(days) => wire::decode_text(column_type, &format_date(*days), cell)?,
        Value::Time(ticks) => wire::decode_text(column_type, &format_time(*ticks, 7), cell)?,
        Value::Enum(names, place) => match usize::try_from(*place).ok().and_then(|place| names.get(place)) {
            Some(name) => cell.text(name),
            None => cell.null(),
        },
    }
    Ok(())
}

/// The row's id and its values in the order of the table's columns; those of columns that the struct
/// lacks are as before, or their defaults in a new row.
pub(super) fn write<T: SyncTable>(
    table: &Table,
    row: &T,
    before: Option<&StoredRow>,
) -> Result<(String, Vec<Value>), Error> {
    let mut batch = RowBatch::new(T::SCHEMA);
    row.write_row(&mut batch.push()).map_err(|error| in_row::<T>(row.id().as_str(), &error))?;
    let cells = batch.get(0);
    let mut values = Vec::with_capacity(table.columns.len());
    for (place, column) in table.columns.iter().enumerate() {
        let own = T::SCHEMA.data_columns().find(|(_, own)| own.wire_name().eq_ignore_ascii_case(column.name));
        let value = match (own, cells) {
            (Some((index, _)), Some(cells)) => {
                read_cell(cells.value(index), column).map_err(|error| in_row::<T>(row.id().as_str(), &error))?
            }
            _ => match before.and_then(|before| before.values.get(place)) {
                Some(value) => value.clone(),
                None => column.missing(),
            },
        };
        values.push(value);
    }
    Ok((row.id().as_str().to_owned(), values))
}

fn read_cell(cell: ValueRef<'_>, column: &Column) -> Result<Value, ValueError> {
    let value = match (cell, column.column_type) {
        (ValueRef::Null, _) => Some(Value::Null),
        (ValueRef::Integer(truth), ColumnType::Bool) => Some(Value::Bool(truth != 0)),
        (ValueRef::Integer(number), ColumnType::Int32 | ColumnType::Int64) => Some(Value::Int(number)),
        (ValueRef::Integer(ticks), ColumnType::Instant) => Some(Value::Instant(ticks)),
        (ValueRef::Real(number), ColumnType::Single | ColumnType::Double) => Some(Value::Double(number)),
        (ValueRef::Blob(bytes), ColumnType::Bytes) => Some(Value::Bytes(bytes.to_vec())),
        (ValueRef::Text(text), ColumnType::Text) => Some(Value::Text(text.to_owned())),
        (ValueRef::Text(text), ColumnType::Json) => Some(Value::Json(text.to_owned())),
        (ValueRef::Text(text), ColumnType::Enum(names)) => Value::of_enum(names, text),
        (ValueRef::Text(text), ColumnType::Decimal) => Decimal::parse(text).map(Value::Decimal),
        (ValueRef::Text(text), ColumnType::Guid) => parse_guid(text).map(Value::Guid),
        (ValueRef::Text(text), ColumnType::Date) => parse_date(text).map(Value::Date),
        (ValueRef::Text(text), ColumnType::Time) => parse_time(text).map(Value::Time),
        _ => None,
    };
    let refused = || ValueError::new(format!("column `{}`: the server has no form of this value", column.name));
    value.ok_or_else(refused)
}

fn in_row<T: SyncTable>(id: &str, error: &ValueError) -> Error {
    Error::new(ErrorKind::Invalid, error.to_string()).in_table(T::SCHEMA.name()).in_row(id)
}
