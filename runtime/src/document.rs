//! Table documents of derived tables.

use synctable_codegen::document::{ColumnKeywords, Member, Merge, Schema, TableDocument, TableKeywords, Types, names};

use crate::error::{Error, ErrorKind};
use crate::subset::ColumnSubset;
use crate::table::shape::Shapes;
use crate::table::{ColumnDef, Constant, MergeRule, Rule, SyncTable, SystemColumn};
use crate::value::{ColumnType, Decimal, NamedKind, NamedType, Value, wire};

/// Makes the table document of a derived table: what `cargo synctable generate` makes the same table of.
///
/// The shape of a JSON column is that of its type's schemars impl, if it has one, else any JSON. A merge
/// function has no words in a document and is left out.
///
/// ```
/// use synctable::{Id, SyncTable};
///
/// /// A thing to be done.
/// #[derive(SyncTable)]
/// struct TodoItem {
///     id: Id,
///     #[sync(max_length = 80)]
///     title: String,
/// }
///
/// # fn main() -> Result<(), synctable::Error> {
/// let document = synctable::document::<TodoItem>()?;
/// assert_eq!(document.title.as_deref(), Some("TodoItem"));
/// assert_eq!(document.properties["title"].0.max_length, Some(80));
/// println!("{}", document.to_text());
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// `Schema`: a default has no stored form; the schema of a JSON column is not one of table documents; or
/// two types have one name.
pub fn document<T: SyncTable>() -> Result<TableDocument, Error> {
    let schema = T::SCHEMA;
    let title = type_name::<T>();
    let mut shapes = Shapes::default();
    let mut document = TableDocument {
        description: text(schema.doc_text()),
        types: Some(Types(vec!["object".to_owned()])),
        ..TableDocument::default()
    };
    for column in schema.columns() {
        let (member, is_required) =
            member(column, &mut shapes, &mut document).map_err(|error| error.in_table(schema.name()))?;
        document.properties.insert(column.wire_name().to_owned(), Schema::new(member));
        if is_required {
            document.required.push(column.wire_name().to_owned());
        }
    }
    for (system, docs) in schema.declared_system_columns() {
        let member = system_member(*system, docs);
        document.properties.insert(system.wire_name().to_owned(), Schema::new(member));
    }
    for (name, shape) in shapes.defs {
        if document.defs.insert(name.clone(), parsed(&shape)?).is_some() {
            let message = format!("two types of its columns are named `{name}`: rename one of them");
            return Err(Error::new(ErrorKind::Schema, message).in_table(schema.name()));
        }
    }
    document.defs.sort_keys();
    document.sync = TableKeywords {
        table: (schema.name() != names::table_of(title)).then(|| schema.name().to_owned()),
        route: schema.wire_route().map(str::to_owned),
        local: !schema.is_synced(),
        narrow: schema.is_narrow(),
        keep_deleted: schema.keeps_deleted(),
        on_insert: schema
            .insert_constants()
            .iter()
            .map(|(name, value)| ((*name).to_owned(), constant(*value)))
            .collect(),
        soft_delete: schema.is_hard_delete().then_some(false),
        ..TableKeywords::default()
    };
    document.title = Some(title.to_owned());
    Ok(document)
}

/// Adds a narrow struct over the table to its document.
pub fn add_subset<T: SyncTable, S: ColumnSubset<T>>(document: &mut TableDocument) {
    let columns = S::SELECTED.unwrap_or_default().iter().map(|column| column.wire_name().to_owned());
    document.sync.subsets.insert(type_name::<S>().to_owned(), columns.collect());
}

fn type_name<T>() -> &'static str {
    let path = std::any::type_name::<T>();
    path.rsplit("::").next().unwrap_or(path)
}

fn text(docs: &str) -> Option<String> {
    (!docs.is_empty()).then(|| docs.to_owned())
}

fn of_type(name: &str) -> Member {
    Member { types: Some(Types(vec![name.to_owned()])), ..Member::default() }
}

fn of_form(name: &str, format: &str) -> Member {
    Member { format: Some(format.to_owned()), ..of_type(name) }
}

