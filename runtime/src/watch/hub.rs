//! The hub: one thread a context that runs watched queries again after commits.

mod turn;

use std::collections::{HashMap, HashSet, VecDeque};
use std::fmt;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::thread;
use std::time::{Duration, Instant};

use super::feed::Inbox;
use super::live::Watcher;
use super::touched::Told;
use super::wait::block_on;
use crate::error::{Error, ErrorKind};
use crate::store::LocalStore;
use crate::store::changes::{Commit, Listening};
use turn::Turn;

/// How often other connections are looked at while somebody watches, unless set.
pub(crate) const LOOK_INTERVAL: Duration = Duration::from_millis(500);
/// The longest rest after a turn.
const REST_MOST: Duration = Duration::from_secs(1);
/// How long the last handle of a context waits for a read of the hub, so that the file is closed when
/// it is dropped. It is bounded for the work in the store that drops the last handle itself.
const CLOSING_MOST: Duration = Duration::from_secs(5);

/// What is watched on one store. Dropping it ends all watches.
pub(crate) struct Hub(Arc<Shared>);

/// Takes a watcher out of its hub when it is dropped.
#[derive(Debug)]
pub(super) struct Registration {
    hub: Weak<Shared>,
    key: u64,
}

struct Shared {
    store: Weak<dyn LocalStore>,
    look_interval: Duration,
    state: Mutex<State>,
    /// There is something to do, or an end.
    awake: Condvar,
    /// The hub no longer holds the store.
    let_go: Condvar,
}

#[derive(Default)]
struct State {
    phase: Phase,
    /// What the thread does.
    doing: Doing,
    /// While anybody watches.
    listening: Option<Listening>,
    last_key: u64,
    watchers: HashMap<u64, Weak<dyn Watcher>>,
    inboxes: HashMap<u64, Weak<Inbox>>,
    /// Watchers that were never run.
    fresh: Vec<u64>,
    told: Told,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Phase {
    /// The thread is started by the first watch.
    #[default]
    New,
    Running,
    Closed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Doing {
    /// It works or rests, and looks for more to do by itself.
    #[default]
    Busy,
    /// It sleeps until it is woken.
    Idle,
    /// It holds the store.
    Reading,
}

impl Hub {
    pub(crate) fn new(store: &Arc<dyn LocalStore>, look_interval: Duration) -> Self {
        Self(Arc::new(Shared {
            store: Arc::downgrade(store),
            look_interval,
            state: Mutex::default(),
            awake: Condvar::new(),
            let_go: Condvar::new(),
        }))
    }

    /// Runs a watcher soon, and again after each change that concerns it.
    pub(super) fn add(&self, watcher: &Arc<dyn Watcher>) -> Registration {
        let mut state = self.0.lock();
        let key = state.next_key();
        state.watchers.insert(key, Arc::downgrade(watcher));
        state.fresh.push(key);
        // Listened to before the first run: no commit falls between the two.
        let begun = self.0.begin(&mut state);
        drop(state);
        self.0.awake.notify_all();
        if let Err(error) = begun {
            watcher.fail(error);
            watcher.deliver();
        }
        Registration { hub: Arc::downgrade(&self.0), key }
    }

    /// Puts what commits change into an inbox.
    pub(super) fn subscribe(&self, inbox: &Arc<Inbox>) -> Registration {
        let mut state = self.0.lock();
        let key = state.next_key();
        state.inboxes.insert(key, Arc::downgrade(inbox));
        // Without the thread only other connections are not looked at.
        let _ = self.0.begin(&mut state);
        drop(state);
        self.0.awake.notify_all();
        Registration { hub: Arc::downgrade(&self.0), key }
    }
}

impl Drop for Hub {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.phase = Phase::Closed;
        state.listening = None;
        let watchers: Vec<_> = state.watchers.drain().filter_map(|(_, watcher)| watcher.upgrade()).collect();
        let inboxes: Vec<_> = state.inboxes.drain().filter_map(|(_, inbox)| inbox.upgrade()).collect();
        watchers.iter().for_each(|watcher| watcher.stop());
        self.0.awake.notify_all();
        let reading = |state: &mut State| state.doing == Doing::Reading;
        drop(self.0.let_go.wait_timeout_while(state, CLOSING_MOST, reading));
        watchers.iter().for_each(|watcher| watcher.close());
        for waker in inboxes.iter().filter_map(|inbox| inbox.close()) {
            waker.wake();
        }
    }
}

impl fmt::Debug for Hub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.lock();
        f.debug_struct("Hub").field("phase", &state.phase).field("watchers", &state.watchers.len()).finish()
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        let Some(hub) = self.hub.upgrade() else { return };
        let mut state = hub.lock();
        state.watchers.remove(&self.key);
        state.inboxes.remove(&self.key);
        if state.watchers.is_empty() && state.inboxes.is_empty() {
            // Writers note nothing while nobody listens.
            state.listening = None;
            state.told = Told::default();
        }
    }
}

impl State {
    fn next_key(&mut self) -> u64 {
        self.last_key += 1;
        self.last_key
    }
}

