//! Typed tables that work offline and sync with Azure Mobile Apps and Datasync servers.

// Unit tests derive tables too, and the derive names this crate from outside.
#[cfg(test)]
extern crate self as synctable;

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;
mod clock;
mod column;
mod context;
mod error;
mod pull;
mod purge;
mod push;
mod query;
mod queue;
mod row;
mod session;
pub mod store;
mod table;
#[cfg(feature = "testing")]
pub mod testing;
mod value;
pub mod wire;

pub use clock::{Clock, SystemClock};
pub use column::{Column, Operand, OrderedValue};
pub use context::{SyncContext, SyncContextBuilder, SyncReport, Table, TableOptions, Transaction};
pub use error::{Error, ErrorKind};
pub use pull::{Pull, PullReport};
pub use purge::{Purge, PurgeReport};
pub use push::{FailedOperation, NotAttempted, PushReport, Reason, Status};
pub use query::predicate::{Comparison, Literal, Predicate, Term, TextTest, Tree};
pub use query::{Direction, Order, Query, Selection};
pub use queue::{Operation, OperationKind, RemoteRow};
pub use row::{Remote, Row, RowBatch, RowRef, RowWriter};
#[cfg(feature = "sqlite")]
pub use store::SqliteStore;
pub use store::{LocalStore, MemoryStore};
#[cfg(feature = "derive")]
pub use synctable_macros::{ColumnValue, SyncTable};
pub use table::{CellCheck, ColumnDef, DefaultWriter, RowVersion, SyncTable, SystemColumn, TableKind, TableSchema};
pub use value::{
    CellWriter, ColumnType, ColumnValue, Date, Decimal, Id, InvalidId, Json, TextValue, TimeOfDay, Timestamp, Value,
    ValueError, ValueRef, Version,
};
