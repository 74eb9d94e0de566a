//! From the model to code: the one generator.

mod columns;
mod definition;
#[cfg(feature = "schema")]
pub(crate) mod item;
pub(crate) mod literal;
mod row;
mod schema;
mod skeleton;
mod subset;
mod value;

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{format_ident, quote};
use syn::ext::IdentExt as _;

use crate::diagnostics::Place;
use crate::model::{SubsetModel, TableKind, TableModel, ValueModel};

/// Writes a table's code: its columns, its trait and its functions, inside an anonymous constant.
///
/// Invariant: all that is named is the struct, `__private` of the runtime and what the columns
/// struct brings, so that no name of the app's module can change what the code means.
pub(crate) fn table(table: &TableModel) -> TokenStream {
    let TableModel { rust, runtime, .. } = table;
    let columns_struct = columns_struct(rust);
    let columns_item = columns::item(table, &columns_struct);
    let columns_value = columns::value(table, &columns_struct);
    let forms = schema::forms(table, &[]);
    let definitions = definition::constants(table, &[]);
    let schema = schema::value(table);
    let fixed = row::fixed(table, &[]);
    let row = row::functions(table);
    let functions = functions(table);
    quote! {
        #[allow(nonstandard_style, clippy::all, clippy::pedantic)]
        const _: () = {
            #columns_item

            #forms

            #definitions

            #fixed

            #[automatically_derived]
            impl #runtime::__private::SyncTable for #rust {
                type Columns = #columns_struct;

                const SCHEMA: &'static #runtime::__private::TableSchema = #schema;

                const COLUMNS: Self::Columns = #columns_value;

                #row
            }

            #functions
        };
    }
}

/// Writes the code of a table that has mistakes: what the rest of the program names of it, so that
/// the mistakes stand alone, and what still finds further mistakes in fields that are not unsound.
pub(crate) fn table_skeleton(table: &TableModel, unsound: &[Ident]) -> TokenStream {
    skeleton::table(table, unsound)
}

/// Writes the trait of a subset that has mistakes.
pub(crate) fn subset_skeleton(subset: &SubsetModel, unsound: &[Ident]) -> TokenStream {
    skeleton::subset(subset, unsound)
}

/// Writes the traits of a column type that has mistakes.
pub(crate) fn value_skeleton(value: &ValueModel) -> TokenStream {
    skeleton::value(value)
}

/// Writes the code of a column type.
pub(crate) fn value(value: &ValueModel) -> TokenStream {
    value::items(value)
}

/// Writes the code of a column subset.
pub(crate) fn subset(subset: &SubsetModel) -> TokenStream {
    subset::items(subset)
}

/// The name of the struct that has a column for each field.
fn columns_struct(rust: &Ident) -> Ident {
    format_ident!("{}Columns", rust.unraw(), span = rust.span())
}

/// The place of a column in the schema.
fn place(index: usize) -> Literal {
    Literal::usize_unsuffixed(index)
}

/// Generated tokens that errors show at a place of the input. Their meaning is that of generated
/// code, so rustc suggests no edit of the input there.
fn at(place: Place) -> Span {
    Span::call_site().located_at(place.span())
}

/// Writes the inherent functions that start a query, a pull and a purge.
fn functions(table: &TableModel) -> TokenStream {
    let TableModel { rust, visibility, runtime, .. } = table;
    let name = rust.unraw().to_string();
    let query_doc = format!(" Makes the query that gives every row of [`{name}`]; filter and order narrow it.");
    let purge_doc = format!(" Makes the purge of every local row of [`{name}`]; a filter narrows it.");
    let pulls = (table.kind == TableKind::Synced).then(|| {
        let pull_doc = format!(
            " Makes the pull of [`{name}`] under a query name: the next pull of the same name asks only for what \
             changed since."
        );
        let full_pull_doc = format!(" Makes the pull of [`{name}`] that has no name and reads all rows each time.");
        quote! {
            #[doc = #pull_doc]
            #[must_use]
            #visibility fn pull(name: impl ::core::convert::Into<::std::string::String>) -> #runtime::__private::Pull<Self> {
                #runtime::__private::Pull::named(name)
            }

            #[doc = #full_pull_doc]
            #[must_use]
            #visibility fn full_pull() -> #runtime::__private::Pull<Self> {
                #runtime::__private::Pull::full()
            }
        }
    });
    quote! {
        #[allow(dead_code)]
        impl #rust {
            #[doc = #query_doc]
            #[must_use]
            #visibility fn query() -> #runtime::__private::Query<Self> {
                #runtime::__private::Query::new()
            }

            #pulls

            #[doc = #purge_doc]
            #[must_use]
            #visibility fn purge() -> #runtime::__private::Purge<Self> {
                #runtime::__private::Purge::new()
            }
        }
    }
}
