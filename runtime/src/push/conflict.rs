//! Conflicts as the app sees them: typed, with the row as it was, as it is wished, and as the server has it.

use std::fmt;
use std::sync::Arc;

use crate::error::{Error, ErrorKind};
use crate::queue::conflict::{AskApp, Resolver};
use crate::queue::{self, AnyConflict, OperationKind, RemoteRow, Resolution};
use crate::row::{Remote, Row};
use crate::store::entry::Base;
use crate::table::SyncTable;
use crate::value::{ColumnType, Id};

/// A conflict: the server has another row than the one that was changed here.
///
/// It is a snapshot. A resolution counts only for the state of the row that it was made for: one that
/// was written again since makes another conflict.
pub struct Conflict<T> {
    conflict: AnyConflict,
    base: Option<T>,
    local: Option<T>,
    remote: RemoteRow<T>,
}

impl<T: SyncTable> Conflict<T> {
    /// Reads the rows of a conflict.
    pub(crate) fn read(conflict: AnyConflict) -> Result<Self, Error> {
        let case = conflict.case();
        let is_its_table = T::SCHEMA == case.schema;
        if !is_its_table {
            let message = format!("the conflict is one of table `{}`, not of `{}`", conflict.table(), T::SCHEMA.name());
            return Err(Error::new(ErrorKind::Invalid, message));
        }
        let base = match &case.entry.base {
            Base::Row(row) => Some(queue::read_as(row)?),
            Base::None | Base::Tombstone => None,
        };
        let local = case.wish.as_ref().map(queue::read_as).transpose()?;
        let remote = match conflict.seen() {
            Remote::Row(row) => RemoteRow::Live(queue::read_as(row)?),
            Remote::Deleted(_) => RemoteRow::Deleted,
        };
        Ok(Self { conflict, base, local, remote })
    }

    pub(crate) fn untyped(&self) -> &AnyConflict {
        &self.conflict
    }

    /// The row's id.
    #[must_use]
    pub fn id(&self) -> &Id {
        self.conflict.id()
    }

    /// What was to be done: an insert, an update or a delete.
    #[must_use]
    pub fn kind(&self) -> OperationKind {
        self.conflict.kind()
    }

    /// How often this push has asked for a resolution of this row, this time included: 1, 2 or 3. One
    /// that is still in conflict after the third is deferred. Of a conflict that was listed it is 1.
    #[must_use]
    pub fn attempt(&self) -> u32 {
        self.conflict.attempt()
    }

    /// The row that the change here began from; `None` if it is new here.
    #[must_use]
    pub fn base(&self) -> Option<&T> {
        self.base.as_ref()
    }

    /// The row as it is wished here; `None` if it is to be deleted.
    #[must_use]
    pub fn local(&self) -> Option<&T> {
        self.local.as_ref()
    }

    /// The row as the server has it.
    #[must_use]
    pub fn remote(&self) -> &RemoteRow<T> {
        &self.remote
    }

    /// The three-way merge of the row, as [`ConflictPolicy::Merge`](crate::ConflictPolicy::Merge) makes
    /// it; `None` if a side has no row, or a column was changed on both sides and no rule decides.
    ///
    /// # Errors
    /// `Decode`: the merged row does not fit the struct.
    pub fn merged(&self) -> Result<Option<T>, Error> {
        match self.conflict.merged() {
            Some(merged) if merged.open.is_empty() => queue::read_as(&merged.row).map(Some),
            _ => Ok(None),
        }
    }

