//! The server as online tables see it: how it is reached, and what is known of its tables.

use std::any::TypeId;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use crate::error::Error;
use crate::session::Session;
use crate::table::SyncTable;
use crate::value::Id;
use crate::wire::{Dialect, WireClient};

/// Makes ids for rows that are inserted without one.
pub(crate) type MakeId = Arc<dyn Fn() -> Id + Send + Sync>;

/// What all online tables of one server share.
pub(crate) struct Server {
    pub(super) wire: WireClient,
    pub(super) make_id: MakeId,
    /// The context that the tables belong to, if there is one.
    session: Option<Arc<Session>>,
    shapes: Mutex<HashMap<TypeId, Shape>>,
}

/// What the server's rows have shown of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// The struct has every member.
    Whole,
    /// The struct lacks members.
    Narrow,
}

/// Whether a read asked for all that the server has of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    ForAll,
    ForSome,
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Server").field(&self.wire).finish()
    }
}

impl Server {
    pub(crate) fn new(wire: WireClient, make_id: MakeId, session: Option<Arc<Session>>) -> Self {
        Self { wire, make_id, session, shapes: Mutex::new(HashMap::new()) }
    }

    /// The server generation: given, remembered, or asked of the server.
    pub(super) async fn dialect<T: SyncTable>(&self) -> Result<Dialect, Error> {
        if let Some(dialect) = self.wire.known_dialect() {
            return Ok(dialect);
        }
        let dialect = self.wire.repeat(|| self.wire.dialect(T::SCHEMA)).await?;
        if let Some(session) = &self.session {
            session.bind(dialect).await?;
        }
        Ok(dialect)
    }

    /// Whether an update must be laid over the server's row: where whole rows are sent, unless rows
    /// have shown that the struct has every member.
    pub(super) async fn lays_over<T: SyncTable>(&self, dialect: Dialect) -> Result<bool, Error> {
        if dialect.updates_are_partial() {
            return Ok(false);
        }
        if T::SCHEMA.lacks_columns() || self.shape::<T>() != Some(Shape::Whole) {
            return Ok(true);
        }
        match self.session_of::<T>() {
            Some(session) => session.is_narrow(T::SCHEMA).await,
            None => Ok(false),
        }
    }

    /// Takes note of what rows of the server have shown.
    pub(super) async fn note<T: SyncTable>(&self, has_unknown_members: bool, asked: Asked) -> Result<(), Error> {
        if !has_unknown_members {
            if asked == Asked::ForAll {
                self.shapes().entry(TypeId::of::<T>()).or_insert(Shape::Whole);
            }
            return Ok(());
        }
        self.shapes().insert(TypeId::of::<T>(), Shape::Narrow);
        match self.session_of::<T>() {
            Some(session) => session.saw_unknown_members(T::SCHEMA).await,
            None => Ok(()),
        }
    }

    /// The context, if the table is one of its own.
    fn session_of<T: SyncTable>(&self) -> Option<&Session> {
        self.session.as_deref().filter(|session| session.tables.check::<T>().is_ok())
    }

    fn shape<T: SyncTable>(&self) -> Option<Shape> {
        self.shapes().get(&TypeId::of::<T>()).copied()
    }

    fn shapes(&self) -> std::sync::MutexGuard<'_, HashMap<TypeId, Shape>> {
        self.shapes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
