//! Push: the queue over the wire to the server, progress durable with each answer.

pub(crate) mod conflict;
mod engine;
pub(crate) mod lease;
mod notes;
pub(crate) mod report;
pub(crate) mod round;
mod send;
mod spec;

pub use conflict::{AnyConflictHandler, Conflict, ConflictHandler};
pub use report::{FailedOperation, NotAttempted, PushReport, Reason, Status};
pub use spec::Push;
pub(crate) use spec::{DEFAULT_LANES, PushSpec, check_lanes};

use std::any::Any;
use std::collections::VecDeque;
use std::sync::Arc;

use crate::error::{Error, ErrorKind};
use crate::event::Running;
use crate::session::Session;
use crate::store::entry::Sequence;
use crate::store::{ChangeSource, Durability};
use engine::Engine;
use lease::Lease;
use round::{Next, Round, Surroundings};
use send::Sender;

/// Sends what is pending now (queue.md 3 and 4).
///
/// Those who call while a push runs wait for one round after it, and share its report.
///
/// # Errors
/// The local store cannot be used; everything else is in the report.
///
/// # Cancellation
/// What was acknowledged and committed stays. A request that was stored as open, whether it had left
/// or was about to, is repeated by the next push. Of those who share the round another drives it anew.
pub(crate) async fn push(session: &Session, spec: &PushSpec) -> Result<PushReport, Error> {
    let round = || async {
        let result: Arc<dyn Any + Send + Sync> = Arc::new(push_alone(session, spec).await);
        result
    };
    let result = session.push_turns.take(spec.key(), round).await;
    match result.downcast_ref::<Result<PushReport, Error>>() {
        Some(result) => result.clone(),
        None => Err(Error::new(ErrorKind::App, "a push gave something else than a report")),
    }
}

async fn push_alone(session: &Session, spec: &PushSpec) -> Result<PushReport, Error> {
    let scope = spec.scope.clone();
    let pending = session.read(move |snapshot| scope.pending(snapshot)).await?;
    let mut running = Running::push(&session.events, pending);
    let span = running.span();
    let result =
        if pending == 0 { Ok(PushReport::new()) } else { span.run(push_pending(session, spec, &mut running)).await };
    running.end(&result, PushReport::status);
    result
}

async fn push_pending(session: &Session, spec: &PushSpec, running: &mut Running) -> Result<PushReport, Error> {
    let alone = session.store.sole_pusher();
    let lease = Lease::new();
    let Some((round, first)) = begin(session, spec, running, &lease, alone.is_some()).await? else {
        return pushed_elsewhere(session, spec, running).await;
    };
    let sender = Sender::new(session);
    let round = Engine::new(session, &sender, &lease, running, spec.lanes, round, first).run().await?;
    release(session, lease).await?;
    let mut report = round.report;
    report.requests = sender.requests();
    Ok(report)
}

async fn begin(
    session: &Session,
    spec: &PushSpec,
    running: &mut Running,
    lease: &Lease,
    alone: bool,
) -> Result<Option<(Round, VecDeque<Next>)>, Error> {
    let (lease, clock, new_round) = (lease.clone(), Arc::clone(&session.clock), round_maker(session, spec));
    let begun = session
        .write(Durability::Power, ChangeSource::Push, move |tx| {
            let last = tx.last_sequence()?;
            let mut round = new_round(lease.clone(), last);
            if tx.pending(None)? == 0 {
                return Ok(Some((round, VecDeque::new())));
            }
            // Read inside the transaction: a renewal that was committed while this waited for it would
            // else look as if it reached too far ahead.
            let now = clock.now();
            if !lease.take(tx, now, alone)? {
                return Ok(None);
            }
            let next = round.advance(tx, Vec::new(), VecDeque::new(), now)?;
            Ok(Some((round, next)))
        })
        .await?;
    Ok(begun.map(|(round, next)| (told(session, running, round), next)))
}

/// Tells and counts what a committed transaction of the round did.
fn told(session: &Session, running: &mut Running, mut round: Round) -> Round {
    round.notes.committed(session, running, &round.report);
    round
}

/// Makes rounds of a push, inside transactions.
fn round_maker(session: &Session, spec: &PushSpec) -> impl FnOnce(Lease, Sequence) -> Round + Send + 'static {
    let (surroundings, spec) = (Surroundings::of(session), spec.clone());
    move |lease, last| Round::new(surroundings, spec, lease, last)
}

async fn release(session: &Session, lease: Lease) -> Result<(), Error> {
    session.write(Durability::Process, ChangeSource::Push, move |tx| lease.release(tx)).await
}

async fn pushed_elsewhere(session: &Session, spec: &PushSpec, running: &mut Running) -> Result<PushReport, Error> {
    let (lease, new_round) = (Lease::new(), round_maker(session, spec));
    let round = session
        .write(Durability::Process, ChangeSource::Push, move |tx| {
            let last = tx.last_sequence()?;
            let mut round = new_round(lease, last);
            let error = Error::new(ErrorKind::Busy, "another process pushes from this store");
            round.stop(tx, Status::Unavailable, error, &Reason::PushedElsewhere)?;
            Ok(round)
        })
        .await?;
    Ok(told(session, running, round).report)
}
