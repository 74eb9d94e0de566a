//! What each verb does.

use std::sync::Arc;

use axum::body::Body;
use axum::http::header::{HOST, LOCATION};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use axum::response::Response;

use super::received;
use crate::access::Grant;
use crate::answer;
use crate::body::{self, BodyFault, Members};
use crate::conditions::Conditions;
use crate::dialect::{Address, Generation, Protocol, refused_tag};
use crate::page::{self, PageLimits};
use crate::store::{
    Change, Keyed, Outcome, Patch, Read, Refusal, Store, StoreError, StoredRow, StoredTable, SystemMembers, View,
    Write, WriteKind, read_cells,
};
use crate::value;

/// One request on a table that exists.
pub(super) struct Call {
    pub(super) protocol: Protocol,
    pub(super) table: Arc<StoredTable>,
    /// `http` or `https`
    pub(super) scheme: &'static str,
    pub(super) uri: Uri,
    pub(super) headers: HeaderMap,
    pub(super) query: Vec<(String, String)>,
    /// What the request may see and change.
    pub(super) grant: Grant,
    pub(super) limits: PageLimits,
    pub(super) body_limit_bytes: usize,
    /// The name of the request over its tries.
    pub(super) key: Option<Keyed>,
}

impl Call {
    /// Does what the verb says; it is one that the address takes.
    pub(super) async fn answer(
        &self,
        store: &Store,
        verb: &Method,
        id: Option<String>,
        body: Body,
    ) -> Result<Response, StoreError> {
        let is_read = verb == Method::GET || verb == Method::HEAD;
        if !is_read && let Some(message) = refused_tag(self.generation(), &self.headers) {
            return Ok(self.protocol.refuse(StatusCode::BAD_REQUEST, message));
        }
        match id {
            None if is_read => self.list(store).await,
            None if verb == Method::DELETE => {
                // The real one deletes what the query selects, or everything.
                let message = "a row is deleted by its id, which is missing";
                Ok(self.protocol.refuse(StatusCode::BAD_REQUEST, message))
            }
            Some(id) if is_read => self.read(store, id).await,
            Some(id) if verb == Method::DELETE => self.delete(store, id).await,
            Some(id) if verb == Method::POST => self.undelete(store, id).await,
            id => {
                let members = match received::read(self, verb, body).await {
                    Ok(members) => members,
                    Err(refusal) => return Ok(refusal),
                };
                match id {
                    None if verb == Method::POST => self.insert(store, &members).await,
                    None => match body::text(&members, "id") {
                        Ok(Some(id)) => self.merge(store, id, members).await,
                        // A row without an id is not there.
                        Ok(None) => Ok(self.protocol.status(StatusCode::NOT_FOUND)),
                        Err(fault) => Ok(self.protocol.bad_body(&fault)),
                    },
                    Some(id) if verb == Method::PUT => self.replace(store, id, &members).await,
                    Some(id) => self.merge(store, id, members).await,
                }
            }
        }
    }

    fn generation(&self) -> Generation {
        self.protocol.generation
    }

    /// Where the client finds the server.
    fn origin(&self) -> String {
        // HTTP/2 names the host in the address.
        let authority = self.uri.authority().map(Authority::as_str);
        let host = self.headers.get(HOST).and_then(|host| host.to_str().ok()).or(authority).unwrap_or("localhost");
        format!("{}://{host}", self.scheme)
    }

    fn row(&self, status: StatusCode, row: &StoredRow) -> Response {
        answer::row(status, row, &self.table.whole(self.generation()), self.generation())
    }

    fn include_deleted(&self) -> bool {
        self.protocol.includes_deleted(&self.query, &self.headers)
    }

    fn writes_deleted(&self) -> bool {
        self.protocol.writes_deleted(&self.query, &self.headers)
    }

    /// The rows that the request may see, tombstones among them or not.
    fn view(&self, tombstones: bool) -> View {
        View { tombstones, rows: self.grant.visible().cloned() }
    }

