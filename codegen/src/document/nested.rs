//! The types inside JSON columns: objects, lists and maps.
//!
//! Invariant: what such a type reads it also writes, members that the document does not name
//! included, so that an edit of one member never erases another.

use super::file::{Additional, Member, Schema, Types};
use super::kind::{Bare, Open, TypeItems, bare, type_name};
use super::load::{At, Library};
use super::table::{Kind, ObjectMember, TypeCode, TypeItem, TypeShape};
use crate::model::names;

/// A type inside a JSON column.
pub(super) struct Nested {
    pub(super) code: TypeCode,
    /// What a document says of it, generated types by their names among `$defs`.
    schema: Schema,
}

impl Nested {
    /// The type with null.
    fn or_null(self) -> Self {
        // Any JSON holds null itself.
        if matches!(self.code, TypeCode::Of(Kind::Json) | TypeCode::Optional(_)) {
            return self;
        }
        let mut schema = self.schema;
        match &mut schema.0.types {
            Some(types) => types.0.push("null".to_owned()),
            None => {
                let null = Member { types: Some(Types(vec!["null".to_owned()])), ..Member::default() };
                schema = Schema::new(Member { any_of: vec![schema, Schema::new(null)], ..Member::default() });
            }
        }
        Self { code: TypeCode::Optional(Box::new(self.code)), schema }
    }
}

/// The most types inside one another: far more than JSON texts have, far fewer than a stack holds.
const MAX_DEPTH: usize = 100;

/// The type of a value inside a JSON column.
pub(super) fn of(library: &mut Library, types: &mut TypeItems, bare: &Bare, hint: &str) -> Option<Nested> {
    if types.open.len() > MAX_DEPTH {
        let message = format!("the type is inside more than {MAX_DEPTH} others");
        library.error("depth", library.value(&bare.at), message, "leave its type out: `true` is any JSON");
        return None;
    }
    let member = &*bare.schema.0;
    let mut schema = bare.schema.clone();
    let path = bare.sync.iter().find_map(|sync| sync.rust_type.clone());
    if let Some(path) = path {
        return Some(Nested { code: TypeCode::Path(path), schema });
    }
    let names: Vec<&str> = member.types.iter().flat_map(|types| &types.0).map(String::as_str).collect();
    // Texts of any format stay texts: what JSON carries is kept to the letter.
    let code = match names[..] {
        ["boolean"] => TypeCode::Of(Kind::Bool),
        ["integer"] => TypeCode::Of(Kind::I64),
        ["number"] => TypeCode::Of(Kind::F64),
        ["string"] => TypeCode::Of(Kind::Text),
        ["array"] => match &member.items {
            Some(items) => {
                let inner = many(library, types, bare, items, "items", &format!("{hint}Item"))?;
                schema.0.items = Some(inner.schema);
                TypeCode::List(Box::new(inner.code))
            }
            None => TypeCode::List(Box::new(TypeCode::Of(Kind::Json))),
        },
        [] | ["object"] if !member.properties.is_empty() => {
            let name = object(library, types, bare, hint)?;
            schema = Schema::new(Member { reference: Some(format!("#/$defs/{name}")), ..Member::default() });
            TypeCode::Named(name)
        }
        ["object"] => match &member.additional_properties {
            Some(Additional::Of(values)) if *values != Schema::default() => {
                let inner = many(library, types, bare, values, "additionalProperties", &format!("{hint}Value"))?;
                schema.0.additional_properties = Some(Additional::Of(inner.schema));
                TypeCode::Map(Box::new(inner.code))
            }
            _ => TypeCode::Map(Box::new(TypeCode::Of(Kind::Json))),
        },
        _ => TypeCode::Of(Kind::Json),
    };
    Some(Nested { code, schema })
}

/// The type of the items of a list or of the values of a map.
fn many(
    library: &mut Library,
    types: &mut TypeItems,
    around: &Bare,
    schema: &Schema,
    keyword: &str,
    hint: &str,
) -> Option<Nested> {
    let open = Open::Many(around.at.clone());
    if types.open.contains(&open) {
        contains_itself(library, &around.at);
        return None;
    }
    types.open.push(open);
    let nested = bare(library, schema, &around.at.child(keyword)).and_then(|bare| {
        let nested = of(library, types, &bare, hint)?;
        Some(if bare.nullable { nested.or_null() } else { nested })
    });
    types.open.pop();
    nested
}

fn contains_itself(library: &mut Library, at: &At) {
    let help = "refer to an object by way of an array or a map, or leave the inner type out: `true` is any JSON";
    library.error("ref-loop", library.value(at), "`$ref` loop: the type contains itself", help);
}

/// The field that keeps the members which have none.
const OTHERS: &str = "other_members";

/// Defines a struct for an object, once, and gives its name.
fn object(library: &mut Library, types: &mut TypeItems, bare: &Bare, hint: &str) -> Option<String> {
    if let Some(known) = types.named(&bare.at) {
        return Some(known.rust_name.clone());
    }
    let is_it = |open: &Open| matches!(open, Open::Object(at, _) if *at == bare.at);
    if let Some(place) = types.open.iter().position(is_it) {
        if let Open::Object(_, name) = &types.open[place]
            && types.open[place..].iter().any(|open| matches!(open, Open::Many(_)))
        {
            return Some(name.clone());
        }
        contains_itself(library, &bare.at);
        return None;
    }
    let rust_name = type_name(library, bare, hint)?;
    types.open.push(Open::Object(bare.at.clone(), rust_name.clone()));
    let member = &*bare.schema.0;
    let mut members = Vec::new();
    let mut schema = bare.schema.clone();
    // The name is that among `$defs`.
    schema.0.title = None;
    for (wire_name, of_member) in &member.properties {
        let at = bare.at.child("properties").child(wire_name);
        let Some(inner) = super::kind::bare(library, of_member, &at) else { continue };
        let said = inner.sync.iter().find_map(|sync| sync.name.clone());
        let field = said.unwrap_or_else(|| names::snake_of(wire_name));
        if !names::is_field_name(&field) {
            let help = "name the field by `x-sync.name`";
            library.error("field-name", library.key(&at), format!("`{wire_name}` gives no name of a field"), help);
            continue;
        }
        let hint = format!("{rust_name}{}", names::pascal_of(wire_name));
        let Some(nested) = of(library, types, &inner, &hint) else { continue };
        let nested = if inner.nullable { nested.or_null() } else { nested };
        let mut said = nested.schema.clone();
        said.0.description.clone_from(&inner.docs);
        schema.0.properties.insert(wire_name.clone(), said);
        // A member may be absent unless it is required; absent and null are one.
        let code = if member.required.contains(wire_name) { nested.code } else { nested.or_null().code };
        let required = member.required.contains(wire_name);
        members.push(ObjectMember { wire_name: wire_name.clone(), rust_name: field, docs: inner.docs, code, required });
    }
    types.open.pop();
    let has_others = member.additional_properties != Some(Additional::None);
    let key = |member: &ObjectMember| library.key(&bare.at.child("properties").child(&member.wire_name));
    let mut named: Vec<_> = members.iter().map(|member| (member.rust_name.as_str(), key(member))).collect();
    if has_others {
        named.insert(0, (OTHERS, library.key(&bare.at)));
    }
    super::kind::distinct(library, "duplicate-field", &named, "name one of the fields by `x-sync.name`");
    let schema = serde_json::to_string(&schema).unwrap_or_default();
    let shape = TypeShape::Object { members, has_others, schema };
    let docs = member.description.clone();
    Some(types.add(TypeItem { at: bare.at.clone(), rust_name, docs, shape }))
}
