//! From documents to tables: names, columns, and what no single column can say.

use indexmap::IndexMap;
use serde_json::{Map, Value};

use super::file::{Merge, Schema, TableDocument};
use super::kind::{self, Bare, TypeItems};
use super::load::{At, Library};
use super::places::child;
use super::table::{Column, ColumnRole, Kind, Limits, Subset, Table, TypeCode, TypeItem};
use crate::diagnostics::{Mistake, nearest};
use crate::model::rule::Number;
use crate::model::{SystemColumn, names};

/// Reads the tables of documents, and the types that they define.
pub(super) fn all(library: &mut Library, documents: Vec<(At, TableDocument)>) -> (Vec<Table>, Vec<TypeItem>) {
    let mut types = TypeItems::default();
    let mut tables = Vec::new();
    for (at, document) in documents {
        tables.push(table(library, &mut types, at, document));
    }
    let tables: Vec<Table> = tables.into_iter().flatten().collect();
    distinct_names(library, &tables, &types.items);
    known_references(library, &tables);
    (tables, types.items)
}

/// Calls a function for each schema in a document or a part of one, with its pointer.
pub(super) fn schemas_in(tree: &Value, pointer: &str, visit: &mut impl FnMut(&str, &Map<String, Value>)) {
    let Value::Object(members) = tree else { return };
    visit(pointer, members);
    for (name, value) in members {
        let at = child(pointer, name);
        match (name.as_str(), value) {
            ("properties" | "$defs" | "definitions", Value::Object(schemas)) => {
                schemas.iter().for_each(|(name, schema)| schemas_in(schema, &child(&at, name), visit));
            }
            ("oneOf" | "anyOf" | "allOf", Value::Array(schemas)) => {
                for (index, schema) in schemas.iter().enumerate() {
                    schemas_in(schema, &child(&at, &index.to_string()), visit);
                }
            }
            ("items" | "additionalProperties", schema) => schemas_in(schema, &at, visit),
            _ => {}
        }
    }
}

fn table(library: &mut Library, types: &mut TypeItems, at: At, document: TableDocument) -> Option<Table> {
    let rust_name = struct_name(library, &at, &document)?;
    if document.types.as_ref().is_some_and(|types| types.0 != ["object"]) {
        let place = library.value(&at.child("type"));
        library.error("type", place, "a row is an object", "write `\"type\": \"object\"`");
    }
    composition(library, &at);
    let properties = at.child("properties");
    let mut columns = Vec::new();
    for (wire_name, schema) in &document.properties {
        let column_at = properties.child(wire_name);
        columns.extend(column(library, types, &document, &rust_name, wire_name, schema, column_at));
    }
    for (index, name) in
        document.required.iter().enumerate().filter(|(_, name)| !document.properties.contains_key(*name))
    {
        unknown_column(library, &at.index("required", index), name, document.properties.keys());
    }
    let sync = document.sync;
    for (name, _) in sync.on_insert.iter().filter(|(_, value)| !is_constant(value)) {
        let place = library.value(&at.child("x-sync").child("onInsert").child(name));
        let help = "write a string, a number that `i64` or `f64` can hold, `true` or `false`";
        library.error("constant", place, format!("the constant `{name}` is no value of a column"), help);
    }
    let named: Vec<_> = columns.iter().map(|column| (column.rust_name.as_str(), library.key(&column.at))).collect();
    kind::distinct(library, "duplicate-field", &named, "name one of the fields by `x-sync.name`");
    let subsets = subsets(library, &at.child("x-sync").child("subsets"), sync.subsets, &columns, &document.properties);
    Some(Table {
        named_at: if sync.table.is_some() { at.child("x-sync").child("table") } else { at.child("title") },
        name: sync.table.unwrap_or_else(|| names::table_of(&rust_name)),
        rust_name,
        docs: document.description,
        route: sync.route,
        local: sync.local,
        narrow: sync.narrow,
        keep_deleted: sync.keep_deleted,
        on_insert: sync.on_insert,
        soft_delete: sync.soft_delete.unwrap_or(true),
        columns,
        subsets,
        at,
    })
}

fn is_constant(value: &Value) -> bool {
    match value {
        Value::Bool(_) | Value::String(_) => true,
        // Beyond `i64` it would be another number.
        Value::Number(number) => number.is_i64() || number.is_f64(),
        Value::Null | Value::Array(_) | Value::Object(_) => false,
    }
}

