//! Sync: push, then pull of every registered query.

use std::fmt;

use crate::error::Error;
use crate::event::Running;
use crate::pull::{self, PullReport, PullSpec};
use crate::push::{self, PushReport, Status};

use super::SyncContext;

/// A query that `sync` pulls.
#[derive(Debug, Clone)]
pub(super) struct Registered {
    pub(super) pull: PullSpec,
}

/// What a sync did.
#[derive(Debug, Clone)]
#[must_use = "a sync that could not do everything says so only in its report"]
pub struct SyncReport {
    push: PushReport,
    pulls: Vec<PullReport>,
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
    let mut report = SyncReport { push: push::push(&context.session).await?, pulls: Vec::new() };
    if matches!(report.push.status(), Status::Offline | Status::Unauthorized) {
        return Ok(report);
    }
    for registered in context.registered.iter() {
        let pull = pull::pull(&context.session, registered.pull.clone()).await?;
        let away = matches!(pull.status(), Status::Offline | Status::Unauthorized);
        report.pulls.push(pull);
        if away {
            break;
        }
    }
    Ok(report)
}
