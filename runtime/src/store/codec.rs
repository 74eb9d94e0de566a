//! The payloads of the queue as JSON text, by wire column names: rows, requests, candidates, failures.

pub(crate) mod follow;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

use super::definition::{type_name, type_named};
use super::entry::{Failure, FailureKind, Request, RequestKind};
use crate::error::{Error, ErrorKind};
use crate::row::{KeptCell, Remote, Row};
use crate::table::TableSchema;
use crate::value::{ColumnType, Timestamp, Value, Version};

/// A row as it is written: cells as their JSON text.
#[derive(Deserialize)]
struct StoredPayload<'a> {
    version: Option<String>,
    updated: Option<i64>,
    created: Option<i64>,
    #[serde(default)]
    deleted: bool,
    #[serde(borrow)]
    cells: StoredCells<'a>,
    #[serde(borrow, default)]
    kept: BTreeMap<Cow<'a, str>, StoredKept<'a>>,
}

/// A cell of a column that the app has no more.
#[derive(Deserialize)]
struct StoredKept<'a> {
    #[serde(rename = "type", borrow)]
    column_type: Cow<'a, str>,
    #[serde(borrow)]
    cell: &'a RawValue,
}

/// The cells in the order of the text, which is that of the columns unless the table has changed.
struct StoredCells<'a>(Vec<(Name<'a>, &'a RawValue)>);

#[derive(Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'a> StoredCells<'a> {
    fn find(&self, place: usize, name: &str) -> Option<&'a RawValue> {
        let guess = self.0.get(place).filter(|(other, _)| other.0 == name);
        guess.or_else(|| self.0.iter().rfind(|(other, _)| other.0 == name)).map(|(_, raw)| *raw)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for StoredCells<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Cells;
        impl<'de> Visitor<'de> for Cells {
            type Value = StoredCells<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("cells by the names of their columns")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
                let mut cells = Vec::new();
                while let Some(cell) = members.next_entry()? {
                    cells.push(cell);
                }
                Ok(StoredCells(cells))
            }
        }
        deserializer.deserialize_map(Cells)
    }
}

/// The text of a row; columns that the row lacks are left out, so that it still lacks them when read.
pub(crate) fn row_text(row: &Row) -> String {
    let mut text = String::with_capacity(256);
    push_row(row, &mut text);
    text
}

fn push_row(row: &Row, text: &mut String) {
    text.push('{');
    if let Some(version) = &row.version {
        text.push_str("\"version\":");
        push_string(version.as_str(), text);
        text.push(',');
    }
    for (member, time) in [("updated", row.updated_at), ("created", row.created_at)] {
        if let Some(time) = time {
            let _ = write!(text, "\"{member}\":{},", time.ticks());
        }
    }
    if row.deleted {
        text.push_str("\"deleted\":true,");
    }
    text.push_str("\"cells\":{");
    let mut first = true;
    for (index, (column, value)) in row.schema().columns().iter().zip(&row.values).enumerate() {
        if row.lacking().binary_search(&index).is_ok() {
            continue;
        }
        if !std::mem::take(&mut first) {
            text.push(',');
        }
        push_string(column.wire_name(), text);
        text.push(':');
        push_cell(value, text);
    }
    text.push('}');
    for (place, cell) in row.kept().iter().enumerate() {
        text.push_str(if place == 0 { ",\"kept\":{" } else { "," });
        push_string(&cell.name, text);
        text.push_str(":{\"type\":");
        push_string(type_name(cell.column_type), text);
        text.push_str(",\"cell\":");
        push_cell(&cell.value, text);
        text.push('}');
    }
    text.push_str(if row.kept().is_empty() { "}" } else { "}}" });
}

/// Appends a JSON string.
fn push_string(string: &str, text: &mut String) {
    if string.bytes().any(|byte| byte < b' ' || byte == b'"' || byte == b'\\') {
        text.push_str(&serde_json::Value::from(string).to_string());
    } else {
        text.push('"');
        text.push_str(string);
        text.push('"');
    }
}

