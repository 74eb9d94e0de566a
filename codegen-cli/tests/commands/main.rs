//! The commands about table documents as they are called: what they print and write, and their exit codes.

#![allow(clippy::unwrap_used, reason = "a test that panics fails")]

mod check;
mod ddl;
mod diff;
mod generate;
mod help;
mod new;
mod readme;
mod refusals;
mod schema;
mod world;
