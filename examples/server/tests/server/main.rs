//! Tests of the server over its socket.

#![allow(clippy::unwrap_used, reason = "a test that panics fails")]

mod access;
mod cluster;
mod engines;
mod enumerations;
mod http;
mod kill;
mod postgres;
mod process;
mod program;
mod races;
mod server;
mod service;
mod wire;