/// The schema of a column, and whether the document requires it.
fn member(column: &ColumnDef, shapes: &mut Shapes, document: &mut TableDocument) -> Result<(Member, bool), Error> {
    let mut member = match column.named_type() {
        Some(named) => {
            if !document.defs.contains_key(named.name()) {
                let definition = Schema::new(definition(named, column.column_type()));
                document.defs.insert(named.name().to_owned(), definition);
            }
            Member { reference: Some(format!("#/$defs/{}", named.name())), ..Member::default() }
        }
        None if column.column_type() == ColumnType::Json => {
            let shape = column.shape_of().map_or_else(|| "true".to_owned(), |shape| shape(shapes));
            *parsed(&shape)?.0
        }
        // The type of a reference is that of ids.
        None if column.column_type() == ColumnType::Id && (column.is_id() || column.referenced_table().is_some()) => {
            of_type("string")
        }
        None => plain(column.column_type()),
    };
    let default = column.has_default().then(|| default(column)).transpose()?;
    let is_any = member == Member::default();
    let is_nullable = column.is_optional();
    if is_nullable && !is_any {
        member = or_null(member);
    }
    member.description = text(column.doc_text());
    member.default = default;
    rules(column, &mut member);
    member.sync = ColumnKeywords {
        name: (column.name() != names::field_of(column.wire_name())).then(|| column.name().to_owned()),
        index: column.is_indexed(),
        local: column.is_local_only(),
        references: column.referenced_table().map(str::to_owned),
        was: column.earlier_names().iter().map(|name| (*name).to_owned()).collect(),
        merge: column.merge_rule().and_then(merge),
        ..ColumnKeywords::default()
    };
    let is_required = !is_nullable && !is_any && member.default.is_none();
    Ok((member, is_required))
}

/// Both the type and its absence from `required` say that a column may be null, so that the schema also
/// fits what servers send.
fn or_null(mut member: Member) -> Member {
    match &mut member.types {
        // A schema of schemars says it already.
        Some(types) if types.0.iter().any(|name| name == "null") => member,
        Some(types) => {
            types.0.push("null".to_owned());
            member
        }
        None if member.any_of.iter().any(|one| *one.0 == of_type("null")) => member,
        None => Member { any_of: vec![Schema::new(member), Schema::new(of_type("null"))], ..Member::default() },
    }
}

fn plain(column_type: ColumnType) -> Member {
    match column_type {
        ColumnType::Bool => of_type("boolean"),
        ColumnType::I8 => of_form("integer", "int8"),
        ColumnType::I16 => of_form("integer", "int16"),
        ColumnType::I32 => of_form("integer", "int32"),
        ColumnType::I64 => of_form("integer", "int64"),
        ColumnType::U8 => of_form("integer", "uint8"),
        ColumnType::U16 => of_form("integer", "uint16"),
        ColumnType::U32 => of_form("integer", "uint32"),
        ColumnType::F32 => of_form("number", "float"),
        ColumnType::F64 => of_form("number", "double"),
        ColumnType::Text => of_type("string"),
        ColumnType::Char => of_form("string", "char"),
        ColumnType::Id => of_form("string", "id"),
        ColumnType::Version => of_form("string", "version"),
        ColumnType::Timestamp => of_form("string", "date-time"),
        ColumnType::Bytes => of_form("string", "byte"),
        ColumnType::Uuid => of_form("string", "uuid"),
        ColumnType::Decimal => of_form("number", "decimal"),
        ColumnType::Date => of_form("string", "date"),
        ColumnType::TimeOfDay => of_form("string", "time"),
        ColumnType::Json => Member::default(),
    }
}

fn system_member(system: SystemColumn, docs: &str) -> Member {
    let mut member = match system {
        SystemColumn::Version => of_type("string"),
        SystemColumn::UpdatedAt | SystemColumn::CreatedAt => of_form("string", "date-time"),
        SystemColumn::Deleted => of_type("boolean"),
    };
    if system != SystemColumn::Deleted {
        member = or_null(member);
    }
    member.description = text(docs);
    member
}

