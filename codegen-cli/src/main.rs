//! Command line of synctable.
fn main() {}
