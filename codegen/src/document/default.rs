//! The defaults of columns as code.

use proc_macro2::TokenStream;
use quote::quote;
use serde_json::Value;

use super::form;
use super::lower::{code, is_any};
use super::table::{Column, Kind, TypeCode, TypeItem, TypeShape};
use crate::expand::literal;
use crate::model::DefaultModel;
use crate::model::names::ident;
use crate::model::rule::Number;

/// Why a column cannot hold its default, if it cannot.
pub(super) fn error(column: &Column, types: &[TypeItem]) -> Option<String> {
    code_of(column, types, &quote!(::synctable)).and_then(Result::err)
}

/// The default of a column as code; what the column cannot hold is an error.
pub(super) fn code_of(
    column: &Column,
    types: &[TypeItem],
    runtime: &TokenStream,
) -> Option<Result<DefaultModel, String>> {
    let value = column.default.as_ref()?;
    let found = || Err(format!("the default {value} is no {}", describe(column)));
    let expression = match default_code(column, value, types, runtime) {
        Some(Ok(DefaultModel::OfType)) if !column.nullable || is_any(column) => return Some(Ok(DefaultModel::OfType)),
        Some(Ok(DefaultModel::OfType)) => {
            let bare = code(&column.code, runtime);
            quote!(<#bare as ::core::default::Default>::default())
        }
        Some(Ok(DefaultModel::Expression(expression))) => expression,
        Some(Err(why)) => return Some(Err(why)),
        None => return Some(found()),
    };
    let wrapped = column.nullable && !is_any(column);
    let expression = if wrapped { quote!(::core::option::Option::Some(#expression)) } else { expression };
    Some(Ok(DefaultModel::Expression(expression)))
}

fn describe(column: &Column) -> &'static str {
    match column.kind {
        Kind::Bool => "truth value",
        Kind::I8 => "8-bit integer",
        Kind::I16 => "16-bit integer",
        Kind::I32 => "32-bit integer",
        Kind::I64 => "64-bit integer",
        Kind::U8 => "8-bit integer without sign",
        Kind::U16 => "16-bit integer without sign",
        Kind::U32 => "32-bit integer without sign",
        Kind::F32 => "32-bit number",
        Kind::F64 => "number",
        Kind::Text => "text of the column",
        Kind::Char => "single character",
        Kind::Bytes => "base64 text",
        Kind::Id => "id",
        Kind::Version => "version",
        Kind::Timestamp => "instant such as `2024-05-01T12:00:00Z`",
        Kind::Uuid => "UUID",
        Kind::Decimal => "decimal number",
        Kind::Date => "date such as `2024-05-01`",
        Kind::TimeOfDay => "time such as `12:30:00`",
        Kind::Json => "JSON",
    }
}

/// The bare value as code; none if the column cannot hold it.
fn default_code(
    column: &Column,
    value: &Value,
    types: &[TypeItem],
    runtime: &TokenStream,
) -> Option<Result<DefaultModel, String>> {
    let of_type = Some(Ok(DefaultModel::OfType));
    let code = |code: TokenStream| Some(Ok(DefaultModel::Expression(code)));
    let of_text = |text: &str| code(quote!(#runtime::__private::from_text(#text)?));
    let item = match &column.code {
        TypeCode::Named(name) => types.iter().find(|item| item.rust_name == *name),
        _ => None,
    };
    if let (Some(TypeItem { rust_name, shape: TypeShape::Texts { variants, other }, .. }), Value::String(text)) =
        (item, value)
    {
        let (rust, position) = (ident(rust_name), variants.iter().position(|variant| variant.text == *text));
        return match (position, other) {
            (Some(0), _) => of_type,
            (Some(position), _) => {
                let variant = ident(&variants[position].rust_name);
                code(quote!(#rust::#variant))
            }
            (None, Some(other)) => {
                let other = ident(other);
                code(quote!(#rust::#other(::std::string::String::from(#text))))
            }
            (None, None) => {
                let texts: Vec<_> = variants.iter().map(|variant| format!("`{}`", variant.text)).collect();
                Some(Err(format!("the default `{text}` is none of {}", texts.join(", "))))
            }
        };
    }
    if matches!(column.code, TypeCode::Path(_)) || matches!(item, Some(TypeItem { shape: TypeShape::Newtype(_), .. })) {
        let is_zero = matches!(value, Value::Bool(false))
            || value.as_f64() == Some(0.0)
            || matches!(value.as_str(), Some("" | "\0"));
        let why = "a type of its own has no default but that of its `Default`: write `false`, `0` or `\"\"`";
        return if is_zero { of_type } else { Some(Err(why.to_owned())) };
    }
    match (column.kind, value) {
        (Kind::Bool, Value::Bool(false)) => of_type,
        (Kind::Bool, Value::Bool(true)) => code(quote!(true)),
        (kind, Value::Number(number)) if kind.is_integer() => {
            let (least, greatest) = kind.integer_limits()?;
            let value = number.as_i64().filter(|value| (least..=greatest).contains(value))?;
            if value == 0 { of_type } else { code(literal::integer(i128::from(value))) }
        }
        (Kind::F32, Value::Number(number)) => {
            let value = number.to_string().parse().ok().filter(|value: &f32| value.is_finite())?;
            if value.to_bits() == 0 { of_type } else { code(literal::single(value)) }
        }
        (Kind::F64, Value::Number(number)) => {
            let value = number.as_f64().filter(|value| value.is_finite())?;
            // Zero below zero is another value.
            if value.to_bits() == 0 { of_type } else { code(literal::float(value)) }
        }
        (Kind::Text, Value::String(text)) if text.is_empty() => of_type,
        (Kind::Text, Value::String(text)) => code(quote!(::std::string::String::from(#text))),
        (Kind::Char, Value::String(text)) => {
            let mut chars = text.chars();
            let value = chars.next().filter(|_| chars.next().is_none())?;
            if value == '\0' { of_type } else { code(quote!(#value)) }
        }
        (Kind::Bytes, Value::String(text)) if text.is_empty() => of_type,
        (Kind::Bytes, Value::String(_)) => Some(Err("bytes have no default but the empty text".to_owned())),
        (Kind::Decimal, Value::Number(number)) if number.as_f64() == Some(0.0) => of_type,
        (Kind::Decimal, Value::Number(number)) => of_text(&number.to_string()),
        (Kind::Decimal, Value::String(text)) if Number::parse(text).is_some() => of_text(text),
        (Kind::Date, Value::String(text)) if form::is_date(text) => of_text(text),
        (Kind::TimeOfDay, Value::String(text)) if form::is_time(text) => of_text(text),
        (Kind::Timestamp, Value::String(text)) if form::is_instant(text) => of_text(text),
        (Kind::Uuid, Value::String(text)) if form::is_uuid(text) => of_text(text),
        (Kind::Id, Value::String(text)) if form::is_id(text) => of_text(text),
        (Kind::Version, _) => Some(Err("a version has no default: only the server makes one".to_owned())),
        (Kind::Json, value) if !is_of(value, &column.code, types) => {
            Some(Err(format!("the default {value} has not the shape of the column")))
        }
        (Kind::Json, value) => {
            let is_empty = match (&column.code, value) {
                (TypeCode::List(_), Value::Array(items)) => items.is_empty(),
                (TypeCode::Map(_), Value::Object(members)) => members.is_empty(),
                _ => false,
            };
            let text = value.to_string();
            if is_empty { of_type } else { code(quote!(#runtime::__private::from_json(#text)?)) }
        }
        _ => None,
    }
}

/// Whether a value inside a JSON column is of a type.
fn is_of(value: &Value, code: &TypeCode, types: &[TypeItem]) -> bool {
    match (code, value) {
        (TypeCode::Of(Kind::Bool), value) => value.is_boolean(),
        (TypeCode::Of(Kind::I64), value) => value.is_i64(),
        (TypeCode::Of(Kind::F64), value) => value.is_number(),
        (TypeCode::Of(Kind::Text), value) => value.is_string(),
        (TypeCode::List(of), Value::Array(items)) => items.iter().all(|item| is_of(item, of, types)),
        (TypeCode::Map(of), Value::Object(members)) => members.values().all(|value| is_of(value, of, types)),
        (TypeCode::List(_) | TypeCode::Map(_), _) => false,
        (TypeCode::Optional(of), value) => value.is_null() || is_of(value, of, types),
        (TypeCode::Named(name), value) => match types.iter().find(|item| item.rust_name == *name) {
            Some(TypeItem { shape: TypeShape::Object { members: known, has_others, .. }, .. }) => {
                let Value::Object(members) = value else { return false };
                known.iter().all(|known| match members.get(&known.wire_name) {
                    Some(value) => is_of(value, &known.code, types),
                    None => !known.required || matches!(known.code, TypeCode::Optional(_)),
                }) && (*has_others || members.keys().all(|name| known.iter().any(|known| known.wire_name == *name)))
            }
            _ => true,
        },
        // Any JSON, and types of the app.
        (TypeCode::Of(_) | TypeCode::Path(_), _) => true,
    }
}
