//! A conflict of any table, and who ends it.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use super::merge::Merged;
use super::plan::Case;
use super::resolve::{ConflictPolicy, Resolution};
use crate::clock::BoxFuture;
use crate::error::Error;
use crate::row::{Remote, Row};
use crate::store::entry::{OperationKind, Sequence};
use crate::value::Id;

/// A conflict of any table: the server has another row than the one that was changed here.
///
/// It is a snapshot; a resolution counts only for the revision that it shows.
#[derive(Debug, Clone)]
pub struct AnyConflict {
    case: Case,
    remote: Remote,
    attempt: u32,
}

impl AnyConflict {
    /// Takes the conflict of an entry, if it has one.
    pub(crate) fn of(case: &Case, attempt: u32) -> Option<Self> {
        let remote = case.entry.candidate.clone().filter(|_| case.is_conflict())?;
        Some(Self { case: case.clone(), remote, attempt })
    }

    pub(crate) fn case(&self) -> &Case {
        &self.case
    }

    pub(crate) fn seen(&self) -> &Remote {
        &self.remote
    }

    pub(crate) fn merged(&self) -> Option<Merged> {
        self.case.merged(&self.remote)
    }

    /// Which state of which entry the conflict shows.
    pub(crate) fn stand(&self) -> (Sequence, u64) {
        (self.case.entry.made, self.case.entry.revision)
    }

    /// The table's name.
    #[must_use]
    pub fn table(&self) -> &str {
        &self.case.entry.table
    }

    /// The row's id.
    #[must_use]
    pub fn id(&self) -> &Id {
        &self.case.entry.id
    }

    /// What was to be done: an insert, an update or a delete.
    #[must_use]
    pub fn kind(&self) -> OperationKind {
        self.case.kind()
    }

    /// How often this push has asked for a resolution of this row, this time included: 1, 2 or 3.
    #[must_use]
    pub fn attempt(&self) -> u32 {
        self.attempt
    }
}

/// Asks the app; an error leaves the conflict as it is and is told with it.
pub(crate) type AskApp = Arc<dyn Fn(AnyConflict) -> BoxFuture<'static, Result<Resolution<Row>, Error>> + Send + Sync>;

/// Who ends conflicts.
#[derive(Clone)]
pub(crate) enum Resolver {
    Policy(ConflictPolicy),
    App(AskApp),
}

impl Default for Resolver {
    fn default() -> Self {
        Self::Policy(ConflictPolicy::default())
    }
}

impl fmt::Debug for Resolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Policy(policy) => policy.fmt(f),
            Self::App(_) => f.write_str("App"),
        }
    }
}

/// What a table or a context declares; a handler comes before a policy.
#[derive(Debug, Clone, Default)]
pub(crate) struct Declared {
    pub(crate) handler: Option<Resolver>,
    pub(crate) policy: Option<ConflictPolicy>,
}

impl Declared {
    fn resolver(self) -> Option<Resolver> {
        self.handler.or(self.policy.map(Resolver::Policy))
    }
}

/// Who ends the conflicts of which table.
#[derive(Debug, Default)]
pub(crate) struct Resolvers {
    tables: HashMap<&'static str, Resolver>,
    rest: Resolver,
}

impl Resolvers {
    pub(crate) fn new(tables: impl IntoIterator<Item = (&'static str, Declared)>, context: Declared) -> Self {
        let declared = |(table, declared): (&'static str, Declared)| Some((table, declared.resolver()?));
        Self { tables: tables.into_iter().filter_map(declared).collect(), rest: context.resolver().unwrap_or_default() }
    }

    /// What a table declares, else what the context does.
    pub(crate) fn of(&self, table: &str) -> &Resolver {
        self.tables.get(table).unwrap_or(&self.rest)
    }
}
