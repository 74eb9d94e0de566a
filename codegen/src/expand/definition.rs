//! The definition of one column: its names, its default, and what is checked of its type.

use proc_macro2::{Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens as _, format_ident, quote, quote_spanned};
use syn::ext::IdentExt as _;

use super::schema::{default, docs, form};
use super::{at, literal};
use crate::model::rule::{Merge, MergeModel, Number, Rule, RuleModel};
use crate::model::{ColumnModel, FieldModel, Form, Reference, Role, TableModel};

/// A call that checks the column at compile time, at the attribute that asks for it.
struct Check {
    span: Span,
    call: TokenStream,
}

/// What stands for a column in the schema.
pub(super) fn in_schema(table: &TableModel, field: &FieldModel, column: &ColumnModel, index: usize) -> TokenStream {
    if checks(table, column, index).is_empty() {
        unchecked(table, field, column, index)
    } else {
        constant(index).into_token_stream()
    }
}

/// Writes a constant for each checked column that is not unsound. A constant of its own makes what
/// is wrong with a column one compile error, and hides no error of another column.
pub(super) fn constants(table: &TableModel, unsound: &[Ident]) -> TokenStream {
    let runtime = &table.runtime;
    let mut constants = TokenStream::new();
    for (index, field) in table.columns().enumerate().filter(|(_, field)| !unsound.contains(&field.rust)) {
        let Role::Column(column) = &field.role else { continue };
        let mut checks = checks(table, column, index);
        let Some(last) = checks.pop() else { continue };
        // A statement each, so that an error shows its attribute and not the way there.
        let base = without_self(&unchecked(table, field, column, index), &table.rust);
        let checks = checks.into_iter().map(|Check { span, call }| {
            let step = Ident::new("__column", span);
            quote_spanned!(span => let #step = #step #call;)
        });
        let (name, call) = (constant(index), last.call);
        let step = Ident::new("__column", last.span);
        constants.extend(quote! {
            const #name: #runtime::__private::ColumnDef = {
                let __column = #base;
                #(#checks)*
                #step #call
            };
        });
    }
    constants
}

/// The name of a checked column's definition, by the column's place in the schema.
fn constant(index: usize) -> Ident {
    format_ident!("__COLUMN_{index}")
}

fn unchecked(table: &TableModel, field: &FieldModel, column: &ColumnModel, index: usize) -> TokenStream {
    let (name, wire, form) = (field.rust.unraw().to_string(), &column.wire.text, form(index));
    let mut def = quote!(#form.column(#name, #wire));
    if let Some(default) = &column.default {
        let ty = &field.ty;
        let value = self::default(table, field, default);
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
    if column.form == Form::Json {
        let (runtime, ty) = (&table.runtime, &field.ty);
        def.extend(quote!(.shape(#runtime::__private::shape!(#ty))));
    }
    def.extend(docs(field.own_docs()));
    def
}

fn checks(table: &TableModel, column: &ColumnModel, index: usize) -> Vec<Check> {
    let runtime = &table.runtime;
    let mut checks = Vec::new();
    if let Some(place) = column.index {
        let span = at(place);
        checks.push(Check { span, call: quote_spanned!(span => .indexed()) });
    }
    if let Some(place) = column.local {
        let span = at(place);
        checks.push(Check { span, call: quote_spanned!(span => .local_only()) });
    }
    if let Some(Reference { table: other, place }) = &column.references {
        let (span, other) = (at(*place), without_self(other, &table.rust));
        let call = quote_spanned!(span => .references(|| <#other as #runtime::__private::SyncTable>::SCHEMA));
        checks.push(Check { span, call });
    }
    checks.extend(column.rules.iter().map(|rule| self::rule(table, rule)));
    checks.extend(column.merge.iter().map(|merge| self::merge(table, merge, index)));
    checks
}

fn rule(table: &TableModel, RuleModel { rule, place }: &RuleModel) -> Check {
    let runtime = &table.runtime;
    let span = at(*place);
    let (kind, argument) = match rule {
        Rule::MinLength(limit) => ("MinLength", literal::integer(i128::from(*limit))),
        Rule::MaxLength(limit) => ("MaxLength", literal::integer(i128::from(*limit))),
        Rule::Min(number) => ("Min", self::number(table, number)),
        Rule::Max(number) => ("Max", self::number(table, number)),
        Rule::ExclusiveMin(number) => ("ExclusiveMin", self::number(table, number)),
        Rule::ExclusiveMax(number) => ("ExclusiveMax", self::number(table, number)),
        Rule::MultipleOf(number) => ("MultipleOf", self::number(table, number)),
    };
    let kind = Ident::new(kind, Span::call_site());
    Check { span, call: quote_spanned!(span => .rule(#runtime::__private::Rule::#kind(#argument))) }
}

fn number(table: &TableModel, number: &Number) -> TokenStream {
    let (runtime, text) = (&table.runtime, number.as_str());
    quote!(#runtime::__private::Number::new(#text))
}

fn merge(table: &TableModel, MergeModel { rule, place }: &MergeModel, index: usize) -> Check {
    let runtime = &table.runtime;
    let span = at(*place);
    let kind = match rule {
        Merge::Local => "Local",
        Merge::Remote => "Remote",
        Merge::Max => "Max",
        Merge::Min => "Min",
        Merge::Sum => "Sum",
        Merge::Union => "Union",
        Merge::Function(function) => {
            let (form, function) = (form(index), without_self(function, &table.rust));
            let call = quote_spanned! {span =>
                .merge(#runtime::__private::MergeRule::Function(|__base, __local, __remote, __cell| {
                    #form.merge(#function, __base, __local, __remote, __cell)
                }))
            };
            return Check { span, call };
        }
    };
    let kind = Ident::new(kind, Span::call_site());
    Check { span, call: quote_spanned!(span => .merge(#runtime::__private::MergeRule::#kind)) }
}

/// The tokens with the struct's name in place of `Self`: outside of its impls nothing is `Self`, and
/// a table has no parameters that the name would lack.
fn without_self(tokens: &TokenStream, rust: &Ident) -> TokenStream {
    let replaced = |token: TokenTree| match token {
        TokenTree::Ident(ident) if ident == "Self" => {
            let mut name = rust.clone();
            name.set_span(ident.span());
            TokenTree::Ident(name)
        }
        TokenTree::Group(group) => {
            let mut replaced = Group::new(group.delimiter(), without_self(&group.stream(), rust));
            replaced.set_span(group.span());
            TokenTree::Group(replaced)
        }
        token => token,
    };
    tokens.clone().into_iter().map(replaced).collect()
}