    fn outcome(&self, outcome: Outcome, done: StatusCode) -> Response {
        match outcome {
            Outcome::Done(row) => self.row(done, &row),
            Outcome::Removed(row) if self.generation() == Generation::NodeV2 => self.row(StatusCode::OK, &row),
            Outcome::Removed(_) => answer::empty(StatusCode::NO_CONTENT),
            Outcome::Exists(row) => self.row(StatusCode::CONFLICT, &row),
            Outcome::Taken => self.protocol.status(StatusCode::BAD_REQUEST),
            Outcome::Missing => self.protocol.status(StatusCode::NOT_FOUND),
            Outcome::Gone if self.generation().is_v2() => self.protocol.status(StatusCode::NOT_FOUND),
            Outcome::Gone => self.protocol.status(StatusCode::GONE),
            Outcome::Failed(row) => self.protocol.failed_row(self.row(StatusCode::PRECONDITION_FAILED, &row)),
            Outcome::Stale(row) => self.protocol.failed_row(self.row(StatusCode::CONFLICT, &row)),
            Outcome::NotModified => answer::empty(StatusCode::NOT_MODIFIED),
            Outcome::Refused(Refusal::Body(fault)) => self.protocol.bad_body(&fault),
            Outcome::Refused(Refusal::System { member, stored, sent }) => {
                answer::system_member_problem(member, &stored, &sent)
            }
        }
    }

    async fn list(&self, store: &Store) -> Result<Response, StoreError> {
        let raw_query = self.uri.query().unwrap_or("");
        let read = page::read(self.protocol, &self.table, raw_query, &self.query, &self.headers, self.limits);
        let request = match read {
            Ok(request) => request,
            Err(refusal) => return Ok(refusal),
        };
        let asked = request.asked();
        let list = request.list.among(self.grant.visible().cloned());
        let page = match store.list(&self.table, list).await {
            Ok(page) => page,
            Err(error) => match error.refusal() {
                Some(message) => return Ok(self.protocol.bad_query(message)),
                None => return Err(error),
            },
        };
        let address = Address { origin: &self.origin(), path: self.uri.path(), query: &self.query };
        Ok(page::write(self.protocol, &address, &self.headers, &asked, &page))
    }

    async fn read(&self, store: &Store, id: String) -> Result<Response, StoreError> {
        // Node does not show a tombstone, whatever is asked.
        let tombstones = self.generation() != Generation::NodeV2 && self.include_deleted();
        let projection = match self.protocol.row_projection(&self.table, &self.query) {
            Ok(projection) => projection,
            Err(refusal) => return Ok(refusal),
        };
        let read =
            Read { id, view: self.view(tombstones), conditions: Conditions::of_read(&self.headers, self.generation()) };
        Ok(match store.read(&self.table, read).await? {
            Outcome::Done(row) => answer::row(StatusCode::OK, &row, &projection, self.generation()),
            outcome => self.outcome(outcome, StatusCode::OK),
        })
    }

    /// Writes a row of those that the request sees.
    async fn write(
        &self,
        store: &Store,
        id: String,
        view: View,
        conditions: Conditions,
        kind: WriteKind,
    ) -> Result<Outcome, StoreError> {
        store.write(Write { table: Arc::clone(&self.table), id, view, conditions, kind, key: self.key.clone() }).await
    }

    fn conditions(&self) -> Conditions {
        Conditions::of_write(&self.headers, self.generation())
    }

