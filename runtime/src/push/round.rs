//! One push, seen from the store: which entry is next, and what an answer settles, in one transaction.

mod order;
pub(super) mod resolve;
mod settle;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::error::{Error, ErrorKind};
use crate::queue::answer::Reply;
use crate::queue::conflict::Resolvers;
use crate::queue::plan::{Case, Novelty, Question, Step};
use crate::queue::{self, AnyConflict, Ending, Operation, Replacement};
use crate::row::Remote;
use crate::session::Tables;
use crate::store::StoreWrite;
use crate::store::entry::{Entry, Failure, FailureKind, OperationKind, Request, Sequence};
use crate::store::system::Quarantined;
use crate::table::TableSchema;
use crate::value::{Id, Timestamp};

use super::lease::Lease;
use super::notes::{Notes, kind_of_case, kind_of_request};
use super::report::{FailedOperation, NotAttempted, PushReport, Reason, Status};
use resolve::Answer;

/// More requests than any entry needs; an entry that reaches it waits for the next push.
const REQUESTS_AN_ENTRY: u32 = 12;
/// Entries in a row without a usable answer after which the push stops.
const BARREN_ENTRIES: u32 = 3;
/// Strikes after which an entry is set aside.
const STRIKES: u32 = 5;
/// How often an entry can be struck.
const STRIKE_INTERVAL: std::time::Duration = std::time::Duration::from_secs(3600);
/// How long a grave is kept.
const GRAVE_KEPT: std::time::Duration = std::time::Duration::from_secs(7 * 24 * 3600);

/// The state of one push between its transactions.
#[derive(Debug)]
pub(crate) struct Round {
    pub(crate) tables: Tables,
    pub(crate) lease: Lease,
    pub(crate) report: PushReport,
    /// What is told once the transaction is committed.
    pub(super) notes: Notes,
    /// Where the walk through the queue stands.
    cursor: Sequence,
    /// Entries made later are not in scope.
    made_until: Sequence,
    /// Entries that wait for one they depend on, the innermost last.
    waiting: Vec<Key>,
    /// Entries that this push is through with and that are still there. Those that are gone need
    /// no note: one made anew is out of scope.
    through: HashMap<Key, Through>,
    skipped_tables: HashSet<String>,
    /// Whether a write of this push was answered 2xx or 4xx.
    had_answer: bool,
    /// Entries that met a 500 before any other write was answered: the first answer strikes them.
    suspects: Vec<(Key, Failure)>,
    barren: u32,
    resolvers: Arc<Resolvers>,
    /// How often a resolution of an entry was asked for.
    resolutions: HashMap<Key, u32>,
}

type Key = (String, Id);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Through {
    Settled,
    Failed,
}

/// What the network is asked to do next.
#[derive(Debug, Clone)]
pub(crate) struct Task {
    pub(crate) schema: &'static TableSchema,
    pub(crate) id: Id,
    pub(crate) action: Action,
    /// What the operation is: of a request what that asks.
    pub(crate) kind: OperationKind,
    /// How many requests the operation has had, this one included.
    pub(crate) attempt: u32,
    /// The candidate when the request was planned: one that comes later was seen while it was open.
    candidate: Option<Remote>,
    /// The revision whose wish the first new request of this push carried.
    planned: Option<u64>,
    requests: u32,
    /// Whether a request of the entry had been stored before this one.
    sent_before: bool,
}

/// A request to send, or a truth to ask.
#[derive(Debug, Clone)]
pub(crate) enum Action {
    Send(Box<Request>, Novelty),
    Ask(Question),
    /// The app is asked how a conflict ends.
    Resolve(Box<AnyConflict>),
}

/// How the network's part of a task ended.
#[derive(Debug, Clone)]
pub(crate) enum Outcome {
    /// A final answer, and whether the request was tried more than once.
    Reply(Reply, Novelty, Option<Quarantined>),
    /// A final answer, weighed against the truth that was asked after it.
    Weighed(Reply, Novelty, Option<Remote>),
    /// The truth that was asked.
    Truth(Option<Remote>),
    /// What the app said of a conflict.
    Resolved(Answer),
    /// No final answer; the request stays open and the push goes on.
    Open(Failure, Strike),
    /// The table does not answer; its entries are passed over. The push stops so if no table is left.
    SkipTable(Failure, Status, Error),
    /// The push stops. `Unsent`: a new request is as if it had not been planned.
    Stop(Status, Error, Sent),
}

/// A final answer, weighed against the candidate.
#[derive(Debug)]
struct Weighed {
    reply: Reply,
    novelty: Novelty,
    /// What the server has, if that is newer than the answer.
    newer: Option<Remote>,
}

