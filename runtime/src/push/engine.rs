//! The loop of one push: requests that leave, answers that come, and one transaction at a time that
//! settles all answers that came meanwhile and plans what leaves next.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};

use crate::clock::BoxFuture;
use crate::error::Error;
use crate::event::Running;
use crate::queue::AnyConflict;
use crate::session::Session;
use crate::store::{ChangeSource, Durability};
use crate::trace::Span;
use crate::value::Id;
use crate::wire::extension::BatchLimits;

use super::lease::{Lease, RENEWAL};
use super::notes;
use super::round::{Action, Next, Outcome, Round, Task, is_plain, resolve};
use super::send::{Novelties, Sender, Together, most_together};

/// The state of a push while it runs.
///
/// A request is *planned* when it is stored as open, and then leaves as soon as a lane is free. With
/// one lane the order stays strict all the same: the request planned ahead leaves before the answer to
/// the one before it is settled only if that answer lets nothing more be sent for its row.
pub(super) struct Engine<'a> {
    session: &'a Session,
    sender: &'a Sender<'a>,
    lease: &'a Lease,
    running: &'a mut Running,
    lanes: usize,
    /// Where the queue stands; away while a transaction has it.
    round: Option<Round>,
    /// Stored as open and not sent yet, in the order of leaving.
    planned: VecDeque<Next>,
    under_way: Vec<Flight<'a>>,
    /// Answered and not settled yet.
    answered: Vec<(Task, Outcome)>,
    commit: Option<BoxFuture<'a, Result<Committed, Error>>>,
    departures: Departures,
    /// Whether requests came back without an answer since a transaction began to look at what is planned.
    has_returned: bool,
    /// When the lease must be renewed at the latest, while no transaction runs, which renews it too.
    term: Option<BoxFuture<'static, ()>>,
}

type Flight<'a> = BoxFuture<'a, Result<Together, Error>>;

/// Whether planned requests may leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Departures {
    Open,
    /// Not before a transaction has looked at them: an answer may change what comes next, or something
    /// was written since they were planned.
    Held,
    /// That transaction runs and has them.
    LookedAt,
}

/// What a transaction left.
enum Committed {
    Settled(Box<Round>, VecDeque<Next>),
    Renewed,
}

/// What the loop waits for.
enum Event {
    Answered(Result<Together, Error>),
    Committed(Result<Committed, Error>),
    TermOver,
}

impl<'a> Engine<'a> {
    pub(super) fn new(
        session: &'a Session,
        sender: &'a Sender<'a>,
        lease: &'a Lease,
        running: &'a mut Running,
        lanes: usize,
        round: Round,
        first: VecDeque<Next>,
    ) -> Self {
        Self {
            session,
            sender,
            lease,
            running,
            lanes,
            round: Some(round),
            planned: first,
            under_way: Vec::new(),
            answered: Vec::new(),
            commit: None,
            departures: Departures::Open,
            has_returned: false,
            term: None,
        }
    }

    /// Pushes until nothing is left to send, or the push stops and what was under way is settled.
    pub(super) async fn run(mut self) -> Result<Round, Error> {
        self.depart();
        loop {
            if let Some(round) = self.take_if_over() {
                return Ok(round);
            }
            match std::future::poll_fn(|context| self.poll(context)).await {
                Event::Answered(answered) => {
                    let Together { answered, left } = answered?;
                    self.has_returned |= !left.is_empty();
                    for task in left.into_iter().rev() {
                        self.planned.push_front(Next::Task(task));
                    }
                    let is_plain = answered.iter().all(|(task, outcome)| is_plain(task, outcome));
                    if self.has_returned || !is_plain || self.is_outdated() {
                        self.hold();
                    }
                    self.answered.extend(answered);
                    self.depart();
                }
                Event::Committed(committed) => {
                    if let Committed::Settled(round, next) = committed? {
                        self.settled(*round, next);
                    }
                    self.depart();
                }
                Event::TermOver => self.commit(renew(self.session, self.lease)),
            }
            self.settle();
        }
    }

