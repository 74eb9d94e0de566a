//! The histories that queue.md adds beyond its model, as stories against a server in memory.

mod answers;
mod batches;
mod beside;
mod conflicts;
mod delayed;
mod discards;
mod dropped;
mod durable_conflicts;
#[cfg(all(feature = "reqwest", feature = "sqlite"))]
mod foreign_keys;
mod joining;
mod keys;
mod lanes;
mod lanes_faults;
mod order;
#[cfg(feature = "sqlite")]
mod processes;
mod resolving;
mod scope;
mod strikes;
mod versions;
