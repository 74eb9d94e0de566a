//! From a struct with attributes to the model.

mod attr;
mod constants;
mod subset;
mod table;
mod value;

use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::DeriveInput;

use crate::{diagnostics::Mistakes, expand};

/// What was read of an input: the model, as far as mistakes let it be made, and the mistakes.
#[derive(Debug)]
struct Reading<M> {
    model: M,
    /// The fields whose attributes have mistakes: what further follows of them is not said.
    unsound: Vec<Ident>,
    mistakes: Option<Mistakes>,
}

/// Expands `#[derive(SyncTable)]`: the tokens of the struct in, those of its impls out.
///
/// A struct that breaks a rule gives a `compile_error!` for each mistake, at its place, and impls
/// without bodies, so that nothing else in the program fails for want of them.
#[must_use]
pub fn derive_table(input: TokenStream) -> TokenStream {
    expanded(input, table::model, expand::table, expand::table_skeleton)
}

/// Expands `#[derive(ColumnValue)]`: the tokens of the type in, those of its impls out.
///
/// A type that breaks a rule gives a `compile_error!` for each mistake, at its place, and impls
/// without bodies, so that nothing else in the program fails for want of them.
#[must_use]
pub fn derive_column_value(input: TokenStream) -> TokenStream {
    expanded(input, value::model, expand::value, |value, _| expand::value_skeleton(value))
}

/// Expands `#[derive(ColumnSubset)]`: the tokens of the struct in, those of its impl out.
///
/// A struct that breaks a rule gives a `compile_error!` for each mistake, at its place, and an impl
/// without bodies, so that nothing else in the program fails for want of it. That the table has the
/// fields is for the compiler to check: the generated code asks for them.
#[must_use]
pub fn derive_column_subset(input: TokenStream) -> TokenStream {
    expanded(input, subset::model, expand::subset, expand::subset_skeleton)
}

fn expanded<M>(
    input: TokenStream,
    model: fn(&DeriveInput) -> Reading<M>,
    whole: fn(&M) -> TokenStream,
    skeleton: fn(&M, &[Ident]) -> TokenStream,
) -> TokenStream {
    let input = match syn::parse2::<DeriveInput>(input) {
        Ok(input) => input,
        Err(error) => return error.to_compile_error(),
    };
    let Reading { model, unsound, mistakes } = model(&input);
    let Some(mistakes) = mistakes else { return whole(&model) };
    let mut code = mistakes.to_compile_errors();
    // An impl for a type with parameters would need bounds that nobody wrote.
    if input.generics.params.is_empty() {
        code.extend(skeleton(&model, &unsound));
    }
    code
}

/// The path of the runtime crate: what `crate = ..` says, or the crate's name.
fn runtime(options: &attr::Options) -> TokenStream {
    options.value("crate").unwrap_or_else(|| quote!(::synctable))
}
