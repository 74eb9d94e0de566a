//! The texts of a configuration as code, held against what the documents have.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::parse::Parser as _;
use syn::{Attribute, Path, Type};

use super::Config;
use crate::document::Documents;
use crate::document::extend::did_you_mean;
use crate::error::Error;
use crate::expand::item::Style;

/// A configuration that was read.
pub(crate) struct Settings {
    /// The path of the runtime crate.
    pub(crate) runtime: TokenStream,
    pub(crate) style: Style,
}

impl Config {
    /// Adds what the configuration asks for to the documents; tells all that is wrong in it at once.
    pub(super) fn apply(&self, documents: &mut Documents) -> Result<(), Error> {
        let mut wrong = Vec::new();
        for (name, table, columns) in &self.subsets {
            if let Err(why) = documents.add_subset(name, table, columns) {
                wrong.push(format!("subset `{name}`: {why}"));
            }
        }
        for (name, path) in &self.externs {
            if let Err(error) = syn::parse_str::<Type>(path) {
                wrong.push(format!("extern type `{name}`: `{path}` is no path of a type: {error}"));
            }
        }
        wrong.extend(documents.replace_types(&self.externs).into_iter().map(|why| format!("extern type: {why}")));
        for (pattern, _) in &self.types {
            if pattern != "*" && !documents.type_names().any(|name| name == pattern) {
                let near = did_you_mean(pattern, documents.type_names());
                wrong.push(format!("type attribute: no generated type has the name `{pattern}`{near}"));
            }
        }
        wrong.extend(self.fields.iter().filter_map(|(pattern, _)| wrong_field(documents, pattern)));
        self.settings(&mut wrong);
        if wrong.is_empty() {
            return Ok(());
        }
        let list = wrong.join("\n  ");
        Err(Error::other(format!("the configuration of the generated code is wrong:\n  {list}")))
    }

    /// Reads the texts that are code.
    pub(super) fn settings(&self, wrong: &mut Vec<String>) -> Settings {
        let runtime = syn::parse_str::<Path>(&self.runtime).map(Path::into_token_stream).unwrap_or_else(|error| {
            wrong.push(format!("runtime path: `{}` is no path: {error}", self.runtime));
            TokenStream::new()
        });
        let mut derives = Vec::new();
        for text in &self.derives {
            match syn::parse_str::<Path>(text) {
                Ok(path) => derives.push(path),
                Err(error) => wrong.push(format!("derive: `{text}` is no path: {error}")),
            }
        }
        let style = Style {
            types: attributes("type attribute", &self.types, wrong),
            fields: attributes("field attribute", &self.fields, wrong),
            derives,
        };
        Settings { runtime, style }
    }
}

/// Reads attributes, each text one or more of them.
fn attributes(call: &str, said: &[(String, String)], wrong: &mut Vec<String>) -> Vec<(String, TokenStream)> {
    let mut read = Vec::new();
    for (pattern, text) in said {
        match Attribute::parse_outer.parse_str(text) {
            Ok(list) if !list.is_empty() => {
                read.push((pattern.clone(), list.iter().map(ToTokens::to_token_stream).collect()));
            }
            Ok(_) => wrong.push(format!("{call} of `{pattern}`: the text is empty")),
            Err(error) => {
                wrong.push(format!("{call} of `{pattern}`: `{text}` is no attribute such as `#[name]`: {error}"));
            }
        }
    }
    read
}

/// Why a pattern of fields fits none, if so.
fn wrong_field(documents: &Documents, pattern: &str) -> Option<String> {
    let (of, field) = pattern.split_once('.').unwrap_or((pattern, "*"));
    let types: Vec<&str> = documents.type_names().filter(|name| of == "*" || *name == of).collect();
    if types.is_empty() {
        let near = did_you_mean(of, documents.type_names());
        return Some(format!("field attribute: no generated type has the name `{of}`{near}"));
    }
    let parts: Vec<&str> = types.iter().flat_map(|name| documents.part_names(name)).collect();
    if field == "*" || parts.contains(&field) {
        return None;
    }
    let near = did_you_mean(field, parts);
    Some(format!("field attribute of `{pattern}`: there is no field `{field}`{near}"))
}
