//! Which entries are next: the walk through the queue, and what is planned and has not left.

use std::collections::VecDeque;
use std::sync::atomic::Ordering;

use super::{Action, Company, Key, Next, Round, Task, has_request_of, key_of};
use crate::error::Error;
use crate::push::notes::{kind_of_case, kind_of_request};
use crate::push::report::Reason;
use crate::push::send::most_together;
use crate::queue::plan::{Case, Novelty, Question, Step};
use crate::queue::{self, Ending, Replacement};
use crate::store::StoreWrite;
use crate::store::entry::{Entry, Request};
use crate::value::Timestamp;
use crate::wire::extension;

/// The most entries that are planned or under way: what is planned is stored, and taken back if the push ends.
const MOST_PLANNED: usize = 200;

/// What became of an entry that waits for others.
enum Resumed {
    /// It, or one that it waits for, is planned.
    Planned,
    Waits,
    /// It need not wait any more.
    Over,
}

/// What comes before an entry.
pub(super) enum Before {
    Nothing,
    /// This one must be done first.
    First(Key),
    /// This one should have been done and is not.
    Failed(Key),
}

impl Round {
    /// Plans as much as there is room for: those that wait first, then the next of the queue.
    pub(super) fn plan(
        &mut self,
        tx: &mut dyn StoreWrite,
        next: &mut VecDeque<Next>,
        now: Timestamp,
    ) -> Result<(), Error> {
        let mut place = 0;
        while self.open.len() < self.room() {
            if place == self.waiting.len() {
                if place >= self.looked_past {
                    break;
                }
                let Some(entry) = self.next_in_scope(tx)? else { break };
                self.waiting.push_back(vec![(entry.table, entry.id)]);
            }
            let Some(mut path) = self.waiting.get_mut(place).map(std::mem::take) else { break };
            let resumed = self.resume(tx, &mut path, next, now)?;
            self.waiting[place] = path;
            match resumed {
                Resumed::Planned => {}
                Resumed::Waits => place += 1,
                Resumed::Over => drop(self.waiting.remove(place)),
            }
        }
        Ok(())
    }

    /// How many entries may be planned or under way: where requests go together, enough for one batch
    /// under way and one that waits.
    fn room(&self) -> usize {
        self.extensions.batch().map_or(self.room, |limits| (self.room * most_together(limits)).min(MOST_PLANNED))
    }

    fn next_in_scope(&mut self, tx: &mut dyn StoreWrite) -> Result<Option<Entry>, Error> {
        while let Some(entry) = tx.next_entry(self.cursor, self.made_until)? {
            self.cursor = entry.sequence;
            let key = (entry.table.clone(), entry.id.clone());
            if !self.scope.has(&entry.table) || self.through.contains_key(&key) || self.open.contains(&key) {
                continue;
            }
            if self.tables.get(&entry.table).is_some() {
                return Ok(Some(entry));
            }
            self.pass_over(entry, Reason::UnknownTable);
        }
        Ok(None)
    }

    /// Goes on with the innermost entry of a path.
    fn resume(
        &mut self,
        tx: &mut dyn StoreWrite,
        path: &mut Vec<Key>,
        planned: &mut VecDeque<Next>,
        now: Timestamp,
    ) -> Result<Resumed, Error> {
        while let Some(key) = path.last() {
            if self.open.contains(key) {
                // The first of a path that is planned itself waits for nothing.
                return Ok(if path.len() == 1 { Resumed::Over } else { Resumed::Waits });
            }
            if let Some(case) = self.not_begun(tx, key)? {
                match self.before(tx, &case, path)? {
                    Before::First(first) => {
                        path.push(first);
                        continue;
                    }
                    Before::Failed((table, id)) => self.pass_over(case.entry, Reason::HeldBack(table, id)),
                    Before::Nothing => {
                        if let Some(next) = self.step(tx, case, None, 0, now)? {
                            self.open.insert(key_of(next.task()));
                            planned.push_back(next);
                            return Ok(Resumed::Planned);
                        }
                    }
                }
            }
            path.pop();
        }
        Ok(Resumed::Over)
    }

    /// The entry, if it is there and this push is not through with it.
    fn not_begun(&mut self, tx: &mut dyn StoreWrite, key: &Key) -> Result<Option<Case>, Error> {
        let Some(schema) = self.tables.get(&key.0) else { return Ok(None) };
        if self.through.contains_key(key) {
            return Ok(None);
        }
        let Some(entry) = tx.entry_of(schema, key.1.as_str())? else { return Ok(None) };
        if self.skipped_tables.contains(&entry.table) {
            self.pass_over(entry, Reason::TableSkipped);
            return Ok(None);
        }
        queue::case_of(tx, schema, entry).map(Some)
    }

    /// Does the next step of an entry, as far as the store can.
    pub(super) fn step(
        &mut self,
        tx: &mut dyn StoreWrite,
        mut case: Case,
        planned: Option<u64>,
        requests: u32,
        now: Timestamp,
    ) -> Result<Option<Next>, Error> {
        match case.next() {
            Step::Vanish => {
                self.count_done(case.entry.made);
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
                let task = self.ask(&case, Question::MakeAgain, planned, requests);
                self.conflicted(tx, case, task, Replacement::Keep, now)
            }
            Step::Ask(question) => Ok(Some(Next::Task(self.ask(&case, question, planned, requests + 1)))),
            Step::Send(request, novelty) => {
                let planned = match novelty {
                    Novelty::New => planned.or(Some(case.entry.revision)),
                    Novelty::Repeated | Novelty::Replayed => planned,
                };
                let request = if novelty == Novelty::New { self.named(*request) } else { *request };
                self.send(tx, case, request, novelty, planned, requests).map(Some)
            }
        }
    }

