//! The struct of a table's columns and its constant.

use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::ext::IdentExt as _;

use super::place;
use crate::model::{ColumnModel, FieldModel, Form, Role, TableModel};

/// Writes the struct; a column is visible where its field is.
pub(super) fn item(table: &TableModel, name: &Ident) -> TokenStream {
    let TableModel { rust, visibility, runtime, .. } = table;
    let doc = format!(" The columns of [`{}`]: what the closures of its queries are given.", rust.unraw());
    let fields = table.fields.iter().filter_map(|field| {
        let FieldModel { rust: field_name, visibility, ty, .. } = field;
        let (doc, value) = match &field.role {
            Role::Id => (" The row's id.".to_owned(), quote!(#ty)),
            Role::Column(column) => {
                let value = match column.form {
                    Form::Typed => quote!(#ty),
                    Form::Json => quote!(#runtime::__private::Json<#ty>),
                };
                (column_doc(field, column), value)
            }
            Role::System(system) => (format!(" The system column `{}`.", system.wire_name()), quote!(#ty)),
            Role::Skipped => return None,
        };
        Some(quote! {
            #[doc = #doc]
            #visibility #field_name: #runtime::__private::Column<#rust, #value>,
        })
    });
    quote! {
        #[doc = #doc]
        #[derive(Debug, Clone, Copy)]
        #[allow(dead_code)]
        #visibility struct #name {
            #(#fields)*
        }
    }
}

fn column_doc(field: &FieldModel, column: &ColumnModel) -> String {
    let name = field.rust.unraw().to_string();
    let local = if column.local.is_some() { "; it stays on the device" } else { "" };
    if column.wire.text == name {
        format!(" The column `{name}`{local}.")
    } else {
        format!(" The column `{name}`, named `{}` on the wire{local}.", column.wire.text)
    }
}

/// Writes the struct with a column for every field, those that are none included.
pub(super) fn item_of_all(table: &TableModel, name: &Ident) -> TokenStream {
    let TableModel { rust, visibility, runtime, .. } = table;
    let fields = table.fields.iter().map(|FieldModel { rust: field_name, visibility, ty, role, .. }| {
        let value = match role {
            Role::Column(ColumnModel { form: Form::Json, .. }) => quote!(#runtime::__private::Json<#ty>),
            _ => quote!(#ty),
        };
        quote!(#visibility #field_name: #runtime::__private::Column<#rust, #value>,)
    });
    quote! {
        #[allow(missing_docs)]
        #[derive(Debug, Clone, Copy)]
        #[allow(dead_code)]
        #visibility struct #name {
            #(#fields)*
        }
    }
}

/// Writes the value whose columns point into the schema.
pub(super) fn value(table: &TableModel, name: &Ident) -> TokenStream {
    let runtime = &table.runtime;
    let mut index = 0_usize..;
    let fields = table.fields.iter().filter_map(|field| {
        let field_name = &field.rust;
        let def = match &field.role {
            Role::Id | Role::Column(_) => {
                let index = index.next().map(place);
                quote!(&Self::SCHEMA.columns()[#index])
            }
            Role::System(system) => {
                let system = super::row::system(*system);
                quote!(#runtime::__private::SystemColumn::#system.column())
            }
            Role::Skipped => return None,
        };
        Some(quote!(#field_name: #runtime::__private::Column::new(#def),))
    });
    quote!(#name { #(#fields)* })
}