/// The schema of a named type.
fn definition(named: &NamedType, column_type: ColumnType) -> Member {
    let mut member = match named.kind() {
        NamedKind::Newtype => {
            Member { sync: ColumnKeywords { newtype: true, ..Default::default() }, ..plain(column_type) }
        }
        NamedKind::Texts { texts, other } => {
            let variants = texts
                .iter()
                .filter(|text| names::variant_of(text.text) != text.variant)
                .map(|text| (text.text.to_owned(), text.variant.to_owned()))
                .collect();
            let sync = ColumnKeywords { other: other.map(str::to_owned), variants, ..Default::default() };
            let has_docs = texts.iter().any(|text| !text.docs.is_empty());
            let constant = |text: &str| serde_json::Value::from(text);
            if has_docs {
                let one = |said: &crate::value::NamedText| {
                    let (constant, description) = (Some(constant(said.text)), text(said.docs));
                    Schema::new(Member { constant, description, ..of_type("string") })
                };
                Member { one_of: texts.iter().map(one).collect(), sync, ..Member::default() }
            } else {
                Member {
                    values: Some(texts.iter().map(|text| constant(text.text)).collect()),
                    sync,
                    ..of_type("string")
                }
            }
        }
    };
    member.description = text(named.docs());
    member
}

fn default(column: &ColumnDef) -> Result<serde_json::Value, Error> {
    let unstorable = |error: &dyn std::fmt::Display| {
        let message = format!("the default of column `{}`: {error}", column.wire_name());
        Error::new(ErrorKind::Schema, message)
    };
    let cell = column.default_cell().map_err(|error| unstorable(&error))?;
    if let Value::Null = cell {
        return Ok(serde_json::Value::Null);
    }
    let mut json = Vec::new();
    wire::encode(column.column_type(), cell.as_ref(), &mut json);
    let value: serde_json::Value = serde_json::from_slice(&json).map_err(|error| unstorable(&error))?;
    // A number of a document has the digits of an `f64`; a text has them all.
    let has_all = |text: &str| value.to_string().parse::<Decimal>().is_ok_and(|read| read.to_string() == text);
    match std::str::from_utf8(&json) {
        Ok(text) if column.column_type() == ColumnType::Decimal && !has_all(text) => Ok(text.into()),
        _ => Ok(value),
    }
}

fn rules(column: &ColumnDef, member: &mut Member) {
    let number = |number: crate::table::Number| serde_json::from_str(number.as_str()).ok();
    for rule in column.rules() {
        match rule {
            Rule::MinLength(length) => member.min_length = Some(length),
            Rule::MaxLength(length) => member.max_length = Some(length),
            Rule::Min(least) => member.minimum = number(least),
            Rule::Max(most) => member.maximum = number(most),
            Rule::ExclusiveMin(least) => member.exclusive_minimum = number(least),
            Rule::ExclusiveMax(most) => member.exclusive_maximum = number(most),
            Rule::MultipleOf(step) => member.multiple_of = number(step),
        }
    }
}

fn merge(rule: MergeRule) -> Option<Merge> {
    match rule {
        MergeRule::Local => Some(Merge::Local),
        MergeRule::Remote => Some(Merge::Remote),
        MergeRule::Max => Some(Merge::Max),
        MergeRule::Min => Some(Merge::Min),
        MergeRule::Sum => Some(Merge::Sum),
        MergeRule::Union => Some(Merge::Union),
        MergeRule::Function(_) => None,
    }
}

fn constant(constant: Constant) -> serde_json::Value {
    match constant {
        Constant::Text(text) => text.into(),
        Constant::Integer(number) => number.into(),
        Constant::Float(number) => number.into(),
        Constant::Bool(truth) => truth.into(),
    }
}

fn parsed(shape: &str) -> Result<Schema, Error> {
    serde_json::from_str(shape).map_err(|error| {
        Error::new(
            ErrorKind::Schema,
            format!("the schema of a JSON column is none of table documents: {error}: {shape}"),
        )
    })
}
