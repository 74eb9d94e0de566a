//! What the server answers to a request: routes and verbs of the Toolkit.

use bytes::Bytes;

use super::conditions::{Conditions, Verdict};
use super::list::{self, Member, PageLimits};
use super::table::{StoredRow, Table};
use crate::testing::headers::{is_json_by_suffix, media_type};
use crate::testing::json::write_text;
use crate::testing::members::Members;
use crate::testing::odata::{percent_decode, query_pairs};
use crate::value::{Id, Timestamp};
use crate::wire::{Headers, Method, Request, Response};

/// ASP.NET refuses a request line above 8 kB.
const REQUEST_LINE_BYTES: usize = 8192;
/// ASP.NET refuses a larger body.
const BODY_BYTES: usize = 30_000_000;
const JSON: &str = "application/json; charset=utf-8";

/// The parts of a request's address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    /// `https://host`
    pub(super) origin: String,
    /// Below the origin, as sent, without the first slash.
    pub(super) path: String,
    /// As sent.
    pub(super) query: String,
}

impl Target {
    pub(super) fn of(url: &str) -> Self {
        let scheme_end = url.find("://").map_or(0, |at| at + 3);
        let path_start = url[scheme_end..].find(['/', '?']).map_or(url.len(), |at| at + scheme_end);
        let (origin, rest) = url.split_at(path_start);
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        Self { origin: origin.to_owned(), path: path.trim_start_matches('/').to_owned(), query: query.to_owned() }
    }

    /// Finds the table of the path by its route, and what follows it: an id, or nothing. Other segments
    /// may come before, as in the address of an app whose tables are not at the root.
    ///
    /// `None` if no table has such a route, or more than an id follows.
    pub(super) fn find(&self, tables: &[Table]) -> Option<(usize, Option<&str>)> {
        let segments: Vec<&str> = self.path.split('/').collect();
        (0..segments.len()).find_map(|start| {
            tables.iter().enumerate().find_map(|(index, table)| {
                let id = below(&segments[start..], &table.route)?;
                Some((index, Some(id).filter(|id| !id.is_empty())))
            })
        })
    }
}

/// The id that follows a route, empty if none does; `None` if the segments are not those of the route, or more follow.
fn below<'a>(segments: &[&'a str], route: &str) -> Option<&'a str> {
    let mut rest = segments.iter().copied();
    for wanted in route.split('/') {
        if !percent_decode(rest.next()?)?.eq_ignore_ascii_case(wanted) {
            return None;
        }
    }
    let id = rest.next().unwrap_or_default();
    let is_end = rest.next().is_none_or(str::is_empty) && rest.next().is_none();
    is_end.then_some(id)
}

/// Answers a request at a time.
pub(super) fn answer(tables: &mut [Table], limits: PageLimits, request: &Request, now: Timestamp) -> Response {
    let target = Target::of(&request.url);
    let line = target.path.len() + target.query.len() + usize::from(!target.query.is_empty()) + 1;
    if request.method.as_str().len() + line + " HTTP/1.1\r\n ".len() > REQUEST_LINE_BYTES {
        return empty(414);
    }
    let Some((index, id)) = target.find(tables) else { return empty(404) };
    let verbs: &[Method] = match id {
        None => &[Method::Get, Method::Post],
        Some(_) => &[Method::Delete, Method::Get, Method::Put],
    };
    if !verbs.contains(&request.method) {
        let names: Vec<&str> = verbs.iter().map(|verb| verb.as_str()).collect();
        let mut response = empty(405);
        response.headers.add("allow", names.join(", "));
        return response;
    }
    let query = match query_pairs(&target.query) {
        Ok(query) => query,
        Err(error) => return refusal(&error.message),
    };
    let id = match id.map(percent_decode) {
        Some(None) => return refusal("the id in the path is not percent-encoded UTF-8"),
        Some(id) => id,
        None => None,
    };
    let includes_deleted = query
        .iter()
        .any(|(name, value)| name.eq_ignore_ascii_case("__includedeleted") && value.eq_ignore_ascii_case("true"));
    let mut call = Call { table: &mut tables[index], request, target: &target, includes_deleted, now: now.ticks() };
    match (request.method, id) {
        (Method::Get, None) => match list::list(call.table, &target.query, limits) {
            Ok(body) => with_body(200, JSON, body),
            Err(message) => refusal(&message),
        },
        (Method::Get, Some(id)) => call.read(&id),
        (Method::Delete, Some(id)) => call.delete(&id),
        (_, id) => match read_body(request) {
            Ok(members) => match id {
                None => call.insert(&members),
                Some(id) => call.replace(&id, &members),
            },
            Err(response) => response,
        },
    }
}

fn read_body(request: &Request) -> Result<Members, Response> {
    let content_type = request.headers.get("content-type").unwrap_or_default();
    let is_json = |name: &str| name.eq_ignore_ascii_case("application/json") || is_json_by_suffix(name);
    if !media_type(content_type).is_some_and(is_json) {
        return Err(empty(415));
    }
    if request.body.len() > BODY_BYTES {
        return Err(empty(413));
    }
    Members::parse(&request.body).map_err(|message| refusal(&message))
}

