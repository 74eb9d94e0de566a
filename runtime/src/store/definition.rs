//! A table as a store's file has it: its columns with their types, as text in `__meta`.
//!
//! SQL types alone do not tell a date from a text, or a truth value from a number, so the text names
//! the column types; and it names the columns that no version of the app reads any more, because
//! their values stay.

use serde::{Deserialize, Serialize};

use super::ddl;
use crate::error::{Error, ErrorKind};
use crate::table::{ColumnDef, TableSchema};
use crate::value::ColumnType;

/// The names of the column types in the text and in messages.
const TYPES: [(ColumnType, &str); 21] = [
    (ColumnType::Bool, "bool"),
    (ColumnType::I8, "i8"),
    (ColumnType::I16, "i16"),
    (ColumnType::I32, "i32"),
    (ColumnType::I64, "i64"),
    (ColumnType::U8, "u8"),
    (ColumnType::U16, "u16"),
    (ColumnType::U32, "u32"),
    (ColumnType::F32, "f32"),
    (ColumnType::F64, "f64"),
    (ColumnType::Text, "text"),
    (ColumnType::Char, "char"),
    (ColumnType::Id, "id"),
    (ColumnType::Version, "version"),
    (ColumnType::Timestamp, "timestamp"),
    (ColumnType::Bytes, "bytes"),
    (ColumnType::Uuid, "uuid"),
    (ColumnType::Decimal, "decimal"),
    (ColumnType::Date, "date"),
    (ColumnType::TimeOfDay, "time of day"),
    (ColumnType::Json, "json"),
];

/// The name of a column type in stored texts and messages.
pub(crate) fn type_name(column_type: ColumnType) -> &'static str {
    TYPES.iter().find(|(known, _)| *known == column_type).map_or("unknown", |(_, name)| name)
}

/// The column type of that name.
pub(crate) fn type_named(name: &str) -> Option<ColumnType> {
    TYPES.iter().find(|(_, known)| *known == name).map(|(column_type, _)| *column_type)
}

/// A table as a file has it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct TableDefinition {
    pub(crate) name: String,
    pub(crate) synced: bool,
    pub(crate) keep_deleted: bool,
    pub(crate) columns: Vec<ColumnDefinition>,
    /// The indexes of ours: names, and the texts that create them.
    pub(crate) indexes: Vec<(String, String)>,
}

/// A column as a file has it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ColumnDefinition {
    pub(crate) name: String,
    /// `None` in a file of the format before types were noted.
    pub(crate) column_type: Option<ColumnType>,
    pub(crate) sql_type: String,
    pub(crate) optional: bool,
    pub(crate) is_id: bool,
    pub(crate) local: bool,
    /// Whether the Rust type refuses some values of the column type.
    pub(crate) checked: bool,
    pub(crate) standing: Standing,
    /// The SQL text of the default, for columns of other programs.
    pub(crate) default: Option<String>,
}

/// What a column of the file is to the app that opened it last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// The app reads it.
    Read,
    /// An earlier version of the app read it; its values stay.
    Kept,
    /// Another program made it.
    Foreign,
}

/// A column of an earlier version of the app whose values stay.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct KeptColumn {
    pub(crate) name: String,
    pub(crate) column_type: ColumnType,
}

#[derive(Serialize, Deserialize)]
struct TableText {
    kind: KindText,
    #[serde(default, skip_serializing_if = "is_false")]
    keep_deleted: bool,
    columns: Vec<ColumnText>,
}

#[derive(Serialize, Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum KindText {
    Synced,
    Local,
}

#[derive(Serialize, Deserialize)]
struct ColumnText {
    name: String,
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    column_type: Option<String>,
    sql: String,
    #[serde(default, skip_serializing_if = "is_false")]
    optional: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    id: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    local: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    checked: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    removed: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_false(value: &bool) -> bool {
    !value
}

impl TableDefinition {
    /// The table that a schema makes.
    pub(crate) fn of(schema: &TableSchema) -> Self {
        Self {
            name: schema.name().to_owned(),
            synced: schema.is_synced(),
            keep_deleted: schema.keeps_deleted(),
            columns: schema.columns().iter().map(ColumnDefinition::of).collect(),
            indexes: ddl::indexes(schema),
        }
    }

