//! What push, pull and purge work with: one store, one server, one clock.

mod turns;

use std::any::Any;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError};

use tokio::sync::Mutex;

use crate::clock::Clock;
use crate::error::{Error, ErrorKind};
use crate::event::{EventFeed, Tally};
use crate::queue;
use crate::queue::conflict::Resolvers;
use crate::store::system::key;
use crate::store::{ChangeSource, Durability, LocalStore, StoreRead, StoreWrite};
use crate::table::{SyncTable, TableSchema};
use crate::wire::{Dialect, WireClient};

pub(crate) use turns::Turns;

/// What identifies a round of push: the names of its tables, none for all, and its lanes.
pub(crate) type PushKey = (Vec<&'static str>, usize);

/// The parts that every operation of a context shares.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) store: Arc<dyn LocalStore>,
    pub(crate) wire: WireClient,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) tables: Tables,
    /// Where what sync does is told, and what it did is counted.
    pub(crate) events: EventFeed,
    pub(crate) tally: Tally,
    /// Who ends conflicts.
    pub(crate) resolvers: Arc<Resolvers>,
    /// Pushes of this process take turns; other processes are held off by the lease. The results are
    /// reports, which this layer does not know.
    pub(crate) push_turns: Turns<PushKey, Arc<dyn Any + Send + Sync>>,
    /// Requests of a push that may be under way at once, unless it says otherwise.
    pub(crate) push_lanes: usize,
    /// Counts what this context writes besides the answers of a push and what is pulled.
    pub(crate) local_writes: Arc<AtomicU64>,
    /// Pulls of one table take turns.
    pub(crate) pull_turns: HashMap<&'static str, Mutex<()>>,
    /// Tables whose rows the device does not know whole: where updates carry the whole row, the
    /// server's must be read and overlaid first.
    pub(crate) narrow: std::sync::Mutex<HashMap<&'static str, Narrow>>,
    /// The dialect that the store is noted to have, once it is bound to its endpoint.
    pub(crate) bound: std::sync::Mutex<Option<Dialect>>,
    pub(crate) endpoint: String,
}

/// How long a table is narrow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Narrow {
    /// For good: a server row showed members that the struct lacks, or the struct has lost a column.
    Lasting,
    /// Until a whole pull has brought the values of a column that was added.
    UntilPulled,
}

impl Narrow {
    /// Reads what is noted of a table.
    pub(crate) fn noted(note: &str) -> Self {
        if note == key::ADDED { Self::UntilPulled } else { Self::Lasting }
    }
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
                format!(
                    "table `{0}` is not registered; call `.table::<…>()` of its struct on the builder",
                    T::SCHEMA.name()
                ),
            )),
        }
    }
}