/// Whether a failure counts against the entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Strike {
    Yes,
    No,
}

/// Whether a request may have left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sent {
    Perhaps,
    No,
}

/// What follows from a transaction of the round.
#[derive(Debug)]
pub(crate) enum Next {
    Task(Task),
    /// The answer cannot be weighed against a candidate that came meanwhile: the truth is needed.
    Truth(Task, Reply, Novelty),
    End,
}

impl Round {
    /// Begins a push of the entries that are there now.
    pub(crate) fn new(
        tables: Tables,
        resolvers: Arc<Resolvers>,
        lease: Lease,
        made_until: Sequence,
        notes: Notes,
    ) -> Self {
        Self {
            tables,
            lease,
            report: PushReport::new(),
            notes,
            cursor: Sequence(0),
            made_until,
            waiting: Vec::new(),
            through: HashMap::new(),
            skipped_tables: HashSet::new(),
            had_answer: false,
            suspects: Vec::new(),
            barren: 0,
            resolvers,
            resolutions: HashMap::new(),
        }
    }

    /// Settles what was done and plans what comes next, in the caller's transaction.
    pub(crate) fn advance(
        &mut self,
        tx: &mut dyn StoreWrite,
        done: Option<(Task, Outcome)>,
        now: Timestamp,
    ) -> Result<Next, Error> {
        if !self.lease.renew(tx, now)? {
            let error = Error::new(ErrorKind::Busy, "another process took over the push of this store");
            self.stop(tx, Status::Unavailable, error, &Reason::PushedElsewhere)?;
            return Ok(Next::End);
        }
        if let Some((task, outcome)) = done
            && let Some(next) = self.finish(tx, task, outcome, now)?
        {
            return Ok(next);
        }
        if self.report.stopped.is_some() {
            return Ok(Next::End);
        }
        Ok(self.next_task(tx, now)?.map_or(Next::End, Next::Task))
    }

    /// Ends the push early and lists what it did not come to.
    pub(crate) fn stop(
        &mut self,
        tx: &mut dyn StoreWrite,
        status: Status,
        error: Error,
        reason: &Reason,
    ) -> Result<(), Error> {
        self.report.stopped = Some((status, error));
        let mut cursor = Sequence(0);
        while let Some(entry) = tx.next_entry(cursor, self.made_until)? {
            cursor = entry.sequence;
            let key = (entry.table, entry.id);
            if !self.through.contains_key(&key) {
                self.report.not_attempted.push(NotAttempted {
                    table: key.0.clone(),
                    id: key.1.clone(),
                    reason: reason.clone(),
                });
                self.through.insert(key, Through::Failed);
            }
        }
        Ok(())
    }

