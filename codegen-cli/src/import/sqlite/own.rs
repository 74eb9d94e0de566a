//! What a store of ours keeps of its tables: the types of columns that SQLite does not tell apart.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension as _};
use serde::Deserialize;
use synctable_codegen::document::Member;

use crate::import::made::member;

/// A table of a store of ours.
#[derive(Debug)]
pub(super) struct OwnTable {
    pub(super) is_local: bool,
    pub(super) columns: BTreeMap<String, OwnColumn>,
}

/// A column of a store of ours.
#[derive(Debug, Deserialize)]
pub(super) struct OwnColumn {
    name: String,
    #[serde(rename = "type")]
    column_type: Option<String>,
    #[serde(default)]
    pub(super) optional: bool,
    #[serde(default)]
    pub(super) local: bool,
    #[serde(default)]
    pub(super) removed: bool,
}

/// The text that `__meta` keeps of a table.
#[derive(Deserialize)]
struct Text {
    kind: String,
    columns: Vec<OwnColumn>,
}

/// "SyTb" in ASCII, the mark of our files.
const APPLICATION_ID: i64 = 0x5379_5462;

/// What the store keeps of a table; `None` for the file of another program, and for a text of the
/// format that had no types.
pub(super) fn types(connection: &Connection, table: &str) -> Result<Option<OwnTable>, rusqlite::Error> {
    let mark: i64 = connection.query_row("PRAGMA application_id", [], |row| row.get(0))?;
    if mark != APPLICATION_ID {
        return Ok(None);
    }
    let text: Option<String> = connection
        .query_row("SELECT value FROM \"__meta\" WHERE key = ?1", [format!("schema|{table}")], |row| row.get(0))
        .optional()?;
    let Some(text) = text.and_then(|text| serde_json::from_str::<Text>(&text).ok()) else { return Ok(None) };
    let columns = text.columns.into_iter().map(|column| (column.name.clone(), column)).collect();
    Ok(Some(OwnTable { is_local: text.kind == "local", columns }))
}

impl OwnColumn {
    /// The schema of the column's type; `None` if it is not told.
    pub(super) fn schema(&self) -> Option<Member> {
        Some(match self.column_type.as_deref()? {
            "bool" => member("boolean", None),
            "i8" => member("integer", Some("int8")),
            "i16" => member("integer", Some("int16")),
            "i32" => member("integer", Some("int32")),
            "i64" => member("integer", Some("int64")),
            "u8" => member("integer", Some("uint8")),
            "u16" => member("integer", Some("uint16")),
            "u32" => member("integer", Some("uint32")),
            "f32" => member("number", Some("float")),
            "f64" => member("number", None),
            "text" => member("string", None),
            "char" => member("string", Some("char")),
            "id" => member("string", Some("id")),
            "version" => member("string", Some("version")),
            "timestamp" => member("string", Some("date-time")),
            "bytes" => member("string", Some("byte")),
            "uuid" => member("string", Some("uuid")),
            "decimal" => member("number", Some("decimal")),
            "date" => member("string", Some("date")),
            "time of day" => member("string", Some("time")),
            "json" => Member::default(),
            _ => return None,
        })
    }
}
