//! The functions between a struct and its stored row.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};

use super::schema::form;
use super::{at, place};
use crate::model::{ColumnModel, DefaultModel, FieldModel, Form, Role, SystemColumn, TableModel};

/// Writes the functions of the trait.
pub(super) fn functions(table: &TableModel) -> TokenStream {
    let runtime = &table.runtime;
    let id = id_functions(table);
    let version = version_function(table);
    let writes = table.columns().enumerate().map(|(index, field)| write(field, index));
    let mut columns = 0_usize..;
    let reads = table.fields.iter().map(|field| {
        let name = &field.rust;
        let value = match &field.role {
            Role::Id | Role::Column(_) => columns.next().map(|index| read(field, index)).unwrap_or_default(),
            Role::System(column) => read_system(table, field, *column),
            Role::Skipped => super::schema::default(field, &DefaultModel::OfType),
        };
        quote!(#name: #value)
    });
    quote! {
        #id

        #version

        fn write_row(
            &self,
            row: &mut #runtime::__private::RowWriter<'_>,
        ) -> ::core::result::Result<(), #runtime::__private::ValueError> {
            #(#writes)*
            ::core::result::Result::Ok(())
        }

        fn read_row(
            row: #runtime::__private::RowRef<'_>,
        ) -> ::core::result::Result<Self, #runtime::__private::ValueError> {
            ::core::result::Result::Ok(Self { #(#reads),* })
        }
    }
}

fn id_functions(table: &TableModel) -> TokenStream {
    let runtime = &table.runtime;
    table
        .fields
        .iter()
        .filter(|field| matches!(field.role, Role::Id))
        .map(|FieldModel { rust, place, .. }| {
            let borrow = quote_spanned!(at(*place) => &self.#rust);
            let slot = quote_spanned!(at(*place) => &mut self.#rust);
            quote! {
                fn id(&self) -> &#runtime::__private::Id {
                    #borrow
                }

                fn set_id(&mut self, id: #runtime::__private::Id) {
                    let slot: &mut #runtime::__private::Id = #slot;
                    *slot = id;
                }
            }
        })
        .collect()
}

fn version_function(table: &TableModel) -> TokenStream {
    let runtime = &table.runtime;
    let version = table.fields.iter().find(|field| matches!(field.role, Role::System(SystemColumn::Version)));
    let value = match version {
        Some(FieldModel { rust, place, .. }) => {
            let version = quote_spanned!(at(*place) => &self.#rust);
            quote! {
                let version: &::core::option::Option<#runtime::__private::Version> = #version;
                #runtime::__private::RowVersion::Declared(version.as_ref())
            }
        }
        None => quote!(#runtime::__private::RowVersion::NotDeclared),
    };
    quote! {
        fn version(&self) -> #runtime::__private::RowVersion<'_> {
            #value
        }
    }
}

fn write(field: &FieldModel, index: usize) -> TokenStream {
    let (name, form, index) = (&field.rust, form(index), place(index));
    quote!(#form.write(row, #index, &self.#name)?;)
}

fn read(field: &FieldModel, index: usize) -> TokenStream {
    let (form, index) = (form(index), place(index));
    let read = quote!(#form.read(row, #index)?);
    match &field.role {
        // A JSON column may be null in the store, whatever its type says to that.
        Role::Column(ColumnModel { form: Form::Json, default: Some(default), .. }) => {
            let default = super::schema::default(field, default);
            quote!(if row.value(#index).is_null() { #default } else { #read })
        }
        _ => read,
    }
}

fn read_system(table: &TableModel, field: &FieldModel, column: SystemColumn) -> TokenStream {
    let runtime = &table.runtime;
    let (ty, name) = (&field.ty, system(column));
    match column {
        SystemColumn::Deleted => quote_spanned!(at(field.place) => row.is_deleted()),
        SystemColumn::Version | SystemColumn::UpdatedAt | SystemColumn::CreatedAt => {
            quote!(row.get_system::<#ty>(#runtime::__private::SystemColumn::#name)?)
        }
    }
}

/// Writes a check for each time that the server gives: the field has the one type that these have.
/// (The trait's functions hold the id, the version and `deleted` to theirs.)
pub(super) fn checks(table: &TableModel) -> TokenStream {
    let TableModel { rust, runtime, .. } = table;
    table
        .fields
        .iter()
        .filter(|field| matches!(field.role, Role::System(SystemColumn::UpdatedAt | SystemColumn::CreatedAt)))
        .map(|field| {
            let name = &field.rust;
            let borrow = quote_spanned!(at(field.place) => &row.#name);
            quote! {
                const _: fn(&#rust) -> &::core::option::Option<#runtime::__private::Timestamp> = |row| #borrow;
            }
        })
        .collect()
}

/// The variant of the runtime's `SystemColumn`.
pub(super) fn system(column: SystemColumn) -> Ident {
    let name = match column {
        SystemColumn::Version => "Version",
        SystemColumn::UpdatedAt => "UpdatedAt",
        SystemColumn::CreatedAt => "CreatedAt",
        SystemColumn::Deleted => "Deleted",
    };
    Ident::new(name, Span::call_site())
}
