//! From a struct to the model of a column subset.

use quote::ToTokens as _;
use syn::spanned::Spanned as _;
use syn::{DeriveInput, Field};

use super::Reading;
use super::attr::{Options, Target};
use super::table::named_fields;
use crate::diagnostics::Diagnostics;
use crate::model::{SubsetFieldModel, SubsetModel};

/// Reads and checks the subset of a struct. With mistakes the model is what could be made of it.
pub(super) fn model(input: &DeriveInput) -> Reading<SubsetModel> {
    let mut diagnostics = Diagnostics::new();
    let options = Options::read(&input.attrs, Target::Subset, &mut diagnostics);
    if let Some(parameter) = input.generics.params.first() {
        diagnostics.error(parameter.span(), "a subset's struct has no parameters: its columns are constants");
    }
    let table = options.value("of");
    // What was wrong with the attribute is told already.
    if table.is_none() && diagnostics.is_empty() {
        let message = format!("`{}` does not name its table: write `#[sync(of = ..)]` on it", input.ident);
        diagnostics.error(input.ident.span(), message);
    }
    let named = named_fields(input);
    match named {
        Ok(named) if named.named.is_empty() => {
            let message = format!("`{}` has no fields: give it some of the table's", input.ident);
            diagnostics.error(input.ident.span(), message);
        }
        Ok(_) => {}
        Err(found) => {
            let message = format!("found {found}: `ColumnSubset` is derived for structs with named fields");
            diagnostics.error(input.ident.span(), message);
        }
    }
    let mut unsound = Vec::new();
    let fields = named.iter().flat_map(|named| &named.named).map(|field| {
        let before = diagnostics.count();
        let model = field_model(field, &mut diagnostics);
        if diagnostics.count() > before {
            unsound.push(model.rust.clone());
        }
        model
    });
    let subset = SubsetModel {
        fields: fields.collect(),
        rust: input.ident.clone(),
        runtime: super::runtime(&options),
        table: table.unwrap_or_default(),
    };
    Reading { model: subset, unsound, mistakes: diagnostics.into_mistakes() }
}

fn field_model(field: &Field, diagnostics: &mut Diagnostics) -> SubsetFieldModel {
    // There are none; each that is given is reported.
    Options::read(&field.attrs, Target::SubsetField, diagnostics);
    SubsetFieldModel {
        rust: field.ident.clone().expect("a named field has a name"),
        ty: field.ty.to_token_stream(),
        place: field.ty.span().into(),
    }
}
