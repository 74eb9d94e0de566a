//! What was sent to a fake server.

use std::fmt;

use bytes::Bytes;

use super::answer::Target;
use super::table::Table;
use super::typed;
use crate::table::SyncTable;
use crate::testing::Fault;
use crate::testing::members::Members;
use crate::testing::odata::{percent_decode, query_pairs};
use crate::value::{Id, Timestamp};
use crate::wire::{Headers, Method, Request};

/// A request that a device sent to a [`FakeServer`](super::FakeServer), and what became of it.
///
/// Shown it is one line, as `PUT tables/todoitem/a -> 200`.
///
/// ```
/// # use synctable::{Id, MemoryStore, SyncTable};
/// # use synctable::testing::FakeServer;
/// # #[derive(Debug, Clone, Default, SyncTable)]
/// # #[sync(table = "todoitem")]
/// # pub struct TodoItem { pub id: Id, pub title: String }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), synctable::Error> {
/// let server = FakeServer::new().with::<TodoItem>();
/// let ctx = server.context().store(MemoryStore::new()).table::<TodoItem>().open().await?;
/// ctx.table::<TodoItem>().insert(TodoItem { title: "Milk".into(), ..Default::default() }).await?;
/// ctx.push().await?;
///
/// let sent = server.requests();
/// assert!(sent[0].is_write() && sent[0].is_of::<TodoItem>());
/// assert_eq!(sent[0].row::<TodoItem>().unwrap().title, "Milk");
/// assert_eq!(sent[0].to_string(), "POST tables/todoitem -> 201");
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct SeenRequest {
    method: Method,
    target: Target,
    id: Option<Id>,
    route: Option<String>,
    headers: Headers,
    body: Bytes,
    at: Timestamp,
    fault: Option<Fault>,
    status: Option<u16>,
}

impl SeenRequest {
    pub(super) fn new(request: &Request, tables: &[Table], at: Timestamp, fault: Option<Fault>) -> Self {
        let target = Target::of(&request.url);
        let found = target.find(tables);
        let id = found.and_then(|(_, id)| Id::parse(&percent_decode(id?)?).ok());
        Self {
            method: request.method,
            id,
            route: found.map(|(index, _)| tables[index].route.clone()),
            target,
            headers: request.headers.clone(),
            body: request.body.clone(),
            at,
            fault,
            status: None,
        }
    }

    pub(super) fn answered(&mut self, status: u16) {
        self.status = Some(status);
    }

    /// The verb.
    #[must_use]
    pub fn method(&self) -> Method {
        self.method
    }

    /// Whether it would change a row.
    #[must_use]
    pub fn is_write(&self) -> bool {
        self.method != Method::Get
    }

    /// Whether it is about the table of a struct.
    #[must_use]
    pub fn is_of<T: SyncTable>(&self) -> bool {
        self.route.as_ref().is_some_and(|route| *route == Table::new(T::SCHEMA).route)
    }

    /// The id in its address.
    #[must_use]
    pub fn id(&self) -> Option<&Id> {
        self.id.as_ref()
    }

    /// Its path below the server's address, as sent.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.target.path
    }

    /// A parameter of its query, decoded; names are compared without case.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<String> {
        let pairs = query_pairs(&self.target.query).ok()?;
        pairs.into_iter().find(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// Its headers.
    #[must_use]
    pub fn headers(&self) -> &Headers {
        &self.headers
    }

    /// Its body as sent; empty without one.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// The row in its body, members that are not there as the server would fill them, and fields that only the server
    /// writes empty; `None` without a body that gives a row of the struct.
    #[must_use]
    pub fn row<T: SyncTable>(&self) -> Option<T> {
        let table = Table::new(T::SCHEMA);
        let members = Members::parse(&self.body).ok()?;
        let id = members.text("id").ok()?.or_else(|| self.id.as_ref().map(|id| id.as_str().to_owned()))?;
        typed::read_sent(&table, &id, &table.read_values(&members).ok()?).ok()
    }

    /// When it was sent, by the server's clock.
    #[must_use]
    pub fn at(&self) -> Timestamp {
        self.at
    }

    /// What it met on its way, if anything.
    #[must_use]
    pub fn fault(&self) -> Option<Fault> {
        self.fault
    }

    /// The status that the server answered with, though the answer may have been lost; `None` if the
    /// server never saw the request.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.status
    }
}

impl fmt::Display for SeenRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.target.path)?;
        match self.status {
            Some(status) => write!(f, " -> {status}"),
            None => f.write_str(" -> not seen"),
        }
    }
}
