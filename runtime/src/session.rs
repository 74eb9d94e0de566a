//! What push, pull and purge work with: one store, one server, one clock.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::Mutex;

use crate::clock::Clock;
use crate::error::{Error, ErrorKind};
use crate::store::{Durability, LocalStore, StoreRead, StoreWrite};
use crate::table::{SyncTable, TableSchema};
use crate::wire::WireClient;

/// The parts that every operation of a context shares.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) store: Arc<dyn LocalStore>,
    pub(crate) wire: WireClient,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) tables: Tables,
    /// Pushes of this process take turns; other processes are held off by the lease.
    pub(crate) push_turn: Mutex<()>,
    /// Pulls of one table take turns.
    pub(crate) pull_turns: HashMap<&'static str, Mutex<()>>,
}

/// The tables that the context was opened with, by name.
#[derive(Debug, Clone)]
pub(crate) struct Tables(Arc<HashMap<&'static str, &'static TableSchema>>);

impl Tables {
    pub(crate) fn new(schemas: &[&'static TableSchema]) -> Self {
        Self(Arc::new(schemas.iter().map(|schema| (schema.name(), *schema)).collect()))
    }

    pub(crate) fn get(&self, name: &str) -> Option<&'static TableSchema> {
        self.0.get(name).copied()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &'static TableSchema> + '_ {
        self.0.values().copied()
    }

    /// Checks that a table was registered.
    ///
    /// # Errors
    /// `Schema`: it was not, or another struct has its name.
    pub(crate) fn check<T: SyncTable>(&self) -> Result<&'static TableSchema, Error> {
        match self.get(T::SCHEMA.name()) {
            Some(schema) if schema == T::SCHEMA => Ok(schema),
            _ => Err(Error::new(
                ErrorKind::Schema,
                format!("table `{0}` is not registered; call `.table::<…>()` of its struct on the builder", T::SCHEMA.name()),
            )),
        }
    }
}

impl Session {
    /// Runs work in one transaction.
    pub(crate) async fn write<R: Send + 'static>(
        &self,
        durability: Durability,
        work: impl FnOnce(&mut dyn StoreWrite) -> Result<R, Error> + Send + 'static,
    ) -> Result<R, Error> {
        crate::store::write(&*self.store, durability, work).await
    }

    /// Runs work on one snapshot.
    pub(crate) async fn read<R: Send + 'static>(
        &self,
        work: impl FnOnce(&mut dyn StoreRead) -> Result<R, Error> + Send + 'static,
    ) -> Result<R, Error> {
        crate::store::read(&*self.store, work).await
    }
}
