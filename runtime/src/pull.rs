//! Pull: pages over the wire into the store, fetched while the pages before are applied.

mod again;
mod apply;
mod ask;
mod cursor;
mod many;
pub(crate) mod quarantine;
mod quiet;
mod reconcile;
mod remember;
mod report;
mod spec;
mod walk;

pub(crate) use many::pull_many;
pub use quarantine::QuarantineReport;
pub use report::{PullReport, PullWarning};
pub use spec::Pull;
#[cfg(feature = "testing")]
pub(crate) use spec::Remembered;
pub(crate) use spec::{First, PullSpec};

use crate::error::Error;
use crate::event::Running;
use crate::push::{self, PushReport};
use crate::session::Session;

/// Brings what changed on the server since the query's last pull.
///
/// When the table has pending operations, they are pushed first as the pull says; what that push could
/// not send does not stop the pull and is in the report.
///
/// # Errors
/// The local store cannot be used, the query cannot be said in the server's dialect, it has a
/// parameter of the protocol's, or the push before it cannot be done as it says.
///
/// # Cancellation
/// Slices that were committed stay, with the token that covers them; the next pull goes on there.
pub(crate) async fn pull(session: &Session, spec: PullSpec) -> Result<PullReport, Error> {
    session.check_writable()?;
    let table = spec.schema.name();
    check(session, &spec)?;
    // Turns are taken before the push, so that a pull that waited for another finds what that one left.
    let _turn = session.pull_turn(spec.schema).await;
    let running = Running::pull(&session.events, table, spec.query());
    let work = async {
        let push = match &spec.first {
            First::Push(first) if session.read(move |snapshot| snapshot.pending(Some(table))).await? > 0 => {
                Some(push::push(session, &first.spec(session)?).await?)
            }
            First::Push(_) | First::Nothing => None,
        };
        pull_in_turn(session, &spec, push).await
    };
    let result = running.span().run(work).await;
    running.end(&result, PullReport::status);
    result
}

/// Brings what changed, without a push before.
///
/// # Errors
/// As [`pull`].
///
/// # Cancellation
/// As that of [`pull`].
pub(crate) async fn pull_only(session: &Session, spec: PullSpec) -> Result<PullReport, Error> {
    check(session, &spec)?;
    let _turn = session.pull_turn(spec.schema).await;
    let running = Running::pull(&session.events, spec.schema.name(), spec.query());
    let result = running.span().run(pull_in_turn(session, &spec, None)).await;
    running.end(&result, PullReport::status);
    result
}

/// Looks, before anything is sent, whether the query can be asked.
fn check(session: &Session, spec: &PullSpec) -> Result<(), Error> {
    spec.identity()?;
    if let First::Push(first) = &spec.first {
        first.spec(session)?;
    }
    match session.wire.known_dialect() {
        Some(dialect) => ask::check(session, dialect, spec).map(drop),
        None => Ok(()),
    }
}

async fn pull_in_turn(session: &Session, spec: &PullSpec, push: Option<PushReport>) -> Result<PullReport, Error> {
    let mut report = PullReport::new(spec.schema.name());
    report.push = push;
    walk::walk(session, spec, spec.identity()?, &mut report).await?;
    if report.stopped.is_none() && quarantine::may_fit_now(session, spec.schema).await? {
        read_unfitting(session, spec, &mut report).await?;
    }
    Ok(report)
}

/// Reads the rows again that did not fit the table's columns as they were.
async fn read_unfitting(session: &Session, spec: &PullSpec, report: &mut PullReport) -> Result<(), Error> {
    let mut retried = QuarantineReport::default();
    quarantine::retry_in_turn(session, spec.schema, &mut retried).await?;
    report.requests += retried.requests();
    report.applied += retried.restored();
    report.stopped = retried.stopped();
    Ok(())
}
