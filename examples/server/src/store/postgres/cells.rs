//! Cells into PostgreSQL and out of it.

use std::error::Error;

use bytes::BytesMut;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};

use crate::store::{Cell, CellRef};

type Fault = Box<dyn Error + Sync + Send>;

/// The types that columns and parameters have; decimals go both ways as text.
fn is_known(ty: &Type) -> bool {
    [Type::BOOL, Type::INT4, Type::INT8, Type::FLOAT8, Type::TEXT, Type::BYTEA].contains(ty)
}

impl ToSql for CellRef<'_> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Fault> {
        match (self, ty) {
            (Self::Null, _) => Ok(IsNull::Yes),
            (Self::Int(number), ty) if *ty == Type::BOOL => (*number != 0).to_sql(ty, out),
            (Self::Int(number), ty) if *ty == Type::INT4 => i32::try_from(*number)?.to_sql(ty, out),
            (Self::Int(number), ty) if *ty == Type::INT8 => number.to_sql(ty, out),
            (Self::Real(number), ty) if *ty == Type::FLOAT8 => number.to_sql(ty, out),
            (Self::Text(text), ty) if *ty == Type::TEXT => text.to_sql(ty, out),
            (Self::Blob(bytes), ty) if *ty == Type::BYTEA => bytes.to_sql(ty, out),
            (cell, ty) => Err(format!("{cell:?} is no value of the type {ty}").into()),
        }
    }

    fn accepts(ty: &Type) -> bool {
        is_known(ty)
    }

    to_sql_checked!();
}

impl ToSql for Cell {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Fault> {
        CellRef::from(self).to_sql(ty, out)
    }

    fn accepts(ty: &Type) -> bool {
        is_known(ty)
    }

    to_sql_checked!();
}

impl<'a> FromSql<'a> for CellRef<'a> {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<Self, Fault> {
        Ok(match ty {
            ty if *ty == Type::BOOL => Self::Int(i64::from(bool::from_sql(ty, raw)?)),
            ty if *ty == Type::INT4 => Self::Int(i64::from(i32::from_sql(ty, raw)?)),
            ty if *ty == Type::INT8 => Self::Int(i64::from_sql(ty, raw)?),
            ty if *ty == Type::FLOAT8 => Self::Real(f64::from_sql(ty, raw)?),
            ty if *ty == Type::BYTEA => Self::Blob(raw),
            ty => Self::Text(<&str>::from_sql(ty, raw)?),
        })
    }

    fn from_sql_null(_: &Type) -> Result<Self, Fault> {
        Ok(Self::Null)
    }

    fn accepts(ty: &Type) -> bool {
        is_known(ty)
    }
}

/// Returns the type that a bound parameter is sent as.
pub(super) fn parameter_type(cell: &Cell) -> Type {
    match cell {
        Cell::Int(_) => Type::INT8,
        Cell::Real(_) => Type::FLOAT8,
        Cell::Blob(_) => Type::BYTEA,
        Cell::Text(_) | Cell::Null => Type::TEXT,
    }
}
