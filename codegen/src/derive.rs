//! From a struct with attributes to the model.

mod attr;
mod constants;
mod subset;
mod table;
mod value;

use proc_macro2::TokenStream;
use quote::quote;
use syn::DeriveInput;

use crate::{diagnostics::Mistakes, expand};

/// Expands `#[derive(SyncTable)]`: the tokens of the struct in, those of its impls out.
///
/// A struct that breaks a rule gives a `compile_error!` for each mistake, at its place.
#[must_use]
pub fn derive_table(input: TokenStream) -> TokenStream {
    expanded(input, |input| table::model(input).map(|table| expand::table(&table)))
}

/// Expands `#[derive(ColumnValue)]`: the tokens of the type in, those of its impls out.
///
/// A type that breaks a rule gives a `compile_error!` for each mistake, at its place.
#[must_use]
pub fn derive_column_value(input: TokenStream) -> TokenStream {
    expanded(input, |input| value::model(input).map(|value| expand::value(&value)))
}

/// Expands `#[derive(ColumnSubset)]`: the tokens of the struct in, those of its impl out.
///
/// A struct that breaks a rule gives a `compile_error!` for each mistake, at its place. That the
/// table has the fields is for the compiler to check: the generated code asks for them.
#[must_use]
pub fn derive_column_subset(input: TokenStream) -> TokenStream {
    expanded(input, |input| subset::model(input).map(|subset| expand::subset(&subset)))
}

fn expanded(input: TokenStream, expand: impl FnOnce(&DeriveInput) -> Result<TokenStream, Mistakes>) -> TokenStream {
    match syn::parse2::<DeriveInput>(input) {
        Ok(input) => expand(&input).unwrap_or_else(|mistakes| mistakes.to_compile_errors()),
        Err(error) => error.to_compile_error(),
    }
}

/// The path of the runtime crate: what `crate = ..` says, or the crate's name.
fn runtime(options: &attr::Options) -> TokenStream {
    options.value("crate").unwrap_or_else(|| quote!(::synctable))
}
