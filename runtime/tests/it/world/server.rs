//! A server in memory with soft delete, in three dialects, as protocol.md 3 to 5 describe them.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use synctable::wire::{Dialect, Headers, Method, Request, Response};

use super::filter;
use super::keys::{self, Keys, with};

/// The stamp of a server's first write, in seconds since 1970; each further one is a second later.
const EPOCH_SECONDS: i64 = 1_767_225_600;

/// A row as the server keeps it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Stored {
    /// The app's columns.
    pub(crate) members: Map<String, Value>,
    /// Its version is made of this number, and its stamp of `stamped`.
    pub(crate) version: u64,
    pub(crate) stamped: u64,
    pub(crate) deleted: bool,
}

/// All tables of a server; any table name is there.
#[derive(Debug, Clone)]
pub(crate) struct Server {
    pub(crate) dialect: Dialect,
    pub(crate) rows: BTreeMap<(String, String), Stored>,
    pub(crate) clock: u64,
    /// The clock that answers of lists tell, in seconds as `stamped` is; none is told without it.
    pub(crate) date: Option<u64>,
    /// What the stamp of a write is made of; the stamps of one row never go back.
    pub(crate) stamp: fn(u64) -> u64,
    /// Writes that the server took, as `METHOD table/id`, in order.
    pub(crate) taken: Vec<String>,
    /// What the server announces besides the plain protocol, and the keys that it has met; it knows none without it.
    pub(crate) extensions: Option<(String, Keys)>,
}

impl Server {
    pub(crate) fn new(dialect: Dialect) -> Self {
        Self {
            dialect,
            rows: BTreeMap::new(),
            clock: 0,
            date: None,
            stamp: |clock| clock,
            taken: Vec::new(),
            extensions: None,
        }
    }

    pub(crate) fn row(&self, table: &str, id: &str) -> Option<&Stored> {
        self.rows.get(&(table.to_owned(), id.to_owned()))
    }

    /// The live row's columns.
    pub(crate) fn live(&self, table: &str, id: &str) -> Option<&Map<String, Value>> {
        self.row(table, id).filter(|row| !row.deleted).map(|row| &row.members)
    }

    /// Writes a row as another device would.
    pub(crate) fn put(&mut self, table: &str, id: &str, members: Value) {
        let Value::Object(members) = members else { panic!("a row is an object") };
        self.store(table, id, members, false);
    }

    /// Changes some columns of a row as another device would.
    pub(crate) fn change(&mut self, table: &str, id: &str, changes: Value) {
        let mut members = self.row(table, id).expect("the row is there").members.clone();
        merge(&mut members, changes);
        self.store(table, id, members, false);
    }

    /// Deletes a row as another device would.
    pub(crate) fn delete(&mut self, table: &str, id: &str) {
        let members = self.row(table, id).expect("the row is there").members.clone();
        self.store(table, id, members, true);
    }

    /// Takes a row away without a trace, as a server without soft delete, or its clean-up, does.
    pub(crate) fn forget(&mut self, table: &str, id: &str) {
        self.rows.remove(&(table.to_owned(), id.to_owned())).expect("the row is there");
    }

    /// Changes a row behind the server's back: neither its stamp nor, unless the work does it, its version
    /// moves.
    pub(crate) fn tamper(&mut self, table: &str, id: &str, work: impl FnOnce(&mut Stored)) {
        work(self.rows.get_mut(&(table.to_owned(), id.to_owned())).expect("the row is there"));
    }

    fn store(&mut self, table: &str, id: &str, members: Map<String, Value>, deleted: bool) {
        self.clock += 1;
        let before = self.row(table, id).map_or(0, |row| row.stamped);
        let stamped = before.max((self.stamp)(self.clock));
        let row = Stored { members, version: self.clock, stamped, deleted };
        self.rows.insert((table.to_owned(), id.to_owned()), row);
    }

    /// The server knows idempotency keys from now on, and says so.
    pub(crate) fn knows_keys(&mut self) {
        self.extensions = Some(("idempotency-key".to_owned(), Keys::default()));
    }

    /// The server knows keys and batches from now on, and says so.
    pub(crate) fn knows_batches(&mut self) {
        self.knows_batches_of(100);
    }

    /// As [`knows_batches`](Self::knows_batches), of so many operations.
    pub(crate) fn knows_batches_of(&mut self, operations: u32) {
        let announced = format!("idempotency-key, batch; operations={operations}; bytes=100000");
        self.extensions = Some((announced, Keys::default()));
    }

    /// The keys that the server has met.
    pub(crate) fn keys(&mut self) -> &mut Keys {
        &mut self.extensions.as_mut().expect("the server knows keys").1
    }

