//! The functions between a struct and its stored row.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};

use crate::model::{ColumnModel, DefaultModel, FieldModel, Form, Role, SystemColumn, TableModel};

/// Writes the functions of the trait.
pub(super) fn functions(table: &TableModel) -> TokenStream {
    let runtime = &table.runtime;
    let id = id_functions(table);
    let version = version_function(table);
    let writes = table.columns().enumerate().map(|(index, field)| write(field, index));
    let mut index = 0_usize..;
    let reads = table.fields.iter().map(|field| {
        let name = &field.rust;
        let value = match &field.role {
            Role::Id => read(table, field, None, index.next()),
            Role::Column(column) => read(table, field, Some(column), index.next()),
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
            let borrow = quote_spanned!(place.span() => &self.#rust);
            let id = quote_spanned!(place.span() => id);
            quote! {
                fn id(&self) -> &#runtime::__private::Id {
                    #borrow
                }

                fn set_id(&mut self, id: #runtime::__private::Id) {
                    self.#rust = #id;
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
            let version = quote_spanned!(place.span() => &self.#rust);
            quote!(Declared(::core::option::Option::as_ref(#version)))
        }
        None => quote!(NotDeclared),
    };
    quote! {
        fn version(&self) -> #runtime::__private::RowVersion<'_> {
            #runtime::__private::RowVersion::#value
        }
    }
}

fn write(field: &FieldModel, index: usize) -> TokenStream {
    let rust = &field.rust;
    let value = quote_spanned!(field.place.span() => &self.#rust);
    match &field.role {
        Role::Column(ColumnModel { form: Form::Json, .. }) => quote!(row.set_json(#index, #value)?;),
        _ => quote!(row.set(#index, #value)?;),
    }
}

fn read(table: &TableModel, field: &FieldModel, column: Option<&ColumnModel>, index: Option<usize>) -> TokenStream {
    let ty = &field.ty;
    let _ = table;
    match column {
        Some(ColumnModel { form: Form::Json, default: Some(default), .. }) => {
            let default = super::schema::default(field, default);
            quote! {
                if row.value(#index).is_null() {
                    #default
                } else {
                    row.get_json::<#ty>(#index)?
                }
            }
        }
        Some(ColumnModel { form: Form::Json, default: None, .. }) => quote!(row.get_json::<#ty>(#index)?),
        _ => quote!(row.get::<#ty>(#index)?),
    }
}

fn read_system(table: &TableModel, field: &FieldModel, column: SystemColumn) -> TokenStream {
    let runtime = &table.runtime;
    let span = field.place.span();
    let name = system(column);
    match column {
        SystemColumn::Deleted => quote_spanned!(span => row.is_deleted()),
        SystemColumn::Version | SystemColumn::UpdatedAt | SystemColumn::CreatedAt => {
            let value = if column == SystemColumn::Version { quote!(Version) } else { quote!(Timestamp) };
            quote_spanned! { span =>
                row.get_system::<::core::option::Option<#runtime::__private::#value>>(
                    #runtime::__private::SystemColumn::#name,
                )?
            }
        }
    }
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
