//! The grammar of `#[sync(..)]`.

mod argument;
mod serde;

use proc_macro2::{Ident, Span, TokenStream};
use quote::ToTokens as _;
use syn::ext::IdentExt as _;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Attribute, Expr, LitStr, Meta, Token, token};

use argument::{Argument, length_of, merge_of, number_of, text_of, texts_of, unknown_merge};
pub(super) use serde::{SerdeName, serde_names, serde_skips};

use super::constants;
use crate::diagnostics::{Diagnostics, nearest};
use crate::model::names::Case;
use crate::model::rule::{MergeModel, Rule, RuleModel};
use crate::model::{ConstantModel, Name};

/// What an attribute stands on: it decides which options there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    Table,
    Field,
    Value,
    Variant,
    Subset,
    SubsetField,
}

impl Target {
    const ALL: [Self; 6] = [Self::Table, Self::Field, Self::Value, Self::Variant, Self::Subset, Self::SubsetField];

    fn options(self) -> &'static [(&'static str, Argument)] {
        match self {
            Self::Table => &[
                ("table", Argument::Text),
                ("rename_all", Argument::Text),
                ("local", Argument::None),
                ("route", Argument::Text),
                ("narrow", Argument::None),
                ("hard_delete", Argument::None),
                ("keep_deleted", Argument::None),
                ("on_insert", Argument::Constants),
                ("crate", Argument::Path),
            ],
            Self::Field => &[
                ("rename", Argument::Text),
                ("index", Argument::None),
                ("skip", Argument::None),
                ("local", Argument::None),
                ("default", Argument::OptionalExpression),
                ("system", Argument::None),
                ("json", Argument::None),
                ("references", Argument::Path),
                ("was", Argument::Texts),
                ("id", Argument::None),
                ("min_length", Argument::Length),
                ("max_length", Argument::Length),
                ("min", Argument::Number),
                ("max", Argument::Number),
                ("exclusive_min", Argument::Number),
                ("exclusive_max", Argument::Number),
                ("multiple_of", Argument::Number),
                ("merge", Argument::Merge),
            ],
            Self::Value => &[("rename_all", Argument::Text), ("crate", Argument::Path)],
            Self::Variant => &[("rename", Argument::Text), ("other", Argument::None)],
            Self::Subset => &[("of", Argument::Path), ("crate", Argument::Path)],
            Self::SubsetField => &[],
        }
    }

    fn describe(self) -> &'static str {
        match self {
            Self::Table => "a table's struct",
            Self::Field => "a field",
            Self::Value => "a column type",
            Self::Variant => "a variant",
            Self::Subset => "a subset's struct",
            Self::SubsetField => "a subset's field",
        }
    }
}

/// The options of one struct, field or variant.
#[derive(Debug, Default)]
pub(super) struct Options(Vec<SyncOption>);

#[derive(Debug)]
struct SyncOption {
    name: String,
    span: Span,
    value: Option<Expr>,
    list: Option<TokenStream>,
}

impl Parse for SyncOption {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let name = Ident::parse_any(input)?;
        let mut list = None;
        let value = if input.peek(token::Paren) {
            let content;
            syn::parenthesized!(content in input);
            list = Some(content.parse()?);
            None
        } else if input.peek(Token![=]) {
            input.parse::<Token![=]>()?;
            Some(input.parse()?)
        } else if input.is_empty() || input.peek(Token![,]) {
            None
        } else {
            return Err(input.error("expected `=` or `,`"));
        };
        Ok(Self { name: name.unraw().to_string(), span: name.span(), value, list })
    }
}

