//! What the library guarantees, where no test of a topic shows it, and that the table of guarantees is whole.

mod pulls;
mod pushes;
mod queue;
mod table;
mod waits;
