//! Cells into PostgreSQL and out of it.

use std::borrow::Cow;
use std::error::Error;

use bytes::BytesMut;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};

use super::text::{held, meant};
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
            (Self::Text(text), ty) if *ty == Type::TEXT => held(text).to_sql(ty, out),
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

/// A cell of an answer.
#[derive(Debug)]
pub(super) enum Found<'a> {
    /// As it was sent.
    Plain(CellRef<'a>),
    /// A text that is held otherwise.
    Text(String),
}

impl Found<'_> {
    pub(super) fn cell(&self) -> CellRef<'_> {
        match self {
            Self::Plain(cell) => *cell,
            Self::Text(text) => CellRef::Text(text),
        }
    }

    pub(super) fn into_cell(self) -> Cell {
        match self {
            Self::Plain(cell) => cell.to_cell(),
            Self::Text(text) => Cell::Text(text),
        }
    }
}

impl<'a> FromSql<'a> for Found<'a> {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<Self, Fault> {
        Ok(Self::Plain(match ty {
            ty if *ty == Type::BOOL => CellRef::Int(i64::from(bool::from_sql(ty, raw)?)),
            ty if *ty == Type::INT4 => CellRef::Int(i64::from(i32::from_sql(ty, raw)?)),
            ty if *ty == Type::INT8 => CellRef::Int(i64::from_sql(ty, raw)?),
            ty if *ty == Type::FLOAT8 => CellRef::Real(f64::from_sql(ty, raw)?),
            ty if *ty == Type::BYTEA => CellRef::Blob(raw),
            ty => match meant(<&str>::from_sql(ty, raw)?) {
                Cow::Borrowed(text) => CellRef::Text(text),
                Cow::Owned(text) => return Ok(Self::Text(text)),
            },
        }))
    }

    fn from_sql_null(_: &Type) -> Result<Self, Fault> {
        Ok(Self::Plain(CellRef::Null))
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