/// Bytes are an object, so that they differ from text; reals have a point or an exponent, so that
/// they differ from integers. Writing to a String cannot fail.
fn push_cell(value: &Value, text: &mut String) {
    let _ = match value {
        Value::Null => write!(text, "null"),
        Value::Integer(value) => write!(text, "{value}"),
        Value::Real(value) => write!(text, "{value:?}"),
        Value::Text(value) => {
            push_string(value, text);
            Ok(())
        }
        Value::Blob(value) => write!(text, "{{\"base64\":\"{}\"}}", STANDARD.encode(value)),
    };
}

/// Reads a row. Columns that the text has not get their default or null and are lacking; those that
/// the schema has not are left out.
///
/// # Errors
/// `Decode`: the text was not written by [`row_text`].
pub(crate) fn row_from(schema: &'static TableSchema, text: &str) -> Result<Row, Error> {
    let stored: StoredPayload<'_> = serde_json::from_str(text).map_err(|error| damaged("row", &error))?;
    let mut cells = Vec::with_capacity(schema.columns().len());
    for (place, column) in schema.columns().iter().enumerate() {
        cells.push(match stored.cells.find(place, column.wire_name()) {
            // Nobody knows the value: the row was kept while the app did not have the column.
            Some(raw) if raw.get() == "null" && !column.is_nullable() => None,
            Some(raw) => Some(match (column.column_type(), cell_from(raw.get())?) {
                // The row is from before the column was widened.
                #[expect(clippy::cast_precision_loss, reason = "only integers of at most 32 bits are widened to reals")]
                (ColumnType::F64, Value::Integer(value)) => Value::Real(value as f64),
                (_, value) => value,
            }),
            None => None,
        });
    }
    let mut row = Row::from_known(schema, cells)?;
    row.version = stored.version.as_deref().and_then(Version::parse);
    row.updated_at = stored.updated.and_then(Timestamp::from_ticks);
    row.created_at = stored.created.and_then(Timestamp::from_ticks);
    row.deleted = stored.deleted;
    if !stored.kept.is_empty() {
        row.set_kept(stored.kept.into_iter().map(kept_from).collect::<Result<_, Error>>()?);
    }
    Ok(row)
}

fn kept_from((name, stored): (Cow<'_, str>, StoredKept<'_>)) -> Result<KeptCell, Error> {
    let column_type = type_named(&stored.column_type)
        .ok_or_else(|| damaged("row", &format!("there is no column type `{}`", stored.column_type)))?;
    Ok(KeptCell { name: name.into_owned(), column_type, value: cell_from(stored.cell.get())? })
}

#[derive(Deserialize)]
struct StoredBytes {
    base64: String,
}

fn cell_from(raw: &str) -> Result<Value, Error> {
    let number = |_| Error::new(ErrorKind::Decode, format!("expected a stored number, found `{raw}`"));
    Ok(match raw.as_bytes().first() {
        Some(b'n') => Value::Null,
        Some(b'"') => Value::Text(match raw.strip_prefix('"').and_then(|raw| raw.strip_suffix('"')) {
            // It is one JSON string already: without an escape its text is what stands there.
            Some(text) if !text.contains('\\') => text.to_owned(),
            _ => serde_json::from_str(raw).map_err(|error| damaged("text", &error))?,
        }),
        Some(b'{') => {
            let bytes: StoredBytes = serde_json::from_str(raw).map_err(|error| damaged("bytes", &error))?;
            Value::Blob(STANDARD.decode(bytes.base64).map_err(|error| damaged("bytes", &error))?)
        }
        _ if raw.contains(['.', 'e']) => {
            Value::Real(raw.parse().map_err(|error: std::num::ParseFloatError| number(error.to_string()))?)
        }
        _ => Value::Integer(raw.parse().map_err(|error: std::num::ParseIntError| number(error.to_string()))?),
    })
}

fn damaged(what: &str, error: &dyn std::fmt::Display) -> Error {
    Error::new(ErrorKind::Decode, format!("a stored {what} of the queue cannot be read: {error}"))
}

#[derive(Deserialize)]
struct StoredRequest<'a> {
    #[serde(borrow)]
    kind: Cow<'a, str>,
    #[serde(borrow)]
    columns: Vec<Name<'a>>,
    #[serde(default)]
    kept: Vec<String>,
    #[serde(borrow, default)]
    if_match: Option<Cow<'a, str>>,
    #[serde(borrow)]
    wish: Option<&'a RawValue>,
    #[serde(borrow, default)]
    tombstone: Option<&'a RawValue>,
    #[serde(default)]
    key: Option<String>,
}

