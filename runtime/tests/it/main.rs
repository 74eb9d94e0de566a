//! Tests of the runtime through its public items, a module per topic.

#![allow(clippy::unwrap_used, reason = "a test that panics fails")]

mod auth;
mod auto_sync;
#[cfg(all(feature = "blocking", feature = "reqwest", feature = "sqlite"))]
mod blocking;
mod circuit;
mod column_types;
mod decimals;
mod documents;
mod events;
mod fake;
mod guarantees;
mod histories;
mod json_columns;
mod json_schema;
mod keep_deleted;
mod layers;
mod many_tables;
mod migrations;
mod search;
mod watch;
mod wire_bodies;
mod wire_detect;
mod wire_hostile;
mod wire_reads;

mod narrow;
mod pull_options;
mod pulls;
mod purges;
mod quarantine;
mod quiet_pulls;
mod reconcile;
#[cfg(feature = "reqwest")]
mod remote;
mod retry_policy;
mod rules;
mod send;
mod slow_commits;
mod slow_store;
#[cfg(feature = "sqlite")]
mod sql_reads;
#[cfg(feature = "sqlite")]
mod stores;
mod subsets;
mod transactions;
mod wipes;
mod wire_recordings;
#[cfg(feature = "reqwest")]
mod wire_reqwest;
mod wire_retry;
mod wire_script;
mod wire_writes;
mod world;
