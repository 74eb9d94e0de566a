//! From an enum or a newtype to the model of a column type.

use quote::ToTokens as _;
use syn::ext::IdentExt as _;
use syn::spanned::Spanned as _;
use syn::{Data, DataEnum, DeriveInput, Fields};

use super::Reading;
use super::attr::{Options, Target, docs};
use crate::diagnostics::Diagnostics;
use crate::model::names::Case;
use crate::model::{Name, ValueModel, ValueShape, VariantModel, check};

/// Reads and checks a column type. With mistakes the model is what could be made of it.
pub(super) fn model(input: &DeriveInput) -> Reading<ValueModel> {
    let mut diagnostics = Diagnostics::new();
    let options = Options::read(&input.attrs, Target::Value, &mut diagnostics);
    if let Some(parameter) = input.generics.params.first() {
        diagnostics.error(parameter.span(), "a column type has no parameters: derive it for each type it holds");
    }
    let case = options.case(&mut diagnostics);
    let shape = match &input.data {
        Data::Enum(data) => texts(data, case, input, &mut diagnostics),
        Data::Struct(data) => {
            options.refuse(&["rename_all"], "only the variants of an enum have texts", &mut diagnostics);
            newtype(&data.fields, input, &mut diagnostics)
        }
        Data::Union(_) => Err("found a union: `ColumnValue` is derived for string enums and newtypes".to_owned()),
    };
    let shape = shape.unwrap_or_else(|message| {
        diagnostics.error(input.ident.span(), message);
        ValueShape::Texts { variants: Vec::new(), other: None }
    });
    let value =
        ValueModel { docs: docs(&input.attrs), rust: input.ident.clone(), runtime: super::runtime(&options), shape };
    check::value(&value, &mut diagnostics);
    Reading { model: value, unsound: Vec::new(), mistakes: diagnostics.into_mistakes() }
}

fn texts(
    data: &DataEnum,
    case: Option<Case>,
    input: &DeriveInput,
    diagnostics: &mut Diagnostics,
) -> Result<ValueShape, String> {
    let mut variants = Vec::new();
    let mut other = None;
    for variant in &data.variants {
        let options = Options::read(&variant.attrs, Target::Variant, diagnostics);
        let rust = variant.ident.clone();
        if let Some(span) = options.flag("other") {
            options.exclude("other", &["rename"], "it keeps the text that came", diagnostics);
            match &variant.fields {
                Fields::Unnamed(fields) if fields.unnamed.len() == 1 => {
                    if other.replace(rust).is_some() {
                        diagnostics.error(span, "a second variant takes every other text");
                    }
                }
                _ => diagnostics.error(
                    variant.ident.span(),
                    format!("the variant that takes every other text holds it: write `{rust}(String)`"),
                ),
            }
            continue;
        }
        if !matches!(variant.fields, Fields::Unit) {
            let message = format!(
                "the variant `{rust}` has fields: a string enum has unit variants, and at most one \
                 `#[sync(other)]` variant with a String"
            );
            diagnostics.error(variant.fields.span(), message);
            continue;
        }
        let name = rust.unraw().to_string();
        let wire = options.text("rename").unwrap_or_else(|| Name {
            text: case.map_or_else(|| name.clone(), |case| case.of_variant(&name)),
            place: rust.span().into(),
        });
        variants.push(VariantModel { docs: docs(&variant.attrs), rust, wire });
    }
    if data.variants.is_empty() {
        return Err(format!("`{}` has no variants, so no column can hold it", input.ident));
    }
    Ok(ValueShape::Texts { variants, other })
}

fn newtype(fields: &Fields, input: &DeriveInput, diagnostics: &mut Diagnostics) -> Result<ValueShape, String> {
    let mut of_struct = fields.iter();
    let (Some(field), None) = (of_struct.next(), of_struct.next()) else {
        return Err(format!(
            "`{}` has {} fields: a newtype has one; any serde type can be a column by `#[sync(json)]`",
            input.ident,
            fields.len()
        ));
    };
    Options::read(&field.attrs, Target::Field, diagnostics)
        .refuse_all("options of a column stand on the table's field", diagnostics);
    Ok(ValueShape::Newtype {
        field: field.ident.clone(),
        ty: field.ty.to_token_stream(),
        place: field.ty.span().into(),
    })
}
