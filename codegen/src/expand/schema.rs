//! The constant that DDL, queries and the wire read.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use syn::ext::IdentExt as _;

use super::{definition, literal};
use crate::model::{ConstantModel, ConstantValue, DefaultModel, FieldModel, Form, Role, TableKind, TableModel};

/// Writes a constant for each column that is not unsound, the id aside: how its values are stored.
/// Only these name the bounds of the fields' types, so that a type which is no column type is one
/// compile error.
pub(super) fn forms(table: &TableModel, unsound: &[Ident]) -> TokenStream {
    let runtime = &table.runtime;
    table
        .columns()
        .enumerate()
        .filter(|(_, field)| !unsound.contains(&field.rust))
        .filter_map(|(index, field)| {
            let Role::Column(column) = &field.role else { return None };
            let (name, ty) = (form(index), &field.ty);
            let make = match column.form {
                Form::Typed => quote!(typed),
                Form::Json => quote!(json),
            };
            Some(quote! {
                const #name: #runtime::__private::CellForm<#ty> = #runtime::__private::#make::<#ty>();
            })
        })
        .collect()
}

/// The name of a column's form, by the column's place in the schema.
pub(super) fn form(index: usize) -> Ident {
    format_ident!("__FORM_{index}")
}

/// Writes the value of the trait's `SCHEMA`.
pub(super) fn value(table: &TableModel) -> TokenStream {
    let runtime = &table.runtime;
    let name = &table.name.text;
    let columns = table.columns().enumerate().map(|(index, field)| match &field.role {
        Role::Column(column) => definition::in_schema(table, field, column, index),
        _ => {
            let name = field.rust.unraw().to_string();
            let docs = docs(field.own_docs());
            quote!(#runtime::__private::ColumnDef::id(#name) #docs)
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
    let narrow = table.narrow.map(|_| quote!(.narrow()));
    let on_insert = (!table.on_insert.is_empty()).then(|| {
        let constants = table.on_insert.iter().map(|constant| self::constant(table, constant));
        quote!(.on_insert(const { &[#(#constants),*] }))
    });
    let hard_delete = table.hard_delete.map(|_| quote!(.hard_delete()));
    let keep_deleted = table.keep_deleted.map(|_| quote!(.keep_deleted()));
    let docs = docs(table.own_docs());
    let declares = declares(table);
    quote! {
        &#runtime::__private::TableSchema::new(#name, const { &[#(#columns),*] })
            #local #route #narrow #hard_delete #keep_deleted #on_insert #docs #declares
    }
}

/// The call that keeps a doc comment for documents.
pub(super) fn docs(docs: &str) -> TokenStream {
    if docs.is_empty() { TokenStream::new() } else { quote!(.docs(#docs)) }
}

/// The call that keeps the fields of system columns for documents.
fn declares(table: &TableModel) -> TokenStream {
    let runtime = &table.runtime;
    let mut fields = table.fields.iter().filter_map(|field| match field.role {
        Role::System(system) => {
            let (system, docs) = (super::row::system(system), field.own_docs());
            Some(quote!((#runtime::__private::SystemColumn::#system, #docs)))
        }
        _ => None,
    });
    let first = fields.next();
    first.map(|first| quote!(.declares(&[#first #(, #fields)*]))).unwrap_or_default()
}

fn constant(table: &TableModel, ConstantModel { name, value }: &ConstantModel) -> TokenStream {
    let (runtime, name) = (&table.runtime, &name.text);
    let value = match value {
        ConstantValue::Text(text) => quote!(Text(#text)),
        ConstantValue::Integer(number) => {
            let number = literal::integer(i128::from(*number));
            quote!(Integer(#number))
        }
        ConstantValue::Float(number) => {
            let number = literal::float(*number);
            quote!(Float(#number))
        }
        ConstantValue::Bool(truth) => quote!(Bool(#truth)),
    };
    quote!((#name, #runtime::__private::Constant::#value))
}

/// The expression that makes a field's default.
pub(super) fn default(table: &TableModel, field: &FieldModel, default: &DefaultModel) -> TokenStream {
    let runtime = &table.runtime;
    match default {
        DefaultModel::OfType => {
            let ty = &field.ty;
            quote!(#runtime::__private::default_of::<#ty>())
        }
        DefaultModel::Expression(expression) => expression.clone(),
    }
}
