//! Tests of the server over its socket.

mod http;
mod queries;
mod races;
mod server;
mod wire;
