//! What the library guarantees, where no test of a topic shows it.

mod pulls;
mod pushes;
mod queue;
mod waits;
