//! The client against the real Node backend of `examples/node-server`, which each test starts for itself.
//!
//! Where the backend is not installed the tests say so and pass; with `SYNCTABLE_REQUIRE_INTEROP=1` they fail.

#![allow(clippy::unwrap_used, reason = "a test that panics fails")]

mod conflicts;
mod crud;
mod filters;
mod loose;
mod lost;
mod online;
mod paging;
mod proxy;
mod refusals;
mod restarts;
mod volumes;
mod world;

#[path = "../support/http.rs"]
mod http;
#[path = "../support/node.rs"]
mod node;
