//! From a table document to the schema that the runtime knows tables by.

use std::fmt::Display;
use std::str::FromStr;

use synctable::{
    CellWriter, ColumnDef, ColumnType, ColumnValue, Constant, Date, Decimal, Id, JsonValue, MergeRule, Number, Rule,
    TableSchema, TimeOfDay, Timestamp, Uuid, Value, ValueError, ValueRef, Version,
};
use synctable_codegen::document::{Column, ColumnRole, Documents, Kind, Merge, Table};

use crate::outcome::Failure;

/// Makes the schema that the generated code of a table has.
///
/// The runtime knows schemas as constants, so this one is never freed: the program ends soon. The
/// tables that columns refer to are left out; neither SQL nor migrations ask for them.
///
/// # Errors
/// A default or a constant has no stored form.
pub(crate) fn schema(documents: &Documents, table: &Table) -> Result<&'static TableSchema, Failure> {
    let mut columns = Vec::new();
    for column in table.columns() {
        match column.role() {
            ColumnRole::Id => columns.push(ColumnDef::id(text(column.rust_name()))),
            ColumnRole::Data => columns.push(
                data_column(documents, column)
                    .map_err(|why| Failure::invalid(format!("{}.{}: {why}", table.name(), column.wire_name())))?,
            ),
            _ => {}
        }
    }
    if columns.iter().filter(|column| column.is_id()).count() != 1 {
        return Err(Failure::invalid(format!("{}: a table has one id column", table.name())));
    }
    let mut constants = Vec::new();
    for (name, value) in table.on_insert() {
        let constant = constant(value)
            .ok_or_else(|| Failure::invalid(format!("{}.{name}: no constant can be {value}", table.name())))?;
        constants.push((text(name), constant));
    }
    let mut schema = TableSchema::new(text(table.name()), columns.leak()).on_insert(constants.leak());
    if let Some(route) = table.route() {
        schema = schema.route(text(route));
    }
    if table.is_local() {
        schema = schema.local();
    }
    if table.is_narrow() {
        schema = schema.narrow();
    }
    if table.keeps_deleted() {
        schema = schema.keep_deleted();
    }
    Ok(Box::leak(Box::new(schema)))
}

fn text(text: &str) -> &'static str {
    text.to_owned().leak()
}

fn data_column(documents: &Documents, column: &Column) -> Result<ColumnDef, String> {
    let is_closed = documents.texts_of(column).is_some();
    let mut def = match column.kind() {
        Kind::Bool => typed::<bool>(column),
        Kind::I8 => typed::<i8>(column),
        Kind::I16 => typed::<i16>(column),
        Kind::I32 => typed::<i32>(column),
        Kind::I64 => typed::<i64>(column),
        Kind::U8 => typed::<u8>(column),
        Kind::U16 => typed::<u16>(column),
        Kind::U32 => typed::<u32>(column),
        Kind::F32 => typed::<f32>(column),
        Kind::F64 => typed::<f64>(column),
        Kind::Text if is_closed => typed::<ClosedText>(column),
        Kind::Text => typed::<String>(column),
        Kind::Char => typed::<char>(column),
        Kind::Id => typed::<Id>(column),
        Kind::Version => typed::<Version>(column),
        Kind::Timestamp => typed::<Timestamp>(column),
        Kind::Bytes => typed::<Vec<u8>>(column),
        Kind::Uuid => typed::<Uuid>(column),
        Kind::Decimal => typed::<Decimal>(column),
        Kind::Date => typed::<Date>(column),
        Kind::TimeOfDay => typed::<TimeOfDay>(column),
        Kind::Json => ColumnDef::new::<Option<AnyJson>>(text(column.rust_name()), text(column.wire_name())),
        other => return Err(format!("no column type of this version is {other:?}")),
    };
    if let Some(default) = column.default() {
        let stored = stored(column.kind(), default).map_err(|why| format!("the default {default}: {why}"))?;
        def = def.default_stored(leaked(stored));
    }
    if !column.was().is_empty() {
        def = def.was(column.was().iter().map(|name| text(name)).collect::<Vec<_>>().leak());
    }
    if column.is_indexed() {
        if matches!(column.kind(), Kind::Decimal | Kind::Json) {
            return Err("a column of decimals or JSON cannot have an index".to_owned());
        }
        def = def.indexed();
    }
    if column.is_local_only() {
        if !def.is_nullable() && !def.has_default() {
            return Err("a column of this device may be null or has a default".to_owned());
        }
        def = def.local_only();
    }
    for rule in rules(column)? {
        if !rule.fits(def.column_type()) {
            return Err(format!("no {:?} column can be held to `{rule}`", column.kind()));
        }
        def = def.rule(rule);
    }
    // Documents whose columns cannot be merged so were refused when they were read.
    Ok(match column.merge() {
        None => def,
        Some(Merge::Local) => def.merge(MergeRule::Local),
        Some(Merge::Remote) => def.merge(MergeRule::Remote),
        Some(Merge::Max) => def.merge(MergeRule::Max),
        Some(Merge::Min) => def.merge(MergeRule::Min),
        Some(Merge::Sum) => def.merge(MergeRule::Sum),
        Some(Merge::Union) => def.merge(MergeRule::Union),
    })
}

fn typed<V: ColumnValue>(column: &Column) -> ColumnDef {
    let (name, wire) = (text(column.rust_name()), text(column.wire_name()));
    if column.is_nullable() { ColumnDef::new::<Option<V>>(name, wire) } else { ColumnDef::new::<V>(name, wire) }
}

