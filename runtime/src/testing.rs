//! What tests of a synchronising app need beside the library: the reader of OData queries that the servers of this workspace answer with.
//!
//! Nothing here is shared with the code that writes queries: a mistake made in both places the same way would not show.

#[doc(hidden)]
pub mod dynamic;
pub mod eval;
pub mod odata;
mod store_rules;
pub mod typed;
pub mod value;

pub use store_rules::check_store;
pub use value::{ColumnType, Kind, Value};
