//! Several pulls at once: the network of one beside that of the others, the store one after the other.

use std::pin::Pin;
use std::task::Poll;

use crate::error::Error;
use crate::push::Status;
use crate::session::Session;

use super::report::PullReport;
use super::spec::PullSpec;

/// A pull that is under way.
struct Running<'a> {
    place: usize,
    table: &'static str,
    pull: Pin<Box<dyn Future<Output = Result<PullReport, Error>> + Send + 'a>>,
}

/// Pulls without a push before, at most so many at once; the reports come in the order of the specs.
///
/// Pulls of one table follow one another in that order. Once one finds that the server is away or wants
/// a sign-in, no other is begun: the reports of those are missing.
///
/// # Errors
/// As one pull; the others stop where they are.
///
/// # Cancellation
/// As that of each pull.
pub(crate) async fn pull_many(
    session: &Session,
    specs: Vec<PullSpec>,
    at_once: usize,
) -> Result<Vec<PullReport>, Error> {
    let mut reports: Vec<Option<PullReport>> = specs.iter().map(|_| None).collect();
    let mut waiting: Vec<(usize, PullSpec)> = specs.into_iter().enumerate().collect();
    let mut running: Vec<Running<'_>> = Vec::new();
    let mut is_away = false;
    loop {
        while running.len() < at_once.max(1) && !is_away {
            let is_free = |spec: &PullSpec| running.iter().all(|other| other.table != spec.schema.name());
            let Some(next) = waiting.iter().position(|(_, spec)| is_free(spec)) else { break };
            let (place, spec) = waiting.remove(next);
            let table = spec.schema.name();
            running.push(Running { place, table, pull: Box::pin(super::pull_only(session, spec)) });
        }
        if running.is_empty() {
            return Ok(reports.into_iter().flatten().collect());
        }
        let (ended, result) = std::future::poll_fn(|context| {
            for (index, running) in running.iter_mut().enumerate() {
                if let Poll::Ready(result) = running.pull.as_mut().poll(context) {
                    return Poll::Ready((index, result));
                }
            }
            Poll::Pending
        })
        .await;
        let ended = running.swap_remove(ended);
        let report = result?;
        is_away |= matches!(report.status(), Status::Offline | Status::Unauthorized);
        reports[ended.place] = Some(report);
    }
}
