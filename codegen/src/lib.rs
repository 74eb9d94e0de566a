//! The code generator of synctable.

mod derive;
mod diagnostics;
mod expand;
mod model;

pub use derive::{derive_column_value, derive_table};
