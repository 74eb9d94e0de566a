//! Several requests of a push in one (docs/protocol-extensions.md 3).

use std::sync::atomic::Ordering;

use super::super::report::Status;
use super::super::round::{Action, Company, Outcome, Sent, Task};
use super::sort::Sorted;
use super::{Novelties, Sender, write_request};
use crate::error::Error;
use crate::queue::plan::Novelty;
use crate::wire::answer::Delivery;
use crate::wire::extension::BatchLimits;
use crate::wire::retry;
use crate::wire::{BatchDelivery, KeyNote, Operation};

/// The most requests that go together: what they settle is committed at once.
const MOST_TOGETHER: usize = 50;
/// Batches without an answer, one after the other, after which a push sends its requests one by one.
const FAILED_BATCHES: u32 = 2;

/// What became of requests that were to go together.
#[derive(Debug, Default)]
pub(crate) struct Together {
    pub(crate) answered: Vec<(Task, Outcome)>,
    /// Those without an answer, and those that did not leave, in order.
    pub(crate) left: Vec<Task>,
}

/// How many requests go together at a server that announces this.
pub(crate) fn most_together(limits: BatchLimits) -> usize {
    limits.operations.min(MOST_TOGETHER)
}

impl Sender<'_> {
    /// How much the next batch may carry, if there may be one.
    pub(crate) fn batch_limits(&self) -> Option<BatchLimits> {
        let limits = self.wire.extensions().batch()?;
        (self.failed_batches.load(Ordering::Relaxed) < FAILED_BATCHES).then_some(limits)
    }

    /// Sends requests in one, as many from the first on as can go so.
    ///
    /// Whatever cannot be told from the answer is left to a request of its own, which has the usual tries.
    pub(crate) async fn send_together(&self, mut tasks: Vec<Task>, limits: BatchLimits) -> Together {
        let operations = self.operations(&tasks, limits).await;
        if operations.len() < 2 {
            first_goes_alone(&mut tasks);
            return Together { answered: Vec::new(), left: tasks };
        }
        let unsent = tasks.split_off(operations.len());
        self.count();
        let redetections = self.redetections.load(Ordering::Acquire);
        let mut together = match self.wire.batch(&operations).await {
            BatchDelivery::Answered(deliveries) => {
                self.failed_batches.store(0, Ordering::Relaxed);
                self.sort_together(tasks, deliveries, redetections).await
            }
            BatchDelivery::Unsent => {
                first_goes_alone(&mut tasks);
                Together { answered: Vec::new(), left: tasks }
            }
            failed @ (BatchDelivery::Unanswered | BatchDelivery::Refused) => {
                if matches!(failed, BatchDelivery::Refused) {
                    self.wire.extensions().give_up_batches();
                }
                self.failed_batches.fetch_add(1, Ordering::Relaxed);
                tasks.iter_mut().for_each(Task::may_have_arrived);
                first_goes_alone(&mut tasks);
                Together { answered: Vec::new(), left: tasks }
            }
        };
        together.left.extend(unsent);
        together
    }

    /// Makes operations of tasks, from the first on, until one cannot go with them.
    async fn operations(&self, tasks: &[Task], limits: BatchLimits) -> Vec<Operation> {
        let mut operations = Vec::new();
        // The frame around them, and room for what announcements do not say.
        let mut bytes = 64;
        for task in tasks {
            let Action::Send(request, _) = &task.action else { break };
            let Some(key) = &request.key else { break };
            let Ok(narrow) = self.session.is_narrow(task.schema).await else { break };
            let outgoing = request.outgoing();
            let write = write_request(&task.id, request, outgoing.as_deref(), narrow);
            let Some(operation) = self.table(task.schema).operation(&write, key) else { break };
            bytes += operation.bytes();
            if bytes > limits.bytes {
                break;
            }
            operations.push(operation);
        }
        operations
    }

    async fn sort_together(&self, tasks: Vec<Task>, deliveries: Vec<Delivery>, redetections: u32) -> Together {
        let bound = self.bind().await;
        let mut together = Together::default();
        for (mut task, delivery) in tasks.into_iter().zip(deliveries) {
            let outcome = match &bound {
                Ok(()) => self.outcome_of(&task, delivery, redetections).await,
                Err(error) => Some(Outcome::Stop(Status::Unavailable, error.clone(), Sent::Perhaps)),
            };
            if let Some(outcome) = outcome {
                together.answered.push((task, outcome));
            } else {
                task.may_have_arrived();
                task.company = Company::Alone;
                together.left.push(task);
            }
        }
        together
    }

    async fn bind(&self) -> Result<(), Error> {
        match self.session.wire.known_dialect() {
            Some(dialect) => self.session.bind(dialect).await,
            None => Ok(()),
        }
    }

    /// The outcome of an answer, if it is a final one.
    async fn outcome_of(&self, task: &Task, delivery: Delivery, redetections: u32) -> Option<Outcome> {
        let Action::Send(request, novelty) = &task.action else { return None };
        let Delivery::Answered(answer) = delivery else { return None };
        // 424: one that it was to come after has failed, which no request of this crate names.
        if retry::is_transient_status(answer.status) || matches!(answer.status, 300..=399 | 424) {
            return None;
        }
        let note: KeyNote = answer.key;
        let table = self.table(task.schema);
        match self.sort(&table, &task.id, request, answer, redetections).await {
            Sorted::Outcome(reply, quarantined) => {
                let novelties = Novelties { planned_as: task.planned_as, now: *novelty };
                let novelty = novelties.answered(note, &reply);
                Some(Outcome::Reply(*reply, novelty, quarantined))
            }
            Sorted::Skip(..) | Sorted::Repeat | Sorted::Open(_) => None,
        }
    }
}

impl Task {
    /// From here on the request may have arrived: every further try repeats it.
    fn may_have_arrived(&mut self) {
        if let Action::Send(_, novelty) = &mut self.action {
            *novelty = Novelty::Repeated;
        }
    }
}

/// Lets the first go alone: its tries show how the server is.
fn first_goes_alone(tasks: &mut [Task]) {
    if let Some(first) = tasks.first_mut() {
        first.company = Company::Alone;
    }
}
