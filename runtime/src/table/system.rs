//! The columns that the server writes.

use super::ColumnDef;
use crate::value::Version;

/// The members that the server writes (protocol.md 2), kept in hidden columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SystemColumn {
    /// The row's version.
    Version,
    /// When the server last changed the row.
    UpdatedAt,
    /// When the server created the row; N2 and D2 only.
    CreatedAt,
    /// Whether the row is deleted.
    Deleted,
}

impl SystemColumn {
    pub(crate) const COUNT: usize = 4;
    /// In the order of their cells.
    pub(crate) const ALL: [Self; Self::COUNT] = [Self::Version, Self::UpdatedAt, Self::CreatedAt, Self::Deleted];

    pub(crate) const fn offset(self) -> usize {
        match self {
            Self::Version => 0,
            Self::UpdatedAt => 1,
            Self::CreatedAt => 2,
            Self::Deleted => 3,
        }
    }

    /// The name on the wire.
    #[must_use]
    pub const fn wire_name(self) -> &'static str {
        self.column().wire_name()
    }

    /// The column, for queries.
    #[must_use]
    pub const fn column(self) -> &'static ColumnDef {
        const VERSION: ColumnDef = ColumnDef::system::<Version>("version", "version", "__version");
        const UPDATED_AT: ColumnDef = ColumnDef::system::<crate::Timestamp>("updated_at", "updatedAt", "__updated_at");
        const CREATED_AT: ColumnDef = ColumnDef::system::<crate::Timestamp>("created_at", "createdAt", "__created_at");
        const DELETED: ColumnDef = ColumnDef::system::<bool>("deleted", "deleted", "__deleted");
        match self {
            Self::Version => &VERSION,
            Self::UpdatedAt => &UPDATED_AT,
            Self::CreatedAt => &CREATED_AT,
            Self::Deleted => &DELETED,
        }
    }
}
