//! The routes of the tables, and what each verb does.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::header::{CONTENT_TYPE, HOST, LOCATION};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::Response;
use synctable::testing::odata::{percent_decode, query_pairs};

use crate::access::{Caller, Gate, Grant};
use crate::answer;
use crate::body::{BodyFault, Members};
use crate::conditions::Conditions;
use crate::dialect::{Address, Protocol};
use crate::page::{self, PageLimits};
use crate::projection::Projection;
use crate::store::{
    Change, Outcome, Patch, Read, Refusal, Store, StoreError, StoredRow, StoredTable, View, Write, WriteKind,
    read_cells,
};
use crate::{Config, Dialect, value};

/// Kestrel refuses a request line above 8 kB (recorded: 414).
const REQUEST_LINE_BYTES: usize = 8192;

struct Settings {
    dialect: Dialect,
    limits: PageLimits,
    body_limit_bytes: usize,
    /// `http` or `https`
    scheme: &'static str,
    gate: Gate,
    store: Store,
}

/// Returns the routes of the tables: `/tables/<name>` and `/tables/<name>/<id>` for each table of the store.
pub(crate) fn routes(config: &Config, store: Store) -> Router {
    let settings = Settings {
        dialect: config.dialect,
        limits: PageLimits { page_size: config.page_size, max_top: config.max_top },
        body_limit_bytes: config.body_limit_bytes,
        scheme: config.scheme(),
        gate: Gate::new(config.access.clone()),
        store,
    };
    Router::new().fallback(serve).with_state(Arc::new(settings))
}

/// One request on a table that exists.
struct Call {
    protocol: Protocol,
    table: Arc<StoredTable>,
    headers: HeaderMap,
    origin: String,
    path: String,
    raw_query: String,
    query: Vec<(String, String)>,
    /// What the request may see and change.
    grant: Grant,
}

async fn serve(State(settings): State<Arc<Settings>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let target = parts.uri.path_and_query().map_or(0, |target| target.as_str().len());
    if parts.method.as_str().len() + target + " HTTP/1.1\r\n ".len() > REQUEST_LINE_BYTES {
        return answer::empty(StatusCode::URI_TOO_LONG);
    }
    let path = parts.uri.path().to_owned();
    let mut segments = path.trim_start_matches('/').split('/');
    let (Some(root), Some(name), id, rest) = (segments.next(), segments.next(), segments.next(), segments.next())
    else {
        return answer::empty(StatusCode::NOT_FOUND);
    };
    if !root.eq_ignore_ascii_case("tables") || rest.is_some_and(|rest| !rest.is_empty()) || segments.next().is_some() {
        return answer::empty(StatusCode::NOT_FOUND);
    }
    let Some(table) = percent_decode(name).and_then(|name| settings.store.table(&name)) else {
        return answer::empty(StatusCode::NOT_FOUND);
    };
    let dialect = settings.dialect;
    let id = id.filter(|id| !id.is_empty());
    // A wrong verb is found by the route, before the protocol version is looked at.
    let allowed = match id {
        None => parts.method == Method::GET || parts.method == Method::POST,
        Some(_) => dialect.takes(&parts.method),
    };
    if !allowed {
        return answer::not_allowed(if id.is_none() { "GET, POST" } else { dialect.row_verbs() });
    }
    let raw_query = parts.uri.query().unwrap_or("").to_owned();
    let pairs = query_pairs(&raw_query);
    let protocol = match dialect.admit(&parts.headers, pairs.as_deref().unwrap_or(&[])) {
        Ok(protocol) => protocol,
        Err(refusal) => return refusal,
    };
    let query = match pairs {
        Ok(query) => query,
        Err(error) => return protocol.query_error(&error),
    };
    let caller = parts.extensions.get::<Caller>().unwrap_or(&Caller::Nobody);
    let grant = match settings.gate.admit(&table, &parts.method, &parts.headers, caller) {
        Ok(grant) => grant,
        Err(refusal) => return refusal.answer(protocol),
    };
    // HTTP/2 names the host in the address.
    let authority = parts.uri.authority().map(axum::http::uri::Authority::as_str);
    let host = parts.headers.get(HOST).and_then(|host| host.to_str().ok()).or(authority).unwrap_or("localhost");
    let call = Call {
        protocol,
        table,
        origin: format!("{}://{host}", settings.scheme),
        headers: parts.headers,
        path: path.clone(),
        raw_query,
        query,
        grant,
    };
    let answered = match id.map(percent_decode) {
        Some(None) => Ok(protocol.bad_query("the id in the path is not percent-encoded UTF-8")),
        None if parts.method == Method::GET => call.list(&settings).await,
        None => match read_body(&call, &settings, &parts.method, body).await {
            Ok(members) => call.insert(&settings, &members).await,
            Err(refusal) => Ok(refusal),
        },
        Some(Some(id)) if parts.method == Method::GET => call.read(&settings, id).await,
        Some(Some(id)) if parts.method == Method::DELETE => call.delete(&settings, id).await,
        Some(Some(id)) => match read_body(&call, &settings, &parts.method, body).await {
            Ok(members) if parts.method == Method::PUT => call.replace(&settings, id, &members).await,
            Ok(members) => call.merge(&settings, id, members).await,
            Err(refusal) => Ok(refusal),
        },
    };
    answered.unwrap_or_else(|error| failure(&error))
}

