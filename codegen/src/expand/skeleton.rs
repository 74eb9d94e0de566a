//! What is left of the code when there are mistakes: names and types, and nothing that can run.

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use super::{columns, columns_struct, definition, functions, row, schema};
use crate::model::{SubsetModel, TableModel, ValueModel, ValueShape};

/// Writes a table's columns, trait and functions. Every field has a column, whatever its mistake.
pub(super) fn table(table: &TableModel, unsound: &[Ident]) -> TokenStream {
    let TableModel { rust, runtime, .. } = table;
    let columns_struct = columns_struct(rust);
    let columns_item = columns::item_of_all(table, &columns_struct);
    let columns = table.fields.iter().map(|field| &field.rust);
    let (forms, definitions) = (schema::forms(table, unsound), definition::constants(table, unsound));
    let (fixed, functions) = (row::fixed(table, unsound), functions(table));
    quote! {
        const _: () = {
            #columns_item

            #forms

            #definitions

            #fixed

            #[automatically_derived]
            impl #runtime::__private::SyncTable for #rust {
                type Columns = #columns_struct;

                const SCHEMA: &'static #runtime::__private::TableSchema =
                    &#runtime::__private::TableSchema::new("", const { &[#runtime::__private::ColumnDef::id("id")] });

                const COLUMNS: Self::Columns = #columns_struct {
                    #(#columns: #runtime::__private::Column::new(&Self::SCHEMA.columns()[0]),)*
                };

                fn id(&self) -> &#runtime::__private::Id {
                    ::core::unreachable!()
                }

                fn set_id(&mut self, _: #runtime::__private::Id) {}

                fn version(&self) -> #runtime::__private::RowVersion<'_> {
                    ::core::unreachable!()
                }

                fn write_row(
                    &self,
                    _: &mut #runtime::__private::RowWriter<'_>,
                ) -> ::core::result::Result<(), #runtime::__private::ValueError> {
                    ::core::unreachable!()
                }

                fn read_row(
                    _: #runtime::__private::RowRef<'_>,
                ) -> ::core::result::Result<Self, #runtime::__private::ValueError> {
                    ::core::unreachable!()
                }
            }

            #functions
        };
    }
}

/// Writes a subset's trait; one that names no table is taken for one of every table.
pub(super) fn subset(subset: &SubsetModel, unsound: &[Ident]) -> TokenStream {
    let SubsetModel { rust, runtime, table, .. } = subset;
    let (parameters, of, constants) = if table.is_empty() {
        (quote!(<__T: #runtime::__private::SyncTable>), quote!(__T), TokenStream::new())
    } else {
        (TokenStream::new(), table.clone(), super::subset::constants(subset, unsound))
    };
    quote! {
        const _: () = {
            #constants

            #[automatically_derived]
            impl #parameters #runtime::__private::ColumnSubset<#of> for #rust {
                const SELECTED: ::core::option::Option<&'static [&'static #runtime::__private::ColumnDef]> =
                    ::core::option::Option::None;

                fn read_selected(
                    _: #runtime::__private::RowRef<'_>,
                ) -> ::core::result::Result<Self, #runtime::__private::ValueError> {
                    ::core::unreachable!()
                }
            }
        };
    }
}

/// Writes the traits of a column type; they hold where its shape has mistakes.
pub(super) fn value(value: &ValueModel) -> TokenStream {
    let ValueModel { rust, runtime, shape, .. } = value;
    if matches!(shape, ValueShape::Newtype { .. }) {
        return super::value(value);
    }
    quote! {
        #[automatically_derived]
        impl #runtime::__private::ColumnValue for #rust {
            const TYPE: #runtime::__private::ColumnType = #runtime::__private::ColumnType::Text;

            fn write(
                &self,
                _: #runtime::__private::CellWriter<'_>,
            ) -> ::core::result::Result<(), #runtime::__private::ValueError> {
                ::core::unreachable!()
            }

            fn read(
                _: #runtime::__private::ValueRef<'_>,
            ) -> ::core::result::Result<Self, #runtime::__private::ValueError> {
                ::core::unreachable!()
            }
        }

        #[automatically_derived]
        impl #runtime::__private::OrderedValue for #rust {}
    }
}