    /// The round, once nothing more is to come.
    fn take_if_over(&mut self) -> Option<Round> {
        let round = self.round.take()?;
        // Who does not hold the lease any more must not store an answer.
        let is_over = round.is_taken_over()
            || (self.commit.is_none()
                && self.under_way.is_empty()
                && self.answered.is_empty()
                && self.planned.is_empty());
        if is_over {
            return Some(round);
        }
        self.round = Some(round);
        None
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Event> {
        for place in 0..self.under_way.len() {
            if let Poll::Ready(answered) = self.under_way[place].as_mut().poll(context) {
                drop(self.under_way.swap_remove(place));
                return Poll::Ready(Event::Answered(answered));
            }
        }
        if let Some(commit) = &mut self.commit {
            let committed = std::task::ready!(commit.as_mut().poll(context));
            self.commit = None;
            return Poll::Ready(Event::Committed(committed));
        }
        let term = self.term.get_or_insert_with(|| self.session.clock.sleep(RENEWAL));
        term.as_mut().poll(context).map(|()| Event::TermOver)
    }

    fn commit(&mut self, work: impl Future<Output = Result<Committed, Error>> + Send + 'a) {
        self.term = None;
        self.commit = Some(Box::pin(work));
    }

    /// Whether something was written since the requests that wait for a lane were planned: each is to
    /// leave with the wish at its turn.
    fn is_outdated(&self) -> bool {
        let writes = self.session.local_writes.load(Ordering::Acquire);
        self.planned.iter().any(|next| next.task().writes != writes)
    }

    fn hold(&mut self) {
        if self.departures == Departures::Open {
            self.departures = Departures::Held;
        }
    }

    /// Lets planned requests leave as far as there are lanes.
    fn depart(&mut self) {
        while self.departures == Departures::Open && self.under_way.len() < self.lanes {
            let together = self.take_together();
            if together.len() > 1
                && let Some(limits) = self.sender.batch_limits()
            {
                self.under_way.push(Box::pin(perform_together(self.session, self.sender, together, limits)));
                continue;
            }
            // One alone; no more than one was taken without limits.
            let Some(next) = together.into_iter().map(Next::Task).next().or_else(|| self.planned.pop_front()) else {
                return;
            };
            self.under_way.push(Box::pin(perform(self.session, self.sender, next)));
        }
    }

    /// Takes the requests that are next and can go together; none if the next goes alone.
    fn take_together(&mut self) -> Vec<Task> {
        let most = self.sender.batch_limits().map_or(0, most_together);
        let may_go = |next: &Next| matches!(next, Next::Task(task) if task.may_go_together());
        let count = self.planned.iter().take(most).take_while(|next| may_go(next)).count();
        if count < 2 {
            return Vec::new();
        }
        self.planned.drain(..count).map(Next::into_task).collect()
    }

    /// Takes up what a transaction has settled and planned.
    fn settled(&mut self, round: Round, next: VecDeque<Next>) {
        if round.report.stopped.is_some() {
            self.sender.stop();
        }
        self.round = Some(super::told(self.session, self.running, round));
        self.planned.extend(next);
        if self.departures == Departures::LookedAt {
            let is_plain = self.answered.iter().all(|(task, outcome)| is_plain(task, outcome));
            let is_calm = is_plain && !self.has_returned;
            self.departures = if is_calm { Departures::Open } else { Departures::Held };
        }
    }

    /// Begins to settle what was answered, if no transaction runs.
    fn settle(&mut self) {
        // What came back without an answer is looked at again even if there is no answer to settle.
        let is_looked_for = self.has_returned && self.departures == Departures::Held;
        if self.commit.is_some() || (self.answered.is_empty() && !is_looked_for) {
            return;
        }
        let Some(mut round) = self.round.take() else { return };
        let mut looked_at = VecDeque::new();
        if self.departures == Departures::Held {
            self.departures = Departures::LookedAt;
            self.has_returned = false;
            looked_at = std::mem::take(&mut self.planned);
        }
        let (answered, now) = (std::mem::take(&mut self.answered), self.session.clock.now());
        let work = self.session.write(Durability::Power, ChangeSource::Push, move |tx| {
            let next = round.advance(tx, answered, looked_at, now)?;
            Ok(Committed::Settled(Box::new(round), next))
        });
        self.commit(work);
    }
}

async fn renew(session: &Session, lease: &Lease) -> Result<Committed, Error> {
    let (lease, now) = (lease.clone(), session.clock.now());
    session.write(Durability::Process, ChangeSource::Push, move |tx| lease.renew(tx, now).map(drop)).await?;
    Ok(Committed::Renewed)
}

/// Does over the network, with no transaction open, what was planned.
async fn perform(session: &Session, sender: &Sender<'_>, next: Next) -> Result<Together, Error> {
    let answered = perform_alone(session, sender, next).await?;
    Ok(Together { answered: vec![answered], left: Vec::new() })
}

/// Sends requests in one.
async fn perform_together(
    session: &Session,
    sender: &Sender<'_>,
    tasks: Vec<Task>,
    limits: BatchLimits,
) -> Result<Together, Error> {
    let span = |task: &Task| ((task.schema.name(), task.id.clone()), notes::leaves(session, task));
    let spans: HashMap<(&str, Id), Span> = tasks.iter().map(span).collect();
    let together = sender.send_together(tasks, limits).await;
    for (task, outcome) in &together.answered {
        if let Some(span) = spans.get(&(task.schema.name(), task.id.clone())) {
            notes::came_back(span, outcome);
        }
    }
    Ok(together)
}

async fn perform_alone(session: &Session, sender: &Sender<'_>, next: Next) -> Result<(Task, Outcome), Error> {
    if let Err(outcome) = sender.greet(next.task().schema).await? {
        return Ok((next.into_task(), outcome));
    }
    let (task, outcome) = match next {
        Next::Truth(task, reply, novelty) => {
            let outcome = sender.weigh(task.schema, &task.id, reply, novelty).await;
            (task, outcome)
        }
        Next::Task(task) => {
            let outcome = match &task.action {
                Action::Ask(_) => sender.ask(task.schema, &task.id).await,
                Action::Send(request, novelty) => {
                    let span = notes::leaves(session, &task);
                    let novelties = Novelties { planned_as: task.planned_as, now: *novelty };
                    let outcome = span.run(sender.send(task.schema, &task.id, request, novelties)).await;
                    notes::came_back(&span, &outcome);
                    outcome
                }
                Action::Resolve(conflict) => resolve::ask(&session.resolvers, AnyConflict::clone(conflict)).await,
            };
            (task, outcome)
        }
    };
    Ok((task, outcome))
}