    fn finish(
        &mut self,
        tx: &mut dyn StoreWrite,
        task: Task,
        outcome: Outcome,
        now: Timestamp,
    ) -> Result<Option<Next>, Error> {
        let Some(entry) = tx.entry_of(task.schema, task.id.as_str())? else {
            // Wiped meanwhile: there is nothing left to settle.
            self.report.done += 1;
            self.notes.done(task.schema, &task.id, task.kind);
            return Ok(None);
        };
        let mut case = queue::case_of(tx, task.schema, entry)?;
        match outcome {
            Outcome::Reply(reply, novelty, quarantined) => {
                if let Some(row) = quarantined {
                    queue::quarantine::set_aside(tx, task.schema, &row)?;
                    self.notes.quarantined(task.schema, &row.id);
                }
                if is_answered(&reply) {
                    self.had_answer = true;
                    self.barren = 0;
                    self.strike_suspects(tx, now)?;
                }
                self.settle_reply(tx, case, task, reply, novelty, now)
            }
            Outcome::Weighed(reply, novelty, truth) => {
                // The truth is the newest state of all: it takes the place of the candidate, unless
                // it is the answer itself.
                let is_answer = match (&reply, truth.as_ref().and_then(Remote::live)) {
                    (Reply::Row(row) | Reply::Unreadable(row), Some(truth)) => row.version == truth.version,
                    (Reply::Row(_) | Reply::Unreadable(_), None) => false,
                    (_, live) => live.is_none(),
                };
                let newer = (!is_answer).then(|| truth.unwrap_or(Remote::Deleted(None)));
                case.entry.candidate.clone_from(&newer);
                let task = Task { candidate: None, ..task };
                self.settle_known(tx, case, task, Weighed { reply, novelty, newer }, now)
            }
            Outcome::Truth(truth) => self.settle_truth(tx, case, task, truth, now),
            Outcome::Resolved(answer) => self.settle_answer(tx, case, task, answer, now),
            Outcome::Open(failure, strike) => {
                self.barren += 1;
                match strike {
                    Strike::Yes if self.had_answer => count_strike(&mut case.entry, &failure, now),
                    Strike::Yes => self.suspects.push((key_of(&task), failure.clone())),
                    Strike::No => {}
                }
                if !case.entry.is_set_aside() {
                    case.entry.failure = Some(failure.clone());
                }
                tx.put_entry(&case.entry)?;
                let reported = case.entry.failure.clone().unwrap_or_else(|| failure.clone());
                self.failed(case, reported);
                if self.barren >= BARREN_ENTRIES {
                    let error = Error::new(
                        ErrorKind::Busy,
                        format!("the server answers reads but no writes: {}", failure.message),
                    );
                    self.stop(tx, Status::Unavailable, error, &Reason::Stopped)?;
                }
                Ok(None)
            }
            Outcome::SkipTable(failure, status, error) => {
                if failure.kind != FailureKind::Unanswered {
                    case.entry.request = None;
                }
                case.entry.failure = Some(failure.clone());
                tx.put_entry(&case.entry)?;
                let table = case.entry.table.clone();
                self.failed(case, failure);
                let another = !self.skipped_tables.is_empty() && !self.skipped_tables.contains(&table);
                self.skipped_tables.insert(table);
                if another || !self.has_others(tx)? {
                    self.stop(tx, status, error, &Reason::Stopped)?;
                }
                Ok(None)
            }
            Outcome::Stop(status, error, sent) => {
                if let (Action::Send(_, Novelty::New), Sent::No) = (&task.action, sent) {
                    case.entry.request = None;
                    case.entry.sent = task.sent_before;
                    case.entry.attempts = case.entry.attempts.saturating_sub(1);
                    if !case.entry.discarded && case.vanishes_locally() {
                        queue::vanish(tx, case, None, Ending::Local)?;
                    } else {
                        case.entry.discarded = false;
                        tx.put_entry(&case.entry)?;
                    }
                }
                self.stop(tx, status, error, &Reason::Stopped)?;
                Ok(None)
            }
        }
    }

    /// Strikes the entries that failed while it was not known that the server answers other writes.
    fn strike_suspects(&mut self, tx: &mut dyn StoreWrite, now: Timestamp) -> Result<(), Error> {
        for ((table, id), failure) in std::mem::take(&mut self.suspects) {
            let Some(schema) = self.tables.get(&table) else { continue };
            let Some(mut entry) = tx.entry_of(schema, id.as_str())? else { continue };
            // One that was edited since is first tried with its new values.
            if entry.failure.as_ref() != Some(&failure) {
                continue;
            }
            count_strike(&mut entry, &failure, now);
            let reported = self.report.failed.iter_mut().find(|failed| failed.table() == table && *failed.id() == id);
            if let (Some(reported), Some(failure)) = (reported, &entry.failure) {
                reported.failure.clone_from(failure);
            }
            tx.put_entry(&entry)?;
        }
        Ok(())
    }

    /// Does the next step of an entry, as far as the store can.
    fn step(
        &mut self,
        tx: &mut dyn StoreWrite,
        mut case: Case,
        planned: Option<u64>,
        requests: u32,
        now: Timestamp,
    ) -> Result<Option<Next>, Error> {
        match case.next() {
            Step::Vanish => {
                self.report.done += 1;
                self.notes.done(case.schema, &case.entry.id, kind_of_case(&case));
                queue::vanish(tx, case, None, Ending::Local)?;
                Ok(None)
            }
            Step::Rest => {
                self.pass_over(case.entry, Reason::SetAside);
                Ok(None)
            }
            Step::Conflict => {
                case.conflict_with_candidate();
                let task = ask(&case, Question::MakeAgain, planned, requests);
                self.conflicted(tx, case, task, Replacement::Keep, now)
            }
            Step::Ask(question) => Ok(Some(Next::Task(ask(&case, question, planned, requests + 1)))),
            Step::Send(request, novelty) => {
                let planned = match novelty {
                    Novelty::New => planned.or(Some(case.entry.revision)),
                    Novelty::Repeated => planned,
                };
                send(tx, case, *request, novelty, planned, requests).map(Some)
            }
        }
    }

    fn next_task(&mut self, tx: &mut dyn StoreWrite, now: Timestamp) -> Result<Option<Task>, Error> {
        loop {
            let entry = match self.waiting.pop() {
                Some((table, id)) => match self.tables.get(&table) {
                    Some(schema) => tx.entry_of(schema, id.as_str())?,
                    None => None,
                },
                None => match tx.next_entry(self.cursor, self.made_until)? {
                    Some(entry) => {
                        self.cursor = entry.sequence;
                        Some(entry)
                    }
                    None => return Ok(None),
                },
            };
            let Some(entry) = entry else { continue };
            if self.through.contains_key(&(entry.table.clone(), entry.id.clone())) {
                continue;
            }
            if let Some(task) = self.begin(tx, entry, now)? {
                return Ok(Some(task));
            }
        }
    }