/// Reports members of a row that stand in other schemas than the document's own, such as those of an
/// enum that serde flattens into the row: they would be lost.
fn composition(library: &mut Library, at: &At) {
    let has_members = |schema: &Value| schema.get("properties").is_some() || schema.get("$ref").is_some();
    for keyword in ["$ref", "allOf", "anyOf", "oneOf"] {
        let place = at.child(keyword);
        let is_wrong = match library.json(&place) {
            Value::Array(schemas) => schemas.iter().any(has_members),
            found => found.is_string(),
        };
        if is_wrong {
            let help = "write all columns among `properties`; what has several shapes is one column";
            let message = format!("`{keyword}` gives the row members that are no columns");
            library.error("composition", library.key(&place), message, help);
        }
    }
}

fn struct_name(library: &mut Library, at: &At, document: &TableDocument) -> Option<String> {
    let name = match &document.title {
        Some(title) => names::type_of(title),
        None => names::type_of(&library.stem(at.file)),
    };
    if names::is_type_name(&name) {
        return Some(name);
    }
    let place = library.value(&at.child("title"));
    let help = "write a `title` in PascalCase, such as `TodoItem`";
    library.error("title", place, format!("`{name}` is no name of a struct"), help);
    None
}

fn unknown_column<'a>(library: &mut Library, at: &At, name: &str, known: impl Iterator<Item = &'a String>) {
    let help = match nearest(name, known.map(String::as_str)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "name one of `properties`".to_owned(),
    };
    library.error("unknown-column", library.value(at), format!("there is no column `{name}`"), help);
}

fn column(
    library: &mut Library,
    types: &mut TypeItems,
    document: &TableDocument,
    table: &str,
    wire_name: &str,
    schema: &Schema,
    at: At,
) -> Option<Column> {
    let bare = kind::bare(library, schema, &at)?;
    let said = |pick: fn(&super::file::ColumnKeywords) -> Option<String>| bare.sync.iter().find_map(pick);
    let flag = |pick: fn(&super::file::ColumnKeywords) -> bool| bare.sync.iter().any(pick);
    let rust_name = field_name(library, &at, wire_name, said(|sync| sync.name.clone()))?;
    let system = SystemColumn::ALL.into_iter().find(|system| system.wire_name() == wire_name);
    let role = match system {
        _ if wire_name == "id" => ColumnRole::Id,
        Some(_) if !document.sync.local => ColumnRole::System,
        _ => ColumnRole::Data,
    };
    let (kind, code) = match (role, system) {
        (ColumnRole::Id, _) => id_type(library, &bare),
        (ColumnRole::System, Some(system)) => system_type(system),
        _ => kind::of_column(library, types, &bare, &format!("{table}{}", names::pascal_of(wire_name)))?,
    };
    let is_required = document.required.iter().any(|name| name == wire_name);
    let has_default = bare.default.is_some();
    let nullable = match (role, system) {
        (ColumnRole::Id, _) | (ColumnRole::System, Some(SystemColumn::Deleted)) => false,
        (ColumnRole::System, _) => true,
        _ => bare.nullable || !(is_required || has_default),
    };
    let limits = if role == ColumnRole::Data { limits(library, &bare, kind) } else { Limits::default() };
    misplaced(library, &bare, &at, role, matches!(code, TypeCode::Named(_)));
    let column = Column {
        rust_name,
        wire_name: wire_name.to_owned(),
        docs: bare.docs.clone(),
        role,
        kind,
        code,
        nullable,
        // What the server writes has no default of ours.
        default: bare.default.clone().filter(|_| role == ColumnRole::Data),
        index: flag(|sync| sync.index),
        local: flag(|sync| sync.local),
        references: said(|sync| sync.references.clone()),
        was: bare.sync.iter().flat_map(|sync| sync.was.iter().cloned()).collect(),
        limits,
        merge: bare.sync.iter().find_map(|sync| sync.merge.clone()),
        at,
    };
    fits(library, &column);
    Some(column)
}

