//! A server of the datasync table protocol over SQLite or PostgreSQL, in process or as a program.
//!
//! ```
//! use serde_json::json;
//! use synctable_server::{ColumnType, Config, Server, TableDefinition};
//!
//! let notes = TableDefinition::new("notes").column("title", ColumnType::Text).soft_delete();
//! // Rows in memory, a free port of 127.0.0.1.
//! let server = Server::start(Config::new(vec![notes]))?;
//! // Written as another device would.
//! server.store().seed("notes", &[json!({"id": "1", "title": "Milk"})])?;
//! assert_eq!(server.store().rows("notes")?[0]["title"], "Milk");
//! // For a client, or a browser.
//! println!("{}", server.url());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! | to | start at |
//! |---|---|
//! | run a server in a test or a demonstration | [`Server::start`] |
//! | say which tables it has | [`TableDefinition`], or [`document_tables`] for table documents |
//! | say where the rows are | [`Config::database`]: [`Database`] is memory, a file of SQLite, or PostgreSQL |
//! | look at rows, write some as another device would, restart a server with them | [`Store`] |
//! | say who sees and writes which rows | [`Config::rule`] with [`Tokens`], or [`Config::access`] with code of your own |
//! | speak as an older server | [`Config::dialect`] |
//! | lose requests and replies on purpose | [`Config::faults`] |
//! | put the routes into an axum application | [`router`] |
//! | run the program, or one like it | [`Arguments`] and [`serve`](serve()) |
//!
//! The tables are served under `/tables`, and a web page at `/` shows them. The flags of the program, access rules, limits and metrics are in
//! `docs/server.md` of the repository, what it adds to the protocol in `docs/protocol-extensions.md`.

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