/// One request on a table.
struct Call<'a> {
    table: &'a mut Table,
    request: &'a Request,
    target: &'a Target,
    includes_deleted: bool,
    now: i64,
}

impl Call<'_> {
    fn row(&self, status: u16, row: &StoredRow) -> Response {
        let mut body = String::new();
        list::write_row(&mut body, self.table, row, &Member::all(self.table));
        let mut response = with_body(status, JSON, body);
        response.headers.add("etag", format!("\"{}\"", row.version()));
        response.headers.add("last-modified", http_date(row.updated_at));
        response
    }

    fn insert(&mut self, members: &Members) -> Response {
        let new = members.text("id").and_then(|id| {
            // 32 hexadecimal digits without dashes.
            let id = id.filter(|id| !id.is_empty()).unwrap_or_else(|| Id::new().as_str().replace('-', ""));
            if id.len() > 1024 || id.chars().any(char::is_control) {
                return Err("member 'id' must be at most 1024 bytes without control characters".to_owned());
            }
            Ok((id, members.truth("deleted")?.unwrap_or(false), self.table.read_values(members)?))
        });
        let (id, deleted, values) = match new {
            Ok(new) => new,
            Err(message) => return refusal(&message),
        };
        if let Some(row) = self.table.rows.get(&id) {
            return self.row(409, row);
        }
        let row = self.table.put(self.now, id, deleted, values);
        let mut response = self.row(201, &row);
        let id = percent_encode(&row.id, |byte| byte.is_ascii_graphic() && !b"%/?#\\\"".contains(&byte));
        let path = self.target.path.trim_end_matches('/');
        response.headers.add("location", format!("{}/{path}/{id}", self.target.origin));
        response
    }

    /// The row of an id, if the request may go on with it.
    fn find(&self, id: &str, includes_deleted: bool, unchanged: u16) -> Result<StoredRow, Response> {
        let Some(row) = self.table.rows.get(id) else { return Err(empty(404)) };
        if self.table.is_tombstone(row) && !includes_deleted {
            return Err(empty(410));
        }
        match Conditions::of(&self.request.headers).check(&row.version(), row.updated_at) {
            Verdict::Proceed => Ok(row.clone()),
            Verdict::NotModified if unchanged == 304 => Err(empty(304)),
            Verdict::NotModified | Verdict::Failed => Err(self.row(412, row)),
        }
    }

    fn read(&self, id: &str) -> Response {
        match self.find(id, self.includes_deleted, 304) {
            Ok(row) => self.row(200, &row),
            Err(response) => response,
        }
    }

    fn replace(&mut self, id: &str, members: &Members) -> Response {
        let whole = self
            .table
            .read_values(members)
            .and_then(|values| Ok((values, members.truth("deleted")?.unwrap_or(false), members.text("id")?)));
        let (values, deleted, body_id) = match whole {
            Ok(whole) => whole,
            Err(message) => return refusal(&message),
        };
        if body_id.as_deref() != Some(id) {
            return empty(400);
        }
        match self.find(id, self.includes_deleted, 412) {
            Ok(row) => {
                let row = self.table.put(self.now, row.id, deleted, values);
                self.row(200, &row)
            }
            Err(response) => response,
        }
    }

    /// A tombstone is not deleted again, whatever the request asks for.
    fn delete(&mut self, id: &str) -> Response {
        match self.find(id, false, 412) {
            Ok(row) => {
                self.table.delete(self.now, row);
                empty(204)
            }
            Err(response) => response,
        }
    }
}

/// A status without a body.
pub(super) fn empty(status: u16) -> Response {
    Response { status, headers: Headers::new(), body: Bytes::new() }
}

fn with_body(status: u16, content_type: &str, body: String) -> Response {
    Response { status, headers: Headers::from_iter([("content-type", content_type)]), body: body.into() }
}

/// 400 that says what is wrong.
fn refusal(message: &str) -> Response {
    let mut body = "{\"code\":\"400\",\"message\":".to_owned();
    write_text(&mut body, message);
    body.push_str(",\"target\":null,\"details\":[]}");
    with_body(400, JSON, body)
}

/// An instant as HTTP headers carry it, cut to seconds.
pub(super) fn http_date(ticks: i64) -> String {
    // Behind 9999-12-31 there is no such date.
    let seconds = u64::try_from(ticks.div_euclid(10_000_000)).unwrap_or(0).min(253_402_300_799);
    httpdate::fmt_http_date(std::time::UNIX_EPOCH + std::time::Duration::from_secs(seconds))
}

/// Percent-encodes the bytes that are not to be kept.
pub(super) fn percent_encode(text: &str, keep: impl Fn(u8) -> bool) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match keep(byte) {
            true => out.push(char::from(byte)),
            false => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}
