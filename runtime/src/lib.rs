//! Typed tables that work offline and sync with Azure Mobile Apps and Datasync servers.

mod column;
mod error;
mod query;
mod row;
pub mod store;
mod table;
mod value;
pub mod wire;

pub use column::{Column, Operand, OrderedValue};
pub use error::{Error, ErrorKind};
pub use query::predicate::{Comparison, Literal, Predicate, Term, TextTest, Tree};
pub use query::{Direction, Order, Query, Selection};
pub use row::{Remote, Row, RowBatch, RowRef, RowWriter};
#[cfg(feature = "sqlite")]
pub use store::SqliteStore;
pub use store::{LocalStore, MemoryStore};
pub use table::{CellCheck, ColumnDef, DefaultWriter, RowVersion, SyncTable, SystemColumn, TableKind, TableSchema};
pub use value::{
    CellWriter, ColumnType, ColumnValue, Date, Decimal, Id, InvalidId, TextValue, TimeOfDay, Timestamp, Value,
    ValueError, ValueRef, Version,
};
