//! Typed tables that work offline and sync with Azure Mobile Apps and Datasync servers.
//!
//! Rows live in SQLite, writes queue beside them in the same transaction, and push and pull speak
//! the table protocol of four server generations. A write that returned is never lost: not by a
//! crash, a lost reply, a retry or a change on another device.
//!
//! ```
//! use synctable::{Id, MemoryStore, Status, SyncContext, SyncTable};
//!
//! #[derive(Debug, Clone, Default, SyncTable)]
//! #[sync(table = "todoitem")]
//! pub struct TodoItem {
//!     pub id: Id,
//!     pub title: String,
//!     pub complete: bool,
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), synctable::Error> {
//! let ctx = SyncContext::builder("http://127.0.0.1:9") // nobody listens there
//!     .store(MemoryStore::new()) // apps say .store_path("todo.db")
//!     .table::<TodoItem>()
//!     .open()
//!     .await?;
//! let todos = ctx.table::<TodoItem>();
//!
//! let milk = todos.insert(TodoItem { title: "Milk".into(), ..Default::default() }).await?;
//! todos.edit(&milk.id, |item| item.complete = true).await?;
//!
//! let done = TodoItem::query().filter(|t| t.complete.eq(true).and(t.title.starts_with("Mi"))).order_by(|t| t.title.asc());
//! assert_eq!(todos.list(&done).await?.len(), 1);
//!
//! let report = ctx.push().await?; // no server in reach: that is no error, and nothing is lost
//! assert_eq!(report.status(), Status::Offline);
//! assert_eq!(ctx.pending_count().await?, 1);
//! # Ok(())
//! # }
//! ```
//!
//! # Map
//!
//! | type | what it is |
//! |---|---|
//! | [`SyncTable`], [`ColumnValue`], [`ColumnSubset`] | derived on structs, enums and newtypes: tables, column types, narrow views |
//! | [`SyncContext`] | one store and one server, opened together: push, sync, pending operations, transactions |
//! | [`Table`] | the local rows of one table: read, write, pull, purge |
//! | [`RemoteTable`], [`RemoteClient`] | the rows of one table on the server, from a context or without any store |
//! | [`Query`], [`Pull`], [`Purge`] | plain data made by `T::query()`, `T::pull("name")`, `T::purge()` |
//! | [`Push`] | plain data: which tables a push sends, and with how many lanes |
//! | [`SqlQuery`] | a read by SQL, for joins and reports |
//! | [`Watch`], [`PendingWatch`], [`Changes`] | streams of results that come again after commits, and of the changes themselves |
//! | [`Events`], [`SyncEvent`], [`Counters`] | what pushes, pulls and syncs do, step by step, and totals of it |
//! | [`PushReport`], [`PullReport`], [`SyncReport`] | what happened on the wire, failures included |
//! | [`AutoSync`] | the task that syncs while the app goes on, made by [`SyncContext::auto_sync`] |
//! | [`Operation`] | a pending operation with base, local and remote row |
//! | [`Conflict`], [`Resolution`], [`ConflictHandler`], [`ConflictPolicy`] | a row that changed here and on the server, and how it ends |
//! | [`Id`], [`Version`], [`Timestamp`], [`Date`], [`TimeOfDay`], [`Decimal`] | values of columns |
//! | [`TokenProvider`], [`Token`], [`RetryPolicy`] | sign-in, and how failures that may pass are met |
//! | [`ApiRequest`], [`ApiResponse`] | calls of other endpoints of the same server |
//! | [`LocalStore`], [`wire::Transport`], [`Clock`] | the seams that an app or a test may fill |
//!
//! # Guides
//!
//! - [The offline model](guide::offline)
//! - [Pulling](guide::pulling)
//! - [Online tables](guide::online)
//! - [Conflicts](guide::conflicts)
//! - [Queries](guide::queries)
//! - [Some columns only](guide::subsets)
//! - [Reads by SQL](guide::sql)
//! - [Live queries](guide::live)
//! - [Sign-in, retries and other endpoints](guide::auth)
//! - [Auto-sync](guide::auto_sync)
//! - [Events and traces](guide::events)
//! - [Local migration](guide::migration)
//! - [Stores and their files](guide::stores)
//! - [Threads, durability, cancellation](guide::threading)
//! - [The wire](guide::protocol)
//! - Testing your app: `guide::testing`, with the feature `testing`
//!
//! # Features
//!
//! | feature | default | what it adds |
//! |---|---|---|
//! | `derive` | yes | `#[derive(SyncTable)]`, `#[derive(ColumnValue)]`, `#[derive(ColumnSubset)]` |
//! | `sqlite` | yes | [`SqliteStore`] |
//! | `bundled` | yes | SQLite compiled in; without it the system's library (3.40 or later) is linked |
//! | `sqlcipher` | no | `SqliteStore::key`: encrypted files; SQLCipher takes the place of the bundled SQLite and needs OpenSSL (`libssl-dev`) |
//! | `reqwest` | yes | the default transport, over rustls |
//! | `blocking` | no | `blocking`: the API without async, for programs that have no runtime |
//! | `json-schema` | no | `document`: the table document of a derived table |
//! | `tracing` | no | spans of syncs, pushes, pulls and requests ([events and traces](guide::events)) |
//! | `testing` | no | `testing::FakeServer`, a server in memory for tests of apps, and the OData reader that it shares with the reference server |
//!
//! # Limits
//!
//! Ids have at most 255 characters. Instants have steps of 100 ns here and of a millisecond on every
//! wire. Node backends keep numbers as doubles. NaN and infinities cannot be stored.

// Unit tests derive tables too, and the derive names this crate from outside.
#[cfg(test)]
extern crate self as synctable;

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;
mod auto;
#[cfg(feature = "blocking")]
pub mod blocking;
mod clock;
mod column;
mod context;
#[cfg(feature = "json-schema")]
mod document;
mod error;
mod event;
mod pull;
mod purge;
mod push;
mod query;
mod queue;
mod remote;
mod row;
mod session;
mod sql;
mod status;
pub mod store;
mod subset;
mod table;
#[cfg(feature = "testing")]
pub mod testing;
mod trace;
mod value;
mod watch;
pub mod wire;

/// Longer explanations, one page each.
pub mod guide {
    #[doc = include_str!("docs/offline.md")]
    pub mod offline {}
    #[doc = include_str!("docs/pulling.md")]
    pub mod pulling {}
    #[doc = include_str!("docs/online.md")]
    pub mod online {}
    #[doc = include_str!("docs/auto.md")]
    pub mod auto_sync {}
    #[doc = include_str!("docs/conflicts.md")]
    pub mod conflicts {}
    #[doc = include_str!("docs/protocol.md")]
    pub mod protocol {}
    #[doc = include_str!("docs/migration.md")]
    pub mod migration {}
    #[doc = include_str!("docs/sql.md")]
    pub mod sql {}
    #[doc = include_str!("docs/queries.md")]
    pub mod queries {}
    #[doc = include_str!("docs/subsets.md")]
    pub mod subsets {}
    #[doc = include_str!("docs/stores.md")]
    pub mod stores {}
    #[doc = include_str!("docs/live.md")]
    pub mod live {}
    #[doc = include_str!("docs/events.md")]
    pub mod events {}
    #[doc = include_str!("docs/auth.md")]
    pub mod auth {}
    #[doc = include_str!("docs/threading.md")]
    pub mod threading {}
    #[cfg(feature = "testing")]
    #[doc = include_str!("docs/testing.md")]
    pub mod testing {}
}

/// The programs of the README are compiled with the doc tests.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;

pub use auto::{AutoSync, AutoSyncBuilder, Network, StatusWatch, SyncProgress, SyncState, SyncStatus};
pub use clock::{Clock, SystemClock};
pub use column::{
    Column, DateValue, Expr, FractionValue, NumberValue, Operand, OrderedValue, SortableValue, TimeValue,
};
pub use context::{SyncContext, SyncContextBuilder, SyncReport, Table, TableOptions, Transaction};
#[cfg(feature = "json-schema")]
pub use document::{add_subset, document};
pub use error::{Error, ErrorKind};
pub use event::{Counters, Events, Kept, Outcome, PullQuery, SyncEvent};
pub use pull::{Pull, PullReport, PullWarning, QuarantineReport};
pub use purge::{Purge, PurgeReport};
pub use push::{
    AnyConflictHandler, Conflict, ConflictHandler, FailedOperation, NotAttempted, Push, PushReport, Reason, Status,
};
pub use query::predicate::{Comparison, Literal, Predicate, Refusal, Term, TextTest, Tree};
pub use query::{Condition, Direction, Function, Order, Page, Query, Selection};
pub use queue::{AnyConflict, ConflictPolicy, Operation, OperationKind, RemoteRow, Resolution};
pub use remote::{
    RemoteClient, RemoteClientBuilder, RemoteDelete, RemoteStream, RemoteTable, RemoteUndelete, RemoteUpdate,
};
pub use row::{Remote, Row, RowBatch, RowRef, RowWriter};
/// Any JSON: the type of JSON columns without a struct of their own.
pub type JsonValue = serde_json::Value;
pub use sql::{FromSqlRow, SqlColumns, SqlName, SqlParameter, SqlPlace, SqlQuery, SqlRow};
#[cfg(feature = "sqlite")]
pub use store::SqliteStore;
pub use store::{ChangeKind, ChangeSource, LocalStore, MemoryStore, RowChange};
pub use subset::ColumnSubset;
#[cfg(feature = "derive")]
pub use synctable_macros::{ColumnSubset, ColumnValue, SyncTable};
pub use table::{
    CellCheck, ColumnDef, Constant, DefaultWriter, MergeFunction, MergeRule, Number, RowVersion, Rule, SyncTable,
    SystemColumn, TableKind, TableSchema,
};
/// A UUID as a column type.
pub use uuid::Uuid;
pub use value::{
    CellWriter, ColumnType, ColumnValue, Date, Decimal, Id, InvalidId, Json, NamedKind, NamedText, NamedType,
    TextValue, TimeOfDay, Timestamp, Value, ValueError, ValueRef, Version,
};
pub use watch::{ChangeEvent, Changes, PendingWatch, Watch};
pub use wire::{ApiRequest, ApiResponse, AuthHeader, PushExtensions, RetryPolicy, Token, TokenProvider, TokenReason};