    /// The text that `__meta` keeps. Columns of other programs are not in it.
    pub(crate) fn to_text(&self) -> Result<String, Error> {
        let columns = self.columns.iter().filter(|column| column.standing != Standing::Foreign);
        let text = TableText {
            kind: if self.synced { KindText::Synced } else { KindText::Local },
            keep_deleted: self.keep_deleted,
            columns: columns.map(ColumnDefinition::to_text).collect(),
        };
        serde_json::to_string(&text).map_err(|error| damaged(&error))
    }

    /// Reads a text, of this format or of the one before, which was the SQL that creates the table.
    pub(crate) fn from_text(name: &str, text: &str) -> Result<Self, Error> {
        if !text.starts_with('{') {
            return Ok(Self::from_sql(name, text));
        }
        let text: TableText = serde_json::from_str(text).map_err(|error| damaged(&error))?;
        Ok(Self {
            name: name.to_owned(),
            synced: text.kind == KindText::Synced,
            keep_deleted: text.keep_deleted,
            columns: text.columns.into_iter().map(ColumnDefinition::from_text).collect::<Result<_, _>>()?,
            indexes: Vec::new(),
        })
    }

    fn from_sql(name: &str, text: &str) -> Self {
        let all = sql_columns(text);
        let synced = all.iter().any(|column| column.name == "__op");
        let columns = all.into_iter().filter(|column| !column.name.starts_with("__")).collect();
        Self { name: name.to_owned(), synced, keep_deleted: false, columns, indexes: Vec::new() }
    }

    /// The columns of earlier versions whose type is known.
    pub(crate) fn kept(&self) -> Vec<KeptColumn> {
        let kept = self.columns.iter().filter(|column| column.standing == Standing::Kept && !column.local);
        kept.filter_map(|column| Some(KeptColumn { name: column.name.clone(), column_type: column.column_type? }))
            .collect()
    }
}

impl ColumnDefinition {
    pub(crate) fn of(column: &ColumnDef) -> Self {
        Self {
            name: column.sql_name().to_owned(),
            column_type: Some(column.column_type()),
            sql_type: ddl::sql_type(column.column_type()).to_owned(),
            optional: column.is_nullable(),
            is_id: column.is_id(),
            local: column.is_local_only(),
            checked: column.is_checked(),
            standing: Standing::Read,
            default: None,
        }
    }

    fn to_text(&self) -> ColumnText {
        ColumnText {
            name: self.name.clone(),
            column_type: self.column_type.map(|column_type| type_name(column_type).to_owned()),
            sql: self.sql_type.clone(),
            optional: self.optional,
            id: self.is_id,
            local: self.local,
            checked: self.checked,
            removed: self.standing == Standing::Kept,
        }
    }

    fn from_text(text: ColumnText) -> Result<Self, Error> {
        let column_type = match text.column_type.as_deref() {
            Some(name) => Some(type_named(name).ok_or_else(|| damaged(&format!("there is no column type `{name}`")))?),
            None => None,
        };
        Ok(Self {
            name: text.name,
            column_type,
            sql_type: text.sql,
            optional: text.optional,
            is_id: text.id,
            local: text.local,
            checked: text.checked,
            standing: if text.removed { Standing::Kept } else { Standing::Read },
            default: None,
        })
    }