/// Reports what the type of a column does not allow. (For a derive the runtime's constants do.)
fn fits(library: &mut Library, column: &Column) {
    let sync = column.at.child("x-sync");
    let mut wrong = Vec::new();
    if column.index && matches!(column.kind, Kind::Decimal | Kind::Json) {
        let message = "a decimal or JSON column has no index: its order needs more than the stored text";
        wrong.push(("index", message.to_owned(), "take it away"));
    }
    if column.references.is_some() && !matches!(column.kind, Kind::Id | Kind::Text) {
        let message = "a column that refers to a table holds ids";
        wrong.push(("references", message.to_owned(), "write `\"type\": \"string\"`"));
    }
    if column.local && !column.nullable && column.default.is_none() {
        let message = "a pulled row has no value for a column that stays on the device";
        wrong.push(("local", message.to_owned(), "leave it out of `required`, or give it a `default`"));
    }
    if column.local && column.kind == Kind::Json && column.default.is_none() {
        let message = "a JSON column that stays on the device needs a default";
        wrong.push(("local", message.to_owned(), "give it a `default`"));
    }
    let is_number = column.kind.is_number();
    let has_order = !matches!(column.kind, Kind::Bool | Kind::Bytes | Kind::Json);
    let merges = match &column.merge {
        Some(Merge::Max | Merge::Min) if !has_order => Some("values without an order have no greater one"),
        Some(Merge::Sum) if !is_number => Some("only numbers have a sum"),
        Some(Merge::Union) if !matches!(column.code, TypeCode::List(_)) => Some("only lists have a union"),
        _ => None,
    };
    if let Some(why) = merges {
        wrong.push(("merge", why.to_owned(), "write `local` or `remote`, or take it away"));
    }
    if column.role == ColumnRole::Data && column.kind == Kind::Version && !column.nullable {
        let help = "leave it out of `required`";
        library.error(
            "form",
            library.key(&column.at),
            "a version is optional: a row has none before the server gives one",
            help,
        );
    }
    for (keyword, message, help) in wrong {
        library.error("misfit", library.key(&sync.child(keyword)), message, help);
    }
}

fn field_name(library: &mut Library, at: &At, wire_name: &str, said: Option<String>) -> Option<String> {
    let name = said.clone().unwrap_or_else(|| names::snake_of(wire_name));
    if names::is_field_name(&name) {
        return Some(name);
    }
    let place = if said.is_some() { library.value(&at.child("x-sync").child("name")) } else { library.key(at) };
    let help = "name the field by `x-sync.name`, in snake_case";
    library.error("field-name", place, format!("`{name}` is no name of a field"), help);
    None
}

/// The id is text of its own type, whatever else the schema says of it.
fn id_type(library: &mut Library, bare: &Bare) -> (Kind, TypeCode) {
    let types = bare.schema.0.types.as_ref();
    if types.is_none_or(|types| types.0 != ["string"]) {
        library.error("id-type", library.value(&bare.at), "the id is no string", "write `\"type\": \"string\"`");
    }
    (Kind::Id, TypeCode::Of(Kind::Id))
}

fn system_type(system: SystemColumn) -> (Kind, TypeCode) {
    let kind = match system {
        SystemColumn::Version => Kind::Version,
        SystemColumn::UpdatedAt | SystemColumn::CreatedAt => Kind::Timestamp,
        SystemColumn::Deleted => Kind::Bool,
    };
    (kind, TypeCode::Of(kind))
}

/// Why values of a kind cannot be held to a number, if so.
fn unfit(number: &serde_json::Number, kind: Kind) -> Option<&'static str> {
    let Some(number) = Number::parse(&number.to_string()) else { return Some("write a number of at most 400 digits") };
    let (least, greatest) = kind.integer_limits()?;
    if number.as_str().parse::<i64>().is_ok_and(|value| (least..=greatest).contains(&value)) {
        return None;
    }
    Some(match kind {
        Kind::I8 => "write an integer of 8 bits",
        Kind::I16 => "write an integer of 16 bits",
        Kind::I32 => "write an integer of 32 bits",
        Kind::U8 => "write an integer of 8 bits without sign",
        Kind::U16 => "write an integer of 16 bits without sign",
        Kind::U32 => "write an integer of 32 bits without sign",
        _ => "write an integer of 64 bits",
    })
}

/// Whether every integer of a kind keeps a limit anyway, as it does the greatest `u64`.
fn says_nothing(name: &str, number: &serde_json::Number, kind: Kind) -> bool {
    let Some((least, most)) = kind.integer_limits() else { return false };
    let exact = |text: String| Number::parse(&text);
    match (name, exact(number.to_string())) {
        ("minimum" | "exclusiveMinimum", Some(number)) => Some(number) < exact(least.to_string()),
        ("maximum" | "exclusiveMaximum", Some(number)) => Some(number) > exact(most.to_string()),
        _ => false,
    }
}

