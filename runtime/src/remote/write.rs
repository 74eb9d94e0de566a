//! Online writes: sent once, under a condition, and what the answer means for the row.

use std::fmt;

use super::RemoteTable;
use super::failure::{Shown, unreadable};
use super::server::Asked;
use crate::clock::BoxFuture;
use crate::error::{Error, ErrorKind};
use crate::queue::read_as;
use crate::row::{Remote, Row, RowBatch};
use crate::table::{RowVersion, SyncTable, TableSchema, rule};
use crate::value::{Id, Version};
use crate::wire::WriteRequest;
use crate::wire::answer::{Answer, Body, Delivery, Truth};

/// Which version the row must have on the server.
#[derive(Debug, Clone)]
enum Condition {
    /// The one that the struct carries, if it has a field for it.
    Own,
    This(Version),
    /// Any.
    None,
}

/// What an update does with columns that the struct lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    Update,
    Replace,
}

/// An update or replacement that is sent when it is awaited; made by [`RemoteTable::update`] and
/// [`RemoteTable::replace`].
///
/// ```no_run
/// # use synctable::{Id, RemoteTable, SyncTable, Version};
/// # #[derive(Debug, Clone, Default, SyncTable)]
/// # pub struct TodoItem { pub id: Id, pub title: String, #[sync(system)] pub version: Option<Version> }
/// # async fn example(todos: RemoteTable<TodoItem>, item: TodoItem, seen: Version) -> Result<(), synctable::Error> {
/// let item = todos.update(&item).await?; // only if nobody changed it since it was read
/// let item = todos.update(&item).if_version(&seen).await?;
/// let item = todos.update(&item).force().await?; // whatever the server has
/// # Ok(())
/// # }
/// ```
#[must_use = "nothing is sent before it is awaited"]
pub struct RemoteUpdate<'a, T> {
    table: &'a RemoteTable<T>,
    row: &'a T,
    change: Change,
    condition: Condition,
}

/// A deletion that is sent when it is awaited; made by [`RemoteTable::delete`].
///
/// ```no_run
/// # use synctable::{Id, RemoteTable, SyncTable, Version};
/// # #[derive(Debug, Clone, Default, SyncTable)]
/// # pub struct TodoItem { pub id: Id, pub title: String }
/// # async fn example(todos: RemoteTable<TodoItem>, id: Id, seen: Version) -> Result<(), synctable::Error> {
/// todos.delete(&id).if_version(&seen).await?;
/// # Ok(())
/// # }
/// ```
#[must_use = "nothing is sent before it is awaited"]
pub struct RemoteDelete<'a, T> {
    table: &'a RemoteTable<T>,
    id: &'a Id,
    condition: Option<Version>,
}

/// An undeletion that is sent when it is awaited; made by [`RemoteTable::undelete`].
///
/// ```no_run
/// # use synctable::{Id, RemoteTable, SyncTable, Version};
/// # #[derive(Debug, Clone, Default, SyncTable)]
/// # pub struct TodoItem { pub id: Id, pub title: String }
/// # async fn example(todos: RemoteTable<TodoItem>, id: Id) -> Result<(), synctable::Error> {
/// let item = todos.undelete(&id).await?;
/// # Ok(())
/// # }
/// ```
#[must_use = "nothing is sent before it is awaited"]
pub struct RemoteUndelete<'a, T> {
    table: &'a RemoteTable<T>,
    id: &'a Id,
    condition: Option<Version>,
}

impl<'a, T: SyncTable> RemoteUpdate<'a, T> {
    pub(super) fn new(table: &'a RemoteTable<T>, row: &'a T, change: Change) -> Self {
        Self { table, row, change, condition: Condition::Own }
    }

    /// Writes only if the row has this version on the server.
    pub fn if_version(mut self, version: &Version) -> Self {
        self.condition = Condition::This(version.clone());
        self
    }

    /// Writes whatever version the row has on the server: what others wrote since is lost.
    pub fn force(mut self) -> Self {
        self.condition = Condition::None;
        self
    }

    async fn send(self) -> Result<T, Error> {
        let table = self.table;
        let row = to_row(self.row)?;
        let if_match = self.if_match()?;
        let (id, if_match) = (row.id(), if_match.as_ref());
        let all: Vec<usize> = T::SCHEMA.data_columns().map(|(index, _)| index).collect();
        let dialect = table.dialect().await?;
        let request = match self.change {
            Change::Replace => WriteRequest::Replace { id, row: &row, if_match },
            Change::Update if table.server.lays_over::<T>(dialect).await? => {
                WriteRequest::NarrowUpdate { id, changed: &all, row: &row, if_match }
            }
            Change::Update => WriteRequest::Update { id, changed: &all, row: &row, if_match },
        };
        table.written(&request, id, if_match).await
    }

