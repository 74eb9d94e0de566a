//! One turn of the hub: changes are held against the watchers, and some queries run on one snapshot.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{Queue, State};
use crate::error::Error;
use crate::store::StoreRead;
use crate::watch::live::Watcher;
use crate::watch::touched::{ChangedRows, Touched};

/// How long a turn begins further queries. It holds a reader, a snapshot that keeps SQLite's log
/// from being written back, and in memory the store itself.
const TURN: Duration = Duration::from_millis(5);

type Keyed = (u64, Arc<dyn Watcher>);

pub(super) struct Turn {
    /// Watchers to be run, in order.
    due: Vec<Keyed>,
    /// Watchers that changes may concern.
    others: Vec<Keyed>,
    touched: Touched,
}

/// How far a turn came.
#[derive(Debug)]
pub(super) struct Done {
    /// The places among the others of those that changes concern.
    concerned: Vec<usize>,
    /// How many were run, of the due ones and then the concerned ones.
    ran: usize,
}

impl Turn {
    /// Takes what was told, and the queue's watchers.
    pub(super) fn new(state: &mut State, queue: &mut Queue) -> Self {
        let touched = std::mem::take(&mut state.told);
        let mut due = Vec::with_capacity(queue.order.len());
        // What was dropped meanwhile leaves the queue here.
        queue.order.retain(|key| match state.watchers.get(key).and_then(std::sync::Weak::upgrade) {
            Some(watcher) => {
                due.push((*key, watcher));
                true
            }
            None => {
                queue.contained.remove(key);
                false
            }
        });
        let mut others = Vec::new();
        if !touched.is_empty() {
            let idle = state.watchers.iter().filter(|(key, _)| !queue.contained.contains(key));
            others.extend(idle.filter_map(|(key, watcher)| Some((*key, watcher.upgrade()?))));
            // In the order of their making, so that results come in an order that can be understood.
            others.sort_unstable_by_key(|(key, _)| *key);
        }
        Self { due, others, touched: touched.into_touched() }
    }

    /// Runs on a snapshot that was taken after all that the turn was told of.
    ///
    /// Invariant: whoever waits in the queue is run on a later snapshot, so changes told meanwhile
    /// need not be held against it.
    pub(super) fn run(&self, snapshot: &mut dyn StoreRead) -> Done {
        let began = Instant::now();
        let mut rows = ChangedRows::new(snapshot);
        let mut concerned = Vec::new();
        for (place, (_, watcher)) in self.others.iter().enumerate() {
            if watcher.is_touched(&self.touched, &mut rows) {
                concerned.push(place);
            }
        }
        let mut ran = 0;
        for (_, watcher) in self.due.iter().chain(concerned.iter().map(|place| &self.others[*place])) {
            watcher.run(snapshot);
            ran += 1;
            if began.elapsed() >= TURN {
                break;
            }
        }
        Done { concerned, ran }
    }

    fn in_order<'a>(&'a self, concerned: &'a [usize]) -> impl Iterator<Item = &'a Keyed> {
        self.due.iter().chain(concerned.iter().map(|place| &self.others[*place]))
    }

    /// Shows what was found; the rest waits in the queue.
    pub(super) fn finish(&self, queue: &mut Queue, done: &Done) {
        for place in &done.concerned {
            queue.push(self.others[*place].0);
        }
        for (key, watcher) in self.in_order(&done.concerned).take(done.ran) {
            queue.order.pop_front();
            queue.contained.remove(key);
            watcher.deliver();
        }
    }

    /// Tells all whom it concerns that nothing could be read. They are run again after the next change.
    pub(super) fn fail(&self, queue: &mut Queue, error: &Error) {
        for (_, watcher) in self.due.iter().chain(&self.others) {
            watcher.fail(error.clone());
            watcher.deliver();
        }
        queue.order.clear();
        queue.contained.clear();
    }
}
