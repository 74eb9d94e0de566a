//! The schema of a property to the type of its column.

use serde_json::Value;

use super::file::{ColumnKeywords, Schema};
use super::load::{At, Library};
use super::nested;
use super::table::{Kind, Limits, TypeCode, TypeItem, TypeShape, Variant};
use crate::diagnostics::{Mistake, Place};
use crate::model::names;

/// The types that documents define, each once however often it is referred to.
#[derive(Debug, Default)]
pub(super) struct TypeItems {
    pub(super) items: Vec<TypeItem>,
    /// What is being read, outermost first, to find a type that contains itself.
    pub(super) open: Vec<Open>,
}

/// A type that is being read, because what it contains is.
#[derive(Debug, PartialEq)]
pub(super) enum Open {
    /// An object, and the name of its struct.
    Object(At, String),
    /// A list or a map, which may be empty: behind it a struct may contain itself.
    Many(At),
}

impl TypeItems {
    pub(super) fn named(&self, at: &At) -> Option<&TypeItem> {
        self.items.iter().find(|item| item.at == *at)
    }

    /// Adds a type and gives its name. One that two documents define in the same way exists once.
    pub(super) fn add(&mut self, item: TypeItem) -> String {
        let name = item.rust_name.clone();
        if !self.items.iter().any(|known| known.is_same(&item)) {
            self.items.push(item);
        }
        name
    }
}

/// A property's schema without what makes it optional.
#[derive(Debug)]
pub(super) struct Bare {
    /// The schema behind references and unions with null.
    pub(super) schema: Schema,
    pub(super) at: At,
    pub(super) nullable: bool,
    /// The descriptions on the way, outermost first.
    pub(super) docs: Option<String>,
    pub(super) default: Option<Value>,
    /// `x-sync` of the property and of what it refers to, the outer one first.
    pub(super) sync: Vec<ColumnKeywords>,
    pub(super) limits: Limits,
}

/// Follows references and unions with null to the schema that says the type.
pub(super) fn bare(library: &mut Library, schema: &Schema, at: &At) -> Option<Bare> {
    let mut bare = Bare {
        schema: schema.clone(),
        at: at.clone(),
        nullable: false,
        docs: None,
        default: None,
        sync: Vec::new(),
        limits: Limits::default(),
    };
    // Each turn goes one schema deeper into a finite text, or along a `$ref`, which is bounded.
    for _ in 0..64 {
        paths(library, &bare);
        note(&mut bare);
        let member = &mut *bare.schema.0;
        if member.reference.is_some() {
            let (schema, at) = library.resolve(bare.schema, bare.at)?;
            bare.schema = schema;
            bare.at = at;
            continue;
        }
        let (unions, keyword) =
            if member.any_of.is_empty() { (&member.one_of, "oneOf") } else { (&member.any_of, "anyOf") };
        let not_null: Vec<usize> = (0..unions.len()).filter(|index| !is_null(&unions[*index])).collect();
        let next = if let [one] = not_null[..] {
            bare.nullable |= unions.len() > 1;
            // An enum of one text may be written as a union of one constant.
            (unions[one].0.constant.is_none()).then(|| (unions[one].clone(), bare.at.index(keyword, one)))
        } else if let [one] = &member.all_of[..] {
            Some((one.clone(), bare.at.index("allOf", 0)))
        } else {
            None
        };
        match next {
            Some((schema, at)) => (bare.schema, bare.at) = (schema, at),
            None => return Some(bare),
        }
    }
    let help = "write the type where it is used";
    library.error("ref-loop", library.value(at), "the type is behind more than 64 references", help);
    None
}

fn is_null(schema: &Schema) -> bool {
    let types_are_null = schema.0.types.as_ref().is_some_and(|types| types.0 == ["null"]);
    types_are_null || schema.0.values.as_deref() == Some(&[Value::Null])
}

/// Reports paths of the app that are no paths of a Rust type.
fn paths(library: &mut Library, bare: &Bare) {
    let sync = &bare.schema.0.sync;
    // Without `::` it is the name of a table.
    let references = sync.references.as_ref().filter(|name| name.contains("::"));
    for (keyword, path) in [("type", sync.rust_type.as_ref()), ("references", references)] {
        let Some(path) = path.filter(|path| syn::parse_str::<syn::TypePath>(path).is_err()) else { continue };
        let place = library.value(&bare.at.child("x-sync").child(keyword));
        library.error("path", place, format!("`{path}` is no path of a type"), "write one such as `crate::geo::Point`");
    }
}

