//! What of serde's attributes bears on names.

use proc_macro2::Span;
use syn::punctuated::Punctuated;
use syn::{Attribute, Meta, Token};

use super::argument::text_of;
use crate::model::names::Case;

/// A name that serde's attributes give.
#[derive(Debug)]
pub(in crate::derive) enum SerdeName {
    /// `rename = ".."`
    Rename(String, Span),
    /// `rename_all = ".."`
    RenameAll(Case, Span),
}

/// The names that `#[serde(..)]` gives when it writes and when it reads. What serde itself will
/// refuse is passed over.
pub(in crate::derive) fn serde_names(attributes: &[Attribute]) -> Vec<SerdeName> {
    let mut names = Vec::new();
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("serde")) {
        let Ok(options) = attribute.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated) else { continue };
        for option in &options {
            let all = option.path().is_ident("rename_all");
            if !all && !option.path().is_ident("rename") {
                continue;
            }
            let values = match option {
                Meta::NameValue(pair) => vec![pair.value.clone()],
                Meta::List(list) => list
                    .parse_args_with(Punctuated::<syn::MetaNameValue, Token![,]>::parse_terminated)
                    .map(|pairs| pairs.into_iter().map(|pair| pair.value).collect())
                    .unwrap_or_default(),
                Meta::Path(_) => Vec::new(),
            };
            for text in values.iter().filter_map(text_of) {
                match Case::parse(&text.value()) {
                    Some(case) if all => names.push(SerdeName::RenameAll(case, text.span())),
                    None if all => {}
                    _ => names.push(SerdeName::Rename(text.value(), text.span())),
                }
            }
        }
    }
    names
}

/// Whether serde passes over a field.
pub(in crate::derive) fn serde_skips(attributes: &[Attribute]) -> bool {
    attributes.iter().filter(|attribute| attribute.path().is_ident("serde")).any(|attribute| {
        attribute
            .parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated)
            .is_ok_and(|options| options.iter().any(|option| option.path().is_ident("skip")))
    })
}