/// What the thread keeps between its turns.
#[derive(Default)]
struct Queue {
    /// Watchers to be run, each once.
    order: VecDeque<u64>,
    contained: HashSet<u64>,
    rest_until: Option<Instant>,
    looked: Option<Instant>,
}

impl Queue {
    fn push(&mut self, key: u64) {
        if self.contained.insert(key) {
            self.order.push_back(key);
        }
    }

    fn push_first(&mut self, key: u64) {
        if self.contained.insert(key) {
            self.order.push_front(key);
        }
    }
}

/// What is to be done next.
enum Next {
    Turn(Turn),
    Look,
    End,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begin(self: &Arc<Self>, state: &mut State) -> Result<(), Error> {
        if state.listening.is_none()
            && let Some(store) = self.store.upgrade()
        {
            let hub = Arc::downgrade(self);
            let hear = move |commit: &Arc<Commit>| {
                if let Some(hub) = hub.upgrade() {
                    hub.hear(commit);
                }
            };
            state.listening = Some(store.changes().listen(Arc::new(hear)));
        }
        if state.phase == Phase::New {
            let hub = Arc::clone(self);
            thread::Builder::new().name("synctable-watch".to_owned()).spawn(move || hub.serve()).map_err(|error| {
                Error::new(ErrorKind::Store, "the thread of live queries cannot be started").with_source(error)
            })?;
            state.phase = Phase::Running;
        }
        Ok(())
    }

    /// Takes a commit in; on the thread that committed, which must not wait.
    fn hear(&self, commit: &Arc<Commit>) {
        let mut state = self.lock();
        if !state.watchers.is_empty() {
            state.told.add(commit);
        }
        let inboxes: Vec<_> = state.inboxes.values().filter_map(Weak::upgrade).collect();
        let is_asleep = state.doing == Doing::Idle && !state.told.is_empty();
        drop(state);
        if is_asleep {
            self.awake.notify_all();
        }
        for waker in inboxes.iter().filter_map(|inbox| inbox.add(commit)) {
            waker.wake();
        }
    }

    fn serve(&self) {
        let mut queue = Queue::default();
        loop {
            match self.next(&mut queue) {
                Next::End => return,
                Next::Look => {
                    queue.looked = Some(Instant::now());
                    self.with_store(|store| store.look_for_changes());
                }
                Next::Turn(turn) => {
                    let began = Instant::now();
                    self.take_turn(&mut queue, &Arc::new(turn));
                    // As long as it worked, so that at most half of a core is used.
                    let now = Instant::now();
                    let rest_from = queue.rest_until.map_or(now, |until| until.max(now));
                    queue.rest_until = Some((rest_from + (now - began)).min(now + REST_MOST));
                }
            }
        }
    }

    /// Waits for something to do.
    fn next(&self, queue: &mut Queue) -> Next {
        let mut state = self.lock();
        loop {
            if state.phase == Phase::Closed {
                return Next::End;
            }
            let now = Instant::now();
            // One that has no result yet does not wait for the rest to be over.
            let has_fresh = !state.fresh.is_empty();
            for key in state.fresh.drain(..).rev() {
                queue.push_first(key);
            }
            let has_work = !queue.order.is_empty() || !state.told.is_empty();
            let rest = queue.rest_until.filter(|until| *until > now);
            if has_fresh || (has_work && rest.is_none()) {
                return Next::Turn(Turn::new(&mut state, queue));
            }
            let look_at = if state.listening.is_some() {
                Some(queue.looked.map_or(now, |looked| looked + self.look_interval))
            } else {
                None
            };
            if look_at.is_some_and(|at| at <= now) {
                return Next::Look;
            }
            state.doing = if has_work { Doing::Busy } else { Doing::Idle };
            let until = [rest.filter(|_| has_work), look_at].into_iter().flatten().min();
            state = match until {
                Some(until) => {
                    let waited = self.awake.wait_timeout(state, until - now);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
                None => self.awake.wait(state).unwrap_or_else(PoisonError::into_inner),
            };
            state.doing = Doing::Busy;
        }
    }

    /// Runs work on the store unless the context is closed.
    ///
    /// Invariant: the work drops no watcher. What the app captured in one may hold the last handle of
    /// the context, which waits until the store is let go.
    fn with_store<R>(&self, work: impl FnOnce(&dyn LocalStore) -> R) -> Option<R> {
        let mut state = self.lock();
        if state.phase == Phase::Closed {
            return None;
        }
        let store = self.store.upgrade()?;
        state.doing = Doing::Reading;
        drop(state);
        let result = work(&*store);
        drop(store);
        self.lock().doing = Doing::Busy;
        self.let_go.notify_all();
        Some(result)
    }

    fn take_turn(&self, queue: &mut Queue, turn: &Arc<Turn>) {
        let reading = Arc::clone(turn);
        let done =
            self.with_store(|store| block_on(crate::store::read(store, move |snapshot| Ok(reading.run(snapshot)))));
        match done {
            // Closed.
            None => {}
            Some(Ok(done)) => turn.finish(queue, &done),
            Some(Err(error)) => turn.fail(queue, &error),
        }
    }
}

#[cfg(test)]
mod tests;
