//! Tests of the server over its socket.

#![allow(clippy::unwrap_used, reason = "a test that panics fails")]

mod access;
mod browser;
mod clients;
mod cluster;
mod deep;
mod device;
mod engines;
mod enumerations;
mod extension;
mod faults;
mod generations;
mod hostile;
mod http;
mod js_client;
mod kept;
mod kill;
#[cfg(target_os = "linux")]
mod memory;
mod netcore;
mod owners;
#[path = "../../../../runtime/tests/data/peer.rs"]
mod peer;
mod postgres;
mod process;
mod program;
mod protocol_table;
mod races;
mod scale_out;
mod server;
mod service;
mod stamps;
mod tls;
mod tokens;
mod view;
mod view_browser;
mod wire;
