//! The traits of a column type.

use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::ext::IdentExt as _;

use crate::diagnostics::Place;
use crate::model::{ValueModel, ValueShape, VariantModel};

/// Writes the impls.
pub(super) fn items(value: &ValueModel) -> TokenStream {
    match &value.shape {
        ValueShape::Texts { variants, other } => texts(value, variants, other.as_ref()),
        ValueShape::Newtype { field, ty, place } => newtype(value, field.as_ref(), ty, *place),
    }
}

fn texts(value: &ValueModel, variants: &[VariantModel], other: Option<&Ident>) -> TokenStream {
    let ValueModel { rust, runtime, .. } = value;
    let names: Vec<_> = variants.iter().map(|variant| &variant.rust).collect();
    let wires: Vec<_> = variants.iter().map(|variant| variant.wire.text.as_str()).collect();
    let checked = other.is_none();
    let write_other = other.map(|other| quote!(Self::#other(text) => text,));
    let read_unknown = match other {
        Some(other) => quote! {
            text => ::core::result::Result::Ok(Self::#other(::core::convert::From::from(text))),
        },
        None => quote! {
            text => ::core::result::Result::Err(#runtime::__private::ValueError::unknown(text, &[#(#wires),*])),
        },
    };
    let named = named(value, &{
        let texts = variants.iter().map(|variant| {
            let (text, rust, docs) = (&variant.wire.text, variant.rust.unraw().to_string(), variant.own_docs());
            quote!(#runtime::__private::NamedText { text: #text, variant: #rust, docs: #docs })
        });
        let other = match other.map(|other| other.unraw().to_string()) {
            Some(other) => quote!(::core::option::Option::Some(#other)),
            None => quote!(::core::option::Option::None),
        };
        quote!(#runtime::__private::NamedKind::Texts { texts: &[#(#texts),*], other: #other })
    });
    quote! {
        #[automatically_derived]
        #[allow(clippy::all, clippy::pedantic)]
        impl #runtime::__private::ColumnValue for #rust {
            const TYPE: #runtime::__private::ColumnType = #runtime::__private::ColumnType::Text;
            const CHECKED: ::core::primitive::bool = #checked;
            const NAMED: ::core::option::Option<&'static #runtime::__private::NamedType> =
                ::core::option::Option::Some(#named);

            fn write(
                &self,
                cell: #runtime::__private::CellWriter<'_>,
            ) -> ::core::result::Result<(), #runtime::__private::ValueError> {
                cell.text(match self {
                    #(Self::#names => #wires,)*
                    #write_other
                });
                ::core::result::Result::Ok(())
            }

            fn read(
                value: #runtime::__private::ValueRef<'_>,
            ) -> ::core::result::Result<Self, #runtime::__private::ValueError> {
                match value {
                    #runtime::__private::ValueRef::Text(text) => match text {
                        #(#wires => ::core::result::Result::Ok(Self::#names),)*
                        #read_unknown
                    },
                    other => ::core::result::Result::Err(#runtime::__private::ValueError::mismatch("text", other)),
                }
            }
        }

        #[automatically_derived]
        impl #runtime::__private::OrderedValue for #rust {}
    }
}

/// What documents are told of the type.
fn named(value: &ValueModel, kind: &TokenStream) -> TokenStream {
    let runtime = &value.runtime;
    let (name, docs) = (value.rust.unraw().to_string(), value.own_docs());
    quote!(&#runtime::__private::NamedType::new(#name, #docs, #kind))
}

fn newtype(value: &ValueModel, field: Option<&Ident>, ty: &TokenStream, place: Place) -> TokenStream {
    let ValueModel { rust, runtime, .. } = value;
    let (borrow, wrap) = match field {
        Some(field) => (quote!(&self.#field), quote!(|__value| Self { #field: __value })),
        None => (quote!(&self.0), quote!(Self)),
    };
    let inner = quote_spanned!(place.span() => <#ty as #runtime::__private::ColumnValue>);
    let named = named(value, &quote!(#runtime::__private::NamedKind::Newtype));
    // Whether the inner type has an order, is text, a number or a date is not known here. The bound of an unused
    // lifetime lets the impl stand where it does not hold, and say nothing then.
    quote! {
        #[automatically_derived]
        impl #runtime::__private::ColumnValue for #rust {
            const TYPE: #runtime::__private::ColumnType = #inner::TYPE;
            const NULLABLE: ::core::primitive::bool = #inner::NULLABLE;
            const CHECKED: ::core::primitive::bool = #inner::CHECKED;
            const NAMED: ::core::option::Option<&'static #runtime::__private::NamedType> = match #inner::NAMED {
                // An enum within keeps its name: it has the texts.
                ::core::option::Option::Some(__named) => ::core::option::Option::Some(__named),
                ::core::option::Option::None => ::core::option::Option::Some(#named),
            };

            fn write(
                &self,
                cell: #runtime::__private::CellWriter<'_>,
            ) -> ::core::result::Result<(), #runtime::__private::ValueError> {
                #inner::write(#borrow, cell)
            }

            fn read(
                value: #runtime::__private::ValueRef<'_>,
            ) -> ::core::result::Result<Self, #runtime::__private::ValueError> {
                #inner::read(value).map(#wrap)
            }
        }

        #[automatically_derived]
        impl #runtime::__private::OrderedValue for #rust where for<'__never> #ty: #runtime::__private::OrderedValue {}

        #[automatically_derived]
        impl #runtime::__private::TextValue for #rust where for<'__never> #ty: #runtime::__private::TextValue {}

        #[automatically_derived]
        impl #runtime::__private::NumberValue for #rust where for<'__never> #ty: #runtime::__private::NumberValue {
            type Computed = <#ty as #runtime::__private::NumberValue>::Computed;
        }

        #[automatically_derived]
        impl #runtime::__private::DateValue for #rust where for<'__never> #ty: #runtime::__private::DateValue {}

        #[automatically_derived]
        impl #runtime::__private::TimeValue for #rust where for<'__never> #ty: #runtime::__private::TimeValue {}
    }
}