    /// Answers one request.
    pub(crate) fn answer(&mut self, request: &Request) -> Response {
        let Some((announced, keys)) = &mut self.extensions else { return self.answer_plainly(request) };
        let announced = announced.clone();
        let answer = match keys.replay(request) {
            Some(answer) => answer,
            None if announced.contains("batch") && request.url.ends_with("/$batch") => {
                respond_raw(&keys::answers(request, |single| self.answer(single)))
            }
            None => {
                let answer = self.answer_plainly(request);
                self.keys().keep(request, &answer);
                answer
            }
        };
        with(answer, "Synctable-Extensions", &announced)
    }

    fn answer_plainly(&mut self, request: &Request) -> Response {
        let (path, query) = split(&request.url);
        let mut parts = path.split('/').map(decode);
        let (Some(_), Some(table), id) = (parts.next(), parts.next(), parts.next()) else {
            return self.missing();
        };
        let body: Value = serde_json::from_slice(&request.body).unwrap_or(Value::Null);
        let response = match (request.method, id) {
            (Method::Get, None) => self.list(&table, &query),
            (Method::Get, Some(id)) => self.read(&table, &id, &query),
            (Method::Post, None) => self.insert(&table, body),
            (Method::Post, Some(id)) if self.dialect == Dialect::NodeV2 => self.revive(&table, &id, request),
            (Method::Patch, Some(id)) if self.dialect != Dialect::Toolkit => self.patch(&table, &id, request, body),
            (Method::Put, Some(id)) if self.dialect != Dialect::NodeV2 => {
                self.replace(&table, &id, request, &query, body)
            }
            (Method::Delete, Some(id)) => self.remove(&table, &id, request),
            _ => plain(405),
        };
        if request.method != Method::Get && response.status < 300 {
            self.taken.push(format!("{} {}", request.method, path.trim_start_matches("tables/")));
        }
        response
    }

    fn insert(&mut self, table: &str, body: Value) -> Response {
        let Value::Object(mut members) = body else { return plain(400) };
        let Some(Value::String(id)) = members.remove("id") else { return plain(400) };
        if self.row(table, &id).is_some() {
            return match self.dialect {
                // N2 sends back the request.
                Dialect::NodeV2 => {
                    members.insert("id".to_owned(), Value::String(id));
                    respond(409, &Value::Object(members), None)
                }
                _ => self.show(409, table, &id),
            };
        }
        self.store(table, &id, members, false);
        self.show(201, table, &id)
    }

    fn patch(&mut self, table: &str, id: &str, request: &Request, body: Value) -> Response {
        let Some(row) = self.row(table, id).cloned() else { return self.missing() };
        let is_undelete = self.dialect == Dialect::DatasyncV3 && body.get("deleted") == Some(&Value::Bool(false));
        if row.deleted && !is_undelete {
            return if self.dialect == Dialect::DatasyncV3 { plain(410) } else { self.missing() };
        }
        if let Some(refusal) = self.refuse_stale(table, id, request, &row) {
            return refusal;
        }
        if body.as_object().is_none_or(Map::is_empty) {
            return plain(500);
        }
        let mut members = row.members;
        merge(&mut members, body);
        members.remove("deleted");
        self.store(table, id, members, false);
        self.show(200, table, id)
    }

    fn replace(&mut self, table: &str, id: &str, request: &Request, query: &str, body: Value) -> Response {
        let Some(row) = self.row(table, id).cloned() else { return self.missing() };
        if row.deleted && !query.to_ascii_lowercase().contains("__includedeleted=true") {
            return plain(410);
        }
        if let Some(refusal) = self.refuse_stale(table, id, request, &row) {
            return refusal;
        }
        let Value::Object(mut members) = body else { return plain(400) };
        members.remove("id");
        self.store(table, id, members, false);
        self.show(200, table, id)
    }

    /// The undelete of N2: it carries no columns.
    fn revive(&mut self, table: &str, id: &str, request: &Request) -> Response {
        let Some(row) = self.row(table, id).cloned() else { return self.missing() };
        if let Some(refusal) = self.refuse_stale(table, id, request, &row) {
            return refusal;
        }
        self.store(table, id, row.members, false);
        self.show(201, table, id)
    }

    fn remove(&mut self, table: &str, id: &str, request: &Request) -> Response {
        let Some(row) = self.row(table, id).cloned() else { return self.missing() };
        if row.deleted {
            return if self.dialect == Dialect::NodeV2 { self.missing() } else { plain(410) };
        }
        if let Some(refusal) = self.refuse_stale(table, id, request, &row) {
            return refusal;
        }
        self.store(table, id, row.members, true);
        if self.dialect == Dialect::NodeV2 { self.show(200, table, id) } else { plain(204) }
    }

    fn refuse_stale(&self, table: &str, id: &str, request: &Request, row: &Stored) -> Option<Response> {
        let tag = request.headers.get("if-match")?;
        (tag != format!("\"{}\"", version(row))).then(|| self.show(412, table, id))
    }