/// Takes from a schema on the way what the property keeps of it.
fn note(bare: &mut Bare) {
    let member = &mut *bare.schema.0;
    bare.docs = bare.docs.take().or_else(|| member.description.clone());
    bare.default = bare.default.take().or_else(|| member.default.clone());
    bare.nullable |= member.nullable;
    if let Some(types) = &mut member.types {
        let before = types.0.len();
        types.0.retain(|name| name != "null");
        bare.nullable |= types.0.len() < before;
    }
    if let Some(values) = &mut member.values {
        let before = values.len();
        values.retain(|value| !value.is_null());
        bare.nullable |= values.len() < before;
    }
    if !member.sync.is_empty() {
        bare.sync.push(std::mem::take(&mut member.sync));
    }
    let limits = &mut bare.limits;
    let member = &*member;
    limits.min_length = limits.min_length.or(member.min_length);
    limits.max_length = limits.max_length.or(member.max_length);
    for (limit, said) in [
        (&mut limits.minimum, &member.minimum),
        (&mut limits.maximum, &member.maximum),
        (&mut limits.exclusive_minimum, &member.exclusive_minimum),
        (&mut limits.exclusive_maximum, &member.exclusive_maximum),
        (&mut limits.multiple_of, &member.multiple_of),
    ] {
        *limit = limit.take().or_else(|| said.clone());
    }
}

/// The type of a column: its kind and its code. `hint` names a type that has no name of its own.
pub(super) fn of_column(
    library: &mut Library,
    types: &mut TypeItems,
    bare: &Bare,
    hint: &str,
) -> Option<(Kind, TypeCode)> {
    let member = &*bare.schema.0;
    let kind = match texts(library, bare) {
        Texts::None => plain(library, bare)?,
        Texts::Wrong => return None,
        Texts::Of(variants) => {
            let code = match rust_type(bare) {
                Some(path) => TypeCode::Path(path),
                None => TypeCode::Named(text_enum(library, types, bare, variants, hint)?),
            };
            return Some((Kind::Text, code));
        }
    };
    if let Some(path) = rust_type(bare) {
        return Some((kind, TypeCode::Path(path)));
    }
    if kind == Kind::Json {
        return nested::of(library, types, bare, hint).map(|nested| (kind, nested.code));
    }
    if bare.sync.iter().any(|sync| sync.newtype) {
        let rust_name = type_name(library, bare, hint)?;
        let (at, docs) = (bare.at.clone(), member.description.clone());
        let name = types.add(TypeItem { at, rust_name, docs, shape: TypeShape::Newtype(kind) });
        return Some((kind, TypeCode::Named(name)));
    }
    Some((kind, TypeCode::Of(kind)))
}

fn rust_type(bare: &Bare) -> Option<String> {
    bare.sync.iter().find_map(|sync| sync.rust_type.clone())
}

/// The kind of a schema that is no enum.
fn plain(library: &mut Library, bare: &Bare) -> Option<Kind> {
    let member = &*bare.schema.0;
    let format = member.format.as_deref().unwrap_or_default();
    let types: Vec<&str> = member.types.iter().flat_map(|types| &types.0).map(String::as_str).collect();
    Some(match types[..] {
        ["boolean"] => Kind::Bool,
        ["integer"] => match format {
            "int8" => Kind::I8,
            "int16" => Kind::I16,
            "int32" => Kind::I32,
            "uint8" => Kind::U8,
            "uint16" => Kind::U16,
            "uint32" => Kind::U32,
            _ => Kind::I64,
        },
        ["number"] if format == "decimal" => Kind::Decimal,
        ["number"] if format == "float" => Kind::F32,
        ["number"] => Kind::F64,
        ["string"] => match format {
            "date-time" => Kind::Timestamp,
            "date" => Kind::Date,
            "time" | "partial-time" => Kind::TimeOfDay,
            "uuid" => Kind::Uuid,
            "decimal" => Kind::Decimal,
            "id" => Kind::Id,
            "version" => Kind::Version,
            "byte" => Kind::Bytes,
            "char" => Kind::Char,
            _ if member.content_encoding.as_deref() == Some("base64") => Kind::Bytes,
            _ if bare.sync.iter().any(|sync| sync.references.is_some()) => Kind::Id,
            _ => Kind::Text,
        },
        [] | ["object" | "array"] => Kind::Json,
        _ if types.iter().all(|name| JSON_TYPES.contains(name)) => Kind::Json,
        _ => {
            let wrong = types.iter().find(|name| !JSON_TYPES.contains(name)).copied().unwrap_or_default();
            let help = match crate::diagnostics::nearest(wrong, JSON_TYPES) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("there are {}", JSON_TYPES.join(", ")),
            };
            let place = library.value(&bare.at.child("type"));
            library.error("type", place, format!("no JSON type is called `{wrong}`"), help);
            return None;
        }
    })
}

pub(super) const JSON_TYPES: [&str; 7] = ["boolean", "integer", "number", "string", "object", "array", "null"];

/// What `enum`, `const` or `oneOf` say.
pub(super) enum Texts {
    /// The schema is no enum.
    None,
    /// Texts, each with its place and description.
    Of(Vec<(At, String, Option<String>)>),
    /// An enum of what is no text; it has been reported.
    Wrong,
}

