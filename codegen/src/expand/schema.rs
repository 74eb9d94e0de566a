//! The constant that DDL, queries and the wire read.

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{ToTokens as _, format_ident, quote, quote_spanned};
use syn::LitInt;
use syn::ext::IdentExt as _;

use super::at;
use crate::model::rule::{Merge, MergeModel, Number, Rule, RuleModel};
use crate::model::{
    ColumnModel, ConstantModel, ConstantValue, DefaultModel, FieldModel, Form, Reference, Role, TableKind, TableModel,
};

/// Writes a constant for each column: how its values are stored. Only these name the bounds of the
/// fields' types, so that a type which is no column type is one compile error.
pub(super) fn forms(table: &TableModel) -> TokenStream {
    let runtime = &table.runtime;
    table
        .columns()
        .enumerate()
        .map(|(index, field)| {
            let (name, ty) = (form(index), &field.ty);
            let make = match &field.role {
                Role::Column(ColumnModel { form: Form::Json, .. }) => quote!(json),
                _ => quote!(typed),
            };
            quote! {
                const #name: #runtime::__private::CellForm<#ty> = #runtime::__private::#make::<#ty>();
            }
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
        Role::Column(column) => column_def(table, field, column, index),
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
    let narrow = table.narrow.map(|_| quote!(.narrow()));
    let on_insert = (!table.on_insert.is_empty()).then(|| {
        let constants = table.on_insert.iter().map(|constant| self::constant(table, constant));
        quote!(.on_insert(const { &[#(#constants),*] }))
    });
    quote! {
        &#runtime::__private::TableSchema::new(#name, const { &[#(#columns),*] }) #local #route #narrow #on_insert
    }
}

fn constant(table: &TableModel, ConstantModel { name, value }: &ConstantModel) -> TokenStream {
    let (runtime, name) = (&table.runtime, &name.text);
    let value = match value {
        ConstantValue::Text(text) => quote!(Text(#text)),
        ConstantValue::Integer(number) => {
            let number = Literal::i64_unsuffixed(*number);
            quote!(Integer(#number))
        }
        ConstantValue::Float(number) => {
            let number = Literal::f64_unsuffixed(*number);
            quote!(Float(#number))
        }
        ConstantValue::Bool(truth) => quote!(Bool(#truth)),
    };
    quote!((#name, #runtime::__private::Constant::#value))
}

fn column_def(table: &TableModel, field: &FieldModel, column: &ColumnModel, index: usize) -> TokenStream {
    let runtime = &table.runtime;
    let (name, wire, mut form) = (field.rust.unraw().to_string(), &column.wire.text, form(index));
    // Some calls check the column at compile time; what leads to them has the span of the attribute
    // that asks for them, so that the error points there.
    let checked = column
        .index
        .or(column.local)
        .or(column.references.as_ref().map(|reference| reference.place))
        .or(column.rules.first().map(|rule| rule.place))
        .or(column.merge.as_ref().map(|merge| merge.place));
    let span = checked.map_or_else(Span::call_site, at);
    form.set_span(span);
    let mut def = quote_spanned!(span => #form.column(#name, #wire));
    if let Some(default) = &column.default {
        let ty = &field.ty;
        let value = self::default(field, default);
        def.extend(quote! {
            .default_value(|__cell| {
                let __value: #ty = #value;
                #form.write_cell(__cell, &__value)
            })
        });
    }
    if !column.was.is_empty() {
        let names = column.was.iter().map(|name| &name.text);
        def.extend(quote!(.was(&[#(#names),*])));
    }
    if column.index.is_some() {
        def.extend(quote_spanned!(span => .indexed()));
    }
    if column.local.is_some() {
        def.extend(quote_spanned!(span => .local_only()));
    }
    if let Some(Reference { table, .. }) = &column.references {
        def.extend(quote_spanned!(span => .references(|| <#table as #runtime::__private::SyncTable>::SCHEMA)));
    }
    def.extend(column.rules.iter().map(|rule| self::rule(table, rule)));
    if let Some(merge) = &column.merge {
        def.extend(self::merge(table, merge, index));
    }
    def
}

/// The call that adds a rule to a column.
fn rule(table: &TableModel, RuleModel { rule, place }: &RuleModel) -> TokenStream {
    let runtime = &table.runtime;
    let span = at(*place);
    let (kind, argument) = match rule {
        Rule::MinLength(limit) => ("MinLength", length(*limit)),
        Rule::MaxLength(limit) => ("MaxLength", length(*limit)),
        Rule::Min(number) => ("Min", self::number(table, number)),
        Rule::Max(number) => ("Max", self::number(table, number)),
        Rule::ExclusiveMin(number) => ("ExclusiveMin", self::number(table, number)),
        Rule::ExclusiveMax(number) => ("ExclusiveMax", self::number(table, number)),
        Rule::MultipleOf(number) => ("MultipleOf", self::number(table, number)),
    };
    let kind = Ident::new(kind, Span::call_site());
    quote_spanned!(span => .rule(#runtime::__private::Rule::#kind(#argument)))
}

/// The literal, with `_` between groups of three digits as clippy likes it.
fn length(limit: u64) -> TokenStream {
    let digits = limit.to_string();
    let (head, groups) = digits.split_at(digits.len() % 3);
    let groups = groups.as_bytes().chunks(3).map(|group| String::from_utf8_lossy(group).into_owned());
    let text: Vec<String> = Some(head.to_owned()).into_iter().filter(|head| !head.is_empty()).chain(groups).collect();
    LitInt::new(&text.join("_"), Span::call_site()).into_token_stream()
}

fn number(table: &TableModel, number: &Number) -> TokenStream {
    let (runtime, text) = (&table.runtime, number.as_str());
    quote!(#runtime::__private::Number::new(#text))
}

/// The call that adds the merge rule to a column.
fn merge(table: &TableModel, MergeModel { rule, place }: &MergeModel, index: usize) -> TokenStream {
    let runtime = &table.runtime;
    let kind = match rule {
        Merge::Local => "Local",
        Merge::Remote => "Remote",
        Merge::Max => "Max",
        Merge::Min => "Min",
        Merge::Sum => "Sum",
        Merge::Union => "Union",
        Merge::Function(function) => {
            let form = form(index);
            return quote_spanned! {at(*place) =>
                .merge(#runtime::__private::MergeRule::Function(|__base, __local, __remote, __cell| {
                    #form.merge(#function, __base, __local, __remote, __cell)
                }))
            };
        }
    };
    let kind = Ident::new(kind, Span::call_site());
    quote_spanned!(at(*place) => .merge(#runtime::__private::MergeRule::#kind))
}

/// The expression that makes a field's default.
pub(super) fn default(field: &FieldModel, default: &DefaultModel) -> TokenStream {
    match default {
        DefaultModel::OfType => quote_spanned!(at(field.place) => ::core::default::Default::default()),
        DefaultModel::Expression(expression) => expression.clone(),
    }
}
