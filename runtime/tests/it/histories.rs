//! The histories that queue.md adds beyond its model, as stories against a server in memory.

mod answers;
mod beside;
mod delayed;
mod order;
mod strikes;