    fn if_match(&self) -> Result<Option<Version>, Error> {
        match (&self.condition, self.row.version()) {
            (Condition::None, _) | (Condition::Own, RowVersion::NotDeclared) => Ok(None),
            (Condition::This(version), _) => Ok(Some(version.clone())),
            (Condition::Own, RowVersion::Declared(Some(version))) => Ok(Some(version.clone())),
            (Condition::Own, RowVersion::Declared(None)) => {
                let message = "the row carries no version, so that it cannot be told whether others changed it; read \
                               it from the server first, or say `.if_version(..)` or `.force()`";
                Err(Error::new(ErrorKind::Invalid, message).in_table(T::SCHEMA.name()).in_row(self.row.id().as_str()))
            }
        }
    }
}

impl<'a, T: SyncTable> RemoteDelete<'a, T> {
    pub(super) fn new(table: &'a RemoteTable<T>, id: &'a Id) -> Self {
        Self { table, id, condition: None }
    }

    /// Deletes only if the row has this version on the server.
    pub fn if_version(mut self, version: &Version) -> Self {
        self.condition = Some(version.clone());
        self
    }

    /// Deletes whatever version the row has on the server; this is so without any condition.
    pub fn force(mut self) -> Self {
        self.condition = None;
        self
    }

    async fn send(self) -> Result<(), Error> {
        let (id, if_match) = (self.id.as_str(), self.condition.as_ref());
        self.table.dialect().await?;
        match self.table.send(&WriteRequest::Delete { id, if_match }, id, if_match).await {
            // The answer to a delete is the row that was: whether it can be read is no matter.
            Ok(_) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

impl<'a, T: SyncTable> RemoteUndelete<'a, T> {
    pub(super) fn new(table: &'a RemoteTable<T>, id: &'a Id) -> Self {
        Self { table, id, condition: None }
    }

    /// Undeletes only if the deleted row has this version on the server.
    pub fn if_version(mut self, version: &Version) -> Self {
        self.condition = Some(version.clone());
        self
    }

    /// Undeletes whatever version the row has on the server; this is so without any condition.
    pub fn force(mut self) -> Self {
        self.condition = None;
        self
    }

    async fn send(self) -> Result<T, Error> {
        let (id, if_match) = (self.id.as_str(), self.condition.as_ref());
        self.table.dialect().await?;
        self.table.written(&WriteRequest::Restore { id, if_match }, id, if_match).await
    }
}

impl<'a, T: SyncTable> IntoFuture for RemoteUpdate<'a, T> {
    type Output = Result<T, Error>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}

impl<'a, T: SyncTable> IntoFuture for RemoteDelete<'a, T> {
    type Output = Result<(), Error>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}

impl<'a, T: SyncTable> IntoFuture for RemoteUndelete<'a, T> {
    type Output = Result<T, Error>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}

impl<T: SyncTable> fmt::Debug for RemoteUpdate<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        shown(f, "RemoteUpdate", T::SCHEMA, self.row.id())
    }
}

impl<T: SyncTable> fmt::Debug for RemoteDelete<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        shown(f, "RemoteDelete", T::SCHEMA, self.id)
    }
}

impl<T: SyncTable> fmt::Debug for RemoteUndelete<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        shown(f, "RemoteUndelete", T::SCHEMA, self.id)
    }
}

fn shown(f: &mut fmt::Formatter<'_>, name: &str, schema: &TableSchema, id: &Id) -> fmt::Result {
    f.debug_struct(name).field("table", &schema.name()).field("id", &id.as_str()).finish_non_exhaustive()
}

/// Writes a struct as a row that may be sent: every value is held to the rules of its column.
fn to_row<T: SyncTable>(row: &T) -> Result<Row, Error> {
    let schema: &'static TableSchema = T::SCHEMA;
    let id = row.id().as_str();
    let invalid = |message: String| Error::new(ErrorKind::Invalid, message).in_table(schema.name()).in_row(id);
    Id::parse(id).map_err(|error| invalid(error.to_string()))?;
    let mut batch = RowBatch::new(schema);
    row.write_row(&mut batch.push()).map_err(|error| invalid(error.to_string()))?;
    match batch.get(0) {
        Some(row) => {
            rule::check_inserted(row)?;
            Ok(row.to_row())
        }
        None => Ok(Row::new(schema)),
    }
}

impl<T: SyncTable> RemoteTable<T> {
    pub(super) async fn send_insert(&self, row: &T) -> Result<T, Error> {
        let row = to_row(row)?;
        self.dialect().await?;
        self.written(&WriteRequest::Insert { row: &row }, row.id(), None).await
    }

    /// Sends a write that leaves a row, and gives the row as the server has it.
    async fn written(&self, request: &WriteRequest<'_>, id: &str, if_match: Option<&Version>) -> Result<T, Error> {
        let of_row = |error: Error| error.in_table(T::SCHEMA.name()).in_row(id).perhaps_arrived();
        match self.send(request, id, if_match).await? {
            Body::Row(server) => {
                self.server.note::<T>(server.has_unknown_members, Asked::ForAll).await?;
                read_as(&server.row).map_err(of_row)
            }
            Body::Unreadable(row) => Err(of_row(unreadable(&row)).showing(Shown::Unreadable(row))),
            Body::WrongId(other) => {
                let message = format!("the write was done, but the server answers with the row `{other}`");
                Err(of_row(Error::new(ErrorKind::Decode, message)))
            }
            Body::None => match self.truth(id).await {
                Ok(Truth::There(Remote::Row(row), _)) => read_as(&row).map_err(of_row),
                Ok(Truth::Unreadable(row)) => Err(of_row(unreadable(&row)).showing(Shown::Unreadable(row))),
                Ok(Truth::None | Truth::There(Remote::Deleted(_), _)) => {
                    let message = "the write was done, and the row is deleted since";
                    Err(of_row(Error::new(ErrorKind::NotFound, message)))
                }
                Err(error) => {
                    let message =
                        format!("the write was done, but the row could not be read back: {}", error.message());
                    Err(of_row(Error::new(error.kind(), message).with_source(error)))
                }
            },
        }
    }

