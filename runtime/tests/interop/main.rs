//! The real Node backend, driven by the client.

fn main() {}
