//! The constant that DDL, queries and the wire read.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::ext::IdentExt as _;

use crate::model::{ColumnModel, DefaultModel, FieldModel, Form, Reference, Role, TableKind, TableModel};

/// Writes the value of the trait's `SCHEMA`.
pub(super) fn value(table: &TableModel) -> TokenStream {
    let runtime = &table.runtime;
    let name = &table.name.text;
    let columns = table.columns().map(|field| match &field.role {
        Role::Column(column) => column_def(table, field, column),
        _ => {
            let name = field.rust.unraw().to_string();
            quote!(#runtime::__private::ColumnDef::id(#name))
        }
    });
    let local = match table.kind {
        TableKind::Synced => TokenStream::new(),
        TableKind::Local => quote!(.local()),
    };
    let route = table.route.as_ref().map(|route| {
        let route = &route.text;
        quote!(.route(#route))
    });
    quote! {
        &#runtime::__private::TableSchema::new(#name, const { &[#(#columns),*] }) #local #route
    }
}

fn column_def(table: &TableModel, field: &FieldModel, column: &ColumnModel) -> TokenStream {
    let runtime = &table.runtime;
    let FieldModel { rust, ty, .. } = field;
    let (name, wire) = (rust.unraw().to_string(), &column.wire.text);
    let constructor = match column.form {
        Form::Typed => quote!(new),
        Form::Json => quote!(json),
    };
    let mut def = quote!(#runtime::__private::ColumnDef::#constructor::<#ty>(#name, #wire));
    if let Some(default) = &column.default {
        let writer = default_writer(table, field, column.form, default);
        def.extend(quote!(.default_value(#writer)));
    }
    // The checks of these three run at compile time; their spans make the errors point to the
    // attribute.
    if let Some(place) = column.index {
        def.extend(quote_spanned!(place.span() => .indexed()));
    }
    if let Some(place) = column.local {
        def.extend(quote_spanned!(place.span() => .local_only()));
    }
    match &column.references {
        Some(Reference::Own(place)) => {
            let table = &table.name.text;
            def.extend(quote_spanned!(place.span() => .references_name(#table)));
        }
        Some(Reference::Table(path)) => {
            def.extend(quote!(.references(<#path as #runtime::__private::SyncTable>::SCHEMA)));
        }
        None => {}
    }
    def
}

fn default_writer(table: &TableModel, field: &FieldModel, form: Form, default: &DefaultModel) -> TokenStream {
    let runtime = &table.runtime;
    let ty = &field.ty;
    let value = self::default(field, default);
    let write = match form {
        Form::Typed => quote!(#runtime::__private::ColumnValue::write),
        Form::Json => quote!(#runtime::__private::write_json),
    };
    quote! {
        |__cell| {
            let __value: #ty = #value;
            #write(&__value, __cell)
        }
    }
}

/// The expression that makes a field's default.
pub(super) fn default(field: &FieldModel, default: &DefaultModel) -> TokenStream {
    match default {
        DefaultModel::OfType => quote_spanned!(field.place.span() => ::core::default::Default::default()),
        DefaultModel::Expression(expression) => expression.clone(),
    }
}
