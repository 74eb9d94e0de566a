//! Spans of what sync does, for the feature `tracing`; without it they are nothing.
//!
//! Ids and names are in them; tokens, headers, queries, bodies and messages of the server are not.

#[cfg(feature = "tracing")]
#[path = "trace/on.rs"]
mod switch;

#[cfg(not(feature = "tracing"))]
#[path = "trace/off.rs"]
mod switch;

pub(crate) use switch::{Span, operation, page, pull, push, request, sync};