    /// Sends a write, once; gives the body of its success.
    async fn send(&self, request: &WriteRequest<'_>, id: &str, if_match: Option<&Version>) -> Result<Body, Error> {
        match self.wire.write(request).await {
            Delivery::Answered(answer) if (200..300).contains(&answer.status) => Ok(answer.body),
            Delivery::Answered(answer) => Err(self.refused(request, id, if_match, answer).await),
            Delivery::Unsent(error) | Delivery::Unsendable(error) => Err(error),
            Delivery::Unanswered(error) => {
                let message = format!("{}; the write may have been done", error.message());
                let kind = error.kind();
                let told = Error::new(kind, message).in_table(T::SCHEMA.name()).in_row(id);
                Err(told.with_source(error).perhaps_arrived())
            }
        }
    }

    async fn refused(&self, request: &WriteRequest<'_>, id: &str, if_match: Option<&Version>, answer: Answer) -> Error {
        let Answer { status, body, message: words, own_form, .. } = answer;
        let error = |kind, message: &str| {
            let message = if words.is_empty() { message.to_owned() } else { format!("{message}: {words}") };
            Error::new(kind, message).in_table(T::SCHEMA.name()).in_row(id).with_status(status)
        };
        let is_insert = matches!(request, WriteRequest::Insert { .. });
        match status {
            304 => error(ErrorKind::Decode, "the server answers out of turn"),
            300..=399 => error(
                ErrorKind::Busy,
                "the server sends elsewhere, which is not followed: check the endpoint and the network's sign-in page",
            ),
            401 => error(ErrorKind::Unauthorized, "the server wants a sign-in"),
            404 if !is_insert => {
                // A wrong address answers so too.
                let proved = if own_form { Ok(()) } else { self.server.wire.repeat(|| self.wire.prove()).await };
                match proved {
                    Ok(()) => error(ErrorKind::NotFound, "no such row on the server"),
                    Err(failure) => Error::from(failure),
                }
            }
            410 if !is_insert => {
                error(ErrorKind::NotFound, "the row is deleted on the server").showing(Shown::Deleted(None))
            }
            409 | 412 => match self.shown_beside(body, id).await {
                Ok(Some(shown)) if is_insert => error(ErrorKind::Exists, exists_message(&shown)).showing(shown),
                // The row is as the condition wanted it: something else is in the way, such as a
                // value that must be unique.
                Ok(Some(shown)) if status == 409 && if_match.is_some() && shown.version() == if_match => {
                    error(ErrorKind::Rejected, "the server refuses the write")
                }
                Ok(Some(shown)) => error(ErrorKind::Conflict, conflict_message(&shown)).showing(shown),
                Ok(None) if is_insert => error(ErrorKind::Rejected, "the server refuses the row"),
                Ok(None) => error(ErrorKind::NotFound, "no such row on the server"),
                Err(source) => {
                    let kind = if is_insert { ErrorKind::Exists } else { ErrorKind::Conflict };
                    error(kind, "the server has another row, which could not be read").with_source(source)
                }
            },
            429 => error(ErrorKind::Busy, "the server wants fewer requests"),
            408 | 425 | 500.. => {
                error(ErrorKind::Busy, "the server could not answer, and the write may have been done")
                    .perhaps_arrived()
            }
            _ => error(ErrorKind::Rejected, "the server refuses the write"),
        }
    }

    /// What the server has of the row: in the body of its refusal, or asked for.
    async fn shown_beside(&self, body: Body, id: &str) -> Result<Option<Shown>, Error> {
        match body {
            Body::Row(server) => {
                self.server.note::<T>(server.has_unknown_members, Asked::ForAll).await?;
                Ok(Some(Shown::of(server.row)))
            }
            Body::Unreadable(row) => Ok(Some(Shown::Unreadable(row))),
            Body::WrongId(_) | Body::None => Ok(Shown::of_truth(self.truth(id).await?)),
        }
    }
}

fn exists_message(shown: &Shown) -> &'static str {
    match shown {
        Shown::Deleted(_) => "a row of this id is there already, and deleted; undelete it",
        Shown::Live(_) | Shown::Unreadable(_) => "a row of this id is there already",
    }
}

fn conflict_message(shown: &Shown) -> &'static str {
    match shown {
        Shown::Deleted(_) => "the row is deleted on the server",
        Shown::Live(_) | Shown::Unreadable(_) => "the row has changed on the server",
    }
}
