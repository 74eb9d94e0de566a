//! The walk of the original tutorial.
fn main() {}