impl Options {
    /// Reads all `#[sync(..)]` of an item; what is wrong is reported and left out.
    pub(super) fn read(attributes: &[Attribute], target: Target, diagnostics: &mut Diagnostics) -> Self {
        let mut options = Self::default();
        for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("sync")) {
            let Meta::List(list) = &attribute.meta else {
                diagnostics.error(path_span(attribute), "write the options in parentheses: `#[sync(..)]`");
                continue;
            };
            match list.parse_args_with(Punctuated::<SyncOption, Token![,]>::parse_terminated) {
                Ok(read) => read.into_iter().for_each(|option| options.accept(option, target, diagnostics)),
                Err(error) => diagnostics.error(error.span(), format!("`#[sync(..)]` cannot be read: {error}")),
            }
        }
        options
    }

    fn accept(&mut self, option: SyncOption, target: Target, diagnostics: &mut Diagnostics) {
        let SyncOption { name, span, value, list } = &option;
        let Some((_, argument)) = target.options().iter().find(|(known, _)| known == name) else {
            diagnostics.error(*span, unknown_option(name, target));
            return;
        };
        if self.0.iter().any(|other| other.name == *name) {
            diagnostics.error(*span, format!("`{name}` is given twice"));
            return;
        }
        let fits = match (argument, value) {
            (Argument::None, value) => value.is_none(),
            (Argument::Text, value) => value.as_ref().and_then(text_of).is_some(),
            (Argument::Texts, value) => value.as_ref().and_then(texts_of).is_some(),
            (Argument::Path, value) => matches!(value, Some(Expr::Path(_))),
            (Argument::OptionalExpression, _) => true,
            (Argument::Length, value) => value.as_ref().and_then(length_of).is_some(),
            (Argument::Number, value) => value.as_ref().and_then(number_of).is_some(),
            (Argument::Merge, value) => value.as_ref().and_then(merge_of).is_some(),
            (Argument::Constants, value) => value.is_none(),
        } && list.is_some() == (*argument == Argument::Constants);
        if fits {
            self.0.push(option);
        } else {
            let place = value.as_ref().map_or(*span, span_of);
            let message = match argument {
                Argument::Merge => unknown_merge(value.as_ref()),
                argument => format!("`{name}` takes {}", argument.describe(name)),
            };
            diagnostics.error(place, message);
        }
    }

    fn get(&self, name: &str) -> Option<&SyncOption> {
        self.0.iter().find(|option| option.name == name)
    }

    /// Where an option stands, if it is given.
    pub(super) fn flag(&self, name: &str) -> Option<Span> {
        self.get(name).map(|option| option.span)
    }

    /// The text of an option, and its place.
    pub(super) fn text(&self, name: &str) -> Option<Name> {
        let literal = self.get(name)?.value.as_ref().and_then(text_of)?;
        Some(Name { text: literal.value(), place: literal.span().into() })
    }

    /// The texts of an option, and their places; none without the option.
    pub(super) fn texts(&self, name: &str) -> Vec<Name> {
        let texts = self.get(name).and_then(|option| option.value.as_ref()).and_then(texts_of).unwrap_or_default();
        texts.into_iter().map(|text| Name { text: text.value(), place: text.span().into() }).collect()
    }

    /// The tokens of an option's value; none for an option without one.
    pub(super) fn value(&self, name: &str) -> Option<TokenStream> {
        self.get(name)?.value.as_ref().map(|value| value.to_token_stream())
    }

    /// The rules that the options give, in their order.
    pub(super) fn rules(&self) -> Vec<RuleModel> {
        let rule = |option: &SyncOption| {
            let value = option.value.as_ref()?;
            let length = || Rule::of_length(&option.name, length_of(value)?);
            let rule = length().or_else(|| Rule::of_number(&option.name, number_of(value)?))?;
            Some(RuleModel { rule, place: option.span.into() })
        };
        self.0.iter().filter_map(rule).collect()
    }

    /// The rule that `merge` gives.
    pub(super) fn merge(&self) -> Option<MergeModel> {
        let value = self.get("merge")?.value.as_ref()?;
        Some(MergeModel { rule: merge_of(value)?, place: span_of(value).into() })
    }

    /// The columns and constants of an option; what is wrong is reported and left out.
    pub(super) fn constants(&self, name: &str, diagnostics: &mut Diagnostics) -> Vec<ConstantModel> {
        let Some(SyncOption { span, list: Some(list), .. }) = self.get(name) else { return Vec::new() };
        if list.is_empty() {
            diagnostics.error(*span, format!("`{name}` takes {}", Argument::Constants.describe(name)));
        }
        constants::read(list.clone(), name, diagnostics)
    }

    /// The case that `rename_all` names.
    pub(super) fn case(&self, diagnostics: &mut Diagnostics) -> Option<Case> {
        let name = self.text("rename_all")?;
        let case = Case::parse(&name.text);
        if case.is_none() {
            let message = match nearest(&name.text, Case::names()) {
                Some(near) => format!("no such case: did you mean `{near}`?"),
                None => {
                    let cases: Vec<_> = Case::names().map(|case| format!("`{case}`")).collect();
                    format!("no such case: write one of {}", cases.join(", "))
                }
            };
            diagnostics.error(name.place, message);
        }
        case
    }

    /// Reports every option that the one of that name excludes.
    pub(super) fn exclude(&self, name: &str, excluded: &[&str], why: &str, diagnostics: &mut Diagnostics) {
        if self.flag(name).is_none() {
            return;
        }
        for other in self.0.iter().filter(|option| option.name != name && excluded.contains(&option.name.as_str())) {
            diagnostics.error(other.span, format!("`{}` does not go with `{name}`: {why}", other.name));
        }
    }

    /// Reports every given option.
    pub(super) fn refuse_all(&self, why: &str, diagnostics: &mut Diagnostics) {
        for option in &self.0 {
            diagnostics.error(option.span, format!("`{}` is not possible here: {why}", option.name));
        }
    }

    /// Reports every given option of the list.
    pub(super) fn refuse(&self, refused: &[&str], why: &str, diagnostics: &mut Diagnostics) {
        for option in self.0.iter().filter(|option| refused.contains(&option.name.as_str())) {
            diagnostics.error(option.span, format!("`{}` is not possible here: {why}", option.name));
        }
    }
}

fn unknown_option(name: &str, target: Target) -> String {
    if target == Target::SubsetField {
        return format!(
            "`{name}` is not possible here: a subset's field is found by its name in the table, and all else is said there"
        );
    }
    let known = || target.options().iter().map(|(known, _)| *known);
    let elsewhere = Target::ALL.into_iter().find(|other| other.options().iter().any(|(known, _)| *known == name));
    if let Some(elsewhere) = elsewhere {
        return format!("`{name}` belongs on {}, not on {}", elsewhere.describe(), target.describe());
    }
    match nearest(name, known()) {
        Some(near) => format!("unknown option `{name}`: did you mean `{near}`?"),
        None => {
            let known: Vec<_> = known().map(|known| format!("`{known}`")).collect();
            format!("unknown option `{name}`: {} has {}", target.describe(), known.join(", "))
        }
    }
}

fn span_of(tokens: &Expr) -> Span {
    syn::spanned::Spanned::span(tokens)
}

fn path_span(attribute: &Attribute) -> Span {
    syn::spanned::Spanned::span(attribute.path())
}

/// The text of doc comments: what a document calls `description`.
pub(super) fn docs(attributes: &[Attribute]) -> Option<String> {
    let lines: Vec<String> = attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("doc"))
        .filter_map(|attribute| match &attribute.meta {
            Meta::NameValue(pair) => text_of(&pair.value).map(LitStr::value),
            Meta::List(_) | Meta::Path(_) => None,
        })
        .map(|line| line.strip_prefix(' ').map_or(line.clone(), str::to_owned))
        .collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}
