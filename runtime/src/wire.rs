//! The tables protocol: what goes over the network, per server generation.

pub mod answer;
mod dialect;
mod syntax;

pub use dialect::Dialect;
