//! What tests of a synchronising app need beside the library: a [server in memory](FakeServer), and what the server in memory shares with the
//! reference server of this workspace, the reader of OData queries first; see [the guide](crate::guide::testing).
//!
//! Nothing here is shared with the code that writes queries: a mistake made in both places the same way
//! would not show.

#[doc(hidden)]
pub mod dynamic;
pub mod eval;
mod fake;
mod fault;
#[doc(hidden)]
pub mod headers;
#[doc(hidden)]
pub mod json;
#[doc(hidden)]
pub mod members;
pub mod odata;
pub mod typed;
pub mod value;

pub use fake::{FakeClock, FakeServer, SeenRequest};
pub use fault::{Fault, Skew};
pub use value::{ColumnType, Kind, Value};