    async fn insert(&self, store: &Store, members: &Members) -> Result<Response, StoreError> {
        let (id, change) = match self.new_row(members) {
            Ok(row) => row,
            Err(fault) => return Ok(self.protocol.bad_body(&fault)),
        };
        let kind = WriteKind::Insert(change);
        let outcome = self.write(store, id, self.view(true), self.conditions(), kind).await?;
        let location = match &outcome {
            Outcome::Done(row) => self.generation().location_id(&row.id),
            Outcome::Exists(_) | Outcome::Taken => match self.protocol.conflict_of_insert(members) {
                Some(response) => return Ok(response),
                None => None,
            },
            _ => None,
        };
        let mut response = self.outcome(outcome, StatusCode::CREATED);
        if let Some(id) = location {
            let location = format!("{}{}/{id}", self.origin(), self.uri.path().trim_end_matches('/'));
            if let Ok(location) = HeaderValue::try_from(location) {
                response.headers_mut().insert(LOCATION, location);
            }
        }
        Ok(response)
    }

    fn new_row(&self, members: &Members) -> Result<(String, Change), BodyFault> {
        let id = match body::text(members, "id")? {
            Some(id) if !id.is_empty() => id,
            _ => self.generation().new_id(),
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
        Ok(Change { cells, deleted: body::truth(members, "deleted")?.unwrap_or(false) })
    }

    async fn replace(&self, store: &Store, id: String, members: &Members) -> Result<Response, StoreError> {
        let change = match self.whole_row(members).and_then(|change| Ok((change, body::text(members, "id")?))) {
            Ok((change, body_id)) if body_id.as_deref() == Some(id.as_str()) => change,
            Ok(_) => return Ok(self.protocol.status(StatusCode::BAD_REQUEST)),
            Err(fault) => return Ok(self.protocol.bad_body(&fault)),
        };
        let (view, kind) = (self.view(self.writes_deleted()), WriteKind::Replace(change));
        let outcome = self.write(store, id, view, self.conditions(), kind).await?;
        Ok(self.outcome(outcome, StatusCode::OK))
    }

    async fn merge(&self, store: &Store, id: String, members: Members) -> Result<Response, StoreError> {
        if let Err(refusal) = self.protocol.check_patch(&self.table, &members) {
            return Ok(refusal);
        }
        let read = body::truth(&members, "deleted")
            .and_then(|deleted| Ok((deleted, body::text(&members, "id")?, body::text(&members, "version")?)));
        let (deleted, body_id, version) = match read {
            Ok(read) => read,
            Err(fault) => return Ok(self.protocol.bad_body(&fault)),
        };
        let system = if self.generation().is_v2() { SystemMembers::Ignored } else { SystemMembers::Repeated };
        if system == SystemMembers::Ignored && body_id.is_some_and(|body_id| body_id != id) {
            let message = "The item ID and querystring ID did not match";
            return Ok(self.protocol.refuse(StatusCode::BAD_REQUEST, message));
        }
        // A PATCH that says it brings the row back reaches a tombstone of V3.
        let brings_back = self.generation() == Generation::V3 && deleted == Some(false);
        let view = self.view(brings_back || self.writes_deleted());
        let conditions = self.conditions().or_version(version);
        let kind = WriteKind::Merge(Patch { members, deleted, system });
        let outcome = self.write(store, id, view, conditions, kind).await?;
        Ok(self.outcome(outcome, StatusCode::OK))
    }

    async fn delete(&self, store: &Store, id: String) -> Result<Response, StoreError> {
        let outcome = self.write(store, id, self.view(false), self.conditions(), WriteKind::Delete).await?;
        Ok(self.outcome(outcome, StatusCode::NO_CONTENT))
    }

    /// Makes a tombstone a row again; the body is not looked at.
    async fn undelete(&self, store: &Store, id: String) -> Result<Response, StoreError> {
        if !self.table.is_soft_delete() {
            let message = "the table keeps no deleted rows";
            return Ok(self.protocol.refuse(StatusCode::BAD_REQUEST, message));
        }
        let done = match self.generation() {
            Generation::NodeV2 => StatusCode::CREATED,
            Generation::Toolkit | Generation::V3 | Generation::DotNetV2 => StatusCode::OK,
        };
        let outcome = self.write(store, id, self.view(true), self.conditions(), WriteKind::Undelete).await?;
        Ok(self.outcome(outcome, done))
    }
}
