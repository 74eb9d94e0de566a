//! One push, seen from the store: which entries are next, and what answers settle, in one transaction.

mod failing;
mod order;
mod plan;
pub(super) mod resolve;
mod settle;

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use crate::error::{Error, ErrorKind};
use crate::queue::answer::{NoRow, Reply};
use crate::queue::conflict::Resolvers;
use crate::queue::plan::{Case, Novelty, Question};
use crate::queue::{self, AnyConflict, Operation};
use crate::row::Remote;
use crate::session::{Session, Tables};
use crate::store::StoreWrite;
use crate::store::entry::{Entry, Failure, OperationKind, Request, RequestKind, Sequence};
use crate::store::system::Quarantined;
use crate::table::TableSchema;
use crate::value::{Id, Timestamp};
use crate::wire::extension::Extensions;

use super::lease::Lease;
use super::notes::Notes;
use super::report::{FailedOperation, NotAttempted, PushReport, Reason, Status};
use super::spec::{PushSpec, Scope};
use resolve::Answer;

/// More requests than any entry needs; an entry that reaches it waits for the next push.
const REQUESTS_AN_ENTRY: u32 = 12;
/// How long a grave is kept.
const GRAVE_KEPT: std::time::Duration = std::time::Duration::from_secs(7 * 24 * 3600);
/// How many entries that wait for others a push with several lanes looks past.
const LOOKED_PAST: usize = 64;

/// The state of one push between its transactions.
#[derive(Debug)]
pub(crate) struct Round {
    tables: Tables,
    lease: Lease,
    pub(crate) report: PushReport,
    /// What is told once the transaction is committed.
    pub(super) notes: Notes,
    scope: Scope,
    /// How many entries may be planned or under way: as many again as there are lanes wait for one.
    room: usize,
    /// How many entries may wait for others before the walk goes no further; one keeps the order strict.
    looked_past: usize,
    /// Where the walk through the queue stands.
    cursor: Sequence,
    /// Entries made later are not in scope.
    made_until: Sequence,
    /// Entries that are planned or under way.
    open: HashSet<Key>,
    /// Entries that wait for others, in the order of the queue. Each stands first in its path: the next
    /// in a path is what the one before it waits for.
    waiting: VecDeque<Vec<Key>>,
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
    /// Whether another process took the lease.
    taken_over: bool,
    /// Counts the local writes of this context.
    writes: Arc<AtomicU64>,
    extensions: Arc<Extensions>,
}

/// What a round has of its context.
#[derive(Debug)]
pub(crate) struct Surroundings {
    tables: Tables,
    resolvers: Arc<Resolvers>,
    notes: Notes,
    writes: Arc<AtomicU64>,
    extensions: Arc<Extensions>,
}

impl Surroundings {
    pub(crate) fn of(session: &Session) -> Self {
        Self {
            tables: session.tables.clone(),
            resolvers: Arc::clone(&session.resolvers),
            notes: Notes::new(session),
            writes: Arc::clone(&session.local_writes),
            extensions: Arc::clone(session.wire.extensions()),
        }
    }
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
    /// The count of local writes when this was planned.
    pub(crate) writes: u64,
    /// The entry's revision then.
    revision: u64,
    /// The sequence number that the entry was made with.
    made: Sequence,
    /// The candidate when the request was planned: one that comes later was seen while it was open.
    candidate: Option<Remote>,
    /// The revision whose wish the first new request of this push carried.
    planned: Option<u64>,
    requests: u32,
    /// Whether a request of the entry had been stored before this one.
    sent_before: bool,
    /// Whether the request, or one in whose place it is, may have left before this push planned it.
    pub(crate) planned_as: Novelty,
    /// Whether others may go in one request with this.
    pub(crate) company: Company,
}

/// Whether a request may be one of several that go together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Company {
    Any,
    /// It went with others, and the answer did not tell what became of it.
    Alone,
}

impl Task {
    /// Whether it may be one of several that go together.
    pub(crate) fn may_go_together(&self) -> bool {
        let has_key = matches!(&self.action, Action::Send(request, _) if request.key.is_some());
        has_key && self.company == Company::Any
    }
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

/// What is done next over the network.
#[derive(Debug)]
pub(crate) enum Next {
    Task(Task),
    /// The answer cannot be weighed against a candidate that came meanwhile: the truth is needed.
    Truth(Task, Reply, Novelty),
}

impl Next {
    pub(crate) fn task(&self) -> &Task {
        match self {
            Self::Task(task) | Self::Truth(task, ..) => task,
        }
    }

    pub(crate) fn into_task(self) -> Task {
        match self {
            Self::Task(task) | Self::Truth(task, ..) => task,
        }
    }
}

/// Whether nothing more is sent for a row after this answer, whatever the store says of it: 2xx to the
/// only try of a new request.
pub(crate) fn is_plain(task: &Task, outcome: &Outcome) -> bool {
    let is_new = matches!(&task.action, Action::Send(request, Novelty::New) if request.kind != RequestKind::Undelete);
    let reply = matches!(outcome, Outcome::Reply(Reply::Row(_) | Reply::Deleted(NoRow::Tombstone), Novelty::New, None));
    is_new && reply
}

impl Round {
    /// Begins a push of the entries that are there now.
    pub(crate) fn new(surroundings: Surroundings, spec: PushSpec, lease: Lease, made_until: Sequence) -> Self {
        let Surroundings { tables, resolvers, notes, writes, extensions } = surroundings;
        Self {
            tables,
            lease,
            report: PushReport::new(),
            notes,
            scope: spec.scope,
            room: 2 * spec.lanes,
            looked_past: if spec.lanes == 1 { 1 } else { LOOKED_PAST },
            cursor: Sequence(0),
            made_until,
            open: HashSet::new(),
            waiting: VecDeque::new(),
            through: HashMap::new(),
            skipped_tables: HashSet::new(),
            had_answer: false,
            suspects: Vec::new(),
            barren: 0,
            resolvers,
            resolutions: HashMap::new(),
            taken_over: false,
            writes,
            extensions,
        }
    }