/// The text of a request.
pub(crate) fn request_text(schema: &TableSchema, request: &Request) -> String {
    let kind = match request.kind {
        RequestKind::Insert => "insert",
        RequestKind::Update => "update",
        RequestKind::Delete => "delete",
        RequestKind::Undelete => "undelete",
    };
    let mut text = String::with_capacity(512);
    text.push_str("{\"kind\":");
    push_string(kind, &mut text);
    text.push_str(",\"columns\":[");
    let names = request.columns.iter().filter_map(|index| schema.columns().get(*index));
    for (place, column) in names.enumerate() {
        if place > 0 {
            text.push(',');
        }
        push_string(column.wire_name(), &mut text);
    }
    text.push(']');
    for (place, name) in request.kept.iter().enumerate() {
        text.push_str(if place == 0 { ",\"kept\":[" } else { "," });
        push_string(name, &mut text);
    }
    if !request.kept.is_empty() {
        text.push(']');
    }
    if let Some(version) = &request.if_match {
        text.push_str(",\"if_match\":");
        push_string(version.as_str(), &mut text);
    }
    if let Some(key) = &request.key {
        text.push_str(",\"key\":");
        push_string(key, &mut text);
    }
    for (member, row) in [(",\"wish\":", request.wish.as_ref()), (",\"tombstone\":", request.tombstone.as_deref())] {
        if let Some(row) = row {
            text.push_str(member);
            push_row(row, &mut text);
        }
    }
    text.push('}');
    text
}

/// Reads a request; columns that the schema has not are left out.
pub(crate) fn request_from(schema: &'static TableSchema, text: &str) -> Result<Request, Error> {
    let stored: StoredRequest<'_> = serde_json::from_str(text).map_err(|error| damaged("request", &error))?;
    let kind = match &*stored.kind {
        "insert" => RequestKind::Insert,
        "update" => RequestKind::Update,
        "delete" => RequestKind::Delete,
        "undelete" => RequestKind::Undelete,
        other => return Err(damaged("request", &format!("its kind is `{other}`"))),
    };
    let place = |name: &Name<'_>| schema.columns().iter().position(|column| column.wire_name() == name.0);
    Ok(Request {
        kind,
        columns: stored.columns.iter().filter_map(place).collect(),
        kept: stored.kept,
        if_match: stored.if_match.as_deref().and_then(Version::parse),
        wish: stored.wish.map(|wish| row_from(schema, wish.get())).transpose()?,
        tombstone: stored.tombstone.map(|row| row_from(schema, row.get())).transpose()?.map(Box::new),
        key: stored.key,
    })
}

/// The text of a candidate: empty for a deletion without a tombstone; a tombstone's row says that
/// it is deleted.
pub(crate) fn remote_text(remote: &Remote) -> String {
    remote.row().map_or_else(String::new, |row| {
        let mut row = row.clone();
        row.deleted = remote.live().is_none();
        row_text(&row)
    })
}

/// Reads a candidate.
pub(crate) fn remote_from(schema: &'static TableSchema, text: &str) -> Result<Remote, Error> {
    if text.is_empty() { Ok(Remote::Deleted(None)) } else { row_from(schema, text).map(Remote::of) }
}

#[derive(Serialize, Deserialize)]
struct StoredFailure {
    kind: String,
    status: Option<u16>,
    message: String,
}

/// The text of a failure.
pub(crate) fn failure_text(failure: &Failure) -> Result<String, Error> {
    let kind = failure.kind.name().to_owned();
    let stored = StoredFailure { kind, status: failure.status, message: failure.message.clone() };
    serde_json::to_string(&stored).map_err(|error| damaged("failure", &error))
}

