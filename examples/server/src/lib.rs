//! A server of the datasync table protocol over SQLite or PostgreSQL, in process or as a program.
//!
//! [`Server::start`] runs one in this process for tests and demonstrations; [`router`] gives its routes to an axum application, and
//! [`Arguments`] with [`serve`](serve()) are the program.

mod access;
mod answer;
mod body;
mod catalog;
#[cfg(feature = "test-cluster")]
#[doc(hidden)]
pub mod cluster;
mod conditions;
mod config;
mod dialect;
mod documents;
mod extension;
mod faults;
mod page;
mod projection;
mod routes;
mod serve;
mod server;
mod store;
mod table;
mod value;
mod view;

pub use access::{Access, TableAccess, TableRule, Tokens};
pub use catalog::{default_tables, movies_table, movies_v3_table, todoitem_table, wire_tables};
pub use config::{Arguments, Config, LogFormat, LogLevel};
pub use dialect::Dialect;
pub use documents::document_tables;
pub use extension::Offer;
pub use faults::FaultPlan;
pub use serve::{CorsOrigin, RateLimit, TlsFiles, router};
pub use server::{Server, ServerError, serve};
pub use store::{Database, Store, StoreError};
#[doc(hidden)]
pub use store::{Hold, PostgresOptions, Stamps};
pub use synctable::testing::ColumnType;
pub use table::{Column, TableDefinition};