    /// The names, on the wire, of the columns that were changed on both sides and that no rule decides;
    /// empty if a side has no row.
    #[must_use]
    pub fn undecided(&self) -> Vec<&'static str> {
        let columns = T::SCHEMA.columns();
        let open = self.conflict.merged().map(|merged| merged.open).unwrap_or_default();
        open.into_iter().filter_map(|index| columns.get(index)).map(|column| column.wire_name()).collect()
    }

    /// The cells of a resolution. The text of JSON that the app left as one side has it stays that
    /// side's: the struct may not know all its members.
    ///
    /// # Errors
    /// `Invalid`: a value of the merged row has no stored form.
    pub(crate) fn cells_of(&self, resolution: Resolution<T>) -> Result<Resolution<Row>, Error> {
        Ok(match resolution {
            Resolution::Merge(mut row) => {
                row.set_id(self.id().clone());
                let mut cells = queue::to_row(&row)?;
                if T::SCHEMA.columns().iter().any(|column| column.column_type() == ColumnType::Json) {
                    let sides = [(self.local(), self.conflict.case().wish.as_ref()), (self.live(), self.seen_row())];
                    for (side, stored) in sides {
                        if let (Some(side), Some(stored)) = (side, stored) {
                            cells.keep_json(&queue::to_row(side)?, stored);
                        }
                    }
                }
                Resolution::Merge(cells)
            }
            Resolution::KeepLocal => Resolution::KeepLocal,
            Resolution::KeepRemote => Resolution::KeepRemote,
            Resolution::Defer => Resolution::Defer,
            Resolution::Abort => Resolution::Abort,
        })
    }

    fn live(&self) -> Option<&T> {
        match &self.remote {
            RemoteRow::Live(row) => Some(row),
            RemoteRow::Deleted => None,
        }
    }

    fn seen_row(&self) -> Option<&Row> {
        self.conflict.seen().live()
    }
}

impl<T: Clone> Clone for Conflict<T> {
    fn clone(&self) -> Self {
        Self {
            conflict: self.conflict.clone(),
            base: self.base.clone(),
            local: self.local.clone(),
            remote: self.remote.clone(),
        }
    }
}

impl<T> fmt::Debug for Conflict<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Conflict")
            .field("table", &self.conflict.table())
            .field("id", self.conflict.id())
            .field("kind", &self.conflict.kind())
            .field("attempt", &self.conflict.attempt())
            .finish_non_exhaustive()
    }
}

impl AnyConflict {
    /// The conflict with its rows as the structs of their table.
    ///
    /// # Errors
    /// `Invalid`: `T` is another table. `Decode`: a row does not fit `T`.
    pub fn typed<T: SyncTable>(&self) -> Result<Conflict<T>, Error> {
        Conflict::read(self.clone())
    }

    /// Whether the conflict is one of this table.
    #[must_use]
    pub fn is_of<T: SyncTable>(&self) -> bool {
        T::SCHEMA == self.case().schema
    }

    /// Resolves the conflict by a closure if it is one of table `T`; `None` if it is one of another.
    ///
    /// # Errors
    /// `Decode`: a row does not fit `T`. `Invalid`: a value of the merged row has no stored form.
    pub fn resolve_as<T: SyncTable>(
        &self,
        resolve: impl FnOnce(&Conflict<T>) -> Resolution<T>,
    ) -> Result<Option<Resolution<Row>>, Error> {
        if !self.is_of::<T>() {
            return Ok(None);
        }
        let conflict = self.typed::<T>()?;
        conflict.cells_of(resolve(&conflict)).map(Some)
    }
}

/// Ends conflicts of table `T`; given to [`on_conflict`](crate::TableOptions::on_conflict).
///
/// The handler runs with no transaction open, so it may read and write the tables and ask the user. A
/// push waits for it: do not await a push, a pull or a sync of the same context in it.
///
/// ```
/// use synctable::{Conflict, ConflictHandler, Id, RemoteRow, Resolution, SyncTable, Timestamp};
///
/// #[derive(Debug, Clone, SyncTable)]
/// struct Reading {
///     id: Id,
///     value: f64,
///     taken: Timestamp,
/// }
///
/// struct KeepNewer;
///
/// impl ConflictHandler<Reading> for KeepNewer {
///     async fn resolve(&self, conflict: Conflict<Reading>) -> Resolution<Reading> {
///         match (conflict.local(), conflict.remote()) {
///             (Some(local), RemoteRow::Live(remote)) if local.taken < remote.taken => Resolution::KeepRemote,
///             _ => Resolution::KeepLocal,
///         }
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not resolve conflicts of table `{T}`",
    label = "this is no `ConflictHandler<{T}>`",
    note = "write `impl ConflictHandler<{T}> for {Self}`, or give a closure to `resolve_with`"
)]
pub trait ConflictHandler<T: SyncTable>: Send + Sync + 'static {
    /// Decides how a conflict ends. After a panic it is deferred.
    fn resolve(&self, conflict: Conflict<T>) -> impl Future<Output = Resolution<T>> + Send;
}

