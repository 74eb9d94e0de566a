//! The code generator of synctable: from the description of a table to the code of its rows.
//!
//! Apps use it through `#[derive(SyncTable)]`, `#[derive(ColumnValue)]` and `#[derive(ColumnSubset)]` of
//! the crate `synctable`; or by table documents, with [`compile`] in a build script or with
//! `cargo synctable generate`.
//!
//! Whatever door a table comes through, it becomes one model, the model is held against all rules,
//! and one generator writes its code. So a rule and a piece of code exist once:
//!
//! | step | module | knows |
//! |---|---|---|
//! | read | `derive` | the syntax of structs and `#[sync(..)]` |
//! | | [`document`] | JSON Schema, `$ref` and `x-sync`, the files that they stand in |
//! | check | `model::check` | the rules between the columns of a table |
//! | write | `expand` | what the runtime's trait asks for |
//! | drive | [`configure`] | which documents are read, what an app adds to the code, where it goes |
//!
//! All mistakes of an input are collected and come out at once: of a derive as a `compile_error!` at
//! the place of each, of documents as one [`Error`] with the file, line and column of each [`Mistake`]. Generated code names only `synctable::__private`, by absolute paths.
//!
//! ```
//! use quote::quote;
//!
//! let code = synctable_codegen::derive_table(quote! {
//!     struct TodoItem {
//!         id: Id,
//!         title: String,
//!     }
//! });
//! assert!(code.to_string().contains("impl :: synctable :: __private :: SyncTable for TodoItem"));
//!
//! let errors = synctable_codegen::derive_table(quote! {
//!     struct TodoItem {
//!         __title: String,
//!         version: i32,
//!     }
//! });
//! assert_eq!(errors.to_string().matches("compile_error").count(), 2);
//! ```

// Documents read more of the model than the derives do: doc comments, places in files.
#![cfg_attr(not(feature = "schema"), allow(dead_code, rustdoc::broken_intra_doc_links))]

#[cfg(feature = "schema")]
mod config;
mod derive;
mod diagnostics;
#[cfg(feature = "schema")]
pub mod document;
#[cfg(feature = "schema")]
mod error;
mod expand;
mod model;

#[cfg(feature = "schema")]
pub use config::{Config, Generated, Written, compile, configure};
pub use derive::{derive_column_subset, derive_column_value, derive_table};
#[cfg(feature = "schema")]
pub use error::{Error, Mistake};
