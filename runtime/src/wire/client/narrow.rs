//! Updates of narrow tables where there is no PATCH: read the row, lay the changed columns over it,
//! replace it (protocol.md 6.1).

use std::fmt;

use serde::Deserializer as _;
use serde::de::{MapAccess, Visitor};
use serde_json::value::RawValue;

use super::address::segment;
use super::exchange::{Call, NoAnswer};
use super::table::{ReadRow, WireTable};
use super::write::{cell, value};
use crate::error::{Error, ErrorKind};
use crate::row::Row;
use crate::table::{SystemColumn, TableSchema};
use crate::value::Version;
use crate::value::wire::quoted;
use crate::wire::answer::{Answer, Body, Delivery, ServerRow};
use crate::wire::dialect::Dialect;
use crate::wire::etag::to_etag;
use crate::wire::extension::KeyNote;
use crate::wire::transport::Method;

impl WireTable {
    /// The columns are laid over the row that is read. `parameter` goes with both requests; empty for
    /// none.
    ///
    /// Failures before the second request are told as if the write had not left, or as its answer.
    pub(super) async fn overlay(
        &self,
        dialect: Dialect,
        id: &str,
        columns: Columns<'_>,
        if_match: Option<&Version>,
        parameter: &str,
    ) -> Delivery {
        let rest = match segment(id) {
            Ok(segment) if parameter.is_empty() => format!("/{segment}"),
            Ok(segment) => format!("/{segment}?{parameter}"),
            Err(error) => return Delivery::Unsendable(error),
        };
        let url = match self.url(&rest) {
            Ok(url) => url,
            Err(error) => return Delivery::Unsendable(error),
        };
        let received = match self.client.exchange(Call::get(url.clone(), dialect.version_header()), self.schema).await {
            Ok(received) => received,
            Err(NoAnswer::Unsent(error) | NoAnswer::Withheld(error)) => return Delivery::Unsent(error),
            Err(NoAnswer::Unanswered(error) | NoAnswer::Unreadable(error)) => return Delivery::Unanswered(error),
        };
        if !received.is_success() {
            return self.judge(dialect, id, &received, false);
        }
        let unusable = |message: String| Delivery::Unanswered(received.error(ErrorKind::Decode, message, self.schema));
        let version = match self.read_row(dialect, &received) {
            Ok(read) if read.id() != id => return unusable("asked for this row, found another".into()),
            Ok(ReadRow::Row(server, has_unknown_members)) => {
                self.note_answer();
                if if_match.is_some_and(|base| server.version.as_ref() != Some(base)) {
                    let body = Body::Row(ServerRow { row: server, has_unknown_members });
                    return as_conflict(body);
                }
                server.version
            }
            Ok(ReadRow::Unreadable(server)) => {
                if if_match.is_some_and(|base| server.system.version.as_ref() != Some(base)) {
                    return as_conflict(Body::Unreadable(server));
                }
                server.system.version
            }
            Err(message) => return unusable(message),
        };
        let body = match received.json_text().and_then(|text| lay_over(text, columns)) {
            Ok(body) => body,
            Err(message) => return unusable(message),
        };
        // Without a base the version just read at least keeps other edits from this moment on.
        let if_match = version.as_ref().map(to_etag);
        let call = Call::new(Method::Put, url, dialect.version_header());
        let call = Call { if_match, body: Some(body), ..call };
        self.deliver(dialect, id, call, false).await
    }
}

/// The row has another version than the update began with: as a 412 would say.
fn as_conflict(body: Body) -> Delivery {
    Delivery::Answered(Answer {
        status: 412,
        body,
        message: String::new(),
        retry_after: None,
        own_form: true,
        may_be_deleted: false,
        key: KeyNote::None,
    })
}

/// The JSON of columns, by wire name.
pub(super) type Columns<'a> = Vec<(&'a str, Vec<u8>)>;

/// What is laid over a row for an update: at least one column.
pub(super) fn overlay_of<'a>(
    dialect: Dialect,
    schema: &'static TableSchema,
    changed: &[usize],
    row: &'a Row,
) -> Result<Columns<'a>, Error> {
    let mut columns = Columns::new();
    for (index, column) in schema.data_columns().filter(|(index, _)| changed.contains(index)) {
        let mut json = Vec::new();
        cell(dialect, schema, index, row, &mut json)?;
        columns.push((column.wire_name(), json));
    }
    for kept in row.kept() {
        let mut json = Vec::new();
        value(dialect, &kept.name, kept.column_type, &kept.value, &mut json)?;
        columns.push((&kept.name, json));
    }
    if columns.is_empty() {
        return Err(Error::new(ErrorKind::Invalid, "an update changes at least one column that the server has"));
    }
    Ok(columns)
}

/// The members of a row as they were, but for system members, which are left out, and the given
/// columns, which replace those of their name.
fn lay_over(text: &str, columns: Columns<'_>) -> Result<Vec<u8>, String> {
    serde_json::Deserializer::from_str(text)
        .deserialize_map(Overlay { columns })
        .map_err(|error| format!("the row that was read is no JSON object: {error}"))
}

struct Overlay<'a> {
    columns: Columns<'a>,
}

impl<'de> Visitor<'de> for Overlay<'_> {
    type Value = Vec<u8>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a row")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Vec<u8>, A::Error> {
        let mut out = vec![b'{'];
        let mut add = |name: &str, json: &[u8]| {
            if out.len() > 1 {
                out.push(b',');
            }
            quoted(name, &mut out);
            out.push(b':');
            out.extend_from_slice(json);
        };
        while let Some(name) = members.next_key::<String>()? {
            let raw: &RawValue = members.next_value()?;
            let is_replaced = self.columns.iter().any(|(column, _)| column.eq_ignore_ascii_case(&name));
            if !is_replaced && !is_system(&name) {
                add(&name, raw.get().as_bytes());
            }
        }
        for (name, json) in &self.columns {
            add(name, json);
        }
        out.push(b'}');
        Ok(out)
    }
}

/// Servers without PATCH do not write `createdAt`: there it is a column as any other.
fn is_system(name: &str) -> bool {
    [SystemColumn::Version, SystemColumn::UpdatedAt, SystemColumn::Deleted]
        .iter()
        .any(|column| column.wire_name().eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_members_stay_byte_for_byte() {
        let text = r#"{ "a" : 1.50, "id":"x", "Version":"v", "n" : {"b":  [1,2]}, "deleted":true, "s":"\u00e9\n", "updatedAt":null, "createdAt":"c"}"#;
        let body = lay_over(text, vec![("A", b"2".to_vec()), ("new", b"null".to_vec())]).unwrap();
        let expected = r#"{"id":"x","n":{"b":  [1,2]},"s":"\u00e9\n","createdAt":"c","A":2,"new":null}"#;
        assert_eq!(String::from_utf8(body).unwrap(), expected);
        assert!(lay_over("[1]", Vec::new()).is_err());
    }
}
