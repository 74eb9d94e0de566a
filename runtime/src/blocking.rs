//! The API without async, for programs that have no runtime: user interfaces, scripts, tests.
//!
//! Every type has the name and the methods of its async form; each method waits on the caller's thread
//! until it is done. A context has one background thread, `synctable-blocking`, on which timers and
//! connections run; clones and all handles share it, and it ends with the last of them.
//!
//! ```
//! use synctable::blocking::SyncContext;
//! use synctable::{Id, MemoryStore, SyncTable};
//!
//! #[derive(Debug, Clone, Default, SyncTable)]
//! pub struct TodoItem {
//!     pub id: Id,
//!     pub title: String,
//!     pub complete: bool,
//! }
//!
//! fn main() -> Result<(), synctable::Error> {
//!     let ctx = SyncContext::builder("http://127.0.0.1:9") // nobody listens there
//!         .store(MemoryStore::new()) // apps say .store_path("todo.db")
//!         .table::<TodoItem>()
//!         .open_blocking()?;
//!     let todos = ctx.table::<TodoItem>();
//!
//!     let milk = todos.insert(TodoItem { title: "Milk".into(), ..Default::default() })?;
//!     todos.edit(&milk.id, |item| item.complete = true)?;
//!     assert_eq!(todos.list(&TodoItem::query().filter(|t| t.complete))?.len(), 1);
//!     assert_eq!(ctx.pending_count()?, 1);
//!     Ok(())
//! }
//! ```
//!
//! # Where to call it
//!
//! From any thread. Inside an async task it works too, but holds up the thread that the task runs on;
//! there the async form is the right one. Inside a closure that the store runs (of a transaction, of
//! an edit, of [`sql_rows_with`](SyncContext::sql_rows_with)) a call would wait for itself, and is an
//! `Invalid` error. Inside `on_change` of a watch, calls that wait for a watch would hold up all watches.
//!
//! A thread that waits cannot be cancelled. Requests have their [time
//! limit](crate::SyncContextBuilder::timeout).

mod auto;
mod context;
mod driver;
mod remote;
mod table;
mod watch;

pub use auto::{AutoSync, StatusWatch};
pub use context::SyncContext;
pub use remote::{RemoteClient, RemoteDelete, RemoteStream, RemoteTable, RemoteUndelete, RemoteUpdate};
pub use table::Table;
pub use watch::{Changes, Events, PendingWatch, Watch};