impl Session {
    /// Runs work in one transaction.
    pub(crate) async fn write<R: Send + 'static>(
        &self,
        durability: Durability,
        source: ChangeSource,
        work: impl FnOnce(&mut dyn StoreWrite) -> Result<R, Error> + Send + 'static,
    ) -> Result<R, Error> {
        let counted = match source {
            ChangeSource::Local | ChangeSource::Purge => Some(Arc::clone(&self.local_writes)),
            ChangeSource::Push | ChangeSource::Pull => None,
        };
        crate::store::write(&*self.store, durability, source, move |tx| {
            if let Some(count) = counted {
                count.fetch_add(1, Ordering::AcqRel);
            }
            work(tx)
        })
        .await
    }

    /// Waits until no other pull of the table is under way, and holds it until dropped.
    pub(crate) async fn pull_turn(&self, schema: &TableSchema) -> Option<tokio::sync::MutexGuard<'_, ()>> {
        match self.pull_turns.get(schema.name()) {
            Some(turn) => Some(turn.lock().await),
            None => None,
        }
    }

    /// Refuses what would write to a store that is only read, before anything is sent for it.
    pub(crate) fn check_writable(&self) -> Result<(), Error> {
        if self.store.is_read_only() {
            let message = "the store was opened read-only: open it without `read_only` to push or pull";
            return Err(Error::new(ErrorKind::Unsupported, message));
        }
        Ok(())
    }

    /// Takes the store for one that was never used; the next request asks whose it is.
    pub(crate) fn forget(&self) {
        self.wire.forget_token();
        self.narrow.lock().unwrap_or_else(PoisonError::into_inner).clear();
        *self.bound.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// The server generation: given, remembered, or asked of the server once.
    pub(crate) async fn dialect(&self, schema: &'static TableSchema) -> Result<Dialect, Error> {
        if let Some(dialect) = self.wire.known_dialect() {
            return Ok(dialect);
        }
        let dialect = self.wire.dialect(schema).await?;
        self.bind(dialect).await?;
        Ok(dialect)
    }

    /// Whether an update of the table must be laid over the server's row.
    pub(crate) async fn is_narrow(&self, schema: &'static TableSchema) -> Result<bool, Error> {
        if schema.lacks_columns() || self.noted_narrow(schema).is_some() {
            return Ok(true);
        }
        if self.wire.known_dialect().is_some_and(Dialect::updates_are_partial) {
            return Ok(false);
        }
        // The row to be sent may have been pulled by another process, which noted what it saw.
        let note = self.read(move |snapshot| snapshot.meta(&key::narrow(schema.name()))).await?;
        if let Some(note) = &note {
            self.note_narrow(schema, Narrow::noted(note));
        }
        Ok(note.is_some())
    }

    fn note_narrow(&self, schema: &'static TableSchema, narrow: Narrow) {
        self.narrow.lock().unwrap_or_else(PoisonError::into_inner).insert(schema.name(), narrow);
    }

    fn noted_narrow(&self, schema: &'static TableSchema) -> Option<Narrow> {
        self.narrow.lock().unwrap_or_else(PoisonError::into_inner).get(schema.name()).copied()
    }

    /// Remembers, for good, that the server's rows have members that the struct lacks: also for a
    /// table that is declared narrow, since a later version of the app may no longer say so, and where
    /// updates are partial, since a later version of the server may want whole rows.
    pub(crate) async fn saw_unknown_members(&self, schema: &'static TableSchema) -> Result<(), Error> {
        if self.noted_narrow(schema) == Some(Narrow::Lasting) {
            return Ok(());
        }
        self.write(Durability::Power, ChangeSource::Pull, move |tx| {
            tx.put_meta(&key::narrow(schema.name()), Some("seen"))
        })
        .await?;
        self.note_narrow(schema, Narrow::Lasting);
        Ok(())
    }

    /// A whole pull has brought the values of every column: a table that was narrow for want of these
    /// is so no longer, unless something that waits still lacks them.
    pub(crate) async fn pulled_whole(&self, schema: &'static TableSchema) -> Result<(), Error> {
        if schema.lacks_columns() || self.noted_narrow(schema) != Some(Narrow::UntilPulled) {
            return Ok(());
        }
        let is_over = self
            .write(Durability::Process, ChangeSource::Pull, move |tx| {
                // Another process may have noted more.
                let note = tx.meta(&key::narrow(schema.name()))?;
                let is_lasting = note.is_some_and(|note| Narrow::noted(&note) == Narrow::Lasting);
                let is_over = !is_lasting && !queue::lacks_values(tx, schema)?;
                if is_over {
                    tx.put_meta(&key::narrow(schema.name()), None)?;
                }
                Ok(is_over)
            })
            .await?;
        if is_over {
            self.narrow.lock().unwrap_or_else(PoisonError::into_inner).remove(schema.name());
        }
        Ok(())
    }

    /// Runs work on one snapshot.
    pub(crate) async fn read<R: Send + 'static>(
        &self,
        work: impl FnOnce(&mut dyn StoreRead) -> Result<R, Error> + Send + 'static,
    ) -> Result<R, Error> {
        crate::store::read(&*self.store, work).await
    }
}
