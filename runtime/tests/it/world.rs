//! The world around a device in the histories: a server in memory and the network to it.

mod filter;
pub(crate) mod server;