    /// Gives a new request a name, if the server knows what to do with it.
    pub(super) fn named(&self, request: Request) -> Request {
        let key = self.extensions.has_keys().then(extension::new_key);
        Request { key, ..request }
    }

    /// Stores a request as open: from here on it is repeated as it is until it is answered.
    pub(super) fn send(
        &self,
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
        let entry = case.entry;
        Ok(Next::Task(Task {
            schema: case.schema,
            id: entry.id,
            kind: kind_of_request(request.kind),
            attempt: entry.attempts,
            action: Action::Send(Box::new(request), novelty),
            writes: self.writes.load(Ordering::Acquire),
            revision: entry.revision,
            made: entry.made,
            candidate: entry.candidate,
            planned,
            requests: requests + 1,
            sent_before,
            planned_as: novelty,
            company: Company::Any,
        }))
    }

    /// Asks the truth, for a reason.
    fn ask(&self, case: &Case, question: Question, planned: Option<u64>, requests: u32) -> Task {
        let entry = &case.entry;
        Task {
            schema: case.schema,
            id: entry.id.clone(),
            kind: kind_of_case(case),
            attempt: entry.attempts,
            action: Action::Ask(question),
            writes: self.writes.load(Ordering::Acquire),
            revision: entry.revision,
            made: entry.made,
            candidate: entry.candidate.clone(),
            planned,
            requests,
            sent_before: entry.sent,
            planned_as: Novelty::New,
            company: Company::Any,
        }
    }

    /// Looks again at what was planned and has not left: after a stop, or when its table is skipped, it
    /// is taken back; what was written since is planned anew at its turn.
    pub(super) fn look_again(
        &mut self,
        tx: &mut dyn StoreWrite,
        planned: VecDeque<Next>,
    ) -> Result<VecDeque<Next>, Error> {
        let writes = self.writes.load(Ordering::Acquire);
        let mut kept = VecDeque::new();
        for next in planned {
            let mut task = match next {
                Next::Task(task) => task,
                // It has an answer, which is settled even now.
                Next::Truth(..) => {
                    kept.push_back(next);
                    continue;
                }
            };
            if let Some(reason) = self.ended_for(task.schema.name()) {
                match self.take_back(tx, &task)? {
                    Some(case) => self.not_done(case, &task, reason),
                    None => self.done(&task),
                }
                continue;
            }
            // A question does not tell what is wished: the answer is weighed against the row as it is then.
            if task.writes != writes && matches!(task.action, Action::Send(..)) {
                let entry = tx.entry_of(task.schema, task.id.as_str())?;
                if entry.is_none_or(|entry| entry.revision != task.revision) {
                    self.plan_anew(tx, &task)?;
                    continue;
                }
            }
            task.writes = writes;
            kept.push_back(Next::Task(task));
        }
        Ok(kept)
    }

    /// Why nothing more is sent for a table, if so.
    pub(super) fn ended_for(&self, table: &str) -> Option<Reason> {
        if self.report.stopped.is_some() {
            Some(Reason::Stopped)
        } else {
            self.skipped_tables.contains(table).then_some(Reason::TableSkipped)
        }
    }

    /// Tells of an entry that the push does not come to any more.
    fn not_done(&mut self, case: Case, task: &Task, reason: Reason) {
        match (&task.action, case.entry.failure.clone()) {
            // The conflict was found; only nobody is asked how it ends.
            (Action::Resolve(_), Some(failure)) => self.failed(case, failure),
            _ => self.pass_over(case.entry, reason),
        }
    }

    /// Takes back what was planned for an entry, and lets it come again at its turn.
    fn plan_anew(&mut self, tx: &mut dyn StoreWrite, task: &Task) -> Result<(), Error> {
        match self.take_back(tx, task)? {
            None => self.done(task),
            // It went to the end of the queue: the walk meets it there.
            Some(case) if case.entry.sequence > self.cursor => {}
            Some(case) => self.waiting.push_front(vec![(case.entry.table, case.entry.id)]),
        }
        Ok(())
    }

    /// Takes back what was planned and has not left; `None` if the entry is gone then.
    fn take_back(&mut self, tx: &mut dyn StoreWrite, task: &Task) -> Result<Option<Case>, Error> {
        self.open.remove(&key_of(task));
        match tx.entry_of(task.schema, task.id.as_str())? {
            Some(entry) => {
                let case = queue::case_of(tx, task.schema, entry)?;
                if has_request_of(&case, task) { unplan(tx, case, task) } else { Ok(Some(case)) }
            }
            None => Ok(None),
        }
    }
}

/// Makes an entry as it was before its request was planned, since that never left; `None` if it is
/// gone then.
pub(super) fn unplan(tx: &mut dyn StoreWrite, mut case: Case, task: &Task) -> Result<Option<Case>, Error> {
    let Action::Send(_, novelty) = &task.action else { return Ok(Some(case)) };
    case.entry.attempts = case.entry.attempts.saturating_sub(1);
    if *novelty == Novelty::New {
        case.entry.request = None;
        case.entry.sent = task.sent_before;
        if !case.entry.discarded && case.vanishes_locally() {
            queue::vanish(tx, case, None, Ending::Local)?;
            return Ok(None);
        }
        case.entry.discarded = false;
    }
    tx.put_entry(&case.entry)?;
    Ok(Some(case))
}
