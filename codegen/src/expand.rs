//! From the model to code: the one generator.

mod columns;
mod row;
mod schema;
mod value;

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{format_ident, quote};
use syn::ext::IdentExt as _;

use crate::diagnostics::Place;
use crate::model::{TableModel, ValueModel};

/// Writes a table's code: its columns, its trait and its functions, inside an anonymous constant.
///
/// Invariant: all that is named is the struct, `__private` of the runtime and what the columns
/// struct brings, so that no name of the app's module can change what the code means.
pub(crate) fn table(table: &TableModel) -> TokenStream {
    let TableModel { rust, runtime, .. } = table;
    let columns_struct = columns_struct(rust);
    let columns_item = columns::item(table, &columns_struct);
    let columns_value = columns::value(table, &columns_struct);
    let forms = schema::forms(table);
    let schema = schema::value(table);
    let checks = row::checks(table);
    let row = row::functions(table);
    let functions = functions(table);
    quote! {
        const _: () = {
            #columns_item

            #forms

            #checks

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

/// Writes the code of a column type.
pub(crate) fn value(value: &ValueModel) -> TokenStream {
    value::items(value)
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

/// Writes the inherent functions that start a query.
fn functions(table: &TableModel) -> TokenStream {
    let TableModel { rust, visibility, runtime, .. } = table;
    let name = rust.unraw().to_string();
    let query_doc = format!(" Makes the query that gives every row of [`{name}`]; filter and order narrow it.");
    quote! {
        #[allow(dead_code)]
        impl #rust {
            #[doc = #query_doc]
            #[must_use]
            #visibility fn query() -> #runtime::__private::Query<Self> {
                #runtime::__private::Query::new()
            }
        }
    }
}