    /// The column for messages: its type and what else tells it from another.
    pub(crate) fn describe(&self) -> String {
        let name: &str = match self.column_type {
            Some(column_type) => type_name(column_type),
            None => &self.sql_type,
        };
        let mut words = vec![name];
        if self.is_id {
            words.push("the row's id");
        } else if self.optional {
            words.push("optional");
        } else {
            words.push("not optional");
        }
        if self.checked && self.column_type != Some(ColumnType::Json) {
            words.push("not every value of it");
        }
        if self.local {
            words.push("on this device only");
        }
        words.join(", ")
    }
}

fn damaged(error: &dyn std::fmt::Display) -> Error {
    Error::new(ErrorKind::Schema, format!("the definition of the table in the store cannot be read: {error}"))
}

/// The columns of a CREATE TABLE text as this library writes it.
fn sql_columns(text: &str) -> Vec<ColumnDefinition> {
    let mut columns = Vec::new();
    let mut rest = text.split_once('(').map_or("", |(_, rest)| rest);
    loop {
        rest = rest.trim_start();
        let Some((name, after)) = rest.strip_prefix('"').and_then(name_end) else { return columns };
        let (declaration, end) = after.split_at(declaration_end(after));
        let sql_type = declaration.split_whitespace().next().unwrap_or_default();
        let is_id = declaration.contains(" PRIMARY KEY ");
        columns.push(ColumnDefinition {
            name,
            column_type: None,
            sql_type: sql_type.to_owned(),
            optional: !declaration.contains(" NOT NULL"),
            is_id,
            local: false,
            checked: false,
            standing: Standing::Read,
            default: None,
        });
        match end.strip_prefix(',') {
            Some(next) => rest = next,
            None => return columns,
        }
    }
}

/// A quoted name, without the quote that began it, and what follows.
fn name_end(text: &str) -> Option<(String, &str)> {
    let mut name = String::new();
    let mut rest = text;
    loop {
        let (part, after) = rest.split_once('"')?;
        name.push_str(part);
        match after.strip_prefix('"') {
            Some(after) => {
                name.push('"');
                rest = after;
            }
            None => return Some((name, after)),
        }
    }
}

/// Where the declaration of a column ends: at the comma or the bracket that is in no string.
fn declaration_end(text: &str) -> usize {
    let mut in_string = false;
    for (index, byte) in text.bytes().enumerate() {
        match byte {
            b'\'' => in_string = !in_string,
            b',' | b')' if !in_string => return index,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::suite::ITEM;
    use crate::value::ColumnValue as _;

    #[test]
    fn the_text_gives_the_definition_back() {
        let mut definition = TableDefinition::of(&ITEM);
        definition.columns[2].standing = Standing::Kept;
        definition.columns[3].column_type = None;
        let text = definition.to_text().unwrap();
        definition.indexes.clear();
        assert_eq!(TableDefinition::from_text("item", &text).unwrap(), definition, "{text}");
    }

    #[test]
    fn the_types_have_names() {
        for (column_type, name) in TYPES {
            assert_eq!((type_name(column_type), type_named(name)), (name, Some(column_type)));
        }
    }

    #[test]
    fn the_sql_of_the_format_before_is_read() {
        static TRICKY: TableSchema = TableSchema::new(
            "tricky",
            &[
                ColumnDef::id("id"),
                ColumnDef::new::<String>("text", "text")
                    .default_value(|cell| "it's,\n  \"not\" NULL (\n".to_owned().write(cell)),
                ColumnDef::new::<Option<f64>>("real", "real"),
                ColumnDef::new::<Vec<u8>>("bytes", "by\"tes").indexed(),
            ],
        );
        let read = TableDefinition::from_text("tricky", &ddl::schema_text(&TRICKY).unwrap()).unwrap();
        let columns: Vec<_> = read
            .columns
            .iter()
            .map(|column| (column.name.as_str(), column.sql_type.as_str(), column.optional, column.is_id))
            .collect();
        assert_eq!(
            columns,
            [
                ("id", "TEXT", false, true),
                ("text", "TEXT", false, false),
                ("real", "REAL", true, false),
                ("by\"tes", "BLOB", false, false)
            ]
        );
        assert!(read.synced);
        let local = TableSchema::new("tricky", TRICKY.columns()).local();
        assert!(!TableDefinition::from_text("tricky", &ddl::schema_text(&local).unwrap()).unwrap().synced);
    }

    #[test]
    fn damage_is_an_error() {
        for text in ["{", "{}", r#"{"kind":"synced","columns":[{"name":"a","type":"uint","sql":"TEXT"}]}"#] {
            assert_eq!(TableDefinition::from_text("t", text).unwrap_err().kind(), ErrorKind::Schema, "{text}");
        }
    }
}
