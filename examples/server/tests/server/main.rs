//! Tests of the server over its socket.

#![allow(clippy::unwrap_used, reason = "a test that panics fails")]

mod access;
mod cluster;
mod enumerations;
mod http;
mod program;
mod races;
mod server;
mod wire;