    /// Begins an entry, unless something else comes first.
    fn begin(&mut self, tx: &mut dyn StoreWrite, entry: Entry, now: Timestamp) -> Result<Option<Task>, Error> {
        let Some(schema) = self.tables.get(&entry.table) else {
            self.pass_over(entry, Reason::UnknownTable);
            return Ok(None);
        };
        if self.skipped_tables.contains(&entry.table) {
            self.pass_over(entry, Reason::TableSkipped);
            return Ok(None);
        }
        let case = queue::case_of(tx, schema, entry)?;
        for first in self.before(tx, &case)? {
            match self.through.get(&first) {
                Some(Through::Settled) => {}
                Some(Through::Failed) if case.wish.is_none() => {}
                Some(Through::Failed) => {
                    self.pass_over(case.entry, Reason::HeldBack(first.0, first.1));
                    return Ok(None);
                }
                // A cycle: the order of the queue decides.
                None if self.waiting.contains(&first) => {}
                None => {
                    self.waiting.push((case.entry.table.clone(), case.entry.id.clone()));
                    self.waiting.push(first);
                    return Ok(None);
                }
            }
        }
        Ok(match self.step(tx, case, None, 0, now)? {
            Some(Next::Task(task)) => Some(task),
            _ => None,
        })
    }

    fn failed(&mut self, case: Case, failure: Failure) {
        self.through.insert((case.entry.table.clone(), case.entry.id.clone()), Through::Failed);
        let schema = case.schema;
        let operation = Operation::new(case);
        self.notes.failed(schema, &operation, &failure);
        self.report.failed.push(FailedOperation { operation, failure });
    }

    fn pass_over(&mut self, entry: Entry, reason: Reason) {
        self.through.insert((entry.table.clone(), entry.id.clone()), Through::Failed);
        self.report.not_attempted.push(NotAttempted { table: entry.table, id: entry.id, reason });
    }

    /// Whether an entry of a table that answers is still to come.
    fn has_others(&self, tx: &mut dyn StoreWrite) -> Result<bool, Error> {
        let mut cursor = self.cursor;
        while let Some(entry) = tx.next_entry(cursor, self.made_until)? {
            cursor = entry.sequence;
            if !self.skipped_tables.contains(&entry.table) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// Asks the truth, for a reason.
fn ask(case: &Case, question: Question, planned: Option<u64>, requests: u32) -> Task {
    Task {
        schema: case.schema,
        id: case.entry.id.clone(),
        kind: kind_of_case(case),
        attempt: case.entry.attempts,
        action: Action::Ask(question),
        candidate: case.entry.candidate.clone(),
        planned,
        requests,
        sent_before: case.entry.sent,
    }
}

fn key_of(task: &Task) -> Key {
    (task.schema.name().to_owned(), task.id.clone())
}

/// Whether a reply shows that the server answers writes: one for a request that could not be made
/// does not.
fn is_answered(reply: &Reply) -> bool {
    !matches!(reply, Reply::Refused { status: 0, .. })
}

/// Counts a breakdown of the server against an entry, at most once an hour.
fn count_strike(entry: &mut Entry, failure: &Failure, now: Timestamp) {
    let recently = entry.struck_at.is_some_and(|at| now.saturating_since(at) < STRIKE_INTERVAL && at <= now);
    if recently {
        return;
    }
    entry.strikes += 1;
    entry.struck_at = Some(now);
    if entry.strikes >= STRIKES {
        entry.failure = Some(Failure { kind: FailureKind::SetAside, ..failure.clone() });
    }
}

/// Stores a request as open: from here on it is repeated as it is until it is answered.
fn send(
    tx: &mut dyn StoreWrite,
    mut case: Case,
    request: Request,
    novelty: Novelty,
    planned: Option<u64>,
    requests: u32,
) -> Result<Next, Error> {
    let sent_before = case.entry.sent;
    case.entry.request = Some(request.clone());
    case.entry.sent = true;
    case.entry.attempts += 1;
    tx.put_entry(&case.entry)?;
    Ok(Next::Task(Task {
        schema: case.schema,
        id: case.entry.id,
        kind: kind_of_request(request.kind),
        attempt: case.entry.attempts,
        action: Action::Send(Box::new(request), novelty),
        candidate: case.entry.candidate,
        planned,
        requests: requests + 1,
        sent_before,
    }))
}