/// A handler with its table's type taken away.
pub(crate) fn by_handler<T: SyncTable>(handler: impl ConflictHandler<T>) -> Resolver {
    let handler = Arc::new(handler);
    let ask: AskApp = Arc::new(move |conflict| {
        let handler = Arc::clone(&handler);
        Box::pin(async move {
            let shown = Conflict::<T>::read(conflict.clone())?;
            let resolution = handler.resolve(shown).await;
            Conflict::<T>::read(conflict)?.cells_of(resolution)
        })
    });
    Resolver::App(ask)
}

/// A closure as a handler of one table, or of all.
pub(crate) struct ByClosure<F>(pub(crate) F);

impl<T, F, R> ConflictHandler<T> for ByClosure<F>
where
    T: SyncTable,
    F: Fn(Conflict<T>) -> R + Send + Sync + 'static,
    R: Future<Output = Resolution<T>> + Send,
{
    fn resolve(&self, conflict: Conflict<T>) -> impl Future<Output = Resolution<T>> + Send {
        (self.0)(conflict)
    }
}

/// Ends conflicts of all tables that say nothing of their own; given to
/// [`on_any_conflict`](crate::SyncContextBuilder::on_any_conflict).
///
/// What holds for a [`ConflictHandler`] holds here too.
///
/// ```
/// use synctable::{AnyConflict, AnyConflictHandler, Error, Id, Resolution, Row, SyncTable};
///
/// #[derive(Debug, Clone, SyncTable)]
/// struct Reading {
///     id: Id,
///     value: f64,
/// }
///
/// struct ReadingsStay;
///
/// impl AnyConflictHandler for ReadingsStay {
///     async fn resolve(&self, conflict: AnyConflict) -> Result<Resolution<Row>, Error> {
///         let of_readings = conflict.resolve_as::<Reading>(|_| Resolution::KeepLocal)?;
///         Ok(of_readings.unwrap_or(Resolution::Defer)) // another table
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not resolve conflicts of all tables",
    label = "this is no `AnyConflictHandler`",
    note = "write `impl AnyConflictHandler for {Self}`, or give a closure to `resolve_any_with`"
)]
pub trait AnyConflictHandler: Send + Sync + 'static {
    /// Decides how a conflict ends. An error leaves it as it is, and is told with it; after a panic it is
    /// deferred.
    fn resolve(&self, conflict: AnyConflict) -> impl Future<Output = Result<Resolution<Row>, Error>> + Send;
}

impl<F, R> AnyConflictHandler for ByClosure<F>
where
    F: Fn(AnyConflict) -> R + Send + Sync + 'static,
    R: Future<Output = Result<Resolution<Row>, Error>> + Send,
{
    fn resolve(&self, conflict: AnyConflict) -> impl Future<Output = Result<Resolution<Row>, Error>> + Send {
        (self.0)(conflict)
    }
}

/// A handler of all tables.
pub(crate) fn by_any_handler(handler: impl AnyConflictHandler) -> Resolver {
    let handler = Arc::new(handler);
    let ask: AskApp = Arc::new(move |conflict| {
        let handler = Arc::clone(&handler);
        Box::pin(async move { handler.resolve(conflict).await })
    });
    Resolver::App(ask)
}
