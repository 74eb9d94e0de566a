//! What to push: of which tables, and how much at once; plain data.

use std::collections::BTreeSet;

use crate::error::{Error, ErrorKind};
use crate::session::{PushKey, Session};
use crate::store::StoreRead;
use crate::table::{SyncTable, TableSchema};

/// Lanes of a push unless it or the context says otherwise.
pub(crate) const DEFAULT_LANES: usize = 1;
/// The most lanes: more gain little, and a server has other clients.
const MOST_LANES: usize = 8;

/// A push: what of the queue is sent, and how many requests may be under way at once; plain data.
///
/// ```no_run
/// # use synctable::{Id, SyncContext, SyncTable};
/// # #[derive(Debug, Clone, Default, SyncTable)]
/// # pub struct List { pub id: Id, pub title: String }
/// # #[derive(Debug, Clone, Default, SyncTable)]
/// # pub struct Task { pub id: Id, #[sync(references = List)] pub list: Option<Id>, pub text: String }
/// # async fn example(ctx: SyncContext) -> Result<(), synctable::Error> {
/// use synctable::Push;
///
/// let report = ctx.push_with(Push::new().lanes(8)).await?; // the whole queue, eight requests at once
/// println!("{}: {report}", report.status());
/// let report = ctx.push_with(Push::new().table::<Task>().table::<List>()).await?; // two tables
/// report.into_result()?;
/// let report = ctx.table::<Task>().push().await?; // one table, with the pending lists that its tasks name
/// report.into_result()?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Default)]
pub struct Push {
    tables: Vec<&'static TableSchema>,
    lanes: Option<usize>,
}

impl Push {
    /// Makes a push of the whole queue, with the lanes of the context.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sends the operations of this table, and of those named by further calls, in place of the whole
    /// queue. Pending inserts of rows that they reference go along: an operation cannot be sent before
    /// the row that it names is there.
    #[must_use]
    pub fn table<T: SyncTable>(self) -> Self {
        self.schema(T::SCHEMA)
    }

    /// Adds a table by its schema alone.
    pub(crate) fn schema(mut self, schema: &'static TableSchema) -> Self {
        self.tables.push(schema);
        self
    }

    /// A push that sends what either of two sends.
    pub(crate) fn with(mut self, other: &Self) -> Self {
        if self.tables.is_empty() || other.tables.is_empty() {
            self.tables.clear();
        } else {
            self.tables.extend(&other.tables);
        }
        self.lanes = self.lanes.or(other.lanes);
        self
    }

    /// Lets so many requests be under way at once, 1 to 8, in place of what the context says.
    #[must_use]
    pub fn lanes(mut self, lanes: usize) -> Self {
        self.lanes = Some(lanes);
        self
    }

    /// Checks the push against what the context was opened with.
    ///
    /// # Errors
    /// `Schema`: a table was not registered. `Invalid`: the number of lanes is out of bounds.
    pub(crate) fn spec(&self, session: &Session) -> Result<PushSpec, Error> {
        for schema in &self.tables {
            if session.tables.get(schema.name()).is_none_or(|known| known != *schema) {
                let message = format!(
                    "table `{}` is not registered; call `.table::<…>()` of its struct on the builder",
                    schema.name()
                );
                return Err(Error::new(ErrorKind::Schema, message));
            }
        }
        let lanes = self.lanes.unwrap_or(session.push_lanes);
        check_lanes(lanes)?;
        let scope = if self.tables.is_empty() {
            Scope::Whole
        } else {
            Scope::Tables(self.tables.iter().map(|schema| schema.name()).collect())
        };
        Ok(PushSpec { scope, lanes })
    }
}

/// Checks a number of lanes.
///
/// # Errors
/// `Invalid`: it is out of bounds.
pub(crate) fn check_lanes(lanes: usize) -> Result<(), Error> {
    if (1..=MOST_LANES).contains(&lanes) {
        return Ok(());
    }
    Err(Error::new(ErrorKind::Invalid, format!("a push has 1 to {MOST_LANES} lanes, not {lanes}")))
}

/// What a push does, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PushSpec {
    pub(crate) scope: Scope,
    /// Requests that may be under way at once.
    pub(crate) lanes: usize,
}

impl PushSpec {
    /// The whole queue, as the context pushes it.
    pub(crate) fn whole(session: &Session) -> Self {
        Self { scope: Scope::Whole, lanes: session.push_lanes }
    }

    /// What identifies a push that others may share.
    pub(super) fn key(&self) -> PushKey {
        let tables = match &self.scope {
            Scope::Whole => Vec::new(),
            Scope::Tables(tables) => tables.iter().copied().collect(),
        };
        (tables, self.lanes)
    }
}

/// Which entries a push sends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Scope {
    Whole,
    /// Those of these tables, and the parents that they name.
    Tables(BTreeSet<&'static str>),
}

impl Scope {
    pub(crate) fn has(&self, table: &str) -> bool {
        match self {
            Self::Whole => true,
            Self::Tables(tables) => tables.contains(table),
        }
    }

    /// Counts the entries.
    pub(super) fn pending(&self, snapshot: &mut dyn StoreRead) -> Result<u64, Error> {
        match self {
            Self::Whole => snapshot.pending(None),
            Self::Tables(tables) => {
                tables.iter().try_fold(0, |pending, table| Ok(pending + snapshot.pending(Some(table))?))
            }
        }
    }
}
