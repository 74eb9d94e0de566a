//! Purge: drop local rows and forget tokens, never the queue by accident.

use std::fmt;
use std::marker::PhantomData;

use crate::error::{Error, ErrorKind};
use crate::event::SyncEvent;
use crate::query::Condition;
use crate::query::Selection;
use crate::query::predicate::Tree;
use crate::queue;
use crate::row::RowBatch;
use crate::session::Session;
use crate::store::entry::Sequence;
use crate::store::{ChangeSource, Durability, StoreWrite};
use crate::table::{SyncTable, TableSchema};

/// A purge of table `T`: which local rows go, and what becomes of pending operations; plain data.
///
/// It sends nothing. Unless [`keep_tokens`](Self::keep_tokens) is said, the table's delta tokens are
/// forgotten when rows are dropped, so that the next pull brings back what the server still has.
///
/// ```
/// # use synctable::{Id, MemoryStore, SyncContext, SyncTable, Version};
/// # #[derive(Debug, Clone, Default, SyncTable)]
/// # pub struct TodoItem { pub id: Id, pub title: String, pub complete: bool, #[sync(system)] pub version: Option<Version> }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), synctable::Error> {
/// # let ctx = SyncContext::builder("http://127.0.0.1:9").store(MemoryStore::new()).table::<TodoItem>().open().await?;
/// let todos = ctx.table::<TodoItem>();
/// todos.insert(TodoItem { title: "Milk".into(), ..Default::default() }).await?;
/// let refused = todos.purge(TodoItem::purge()).await; // the insert is pending
/// assert_eq!(refused.unwrap_err().kind(), synctable::ErrorKind::Pending);
/// let report = todos.purge(TodoItem::purge().filter(|t| t.complete.eq(false)).discard_pending()).await?;
/// assert_eq!(report.discarded(), 1);
/// # Ok(())
/// # }
/// ```
pub struct Purge<T> {
    spec: PurgeSpec,
    table: PhantomData<fn() -> T>,
}

/// What a purge asks for, without the table's type.
#[derive(Debug, Clone)]
pub(crate) struct PurgeSpec {
    schema: &'static TableSchema,
    filter: Option<Tree>,
    pending: Pending,
    tokens: Tokens,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pending {
    Fail,
    Keep,
    Discard,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tokens {
    Forget,
    Keep,
}

/// What a purge did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PurgeReport {
    removed: u64,
    discarded: u64,
    kept: u64,
}

impl PurgeReport {
    /// Rows dropped from the store.
    #[must_use]
    pub fn removed(&self) -> u64 {
        self.removed
    }

    /// Pending operations discarded with their rows.
    #[must_use]
    pub fn discarded(&self) -> u64 {
        self.discarded
    }

    /// Rows that matched and were kept because of their pending operations.
    #[must_use]
    pub fn kept(&self) -> u64 {
        self.kept
    }
}

impl<T: SyncTable> Purge<T> {
    /// Makes a purge of every row; an error while operations are pending.
    #[must_use]
    pub fn new() -> Self {
        let spec = PurgeSpec { schema: T::SCHEMA, filter: None, pending: Pending::Fail, tokens: Tokens::Forget };
        Self { spec, table: PhantomData }
    }

    /// Drops only the rows for which the condition holds; a second filter is "and".
    #[must_use]
    pub fn filter<C: Condition<T>>(mut self, condition: impl FnOnce(T::Columns) -> C) -> Self {
        let tree = condition(T::COLUMNS).into_predicate().into_tree();
        self.spec.filter = Some(match self.spec.filter.take() {
            Some(filter) => Tree::and(filter, tree),
            None => tree,
        });
        self
    }

    /// Leaves rows with pending operations, and their operations, as they are.
    #[must_use]
    pub fn keep_pending(mut self) -> Self {
        self.spec.pending = Pending::Keep;
        self
    }

    /// Destroys the pending operations of the rows that match; without a filter those of the whole
    /// table, deletes included. What only this device has is lost.
    #[must_use]
    pub fn discard_pending(mut self) -> Self {
        self.spec.pending = Pending::Discard;
        self
    }

    /// Keeps the delta tokens: pulls do not bring the dropped rows back until they change.
    #[must_use]
    pub fn keep_tokens(mut self) -> Self {
        self.spec.tokens = Tokens::Keep;
        self
    }

    pub(crate) fn into_spec(self) -> PurgeSpec {
        self.spec
    }
}

impl<T: SyncTable> Default for Purge<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Clone for Purge<T> {
    fn clone(&self) -> Self {
        Self { spec: self.spec.clone(), table: PhantomData }
    }
}

impl<T> fmt::Debug for Purge<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Purge").field(&self.spec).finish()
    }
}

/// Purges in one transaction.
pub(crate) async fn purge(session: &Session, spec: PurgeSpec) -> Result<PurgeReport, Error> {
    // A pull of the table that is under way would bring rows back and its token with them.
    let _turn = session.pull_turn(spec.schema).await;
    let table = spec.schema.name();
    let report = session.write(Durability::Power, ChangeSource::Purge, move |tx| run(tx, &spec)).await?;
    let (removed, discarded) = (report.removed, report.discarded);
    session.events.emit(|| SyncEvent::Purged { table, removed, discarded });
    Ok(report)
}

fn run(tx: &mut dyn StoreWrite, spec: &PurgeSpec) -> Result<PurgeReport, Error> {
    let mut report = PurgeReport { removed: 0, discarded: 0, kept: 0 };
    if tx.pending(Some(spec.schema.name()))? > 0 {
        beside_pending(tx, spec, &mut report)?;
    }
    report.removed += tx.remove_rows(spec.schema, spec.filter.as_ref())?;
    if spec.tokens == Tokens::Forget && (report.removed > 0 || report.discarded > 0) {
        tx.remove_tokens(Some(spec.schema.name()))?;
    }
    Ok(report)
}

fn beside_pending(tx: &mut dyn StoreWrite, spec: &PurgeSpec, report: &mut PurgeReport) -> Result<(), Error> {
    let schema = spec.schema;
    let mut cursor = Sequence(0);
    let last = tx.last_sequence()?;
    let mut matching = RowBatch::new(schema);
    let selection = Selection { filter: spec.filter.clone(), ..Selection::default() };
    tx.select(schema, &selection, &mut matching)?;
    let matching: std::collections::HashSet<String> = matching.iter().map(|row| row.id().to_owned()).collect();
    while let Some(entry) = tx.next_entry(cursor, last)? {
        cursor = entry.sequence;
        // An entry whose wish is absent has no row that a filter could select.
        let selected = if entry.absent { spec.filter.is_none() } else { matching.contains(entry.id.as_str()) };
        if entry.table != schema.name() || !selected {
            continue;
        }
        match spec.pending {
            Pending::Keep => report.kept += 1,
            Pending::Discard => {
                report.discarded += 1;
                let case = queue::case_of(tx, schema, entry)?;
                queue::discard(tx, case)?;
            }
            Pending::Fail => {
                let message = "operations are pending and the purge would destroy them; push first, or say keep_pending or discard_pending";
                return Err(Error::new(ErrorKind::Pending, message).in_table(schema.name()).in_row(entry.id.as_str()));
            }
        }
    }
    Ok(())
}
