//! Pull: pages over the wire into the store, fetched while the pages before are applied.

pub(crate) mod apply;
pub(crate) mod cursor;
mod report;
mod spec;
mod walk;

pub use report::{PullReport, PullWarning};
pub use spec::Pull;
pub(crate) use spec::PullSpec;
#[cfg(feature = "testing")]
pub(crate) use spec::Remembered;

use crate::error::Error;
use crate::event::Running;
use crate::push;
use crate::session::Session;

/// Brings what changed on the server since the query's last pull.
///
/// When the table has pending operations, the whole queue is pushed first; what that push could
/// not send does not stop the pull and is in the report.
///
/// # Errors
/// The local store cannot be used, the query cannot be said in the server's dialect, or it has a
/// parameter of the protocol's.
///
/// # Cancellation
/// Slices that were committed stay, with the token that covers them; the next pull goes on there.
pub(crate) async fn pull(session: &Session, spec: PullSpec) -> Result<PullReport, Error> {
    let table = spec.schema.name();
    let identity = spec.identity()?;
    if let Some(dialect) = session.wire.known_dialect() {
        // Before the push: what cannot be asked is an error of the call.
        walk::check(session, dialect, &spec)?;
    }
    let mut report = PullReport::new(table);
    let turn = session.pull_turns.get(table);
    let _turn = match turn {
        Some(turn) => Some(turn.lock().await),
        None => None,
    };
    let running = Running::pull(&session.events, table, spec.query());
    let work = async {
        if session.read(move |snapshot| snapshot.pending(Some(table))).await? > 0 {
            report.push = Some(push::push(session).await?);
        }
        walk::walk(session, &spec, identity, &mut report).await?;
        Ok(report)
    };
    let result = running.span().run(work).await;
    running.end(&result, PullReport::status);
    result
}
