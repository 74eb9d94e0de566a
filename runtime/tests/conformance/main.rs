//! The query cases of the older clients' and servers' test suites. What does not run stands with its reason in `tests/data`.

#![allow(clippy::unwrap_used, reason = "a test that panics fails")]

mod corpus;
mod data;
mod http;
mod linq;
mod queries;

#[path = "../support/node.rs"]
mod node;
#[path = "../support/odata_text.rs"]
mod odata_text;
