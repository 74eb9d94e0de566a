//! What an answer or a truth settles, and what follows from it.

use super::{Action, GRAVE_KEPT, Next, REQUESTS_AN_ENTRY, Round, Task, Weighed, has_request_of};
use crate::error::Error;
use crate::queue::answer::{After, MakeAgain, NoRow, Reply, Unwanted, replaced_by};
use crate::queue::plan::{Case, Novelty, Question, Step};
use crate::queue::{self, Ending, Replacement};
use crate::row::Remote;
use crate::store::entry::{Base, Failure, FailureKind, Request, RequestKind};
use crate::store::system::Grave;
use crate::store::{Replaced, StoreWrite};
use crate::value::Timestamp;

impl Round {
    pub(super) fn settle_reply(
        &mut self,
        tx: &mut dyn StoreWrite,
        mut case: Case,
        task: Task,
        reply: Reply,
        novelty: Novelty,
        now: Timestamp,
    ) -> Result<Option<Next>, Error> {
        if matches!(task.action, Action::Send(..)) && has_request_of(&case, &task) && shows_the_state(&reply) {
            if is_outdated(&reply, novelty, case.entry.candidate.as_ref(), &task) {
                case.entry.candidate = None;
            } else if is_unclear(&reply, case.entry.candidate.as_ref()) {
                return Ok(Some(Next::Truth(task, reply, novelty)));
            }
        }
        self.settle_known(tx, case, task, Weighed { reply, novelty, newer: None }, now)
    }

    /// Settles a reply that is weighed against the candidate already.
    pub(super) fn settle_known(
        &mut self,
        tx: &mut dyn StoreWrite,
        mut case: Case,
        task: Task,
        weighed: Weighed,
        now: Timestamp,
    ) -> Result<Option<Next>, Error> {
        let Weighed { reply, novelty, newer } = weighed;
        let Action::Send(request, _) = &task.action else { return Ok(None) };
        if !has_request_of(&case, &task) {
            self.settled_elsewhere(&task);
            return Ok(None);
        }
        let request = Request::clone(request);
        let replaced = match &reply {
            Reply::Row(row) => {
                tx.remove_quarantined(case.schema.name(), case.entry.id.as_str())?;
                replaced_by(&request, row, request.if_match.as_ref())
            }
            _ => None,
        };
        if matches!(reply, Reply::Row(_)) && matches!(request.kind, RequestKind::Insert | RequestKind::Undelete) {
            tx.remove_grave(case.schema.name(), case.entry.id.as_str())?;
        }
        if case.entry.discarded && novelty == Novelty::Replayed {
            // It tells the row as it was at the first try: what the discard has shown may be later.
            return self.ask_again(tx, case, &task, now);
        }
        if case.entry.discarded {
            // The answer is the truth that the discard waits for.
            let truth = match reply {
                Reply::Row(_) | Reply::Unreadable(_) | Reply::Deleted(_) | Reply::Gone(_) if newer.is_some() => newer,
                Reply::Row(row) => Some(Remote::of(row)),
                Reply::Deleted(NoRow::Tombstone) | Reply::Gone(410) => Some(Remote::Deleted(None)),
                Reply::Deleted(NoRow::Unknown) | Reply::Gone(_) => None,
                Reply::Clash { truth, .. } => truth,
                other => {
                    let after = case.settle(&request, novelty, other);
                    return self.follow(tx, case, task, after, None, now);
                }
            };
            let after = case.settle_discarded(truth);
            return self.follow(tx, case, task, after, None, now);
        }
        let after = case.settle(&request, novelty, reply);
        match (after, newer) {
            // By the stamps alone the answer would win a tie, and a deletion may have none.
            (After::Plan(_), Some(newer)) => self.follow(tx, case, task, After::Plan(Some(newer)), None, now),
            (after, _) => self.follow(tx, case, task, after, replaced, now),
        }
    }

    pub(super) fn settle_truth(
        &mut self,
        tx: &mut dyn StoreWrite,
        mut case: Case,
        task: Task,
        truth: Option<Remote>,
        now: Timestamp,
    ) -> Result<Option<Next>, Error> {
        let Action::Ask(question) = task.action else { return Ok(None) };
        let was_open = case.entry.request.is_some();
        let after = match (question, case.entry.request.clone()) {
            (Question::Discarded, request) => {
                let after = case.settle_discarded(truth);
                let made = request.filter(|request| request.kind == RequestKind::Insert && case.wish.is_none());
                if let (Some(request), true) = (made, case.is_done()) {
                    dig_grave(tx, request, now)?;
                }
                after
            }
            (Question::UnwantedInsert, Some(request)) => match case.settle_unwanted(&request, truth) {
                Unwanted::Gone => {
                    dig_grave(tx, request, now)?;
                    After::Plan(None)
                }
                Unwanted::WantedAgain | Unwanted::Arrived => After::Plan(None),
                Unwanted::Foreign => After::Failed,
            },
            (Question::Repair, Some(request)) => case.settle_repair(&request, truth),
            (Question::MakeAgain, _) => match case.settle_make_again(truth) {
                MakeAgain::Send(request) => {
                    let planned = task.planned.or(Some(case.entry.revision));
                    let novelty = if was_open { Novelty::Repeated } else { Novelty::New };
                    let request = self.named(request);
                    return self.send(tx, case, request, novelty, planned, task.requests).map(Some);
                }
                MakeAgain::Known(row) => After::Plan(Some(Remote::Row(row))),
                MakeAgain::Plan => After::Plan(None),
                MakeAgain::Failed => After::Failed,
            },
            // Another process settled the request meanwhile.
            (_, None) => After::Plan(None),
        };
        self.follow(tx, case, task, after, None, now)
    }

