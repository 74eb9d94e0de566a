//! What a pull did, as data.

use std::fmt;

use crate::error::{Error, ErrorKind};
use crate::push::{PushReport, Status};
use crate::value::Timestamp;
use crate::wire::Dialect;

/// What may be wrong with the rows of a pull although no error came.
///
/// ```no_run
/// # use synctable::{Id, SyncContext, SyncTable};
/// # #[derive(SyncTable)]
/// # struct TodoItem { id: Id, title: String }
/// # async fn example(ctx: SyncContext) -> Result<(), synctable::Error> {
/// let pull = TodoItem::pull("bought").filter(|t| t.title.starts_with("Buy"));
/// let report = ctx.table::<TodoItem>().pull(pull).await?;
/// for warning in report.warnings() {
///     eprintln!("{warning}");
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PullWarning {
    /// The filter has a function that some servers of the generation answer wrongly: rows may be missing.
    UnreliableFunction {
        /// The function's name on the wire.
        function: &'static str,
        /// What such a server does.
        defect: &'static str,
        /// The server generation.
        dialect: Dialect,
    },
}

impl fmt::Display for PullWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnreliableFunction { function, defect, dialect } => write!(
                f,
                "the filter has `{function}`, which a `{dialect}` server on SQLite does not answer rightly: {defect}; \
                 pull with a wider filter, and say `node_on_sqlite` on the builder to have such filters refused"
            ),
        }
    }
}

/// What a pull did.
#[derive(Debug, Clone)]
#[must_use = "a pull that could not bring everything says so only in its report"]
pub struct PullReport {
    pub(crate) table: &'static str,
    pub(crate) applied: u64,
    pub(crate) deleted: u64,
    pub(crate) protected: u64,
    pub(crate) quarantined: u64,
    pub(crate) reconciled: u64,
    pub(crate) rows: u64,
    pub(crate) requests: u64,
    pub(crate) bytes: u64,
    pub(crate) restarted: bool,
    pub(crate) as_of: Option<Timestamp>,
    pub(crate) warnings: Vec<PullWarning>,
    pub(crate) push: Option<PushReport>,
    pub(crate) stopped: Option<(Status, Error)>,
}

impl PullReport {
    pub(crate) fn new(table: &'static str) -> Self {
        Self {
            table,
            applied: 0,
            deleted: 0,
            protected: 0,
            quarantined: 0,
            reconciled: 0,
            rows: 0,
            requests: 0,
            bytes: 0,
            restarted: false,
            as_of: None,
            warnings: Vec::new(),
            push: None,
            stopped: None,
        }
    }

    /// The table's name.
    #[must_use]
    pub fn table(&self) -> &str {
        self.table
    }

    /// How the pull ended, its implicit push included.
    #[must_use]
    pub fn status(&self) -> Status {
        match (&self.stopped, &self.push) {
            (Some((status, _)), _) => *status,
            (None, Some(push)) if push.status() != Status::Complete => Status::WithFailures,
            (None, _) if self.quarantined > 0 => Status::WithFailures,
            (None, _) => Status::Complete,
        }
    }

    /// Rows inserted or changed in the store.
    #[must_use]
    pub fn applied(&self) -> u64 {
        self.applied
    }

    /// Rows removed from the store because the server deleted them.
    #[must_use]
    pub fn deleted(&self) -> u64 {
        self.deleted
    }

    /// Rows kept as they are because they have pending operations.
    #[must_use]
    pub fn protected(&self) -> u64 {
        self.protected
    }

    /// Rows set aside because a column could not be read.
    #[must_use]
    pub fn quarantined(&self) -> u64 {
        self.quarantined
    }

    /// Rows that a [reconcile](crate::Pull::reconcile) took away, because the server no longer has or no
    /// longer selects them.
    #[must_use]
    pub fn reconciled(&self) -> u64 {
        self.reconciled
    }

    /// The server's clock, in whole seconds, when the pull began: what the query selected then is in the
    /// store once the pull is through, but for rows that are protected or set aside. `None` if the server
    /// does not tell its clock.
    #[must_use]
    pub fn as_of(&self) -> Option<Timestamp> {
        self.as_of
    }

    /// Rows received, those of the overlap included.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Requests sent by the pull itself.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.requests
    }

    /// Bytes of the pages as received.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Whether the query began anew because its name was used with another filter before.
    #[must_use]
    pub fn restarted(&self) -> bool {
        self.restarted
    }

    /// What may be wrong with the rows although the pull came to its end.
    #[must_use]
    pub fn warnings(&self) -> &[PullWarning] {
        &self.warnings
    }

    /// The report of the push that went before, if there was one.
    #[must_use]
    pub fn push(&self) -> Option<&PushReport> {
        self.push.as_ref()
    }

    /// Why the pull stopped before its end, if it did.
    #[must_use]
    pub fn stopped_by(&self) -> Option<&Error> {
        self.stopped.as_ref().map(|(_, error)| error)
    }

    /// Turns every incomplete pull into an error that says how it ended.
    ///
    /// # Errors
    /// What stopped the pull; else what its push reports; `Decode` if rows were set aside.
    pub fn into_result(self) -> Result<(), Error> {
        if let Some((_, error)) = self.stopped {
            return Err(error.in_table(self.table));
        }
        if let Some(push) = &self.push {
            push.clone().into_result()?;
        }
        if self.quarantined > 0 {
            let message =
                format!("{} rows could not be read and are set aside; see SyncContext::quarantined", self.quarantined);
            return Err(Error::new(ErrorKind::Decode, message).in_table(self.table));
        }
        Ok(())
    }
}

impl fmt::Display for PullReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} applied, {} deleted, {} protected, {} quarantined",
            self.applied, self.deleted, self.protected, self.quarantined
        )?;
        if self.reconciled > 0 {
            write!(f, ", {} taken away", self.reconciled)?;
        }
        Ok(())
    }
}