    fn read(&self, table: &str, id: &str, query: &str) -> Response {
        match self.row(table, id) {
            None => self.missing(),
            Some(row) if !row.deleted => self.show(200, table, id),
            Some(_) if self.dialect == Dialect::NodeV2 => self.missing(),
            Some(_) if query.to_ascii_lowercase().contains("__includedeleted=true") => self.show(200, table, id),
            Some(_) => plain(410),
        }
    }

    fn list(&self, table: &str, query: &str) -> Response {
        let options: BTreeMap<String, String> = query
            .split('&')
            .filter_map(|option| option.split_once('='))
            .map(|(name, value)| (decode(name).to_ascii_lowercase(), decode(value)))
            .collect();
        let deleted = options.get("__includedeleted").is_some_and(|value| value == "true");
        let conditions = options.get("$filter").map(|text| filter::conditions(text)).unwrap_or_default();
        let mut found: Vec<(&str, &Stored)> = self
            .rows
            .iter()
            .filter(|((of, _), row)| of == table && (deleted || !row.deleted))
            .map(|((_, id), row)| (id.as_str(), row))
            .collect();
        found.retain(|(id, row)| {
            let shown = json_row(id, row);
            conditions.iter().all(|condition| condition.holds(&shown))
        });
        if options.get("$orderby").is_some_and(|order| order.starts_with("updatedAt")) {
            found.sort_by_key(|(_, row)| row.stamped);
        }
        let count = found.len();
        let top = options.get("$top").and_then(|top| top.parse().ok()).unwrap_or(100);
        let items: Vec<Value> = found.into_iter().take(top).map(|(id, row)| json_row(id, row)).collect();
        let page = match self.dialect {
            Dialect::NodeV2 => json!({ "count": count, "results": items }),
            _ => json!({ "count": count, "items": items }),
        };
        let mut response = respond(200, &page, None);
        if let Some(date) = self.date {
            let since_1970 = std::time::Duration::from_millis(stamp_millis(date).unsigned_abs());
            response.headers.add("date", httpdate::fmt_http_date(std::time::UNIX_EPOCH + since_1970));
        }
        response
    }

    /// The row as it stands, under a status.
    pub(crate) fn show(&self, status: u16, table: &str, id: &str) -> Response {
        let row = self.row(table, id).expect("the row is there");
        respond(status, &json_row(id, row), Some(&version(row)))
    }

    /// A 404 in the dialect's own shape; TK has none.
    fn missing(&self) -> Response {
        match self.dialect {
            Dialect::NodeV2 => respond(404, &json!({ "error": "The item does not exist" }), None),
            Dialect::DatasyncV3 => Response {
                status: 404,
                headers: Headers::from_iter([("content-type", "application/problem+json")]),
                body: br#"{"title":"Not Found","status":404}"#.to_vec().into(),
            },
            _ => plain(404),
        }
    }
}

/// The row as the wire has it.
fn json_row(id: &str, row: &Stored) -> Value {
    let mut members = row.members.clone();
    members.insert("id".to_owned(), json!(id));
    members.insert("version".to_owned(), json!(version(row)));
    members.insert("updatedAt".to_owned(), json!(filter::stamp_text(stamp_millis(row.stamped))));
    members.insert("deleted".to_owned(), json!(row.deleted));
    Value::Object(members)
}

/// The version of a row as text.
pub(crate) fn version(row: &Stored) -> String {
    format!("v{}", row.version)
}

pub(crate) fn stamp_millis(stamped: u64) -> i64 {
    EPOCH_SECONDS * 1000 + i64::try_from(stamped).expect("a small number") * 1000
}

fn merge(members: &mut Map<String, Value>, changes: Value) {
    let Value::Object(changes) = changes else { panic!("changes are an object") };
    members.extend(changes);
}

/// An answer without a body.
pub(crate) fn plain(status: u16) -> Response {
    Response { status, headers: Headers::new(), body: Vec::new().into() }
}

/// An answer with JSON.
pub(crate) fn respond(status: u16, body: &Value, version: Option<&str>) -> Response {
    let mut headers = Headers::from_iter([("content-type", "application/json; charset=utf-8")]);
    if let Some(version) = version {
        headers.add("etag", format!("\"{version}\""));
    }
    Response { status, headers, body: body.to_string().into_bytes().into() }
}

/// An answer with JSON that is written already.
fn respond_raw(body: &str) -> Response {
    let mut response = respond(200, &Value::Null, None);
    response.body = body.as_bytes().to_vec().into();
    response
}

/// Path below the host, and query.
fn split(url: &str) -> (String, String) {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let target = rest.split_once('/').map_or("", |(_, target)| target);
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    (path.to_owned(), query.to_owned())
}

fn decode(text: &str) -> String {
    percent_encoding::percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned()
}
