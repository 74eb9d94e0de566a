//! Push: the queue over the wire to the server, one request at a time, progress durable after each.

pub(crate) mod conflict;
pub(crate) mod lease;
mod notes;
pub(crate) mod report;
pub(crate) mod round;
mod send;

pub use conflict::{Conflict, ConflictHandler};
pub use report::{FailedOperation, NotAttempted, PushReport, Reason, Status};

use std::sync::Arc;
use std::task::Poll;

use crate::error::{Error, ErrorKind};
use crate::event::Running;
use crate::queue::AnyConflict;
use crate::session::Session;
use crate::store::{ChangeSource, Durability};
use lease::{Lease, RENEWAL};
use notes::Notes;
use round::{Action, Next, Outcome, Round, Task};
use send::Sender;

/// Sends what is pending now (queue.md 3 and 4).
///
/// # Errors
/// The local store cannot be used; everything else is in the report.
///
/// # Cancellation
/// What was acknowledged and committed stays; an open request is repeated by the next push.
pub(crate) async fn push(session: &Session) -> Result<PushReport, Error> {
    let _turn = session.push_turn.lock().await;
    let pending = session.read(|snapshot| snapshot.pending(None)).await?;
    let mut running = Running::push(&session.events, pending);
    let span = running.span();
    let result = if pending == 0 { Ok(PushReport::new()) } else { span.run(push_pending(session, &mut running)).await };
    running.end(&result, PushReport::status);
    result
}

async fn push_pending(session: &Session, running: &mut Running) -> Result<PushReport, Error> {
    let alone = session.store.sole_pusher();
    let lease = Lease::new();
    let Some((mut round, mut next)) = begin(session, running, &lease, alone.is_some()).await? else {
        return pushed_elsewhere(session, running).await;
    };
    let mut sender = Sender::new(session);
    if let Next::Task(task) = &next {
        // Nothing is sent before it is known to whom the store belongs.
        if let Err(error) = session.dialect(task.schema).await {
            let status = match error.kind() {
                ErrorKind::Offline => Status::Offline,
                ErrorKind::Unauthorized => Status::Unauthorized,
                ErrorKind::Store => return Err(error),
                _ => Status::Unavailable,
            };
            let task = task.clone();
            (round, next) =
                advance(session, running, round, Some((task, Outcome::Stop(status, error, round::Sent::No)))).await?;
        }
    }
    loop {
        let (task, outcome) = match next {
            Next::End => break,
            Next::Task(task) => {
                let outcome = perform(session, &lease, &mut sender, &task).await?;
                (task, outcome)
            }
            Next::Truth(task, reply, novelty) => {
                let id = task.id.clone();
                let asked = sender.weigh(task.schema, &id, reply, novelty);
                let outcome = renewing(session, &lease, asked).await?;
                (task, outcome)
            }
        };
        (round, next) = advance(session, running, round, Some((task, outcome))).await?;
    }
    release(session, lease).await?;
    let mut report = round.report;
    report.requests = sender.requests;
    Ok(report)
}

async fn begin(
    session: &Session,
    running: &mut Running,
    lease: &Lease,
    alone: bool,
) -> Result<Option<(Round, Next)>, Error> {
    let notes = Notes::new(session);
    let (lease, tables, clock) = (lease.clone(), session.tables.clone(), Arc::clone(&session.clock));
    let resolvers = Arc::clone(&session.resolvers);
    let begun = session
        .write(Durability::Power, ChangeSource::Push, move |tx| {
            if tx.pending(None)? == 0 {
                let last = tx.last_sequence()?;
                return Ok(Some((Round::new(tables, resolvers, lease, last, notes), Next::End)));
            }
            // Read inside the transaction: a renewal that was committed while this waited for it would
            // else look as if it reached too far ahead.
            let now = clock.now();
            if !lease.take(tx, now, alone)? {
                return Ok(None);
            }
            let last = tx.last_sequence()?;
            let mut round = Round::new(tables, resolvers, lease, last, notes);
            let next = round.advance(tx, None, now)?;
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

async fn advance(
    session: &Session,
    running: &mut Running,
    mut round: Round,
    done: Option<(Task, Outcome)>,
) -> Result<(Round, Next), Error> {
    let now = session.clock.now();
    let (round, next) = session
        .write(Durability::Power, ChangeSource::Push, move |tx| {
            let next = round.advance(tx, done, now)?;
            Ok((round, next))
        })
        .await?;
    Ok((told(session, running, round), next))
}

async fn release(session: &Session, lease: Lease) -> Result<(), Error> {
    session.write(Durability::Process, ChangeSource::Push, move |tx| lease.release(tx)).await
}

async fn pushed_elsewhere(session: &Session, running: &mut Running) -> Result<PushReport, Error> {
    let (tables, lease, notes) = (session.tables.clone(), Lease::new(), Notes::new(session));
    let resolvers = Arc::clone(&session.resolvers);
    let round = session
        .write(Durability::Process, ChangeSource::Push, move |tx| {
            let last = tx.last_sequence()?;
            let mut round = Round::new(tables, resolvers, lease, last, notes);
            let error = Error::new(ErrorKind::Busy, "another process pushes from this store");
            round.stop(tx, Status::Unavailable, error, &Reason::PushedElsewhere)?;
            Ok(round)
        })
        .await?;
    Ok(told(session, running, round).report)
}

async fn perform(session: &Session, lease: &Lease, sender: &mut Sender<'_>, task: &Task) -> Result<Outcome, Error> {
    match &task.action {
        Action::Ask(_) => renewing(session, lease, sender.ask(task.schema, &task.id)).await,
        Action::Send(request, novelty) => {
            let span = notes::leaves(session, task);
            let sent = renewing(session, lease, sender.send(task.schema, &task.id, request, *novelty));
            let outcome = span.run(sent).await?;
            notes::came_back(&span, &outcome);
            Ok(outcome)
        }
        Action::Resolve(conflict) => {
            let asked = round::resolve::ask(&session.resolvers, AnyConflict::clone(conflict));
            renewing(session, lease, asked).await
        }
    }
}

/// Waits for the network and keeps the lease meanwhile.
async fn renewing(session: &Session, lease: &Lease, work: impl Future<Output = Outcome>) -> Result<Outcome, Error> {
    let mut work = std::pin::pin!(work);
    loop {
        let mut term = session.clock.sleep(RENEWAL);
        let ended = std::future::poll_fn(|context| match work.as_mut().poll(context) {
            Poll::Ready(outcome) => Poll::Ready(Some(outcome)),
            Poll::Pending => term.as_mut().poll(context).map(|()| None),
        })
        .await;
        if let Some(outcome) = ended {
            return Ok(outcome);
        }
        let (lease, now) = (lease.clone(), session.clock.now());
        session.write(Durability::Process, ChangeSource::Push, move |tx| lease.renew(tx, now).map(drop)).await?;
    }
}
