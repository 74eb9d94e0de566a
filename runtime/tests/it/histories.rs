//! The histories that queue.md adds beyond its model, as stories against a server in memory.

mod answers;
mod beside;
mod conflicts;
mod delayed;
mod discards;
mod durable_conflicts;
mod order;
#[cfg(feature = "sqlite")]
mod processes;
mod resolving;
mod strikes;
mod versions;
