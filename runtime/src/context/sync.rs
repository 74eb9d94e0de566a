//! Sync: push, then pull of every registered query.

use std::fmt;

use crate::error::Error;
use crate::event::Running;
use crate::pull::{self, First, PullReport, PullSpec};
use crate::push::{self, Push, PushReport, PushSpec, Status};
use crate::value::Timestamp;

use super::SyncContext;

/// A query that `sync` pulls.
#[derive(Debug, Clone)]
pub(super) struct Registered {
    pub(super) pull: PullSpec,
}

/// What a sync, or a pull of all registered queries, did.
#[derive(Debug, Clone)]
#[must_use = "a sync that could not do everything says so only in its report"]
pub struct SyncReport {
    push: PushReport,
    pulls: Vec<PullReport>,
    /// Registered queries whose pull was not begun.
    left_out: usize,
}

impl SyncReport {
    /// How the sync ended as a whole: the status of the first part that is not complete, one that
    /// stopped before one with failures.
    #[must_use]
    pub fn status(&self) -> Status {
        let statuses = || std::iter::once(self.push.status()).chain(self.pulls.iter().map(PullReport::status));
        statuses()
            .find(|status| !matches!(status, Status::Complete | Status::WithFailures))
            .or_else(|| statuses().find(|status| *status != Status::Complete))
            .unwrap_or(Status::Complete)
    }

    /// The report of the push.
    pub fn push(&self) -> &PushReport {
        &self.push
    }

    /// The reports of the pulls, in the order of registration; those that were not begun because the
    /// server could not be reached are missing.
    pub fn pulls(&self) -> &[PullReport] {
        &self.pulls
    }

    /// The instant, by the server's clock and in whole seconds, up to which all tables are brought:
    /// the beginning of the pull that began first. `None` if a pull stopped or was not begun, or if the
    /// server does not tell its clock.
    ///
    /// For every registered query the store has what the server showed at that instant, or something
    /// newer; a table pulled later may be newer than one pulled before, so a row may name another that
    /// came to the server after this instant and comes to the store with the next sync. Rows with
    /// pending operations, rows set aside, and rows that the server stamped before and showed only
    /// after are excepted.
    #[must_use]
    pub fn consistent_as_of(&self) -> Option<Timestamp> {
        if self.left_out > 0 || self.pulls.iter().any(|pull| pull.stopped_by().is_some()) {
            return None;
        }
        self.pulls.iter().map(PullReport::as_of).collect::<Option<Vec<_>>>()?.into_iter().min()
    }

    /// Turns every incomplete sync into an error that says how it ended.
    ///
    /// # Errors
    /// As [`PushReport::into_result`], then as [`PullReport::into_result`].
    pub fn into_result(self) -> Result<(), Error> {
        self.push.clone().into_result()?;
        for pull in &self.pulls {
            pull.clone().into_result()?;
        }
        Ok(())
    }
}

impl fmt::Display for SyncReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "push: {}", self.push)?;
        for pull in &self.pulls {
            write!(f, "; pull of {}: {pull}", pull.table())?;
        }
        Ok(())
    }
}

pub(super) async fn sync(context: &SyncContext) -> Result<SyncReport, Error> {
    let running = Running::sync(&context.session.events);
    let result = running.span().run(push_and_pull(context)).await;
    running.end(&result, SyncReport::status);
    result
}

async fn push_and_pull(context: &SyncContext) -> Result<SyncReport, Error> {
    let push = push::push(&context.session, &PushSpec::whole(&context.session)).await?;
    if matches!(push.status(), Status::Offline | Status::Unauthorized) {
        return Ok(SyncReport { push, pulls: Vec::new(), left_out: context.registered.len() });
    }
    pull_registered(context, push).await
}

pub(super) async fn pull_all(context: &SyncContext) -> Result<SyncReport, Error> {
    let pulls: Vec<PullSpec> = context.registered.iter().map(|registered| registered.pull.clone()).collect();
    // One push for all: what any of the pulls wants sent before it.
    let first = context
        .session
        .read(move |snapshot| {
            let mut first: Option<Push> = None;
            for pull in &pulls {
                if let First::Push(push) = &pull.first
                    && snapshot.pending(Some(pull.schema.name()))? > 0
                {
                    first = Some(first.map_or_else(|| push.clone(), |first| first.with(push)));
                }
            }
            Ok(first)
        })
        .await?;
    let push = match first {
        Some(first) => push::push(&context.session, &first.spec(&context.session)?).await?,
        None => PushReport::new(),
    };
    pull_registered(context, push).await
}

async fn pull_registered(context: &SyncContext, push: PushReport) -> Result<SyncReport, Error> {
    let specs: Vec<PullSpec> = context.registered.iter().map(|registered| registered.pull.clone()).collect();
    let pulls = pull::pull_many(&context.session, specs, context.parallel_pulls).await?;
    let left_out = context.registered.len() - pulls.len();
    Ok(SyncReport { push, pulls, left_out })
}
