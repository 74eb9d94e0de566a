//! The types inside JSON columns: objects, lists and maps.
//!
//! Invariant: what such a type reads it also writes, members that the document does not name
//! included, so that an edit of one member never erases another.

use super::file::Additional;
use super::kind::{Bare, TypeItems, bare, type_name};
use super::load::Library;
use super::table::{Kind, ObjectMember, TypeCode, TypeItem, TypeShape};
use crate::model::names;

/// The code of a value inside a JSON column.
pub(super) fn code(library: &mut Library, types: &mut TypeItems, bare: &Bare, hint: &str) -> Option<TypeCode> {
    let member = &*bare.schema.0;
    let path = bare.sync.iter().find_map(|sync| sync.rust_type.clone());
    if let Some(path) = path {
        return Some(TypeCode::Path(path));
    }
    let names: Vec<&str> = member.types.iter().flat_map(|types| &types.0).map(String::as_str).collect();
    // Texts of any format stay texts: what JSON carries is kept to the letter.
    Some(match names[..] {
        ["boolean"] => TypeCode::Of(Kind::Bool),
        ["integer"] => TypeCode::Of(Kind::I64),
        ["number"] => TypeCode::Of(Kind::F64),
        ["string"] => TypeCode::Of(Kind::Text),
        ["array"] => match &member.items {
            Some(items) => {
                let at = bare.at.child("items");
                TypeCode::List(Box::new(inner(library, types, items, &at, &format!("{hint}Item"))?))
            }
            None => TypeCode::List(Box::new(TypeCode::Of(Kind::Json))),
        },
        [] | ["object"] if !member.properties.is_empty() => TypeCode::Named(object(library, types, bare, hint)?),
        ["object"] => match &member.additional_properties {
            Some(Additional::Of(values)) if *values.0 != super::file::Member::default() => {
                let at = bare.at.child("additionalProperties");
                TypeCode::Map(Box::new(inner(library, types, values, &at, &format!("{hint}Value"))?))
            }
            _ => TypeCode::Map(Box::new(TypeCode::Of(Kind::Json))),
        },
        _ => TypeCode::Of(Kind::Json),
    })
}

fn inner(
    library: &mut Library,
    types: &mut TypeItems,
    schema: &super::file::Schema,
    at: &super::load::At,
    hint: &str,
) -> Option<TypeCode> {
    let bare = bare(library, schema, at)?;
    let code = self::code(library, types, &bare, hint)?;
    Some(if bare.nullable { optional(code) } else { code })
}

/// Any JSON holds null itself.
fn optional(code: TypeCode) -> TypeCode {
    match code {
        TypeCode::Of(Kind::Json) | TypeCode::Optional(_) => code,
        code => TypeCode::Optional(Box::new(code)),
    }
}

/// Defines a struct for an object, once, and gives its name.
fn object(library: &mut Library, types: &mut TypeItems, bare: &Bare, hint: &str) -> Option<String> {
    if let Some(known) = types.named(&bare.at) {
        return Some(known.rust_name.clone());
    }
    if types.open.contains(&bare.at) {
        let help = "leave the type of the inner one out: `true` is any JSON";
        library.error("ref-loop", library.value(&bare.at), "`$ref` loop: the type contains itself", help);
        return None;
    }
    let rust_name = type_name(library, bare, hint)?;
    types.open.push(bare.at.clone());
    let member = &*bare.schema.0;
    let mut members = Vec::new();
    for (wire_name, schema) in &member.properties {
        let at = bare.at.child("properties").child(wire_name);
        let Some(inner) = super::kind::bare(library, schema, &at) else { continue };
        let said = inner.sync.iter().find_map(|sync| sync.name.clone());
        let field = said.unwrap_or_else(|| names::snake_of(wire_name));
        if !names::is_field_name(&field) {
            let help = "name the field by `x-sync.name`";
            library.error("field-name", library.key(&at), format!("`{wire_name}` gives no name of a field"), help);
            continue;
        }
        let hint = format!("{rust_name}{}", names::pascal_of(wire_name));
        let Some(code) = self::code(library, types, &inner, &hint) else { continue };
        // A member may be absent unless it is required; absent and null are one.
        let is_required = member.required.contains(wire_name) && !inner.nullable;
        let code = if is_required { code } else { optional(code) };
        members.push(ObjectMember { wire_name: wire_name.clone(), rust_name: field, docs: inner.docs, code });
    }
    types.open.pop();
    let has_others = member.additional_properties != Some(Additional::None);
    let shape = TypeShape::Object { members, has_others };
    types.items.push(TypeItem {
        at: bare.at.clone(),
        rust_name: rust_name.clone(),
        docs: member.description.clone(),
        shape,
    });
    Some(rust_name)
}