/// Reads the texts of an enum.
fn texts(library: &mut Library, bare: &Bare) -> Texts {
    let member = &*bare.schema.0;
    let mut values: Vec<(At, &Value, Option<String>)> = Vec::new();
    if let Some(listed) = &member.values {
        let at = |index| bare.at.index("enum", index);
        values.extend(listed.iter().enumerate().map(|(index, value)| (at(index), value, None)));
    } else if let Some(constant) = &member.constant {
        values.push((bare.at.child("const"), constant, None));
    } else if !member.one_of.is_empty() && member.one_of.iter().all(|one| is_constant(one) || is_null(one)) {
        for (index, one) in member.one_of.iter().enumerate() {
            let at = bare.at.index("oneOf", index);
            values.extend(one.0.constant.iter().map(|value| (at.child("const"), value, one.0.description.clone())));
            // A list of one is how JSON Schema said `const` before it had the word.
            let docs = one.0.values.as_ref().filter(|values| values.len() == 1).and(one.0.description.as_ref());
            let listed = one.0.values.iter().flatten().enumerate();
            values.extend(listed.map(|(index, value)| (at.index("enum", index), value, docs.cloned())));
        }
    } else {
        return Texts::None;
    }
    values.retain(|(_, value, _)| !value.is_null());
    let mut read = Vec::new();
    let mut wrong = values.is_empty();
    if wrong {
        library.error(
            "enum",
            library.value(&bare.at),
            "an enum without values",
            "list the texts that the column can hold",
        );
    }
    for (at, value, docs) in values {
        match value {
            Value::String(text) => read.push((at, text.clone(), docs)),
            other => {
                let help = "write the type of the numbers, with `minimum` and `maximum`";
                library.error("enum", library.value(&at), format!("the value {other} of an enum is no text"), help);
                wrong = true;
            }
        }
    }
    if wrong { Texts::Wrong } else { Texts::Of(read) }
}

fn is_constant(schema: &Schema) -> bool {
    schema.0.constant.is_some() || schema.0.values.is_some()
}

/// Defines a string enum, once, and gives its name.
fn text_enum(
    library: &mut Library,
    types: &mut TypeItems,
    bare: &Bare,
    texts: Vec<(At, String, Option<String>)>,
    hint: &str,
) -> Option<String> {
    if let Some(known) = types.named(&bare.at) {
        return Some(known.rust_name.clone());
    }
    let rust_name = type_name(library, bare, hint)?;
    let mut variants = Vec::new();
    for (at, text, docs) in texts {
        let said = bare.sync.iter().find_map(|sync| sync.variants.get(&text)).cloned();
        let name = said.unwrap_or_else(|| names::pascal_of(&text));
        if !names::is_type_name(&name) {
            let help = "name the variant by `x-sync.variants`";
            library.error("variant", library.value(&at), format!("the text {text:?} gives no name of a variant"), help);
            continue;
        }
        variants.push(Variant { at, text, rust_name: name, docs });
    }
    let mut other = bare.sync.iter().find_map(|sync| sync.other.clone());
    if let Some(name) = other.take_if(|name| !names::is_type_name(name)) {
        let place = library.value(&bare.at.child("x-sync").child("other"));
        library.error("variant", place, format!("`{name}` is no name of a variant"), "write it in PascalCase");
    }
    let mut named: Vec<(&str, Place)> = Vec::new();
    // A text that stands twice is a mistake of its own.
    let first = |variant: &&Variant| {
        variants.iter().find(|other| other.text == variant.text).is_some_and(|other| other.at == variant.at)
    };
    named.extend(variants.iter().filter(first).map(|variant| (variant.rust_name.as_str(), library.value(&variant.at))));
    named.extend(other.as_deref().map(|name| (name, library.value(&bare.at.child("x-sync").child("other")))));
    distinct(library, "duplicate-variant", &named, "name one of the variants by `x-sync.variants`");
    let docs = bare.schema.0.description.clone();
    let shape = TypeShape::Texts { variants, other };
    Some(types.add(TypeItem { at: bare.at.clone(), rust_name, docs, shape }))
}

/// Reports the parts of a type that would have one name in Rust.
pub(super) fn distinct(library: &mut Library, code: &'static str, named: &[(&str, Place)], help: &str) {
    for (index, (name, place)) in named.iter().enumerate() {
        if let Some((_, first)) = named[..index].iter().find(|(other, _)| other == name) {
            let message = format!("`{name}` would be a name twice in the generated type");
            let mistake = Mistake::new(*place, message).help(help).related(*first, "the first one is here");
            library.diagnostics.under(code).push(mistake);
        }
    }
}

/// The name of a generated type: its title, its name among `$defs`, or one made of where it stands.
pub(super) fn type_name(library: &mut Library, bare: &Bare, hint: &str) -> Option<String> {
    let of_defs = {
        let mut tokens = bare.at.pointer.rsplit('/');
        let name = tokens.next().unwrap_or_default();
        matches!(tokens.next(), Some("$defs" | "definitions" | "schemas")).then(|| name.to_owned())
    };
    let said = bare.schema.0.title.clone().or(of_defs);
    let name = names::type_of(said.as_deref().unwrap_or(hint));
    if names::is_type_name(&name) {
        return Some(name);
    }
    let help = "give the type a `title` in PascalCase";
    library.error("type-name", library.value(&bare.at), format!("`{name}` is no name of a type"), help);
    None
}
