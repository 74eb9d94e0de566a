//! Narrow structs over one table.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote, quote_spanned};

use super::at;
use crate::model::SubsetModel;

/// Writes a constant for each sound field, which asks the table for the column of that name: only
/// there a missing column or another type is an error.
pub(super) fn constants(subset: &SubsetModel, unsound: &[Ident]) -> TokenStream {
    let SubsetModel { runtime, table, fields, .. } = subset;
    let sound = fields.iter().enumerate().filter(|(_, field)| !unsound.contains(&field.rust));
    sound
        .map(|(index, field)| {
            let (name, ty, column) = (constant(index), &field.ty, &field.rust);
            let make = quote_spanned!(at(field.place) => in_subset);
            quote! {
                const #name: #runtime::__private::SubsetField<#ty> =
                    <#table as #runtime::__private::SyncTable>::COLUMNS.#column.#make();
            }
        })
        .collect()
}

/// Writes the impls of a subset, inside an anonymous constant.
pub(super) fn items(subset: &SubsetModel) -> TokenStream {
    let SubsetModel { rust, runtime, table, fields } = subset;
    let constants = constants(subset, &[]);
    let columns = (0..fields.len()).map(constant);
    let reads = fields.iter().enumerate().map(|(index, field)| {
        let (name, constant) = (&field.rust, constant(index));
        quote!(#name: #constant.read(row)?)
    });
    quote! {
        #[allow(nonstandard_style, clippy::all, clippy::pedantic)]
        const _: () = {
            #constants

            #[automatically_derived]
            impl #runtime::__private::ColumnSubset<#table> for #rust {
                const SELECTED: ::core::option::Option<&'static [&'static #runtime::__private::ColumnDef]> =
                    ::core::option::Option::Some(&[#(#columns.def()),*]);

                fn read_selected(
                    row: #runtime::__private::RowRef<'_>,
                ) -> ::core::result::Result<Self, #runtime::__private::ValueError> {
                    ::core::result::Result::Ok(Self { #(#reads),* })
                }
            }

            #[automatically_derived]
            impl #runtime::__private::FromSqlRow for #rust {
                type Reader = #runtime::__private::StructReader;

                fn reader(
                    columns: &#runtime::__private::SqlColumns,
                ) -> ::core::result::Result<Self::Reader, #runtime::__private::Error> {
                    #runtime::__private::StructReader::new::<#table, Self>(columns)
                }

                fn read(
                    reader: &mut Self::Reader,
                    row: #runtime::__private::SqlRow<'_>,
                ) -> ::core::result::Result<Self, #runtime::__private::Error> {
                    reader.read::<#table, Self>(row)
                }
            }
        };
    }
}

/// The name of a field's constant.
fn constant(index: usize) -> Ident {
    format_ident!("__FIELD_{index}")
}