/// The database failed; the cause goes to the log of the process, not to the client.
fn failure(error: &StoreError) -> Response {
    tracing::error!(error = %error, "the store failed");
    answer::empty(match error.is_unavailable() {
        true => StatusCode::SERVICE_UNAVAILABLE,
        false => StatusCode::INTERNAL_SERVER_ERROR,
    })
}

async fn read_body(call: &Call, settings: &Settings, verb: &Method, body: Body) -> Result<Members, Response> {
    let content_type = call.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    let (media_type, parameters) = content_type.split_once(';').unwrap_or((content_type, ""));
    let charset = parameters
        .split(';')
        .filter_map(|parameter| parameter.trim().split_once('='))
        .find(|(name, _)| name.eq_ignore_ascii_case("charset"));
    let utf8 = charset.is_none_or(|(_, charset)| charset.trim_matches('"').eq_ignore_ascii_case("utf-8"));
    let is = |known: &str| media_type.trim().eq_ignore_ascii_case(known);
    let is_patch = verb == Method::PATCH && is("application/json-patch+json");
    if !(is_patch || is("application/json")) || !utf8 {
        return Err(call.protocol.unsupported_media_type(content_type.is_empty()));
    }
    let bytes: Bytes = match axum::body::to_bytes(body, settings.body_limit_bytes).await {
        Ok(bytes) => bytes,
        Err(_) => return Err(call.protocol.status(StatusCode::PAYLOAD_TOO_LARGE)),
    };
    let members = if is_patch { Members::parse_patch(&bytes) } else { Members::parse(&bytes) };
    let mut members = members.map_err(|fault| call.protocol.unreadable_body(verb, &fault))?;
    call.grant.own(&mut members).map_err(|refusal| refusal.answer(call.protocol))?;
    Ok(members)
}

impl Call {
    fn projection(&self) -> Projection {
        Projection::whole(&self.table, self.protocol.dialect)
    }

    fn row(&self, status: StatusCode, row: &StoredRow) -> Response {
        answer::row(status, row, &self.projection())
    }

    fn include_deleted(&self) -> bool {
        self.protocol.includes_deleted(&self.headers)
            || self.query.iter().any(|(name, value)| {
                name.eq_ignore_ascii_case("__includedeleted") && value.eq_ignore_ascii_case("true")
            })
    }

    /// The rows that the request may see, tombstones among them or not.
    fn view(&self, tombstones: bool) -> View {
        View { tombstones, rows: self.grant.visible().cloned() }
    }

    fn answer(&self, outcome: Outcome, done: StatusCode) -> Response {
        match outcome {
            Outcome::Done(row) => self.row(done, &row),
            Outcome::Removed(_) => answer::empty(StatusCode::NO_CONTENT),
            Outcome::Exists(row) => self.row(StatusCode::CONFLICT, &row),
            Outcome::Taken => self.protocol.status(StatusCode::BAD_REQUEST),
            Outcome::Missing => self.protocol.status(StatusCode::NOT_FOUND),
            Outcome::Gone => self.protocol.status(StatusCode::GONE),
            Outcome::Failed(row) => self.row(StatusCode::PRECONDITION_FAILED, &row),
            Outcome::NotModified => answer::empty(StatusCode::NOT_MODIFIED),
            Outcome::Refused(Refusal::Body(fault)) => self.protocol.bad_body(&fault),
            Outcome::Refused(Refusal::System { member, stored, sent }) => {
                answer::system_member_problem(member, &stored, &sent)
            }
        }
    }

    async fn list(&self, settings: &Settings) -> Result<Response, StoreError> {
        let request = match page::read(self.protocol, &self.table, &self.raw_query, &self.headers, settings.limits) {
            Ok(request) => request,
            Err(refusal) => return Ok(refusal),
        };
        let (top, skip) = (request.top(), request.list.skip);
        let list = request.list.among(self.grant.visible().cloned());
        let page = match settings.store.list(&self.table, list).await {
            Ok(page) => page,
            Err(error) => match error.refusal() {
                Some(message) => return Ok(self.protocol.bad_query(message)),
                None => return Err(error),
            },
        };
        let address = Address { origin: &self.origin, path: &self.path, query: &self.query };
        Ok(page::write(self.protocol, &address, &self.headers, top, skip, &page))
    }

    async fn read(&self, settings: &Settings, id: String) -> Result<Response, StoreError> {
        let read = Read {
            id,
            view: self.view(self.include_deleted()),
            conditions: Conditions::from_headers(&self.headers),
            dialect: self.protocol.dialect,
        };
        let outcome = settings.store.read(&self.table, read).await?;
        Ok(self.answer(outcome, StatusCode::OK))
    }