    /// Leaves the request open, and asks what the server has now.
    fn ask_again(
        &mut self,
        tx: &mut dyn StoreWrite,
        case: Case,
        task: &Task,
        now: Timestamp,
    ) -> Result<Option<Next>, Error> {
        match self.ended_for(&case.entry.table) {
            Some(reason) => {
                self.pass_over(case.entry, reason);
                Ok(None)
            }
            None => self.step(tx, case, task.planned, task.requests, now),
        }
    }

    /// Stores what an answer left of an entry, and plans its next step.
    pub(super) fn follow(
        &mut self,
        tx: &mut dyn StoreWrite,
        mut case: Case,
        task: Task,
        after: After,
        replaced: Option<Replaced>,
        now: Timestamp,
    ) -> Result<Option<Next>, Error> {
        let newest = match after {
            After::Failed if case.is_conflict() => {
                return self.conflicted(tx, case, task, Replacement::Set(replaced), now);
            }
            After::Failed => {
                let failure = case.entry.failure.clone();
                queue::put_case(tx, &mut case, Replacement::Set(replaced))?;
                if let Some(failure) = failure {
                    self.failed(case, failure);
                }
                return Ok(None);
            }
            After::Plan(newest) => newest,
        };
        case.entry.failure = None;
        case.entry.strikes = 0;
        if case.next() == Step::Vanish {
            self.done(&task);
            queue::vanish(tx, case, newest, Ending::Settled { now, replaced })?;
            return Ok(None);
        }
        if let Base::Row(base) = &case.entry.base {
            queue::note_settled(tx, case.schema, &case.entry.id, Some(base), now)?;
        }
        queue::put_case(tx, &mut case, Replacement::Set(replaced))?;
        let changed = task.planned.is_some_and(|planned| planned != case.entry.revision);
        if changed {
            self.changed_meanwhile(&task);
            return Ok(None);
        }
        if let Some(reason) = self.ended_for(&case.entry.table) {
            self.pass_over(case.entry, reason);
            return Ok(None);
        }
        if task.requests >= REQUESTS_AN_ENTRY {
            let message = format!("no end after {REQUESTS_AN_ENTRY} requests; tried again at the next push");
            self.failed(case, Failure { kind: FailureKind::Refused, status: None, message });
            return Ok(None);
        }
        self.step(tx, case, task.planned, task.requests, now)
    }
}

/// Whether an answer tells the state of the row after the request: then an older candidate is void.
fn shows_the_state(reply: &Reply) -> bool {
    matches!(reply, Reply::Row(_) | Reply::Unreadable(_) | Reply::Deleted(_) | Reply::Gone(_))
}

/// Whether a candidate is void since the answer tells a later state.
///
/// One that was there when the request left is, unless the answer is that of an earlier try: it may have come
/// since.
fn is_outdated(reply: &Reply, novelty: Novelty, candidate: Option<&Remote>, task: &Task) -> bool {
    match (novelty, reply, candidate) {
        (Novelty::Replayed, Reply::Row(row), Some(candidate)) => {
            let is_same = row.version.is_some() && candidate.row().is_some_and(|seen| seen.version == row.version);
            is_same || candidate.updated_at().is_some() && candidate.updated_at() < row.updated_at
        }
        (Novelty::Replayed, _, _) => false,
        (Novelty::New | Novelty::Repeated, _, candidate) => candidate == task.candidate.as_ref(),
    }
}

/// Whether it cannot be told which is later, an answer or a candidate that came while it was open
/// (queue.md 7: a tie, or a delete).
fn is_unclear(reply: &Reply, candidate: Option<&Remote>) -> bool {
    let Some(candidate) = candidate else { return false };
    match reply {
        Reply::Row(row) => {
            let same = candidate
                .row()
                .is_some_and(|candidate| candidate.version.is_some() && candidate.version == row.version);
            !same && (candidate.updated_at().is_none() || candidate.updated_at() == row.updated_at)
        }
        _ => true,
    }
}

/// Remembers what an open insert carried that ended as absent, should it arrive late.
fn dig_grave(tx: &mut dyn StoreWrite, request: Request, now: Timestamp) -> Result<(), Error> {
    match request.wish {
        Some(row) => tx.put_grave(&Grave { row, at: now }, now.saturating_sub(GRAVE_KEPT)),
        None => Ok(()),
    }
}