/// Keeps the limits that a kind can hold; others are mistakes.
fn limits(library: &mut Library, bare: &Bare, kind: Kind) -> Limits {
    let limits = &bare.limits;
    let of_texts = [("minLength", limits.min_length.is_some()), ("maxLength", limits.max_length.is_some())];
    let of_numbers = [
        ("minimum", limits.minimum.is_some()),
        ("maximum", limits.maximum.is_some()),
        ("exclusiveMinimum", limits.exclusive_minimum.is_some()),
        ("exclusiveMaximum", limits.exclusive_maximum.is_some()),
        ("multipleOf", limits.multiple_of.is_some()),
    ];
    let is_text = matches!(kind, Kind::Text | Kind::Id);
    let is_number = kind.is_number();
    let misplaced = |list: &[(&'static str, bool)], fits: bool| -> Vec<&'static str> {
        list.iter().filter(|(_, said)| *said && !fits).map(|(name, _)| *name).collect()
    };
    // JSON Schema lets a keyword of another type say nothing. It says nothing of dates, bytes and characters too.
    let ignored = matches!(
        kind,
        Kind::Json
            | Kind::Bytes
            | Kind::Char
            | Kind::Date
            | Kind::Timestamp
            | Kind::TimeOfDay
            | Kind::Uuid
            | Kind::Version
    );
    if !ignored {
        for (names, what) in [(misplaced(&of_texts, is_text), "texts"), (misplaced(&of_numbers, is_number), "numbers")]
        {
            for name in names {
                let place = library.key(&bare.at.child(name));
                library.error(
                    "misplaced",
                    place,
                    format!("`{name}` is a limit of {what}"),
                    "take it away, or change the type",
                );
            }
        }
    }
    let numbers = [
        ("minimum", &limits.minimum),
        ("maximum", &limits.maximum),
        ("exclusiveMinimum", &limits.exclusive_minimum),
        ("exclusiveMaximum", &limits.exclusive_maximum),
        ("multipleOf", &limits.multiple_of),
    ];
    for (name, number) in numbers.into_iter().filter_map(|(name, number)| Some((name, number.as_ref()?))) {
        if says_nothing(name, number, kind) {
            continue;
        }
        if let Some(why) = unfit(number, kind) {
            let place = library.value(&bare.at.child(name));
            library.error("misfit", place, format!("the column cannot be held to {number}"), why);
        }
    }
    let kept = |name: &str, number: &Option<serde_json::Number>| {
        number.clone().filter(|number| is_number && !says_nothing(name, number, kind))
    };
    Limits {
        min_length: limits.min_length.filter(|_| is_text),
        max_length: limits.max_length.filter(|_| is_text),
        minimum: kept("minimum", &limits.minimum),
        maximum: kept("maximum", &limits.maximum),
        exclusive_minimum: kept("exclusiveMinimum", &limits.exclusive_minimum),
        exclusive_maximum: kept("exclusiveMaximum", &limits.exclusive_maximum),
        multiple_of: limits.multiple_of.clone().filter(|_| is_number),
    }
}

/// Reports keywords of `x-sync` that mean nothing where they stand.
fn misplaced(library: &mut Library, bare: &Bare, at: &At, role: ColumnRole, is_generated: bool) {
    let why = match role {
        ColumnRole::Id => "the field is the row's id",
        ColumnRole::System => "the server writes the column",
        ColumnRole::Data => "",
    };
    let mut wrong = Vec::new();
    for sync in &bare.sync {
        let of_columns = [
            ("index", sync.index),
            ("local", sync.local),
            ("references", sync.references.is_some()),
            ("was", !sync.was.is_empty()),
            ("merge", sync.merge.is_some()),
        ];
        if role != ColumnRole::Data {
            wrong.extend(of_columns.into_iter().filter(|(_, said)| *said).map(|(name, _)| (name, why)));
        }
        let of_enums = [("other", sync.other.is_some()), ("variants", !sync.variants.is_empty())];
        if !is_generated {
            wrong.extend(of_enums.into_iter().filter(|(_, said)| *said).map(|(name, _)| (name, "the type is no enum")));
        }
    }
    for (name, why) in wrong {
        let outer = at.child("x-sync").child(name);
        let place = if library.has(&outer) { outer } else { bare.at.child("x-sync").child(name) };
        library.error("misplaced", library.key(&place), format!("`{name}` means nothing here: {why}"), "take it away");
    }
}

fn subsets(
    library: &mut Library,
    at: &At,
    said: IndexMap<String, Vec<String>>,
    columns: &[Column],
    properties: &IndexMap<String, Schema>,
) -> Vec<Subset> {
    let mut subsets = Vec::new();
    for (name, members) in said {
        let at = at.child(&name);
        if !names::is_type_name(&name) {
            let help = "name a subset in PascalCase, such as `TodoTitle`";
            library.error("subset-name", library.key(&at), format!("`{name}` is no name of a struct"), help);
        }
        if members.is_empty() {
            library.error(
                "subset",
                library.value(&at),
                "a subset without columns",
                "list the wire names of its columns",
            );
        }
        let mut places = Vec::new();
        for (index, member) in members.iter().enumerate() {
            let at = at.child(&index.to_string());
            match columns.iter().position(|column| column.wire_name == *member) {
                Some(place) if places.contains(&place) => {
                    library.error("subset", library.value(&at), format!("`{member}` stands twice"), "take one away");
                }
                Some(place) => places.push(place),
                // A column with a mistake is there all the same.
                None if properties.contains_key(member) => {}
                None => unknown_column(library, &at, member, properties.keys()),
            }
        }
        subsets.push(Subset { at, rust_name: name, columns: places });
    }
    subsets
}

/// Generated items of one module have different names, and tables of one store too.
fn distinct_names(library: &mut Library, tables: &[Table], types: &[TypeItem]) {
    let mut items: Vec<(&str, At)> = Vec::new();
    for table in tables {
        items.push((&table.rust_name, table.at.child("title")));
        items.extend(table.subsets.iter().map(|subset| (subset.rust_name.as_str(), subset.at.clone())));
    }
    items.extend(types.iter().map(|item| (item.rust_name.as_str(), item.at.clone())));
    for (index, (name, at)) in items.iter().enumerate() {
        if RESERVED.contains(name) {
            let help = "choose another `title`";
            library.error("type-name", library.key(at), format!("`{name}` has a meaning in generated code"), help);
        }
        let of_columns = name.strip_suffix("Columns");
        if let Some(table) = tables.iter().find(|table| of_columns == Some(table.rust_name.as_str())) {
            let message = format!("`{name}` is the struct of the columns of `{}`", table.rust_name);
            library.error("type-name", library.key(at), message, "choose another `title`");
        }
        if let Some((_, first)) = items[..index].iter().find(|(other, _)| other == name) {
            let place = library.key(at);
            let mistake = Mistake::new(place, format!("two generated types have the name `{name}`"))
                .help("give one of them another `title`")
                .related(library.key(first), "the first one is here");
            library.diagnostics.under("duplicate-type").push(mistake);
        }
    }
    for (index, table) in tables.iter().enumerate() {
        let same = tables[..index].iter().find(|other| names::folded(&other.name) == names::folded(&table.name));
        if let Some(first) = same {
            let place = |table: &Table| library.value(&table.named_at);
            let mistake = Mistake::new(place(table), format!("two tables have the name `{}`", table.name))
                .help("name one of them by `x-sync.table`")
                .related(place(first), "the first one is here");
            library.diagnostics.under("duplicate-table").push(mistake);
        }
    }
}

/// Names that generated code uses itself.
const RESERVED: [&str; 12] =
    ["Option", "Some", "None", "Vec", "String", "Default", "Debug", "Clone", "PartialEq", "Self", "Result", "BTreeMap"];

/// A reference is a path, or the name of a table that was read too. A document that is read alone may
/// refer to a table that was not.
fn known_references(library: &mut Library, tables: &[Table]) {
    for column in tables.iter().flat_map(|table| &table.columns) {
        let Some(name) = column.references.as_deref() else { continue };
        let known = || tables.iter().map(|table| table.name.as_str());
        if name.contains("::") || known().any(|other| other == name) {
            continue;
        }
        let near = nearest(name, known());
        if tables.len() == 1 && near.is_none() {
            continue;
        }
        let help = match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => "write the name of a table, or a path such as `crate::Job`".to_owned(),
        };
        let place = library.value(&column.at.child("x-sync").child("references"));
        library.error("unknown-table", place, format!("no document has the table `{name}`"), help);
    }
}