    /// Whether another process pushes now: no answer may be stored any more.
    pub(crate) fn is_taken_over(&self) -> bool {
        self.taken_over
    }

    /// Settles what was answered, looks again at what was planned and has not left, and plans what
    /// comes next, in the caller's transaction. Gives what is planned then, in the order of leaving.
    pub(crate) fn advance(
        &mut self,
        tx: &mut dyn StoreWrite,
        answered: Vec<(Task, Outcome)>,
        planned: VecDeque<Next>,
        now: Timestamp,
    ) -> Result<VecDeque<Next>, Error> {
        if !self.lease.renew(tx, now)? {
            self.taken_over = true;
            // Their answers are dropped: for this push they were not tried.
            self.open.clear();
            let error = Error::new(ErrorKind::Busy, "another process took over the push of this store");
            self.stop(tx, Status::Unavailable, error, &Reason::PushedElsewhere)?;
            return Ok(VecDeque::new());
        }
        let mut next = VecDeque::new();
        for (task, outcome) in answered {
            let key = key_of(&task);
            match self.finish(tx, task, outcome, now)? {
                Some(follow) => next.push_back(follow),
                None => drop(self.open.remove(&key)),
            }
        }
        // What an entry needs further goes before what was planned for others.
        next.extend(planned);
        let mut next = self.look_again(tx, next)?;
        if self.report.stopped.is_none() {
            self.plan(tx, &mut next, now)?;
        }
        Ok(next)
    }

    /// Ends the push early and lists what it did not come to; what is under way is still settled.
    pub(crate) fn stop(
        &mut self,
        tx: &mut dyn StoreWrite,
        status: Status,
        error: Error,
        reason: &Reason,
    ) -> Result<(), Error> {
        if self.report.stopped.is_some() {
            return Ok(());
        }
        self.report.stopped = Some((status, error));
        let mut cursor = Sequence(0);
        while let Some(entry) = tx.next_entry(cursor, self.made_until)? {
            cursor = entry.sequence;
            let key = (entry.table.clone(), entry.id.clone());
            if self.scope.has(&entry.table) && !self.through.contains_key(&key) && !self.open.contains(&key) {
                self.pass_over(entry, reason.clone());
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
            self.done(&task);
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
            Outcome::Open(..) | Outcome::SkipTable(..) | Outcome::Stop(..) if !has_request_of(&case, &task) => {
                self.settled_elsewhere(&task);
                Ok(None)
            }
            Outcome::Open(failure, strike) => self.leave_open(tx, case, &task, failure, strike, now).map(|()| None),
            Outcome::SkipTable(failure, status, error) => {
                self.skip_table(tx, case, failure, status, error).map(|()| None)
            }
            Outcome::Stop(status, error, sent) => {
                let is_as_before = sent == Sent::No && matches!(task.action, Action::Send(_, Novelty::New));
                let left = if is_as_before { plan::unplan(tx, case, &task)? } else { Some(case) };
                match left {
                    Some(case) => self.pass_over(case.entry, Reason::Stopped),
                    None => self.done(&task),
                }
                self.stop(tx, status, error, &Reason::Stopped)?;
                Ok(None)
            }
        }
    }

    /// Counts and tells an entry that is gone; one that was made after the call went along as a parent
    /// and is not in scope.
    fn done(&mut self, task: &Task) {
        self.count_done(task.made);
        self.notes.done(task.schema, &task.id, task.kind);
    }

    fn count_done(&mut self, made: Sequence) {
        if made <= self.made_until {
            self.report.done += 1;
        }
    }

    fn failed(&mut self, case: Case, failure: Failure) {
        self.through.insert((case.entry.table.clone(), case.entry.id.clone()), Through::Failed);
        let (schema, made) = (case.schema, case.entry.made);
        let operation = Operation::new(case);
        self.notes.failed(schema, &operation, &failure);
        if made <= self.made_until {
            self.report.failed.push(FailedOperation { operation, failure });
        }
    }

    fn pass_over(&mut self, entry: Entry, reason: Reason) {
        self.through.insert((entry.table.clone(), entry.id.clone()), Through::Failed);
        if entry.made <= self.made_until {
            self.report.not_attempted.push(NotAttempted { table: entry.table, id: entry.id, reason });
        }
    }

    fn changed_meanwhile(&mut self, task: &Task) {
        self.through.insert(key_of(task), Through::Settled);
        if task.made <= self.made_until {
            self.report.changed_meanwhile.push(key_of(task));
        }
        self.notes.changed(task.schema, &task.id, task.kind);
    }

    /// The request was settled by another process, or the row was purged and written again.
    fn settled_elsewhere(&mut self, task: &Task) {
        self.changed_meanwhile(task);
    }
}

fn key_of(task: &Task) -> Key {
    (task.schema.name().to_owned(), task.id.clone())
}

/// Whether the request that a task sends is still the entry's.
fn has_request_of(case: &Case, task: &Task) -> bool {
    match &task.action {
        Action::Send(request, _) => case.entry.request.as_ref() == Some(&**request),
        Action::Ask(_) | Action::Resolve(_) => true,
    }
}

/// Whether a reply shows that the server answers writes: one for a request that could not be made
/// does not.
fn is_answered(reply: &Reply) -> bool {
    !matches!(reply, Reply::Refused { status: 0, .. })
}
