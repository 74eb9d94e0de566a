//! Conflicts of a push: who is asked, and what the answer makes of the entry (queue.md 6).

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::Poll;

use super::{Action, Next, Outcome, Round, Task, key_of};
use crate::error::{Error, ErrorKind};
use crate::event::Kept;
use crate::push::report::{Reason, Status};
use crate::queue::answer::After;
use crate::queue::conflict::{AnyConflict, AskApp, Resolver, Resolvers};
use crate::queue::plan::Case;
use crate::queue::{self, Replacement, Resolution};
use crate::row::{Remote, Row};
use crate::store::StoreWrite;
use crate::store::entry::Base;
use crate::value::Timestamp;

/// Resolutions of one entry after which a push defers its conflict.
const RESOLUTIONS: u32 = 3;

/// What the app said of a conflict; an error leaves it as it is.
pub(crate) type Answer = Result<Resolution<Row>, Error>;

/// Asks the app.
pub(crate) async fn ask(resolvers: &Resolvers, conflict: AnyConflict) -> Outcome {
    Outcome::Resolved(match resolvers.of(conflict.table()) {
        Resolver::App(app) => asked_app(app, conflict).await,
        Resolver::Policy(_) => Ok(Resolution::Defer),
    })
}

/// A handler that panics has not answered.
async fn asked_app(app: &AskApp, conflict: AnyConflict) -> Answer {
    let place = |error: Error| error.in_table(conflict.table()).in_row(conflict.id().as_str());
    let panicked = |panic: Box<dyn std::any::Any + Send>| {
        let said = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
        let said = said.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
        Error::new(ErrorKind::App, format!("the conflict handler panicked: {said}"))
    };
    let begun = catch_unwind(AssertUnwindSafe(|| app(conflict.clone())));
    let mut asked = begun.map_err(panicked).map_err(place)?;
    std::future::poll_fn(|context| match catch_unwind(AssertUnwindSafe(|| asked.as_mut().poll(context))) {
        Ok(polled) => polled.map_err(place),
        Err(panic) => Poll::Ready(Err(place(panicked(panic)))),
    })
    .await
}

impl Round {
    /// Takes up a conflict that was found.
    pub(super) fn conflicted(
        &mut self,
        tx: &mut dyn StoreWrite,
        case: Case,
        task: Task,
        replacement: Replacement,
        now: Timestamp,
    ) -> Result<Option<Next>, Error> {
        self.notes.conflict(case.schema, &case.entry.id, case.kind());
        self.decide(tx, case, task, replacement, now)
    }

    /// Ends a conflict by policy at once, or lets the app be asked; the conflict is stored before.
    fn decide(
        &mut self,
        tx: &mut dyn StoreWrite,
        mut case: Case,
        task: Task,
        replacement: Replacement,
        now: Timestamp,
    ) -> Result<Option<Next>, Error> {
        let resolver = self.resolvers.of(case.schema.name()).clone();
        let given = self.resolutions.get(&key_of(&task)).copied().unwrap_or_default();
        let Some(remote) = case.entry.candidate.clone() else { return self.defer(tx, case, replacement, None) };
        if given >= RESOLUTIONS {
            let reason = format!("{given} resolutions did not end it");
            return self.defer(tx, case, replacement, Some(reason));
        }
        match resolver {
            Resolver::Policy(policy) => match case.decide(policy, &remote) {
                Ok(Resolution::Defer | Resolution::Abort) => self.defer(tx, case, replacement, None),
                Ok(resolution) => {
                    self.resolutions.insert(key_of(&task), given + 1);
                    self.resolved(tx, case, task, &remote, resolution, now)
                }
                Err(reason) => self.defer(tx, case, replacement, Some(reason)),
            },
            Resolver::App(_) => {
                queue::put_case(tx, &mut case, replacement)?;
                let Some(conflict) = AnyConflict::of(&case, given + 1) else { return Ok(None) };
                self.resolutions.insert(key_of(&task), given + 1);
                Ok(Some(Next::Task(Task { action: Action::Resolve(Box::new(conflict)), ..task })))
            }
        }
    }

    /// Settles what the app answered; a row that was written meanwhile is asked about again.
    pub(super) fn settle_answer(
        &mut self,
        tx: &mut dyn StoreWrite,
        mut case: Case,
        task: Task,
        answer: Answer,
        now: Timestamp,
    ) -> Result<Option<Next>, Error> {
        let Action::Resolve(conflict) = &task.action else { return Ok(None) };
        let (made, revision) = conflict.stand();
        let seen = conflict.seen().clone();
        if case.entry.made != made {
            // The entry was discarded, and another one is there: it is not in scope.
            self.done(&task);
            return Ok(None);
        }
        if case.entry.revision == revision && case.is_conflict() {
            return match answer {
                Ok(Resolution::Abort) => {
                    self.defer(tx, case, Replacement::Keep, None)?;
                    let error = Error::new(ErrorKind::Cancelled, "a conflict handler stopped the push")
                        .in_table(task.schema.name())
                        .in_row(task.id.as_str());
                    self.stop(tx, Status::Aborted, error, &Reason::Stopped)?;
                    Ok(None)
                }
                Ok(Resolution::Defer) => self.defer(tx, case, Replacement::Keep, None),
                Ok(resolution) => self.resolved(tx, case, task, &seen, resolution, now),
                Err(error) => self.defer(tx, case, Replacement::Keep, Some(error.to_string())),
            };
        }
        let Some(candidate) = case.entry.candidate.clone() else {
            // The app has ended the conflict itself.
            self.changed_meanwhile(&task);
            return Ok(None);
        };
        let both_deleted = case.wish.is_none() && candidate.live().is_none();
        if both_deleted || case.adopt_if_equal(candidate.live()) {
            if both_deleted {
                case.entry.base = Base::Tombstone;
            }
            case.entry.candidate = None;
            return self.follow(tx, case, task, After::Plan(Some(candidate)), None, now);
        }
        case.conflict(None, candidate);
        self.decide(tx, case, task, Replacement::Keep, now)
    }

    /// Applies a resolution and plans what follows from it.
    fn resolved(
        &mut self,
        tx: &mut dyn StoreWrite,
        mut case: Case,
        task: Task,
        remote: &Remote,
        resolution: Resolution<Row>,
        now: Timestamp,
    ) -> Result<Option<Next>, Error> {
        let kept = match resolution {
            Resolution::KeepRemote => Kept::Remote,
            Resolution::Merge(_) => Kept::Merged,
            _ => Kept::Local,
        };
        match case.resolve(remote, resolution) {
            Ok(after) => {
                self.notes.resolved(case.schema, &case.entry.id, kept);
                // Resolutions that were made for the conflict as it was listed are outdated now.
                let before = case.entry.revision;
                case.entry.revision += 1;
                let planned = task.planned.map(|planned| if planned == before { before + 1 } else { planned });
                self.follow(tx, case, Task { planned, ..task }, after, None, now)
            }
            Err(error) => self.defer(tx, case, Replacement::Keep, Some(error.to_string())),
        }
    }

    /// Leaves the conflict to the app and to the next push.
    fn defer(
        &mut self,
        tx: &mut dyn StoreWrite,
        mut case: Case,
        replacement: Replacement,
        reason: Option<String>,
    ) -> Result<Option<Next>, Error> {
        if let (Some(failure), Some(reason)) = (&mut case.entry.failure, reason) {
            failure.message = format!("{}; {reason}", failure.message);
        }
        let failure = case.entry.failure.clone();
        queue::put_case(tx, &mut case, replacement)?;
        if let Some(failure) = failure {
            self.failed(case, failure);
        }
        Ok(None)
    }
}