fn rules(column: &Column) -> Result<Vec<Rule>, String> {
    let limits = column.limits();
    let mut rules = Vec::new();
    rules.extend(limits.min_length.map(Rule::MinLength));
    rules.extend(limits.max_length.map(Rule::MaxLength));
    let mut bound = |bound: &Option<serde_json::Number>, rule: fn(Number) -> Rule| match bound {
        // The text of a decimal is canonical, as that of a rule's number has to be.
        Some(bound) => {
            parsed(&bound.to_string()).map(|bound: Decimal| rules.push(rule(Number::new(text(bound.as_str())))))
        }
        None => Ok(()),
    };
    bound(&limits.minimum, Rule::Min)?;
    bound(&limits.maximum, Rule::Max)?;
    bound(&limits.exclusive_minimum, Rule::ExclusiveMin)?;
    bound(&limits.exclusive_maximum, Rule::ExclusiveMax)?;
    bound(&limits.multiple_of, Rule::MultipleOf)?;
    Ok(rules)
}

/// The stored form of a default.
fn stored(kind: Kind, default: &JsonValue) -> Result<Value, String> {
    fn of<V: ColumnValue + FromStr<Err: Display>>(text: &str) -> Result<Value, String> {
        cell(&parsed::<V>(text)?)
    }
    match (kind, default) {
        (Kind::Json, JsonValue::Null) => Ok(Value::Null),
        (Kind::Json, json) => Ok(Value::Text(json.to_string())),
        (Kind::Bool, JsonValue::Bool(value)) => cell(value),
        (Kind::I8, JsonValue::Number(number)) => of::<i8>(&number.to_string()),
        (Kind::I16, JsonValue::Number(number)) => of::<i16>(&number.to_string()),
        (Kind::I32, JsonValue::Number(number)) => of::<i32>(&number.to_string()),
        (Kind::I64, JsonValue::Number(number)) => of::<i64>(&number.to_string()),
        (Kind::U8, JsonValue::Number(number)) => of::<u8>(&number.to_string()),
        (Kind::U16, JsonValue::Number(number)) => of::<u16>(&number.to_string()),
        (Kind::U32, JsonValue::Number(number)) => of::<u32>(&number.to_string()),
        (Kind::F32, JsonValue::Number(number)) => of::<f32>(&number.to_string()),
        (Kind::F64, JsonValue::Number(number)) => of::<f64>(&number.to_string()),
        (Kind::Decimal, JsonValue::Number(number)) => of::<Decimal>(&number.to_string()),
        (Kind::Decimal, JsonValue::String(text)) => of::<Decimal>(text),
        (Kind::Text, JsonValue::String(text)) => cell(text),
        (Kind::Char, JsonValue::String(text)) => of::<char>(text),
        (Kind::Id, JsonValue::String(text)) => of::<Id>(text),
        (Kind::Version, JsonValue::String(text)) => {
            cell(&Version::parse(text).ok_or_else(|| format!("{text:?} is no version"))?)
        }
        (Kind::Timestamp, JsonValue::String(text)) => of::<Timestamp>(text),
        (Kind::Uuid, JsonValue::String(text)) => of::<Uuid>(text),
        (Kind::Date, JsonValue::String(text)) => of::<Date>(text),
        (Kind::TimeOfDay, JsonValue::String(text)) => of::<TimeOfDay>(text),
        // Bytes have no default but the empty text, see the document reader.
        (Kind::Bytes, JsonValue::String(text)) if text.is_empty() => cell(&Vec::<u8>::new()),
        _ => Err("the column holds no such value".to_owned()),
    }
}

fn parsed<V: FromStr<Err: Display>>(text: &str) -> Result<V, String> {
    text.parse().map_err(|error: V::Err| format!("{text:?}: {error}"))
}

fn cell<V: ColumnValue>(value: &V) -> Result<Value, String> {
    Value::of(value).map_err(|error| error.to_string())
}

fn leaked(value: Value) -> ValueRef<'static> {
    Box::leak(Box::new(value)).as_ref()
}

fn constant(value: &JsonValue) -> Option<Constant> {
    Some(match value {
        JsonValue::Bool(value) => Constant::Bool(*value),
        JsonValue::String(value) => Constant::Text(text(value)),
        JsonValue::Number(number) => match number.as_i64() {
            Some(value) => Constant::Integer(value),
            None => Constant::Float(number.as_f64().filter(|value| value.is_finite())?),
        },
        JsonValue::Null | JsonValue::Array(_) | JsonValue::Object(_) => return None,
    })
}

/// Stands for an enum that takes no text but its own: a type that refuses values of its column.
struct ClosedText;

impl ColumnValue for ClosedText {
    const TYPE: ColumnType = ColumnType::Text;
    const CHECKED: bool = true;

    fn write(&self, cell: CellWriter<'_>) -> Result<(), ValueError> {
        cell.null();
        Ok(())
    }

    fn read(_: ValueRef<'_>) -> Result<Self, ValueError> {
        Ok(Self)
    }
}

/// Stands for the type of a JSON column, of which only serde knows what it refuses.
struct AnyJson;

impl ColumnValue for AnyJson {
    const TYPE: ColumnType = ColumnType::Json;
    const CHECKED: bool = true;

    fn write(&self, cell: CellWriter<'_>) -> Result<(), ValueError> {
        cell.null();
        Ok(())
    }

    fn read(_: ValueRef<'_>) -> Result<Self, ValueError> {
        Ok(Self)
    }
}