/// Reads a failure.
pub(crate) fn failure_from(text: &str) -> Result<Failure, Error> {
    let stored: StoredFailure = serde_json::from_str(text).map_err(|error| damaged("failure", &error))?;
    let kind = FailureKind::ALL.into_iter().find(|kind| kind.name() == stored.kind);
    let kind = kind.ok_or_else(|| damaged("failure", &format!("its kind is `{}`", stored.kind)))?;
    Ok(Failure { kind, status: stored.status, message: stored.message })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::store::suite::{BYTES, ITEM, REAL, TITLE, WHOLE, item};

    proptest! {
        #[test]
        fn rows_are_read_as_they_were_written(
            title in any::<String>(),
            whole in any::<i64>(),
            real in any::<f64>().prop_filter("only finite numbers are stored", |real| real.is_finite()),
            bytes in any::<Vec<u8>>(),
            deleted in any::<bool>(),
        ) {
            let mut row = item("a", &title);
            row.values[WHOLE] = Value::Integer(whole);
            row.values[REAL] = Value::Real(real);
            row.values[BYTES] = Value::Blob(bytes);
            row.version = Version::parse(&title);
            row.deleted = deleted;
            let read = row_from(&ITEM, &row_text(&row)).unwrap();
            let bits = |row: &Row| match row.values[REAL] {
                Value::Real(real) => real.to_bits(),
                _ => 0,
            };
            prop_assert_eq!(bits(&read), bits(&row));
            prop_assert_eq!(read, row);
        }

        #[test]
        fn any_text_is_read_or_refused(text in ".*", cell in "[{\\[\"n0-9.e+-]{0,8}") {
            for text in [&text, &format!("{{\"cells\":{{\"whole\":{cell}}}}}")] {
                let _ = row_from(&ITEM, text);
                let _ = request_from(&ITEM, text);
                let _ = remote_from(&ITEM, text);
                let _ = failure_from(text);
            }
        }
    }

    #[test]
    fn cells_of_removed_columns_go_with_their_row_and_their_request() {
        let mut row = item("a", "t");
        row.set_kept(vec![
            KeptCell { name: "at".to_owned(), column_type: ColumnType::Timestamp, value: Value::Integer(-7) },
            KeptCell { name: "gone".to_owned(), column_type: ColumnType::Bytes, value: Value::Blob(vec![1]) },
        ]);
        assert_eq!(row_from(&ITEM, &row_text(&row)).unwrap(), row);
        let request = Request {
            kind: RequestKind::Update,
            columns: vec![TITLE],
            kept: vec!["gone".to_owned(), "at".to_owned()],
            if_match: None,
            wish: Some(row),
            tombstone: None,
            key: Some("0198c5d2f1a87cc3".to_owned()),
        };
        assert_eq!(request_from(&ITEM, &request_text(&ITEM, &request)).unwrap(), request);
        let unknown = r#"{"cells":{"id":"a"},"kept":{"x":{"type":"u7","cell":1}}}"#;
        assert!(row_from(&ITEM, unknown).unwrap_err().message().contains("`u7`"));
    }

    #[test]
    fn an_integer_of_before_is_a_real_in_a_column_of_reals() {
        let row = row_from(&ITEM, r#"{"cells":{"id":"a","real":7}}"#).unwrap();
        assert_eq!(row.values[REAL], Value::Real(7.0));
    }

    #[test]
    fn what_another_version_of_the_app_wrote_is_left_out() {
        let row = row_from(&ITEM, r#"{"cells":{"id":"a","title":"t","later":7,"isDone":0}}"#).unwrap();
        assert_eq!((row.id(), &row.values[TITLE]), ("a", &Value::Text("t".to_owned())));
        assert_eq!(row.lacking(), [2, 3, 4, 5, 6, 8]);
        let request = request_from(&ITEM, r#"{"kind":"update","columns":["later","title"]}"#).unwrap();
        assert_eq!(request.columns, [TITLE]);
    }

    #[test]
    fn damage_is_an_error_that_says_what_cannot_be_read() {
        for text in
            ["", "{", "{}", r#"{"cells":{"title":}}"#, r#"{"cells":{"whole":1.2.3}}"#, r#"{"cells":{"bytes":{}}}"#]
        {
            let error = row_from(&ITEM, text).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Decode, "{text}");
        }
        assert!(request_from(&ITEM, r#"{"kind":"later","columns":[]}"#).unwrap_err().message().contains("later"));
        assert!(failure_from(r#"{"kind":"later","message":""}"#).unwrap_err().message().contains("later"));
    }
}