    /// Writes a row of those that the request sees.
    async fn write(&self, settings: &Settings, id: String, view: View, kind: WriteKind) -> Result<Outcome, StoreError> {
        let write = Write {
            table: Arc::clone(&self.table),
            id,
            view,
            conditions: Conditions::from_headers(&self.headers),
            dialect: self.protocol.dialect,
            kind,
        };
        settings.store.write(write).await
    }

    async fn insert(&self, settings: &Settings, members: &Members) -> Result<Response, StoreError> {
        let (id, change) = match self.new_row(members) {
            Ok(row) => row,
            Err(fault) => return Ok(self.protocol.bad_body(&fault)),
        };
        let outcome = self.write(settings, id, self.view(true), WriteKind::Insert(change)).await?;
        let location = match &outcome {
            Outcome::Done(row) => Some(self.protocol.dialect.location_id(&row.id)),
            _ => None,
        };
        let mut response = self.answer(outcome, StatusCode::CREATED);
        if let Some(id) = location {
            let location = format!("{}{}/{id}", self.origin, self.path.trim_end_matches('/'));
            if let Ok(location) = HeaderValue::try_from(location) {
                response.headers_mut().insert(LOCATION, location);
            }
        }
        Ok(response)
    }

    fn new_row(&self, members: &Members) -> Result<(String, Change), BodyFault> {
        let id = match id_member(members)? {
            Some(id) if !id.is_empty() => id,
            // Recorded of both servers: 32 hexadecimal digits without dashes.
            _ => uuid::Uuid::now_v7().simple().to_string(),
        };
        if id.len() > 1024 || id.chars().any(char::is_control) {
            let message = "member 'id' must be at most 1024 bytes without control characters";
            return Err(BodyFault::new("id", message));
        }
        Ok((id, self.whole_row(members)?))
    }

    /// Reads a body that gives the whole row: what is missing takes its default.
    fn whole_row(&self, members: &Members) -> Result<Change, BodyFault> {
        let cells = read_cells(&self.table, members, |at| value::missing(&self.table.columns()[at]))?;
        Ok(Change { cells, deleted: deleted_member(members)?.unwrap_or(false) })
    }

    async fn replace(&self, settings: &Settings, id: String, members: &Members) -> Result<Response, StoreError> {
        let change = match self.whole_row(members).and_then(|change| Ok((change, id_member(members)?))) {
            Ok((change, body_id)) if body_id.as_deref() == Some(id.as_str()) => change,
            Ok(_) => return Ok(self.protocol.status(StatusCode::BAD_REQUEST)),
            Err(fault) => return Ok(self.protocol.bad_body(&fault)),
        };
        let outcome = self.write(settings, id, self.view(self.include_deleted()), WriteKind::Replace(change)).await?;
        Ok(self.answer(outcome, StatusCode::OK))
    }

    async fn merge(&self, settings: &Settings, id: String, members: Members) -> Result<Response, StoreError> {
        const SYSTEM: [&str; 4] = ["id", "updatedat", "version", "deleted"];
        let unknown = members
            .names()
            .find(|name| !SYSTEM.contains(&name.to_ascii_lowercase().as_str()) && self.table.column(name).is_none());
        if let Some(name) = unknown {
            let fault = BodyFault::new(name, format!("the table has no member '{name}'"));
            return Ok(self.protocol.bad_body(&fault));
        }
        let deleted = match deleted_member(&members) {
            Ok(deleted) => deleted,
            Err(fault) => return Ok(self.protocol.bad_body(&fault)),
        };
        // A PATCH that says it brings the row back reaches a tombstone.
        let view = self.view(deleted == Some(false) || self.include_deleted());
        let outcome = self.write(settings, id, view, WriteKind::Merge(Patch { members, deleted })).await?;
        Ok(self.answer(outcome, StatusCode::OK))
    }

    async fn delete(&self, settings: &Settings, id: String) -> Result<Response, StoreError> {
        let outcome = self.write(settings, id, self.view(false), WriteKind::Delete).await?;
        Ok(self.answer(outcome, StatusCode::NO_CONTENT))
    }
}

fn id_member(members: &Members) -> Result<Option<String>, BodyFault> {
    match members.get("id") {
        None | Some("null") => Ok(None),
        Some(json) => {
            serde_json::from_str(json).map(Some).map_err(|_| BodyFault::new("id", "member 'id' must be a string"))
        }
    }
}

fn deleted_member(members: &Members) -> Result<Option<bool>, BodyFault> {
    match members.get("deleted") {
        None => Ok(None),
        Some("true") => Ok(Some(true)),
        Some("false") => Ok(Some(false)),
        Some(_) => Err(BodyFault::new("deleted", "member 'deleted' must be true or false")),
    }
}
