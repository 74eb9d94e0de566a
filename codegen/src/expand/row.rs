//! The functions between a struct and its stored row.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote};

use super::place;
use super::schema::form;
use crate::model::{ColumnModel, DefaultModel, FieldModel, Form, Role, SystemColumn, TableModel};

/// Writes a constant for each field that is not unsound and whose type is given: the id and the
/// system columns. Only these ask for the type, so that another one is one compile error.
pub(super) fn fixed(table: &TableModel, unsound: &[Ident]) -> TokenStream {
    let runtime = &table.runtime;
    let fields = table.fields.iter().enumerate().filter(|(_, field)| !unsound.contains(&field.rust));
    fields
        .filter_map(|(index, field)| {
            let (name, ty, given) = (fixed_field(index), &field.ty, given_type(table, &field.role)?);
            Some(quote! {
                const #name: #runtime::__private::FixedField<#ty, #given> = #runtime::__private::fixed::<#ty, #given>();
            })
        })
        .collect()
}

/// The name of the constant of a field whose type is given, by the field's place in the struct.
fn fixed_field(index: usize) -> Ident {
    format_ident!("__FIXED_{index}")
}

fn given_type(table: &TableModel, role: &Role) -> Option<TokenStream> {
    let runtime = &table.runtime;
    match role {
        Role::Id => Some(quote!(#runtime::__private::Id)),
        Role::System(SystemColumn::Version) => Some(quote!(::core::option::Option<#runtime::__private::Version>)),
        Role::System(SystemColumn::UpdatedAt | SystemColumn::CreatedAt) => {
            Some(quote!(::core::option::Option<#runtime::__private::Timestamp>))
        }
        Role::System(SystemColumn::Deleted) => Some(quote!(::core::primitive::bool)),
        Role::Column(_) | Role::Skipped => None,
    }
}

/// Writes the functions of the trait.
pub(super) fn functions(table: &TableModel) -> TokenStream {
    let runtime = &table.runtime;
    let id = id_functions(table);
    let version = version_function(table);
    let mut columns = 0_usize..;
    let mut writes = TokenStream::new();
    let mut reads = TokenStream::new();
    for (index, field) in table.fields.iter().enumerate() {
        let (name, fixed) = (&field.rust, fixed_field(index));
        let value = match &field.role {
            Role::Id => {
                let column = columns.next().map(place);
                writes.extend(quote!(row.set(#column, #fixed.borrow(&self.#name))?;));
                quote!(#fixed.make(row.get(#column)?))
            }
            Role::Column(_) => {
                let column = columns.next().unwrap_or_default();
                writes.extend(write(field, column));
                read(table, field, column)
            }
            Role::System(SystemColumn::Deleted) => quote!(#fixed.make(row.is_deleted())),
            Role::System(column) => {
                let system = system(*column);
                quote!(#fixed.make(row.get_system(#runtime::__private::SystemColumn::#system)?))
            }
            Role::Skipped => super::schema::default(table, field, &DefaultModel::OfType),
        };
        reads.extend(quote!(#name: #value,));
    }
    quote! {
        #id

        #version

        fn write_row(
            &self,
            row: &mut #runtime::__private::RowWriter<'_>,
        ) -> ::core::result::Result<(), #runtime::__private::ValueError> {
            #writes
            ::core::result::Result::Ok(())
        }

        fn read_row(
            row: #runtime::__private::RowRef<'_>,
        ) -> ::core::result::Result<Self, #runtime::__private::ValueError> {
            ::core::result::Result::Ok(Self { #reads })
        }
    }
}

fn id_functions(table: &TableModel) -> TokenStream {
    let runtime = &table.runtime;
    let fields = table.fields.iter().enumerate().filter(|(_, field)| matches!(field.role, Role::Id));
    fields
        .map(|(index, field)| {
            let (name, fixed) = (&field.rust, fixed_field(index));
            quote! {
                fn id(&self) -> &#runtime::__private::Id {
                    #fixed.borrow(&self.#name)
                }

                fn set_id(&mut self, id: #runtime::__private::Id) {
                    *#fixed.borrow_mut(&mut self.#name) = id;
                }
            }
        })
        .collect()
}

fn version_function(table: &TableModel) -> TokenStream {
    let runtime = &table.runtime;
    let mut fields = table.fields.iter().enumerate();
    let value = match fields.find(|(_, field)| matches!(field.role, Role::System(SystemColumn::Version))) {
        Some((index, field)) => {
            let (name, fixed) = (&field.rust, fixed_field(index));
            quote!(#runtime::__private::RowVersion::Declared(#fixed.borrow(&self.#name).as_ref()))
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

fn read(table: &TableModel, field: &FieldModel, index: usize) -> TokenStream {
    let (form, index) = (form(index), place(index));
    let read = quote!(#form.read(row, #index)?);
    match &field.role {
        // A JSON column may be null in the store, whatever its type says to that.
        Role::Column(ColumnModel { form: Form::Json, default: Some(default), .. }) => {
            let default = super::schema::default(table, field, default);
            quote!(if row.value(#index).is_null() { #default } else { #read })
        }
        _ => read,
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
