//! Tests of the server over its socket.

#![allow(clippy::unwrap_used, reason = "a test that panics fails")]

mod http;
mod program;
mod queries;
mod races;
mod server;
mod wire;
