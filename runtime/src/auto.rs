//! Auto-sync: a background task that pushes soon after writes and pulls now and then.

mod plan;
mod status;
mod task;

pub use status::{StatusWatch, SyncProgress, SyncState, SyncStatus};

use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use tokio::task::JoinHandle;

use crate::context::SyncContext;
use crate::error::{Error, ErrorKind};
use status::StatusCell;

/// How long the app must rest from writing before its writes are pushed.
const PUSH_DELAY: Duration = Duration::from_secs(1);
/// How long a push waits at most for an app that writes on.
const PUSH_AT_LATEST: Duration = Duration::from_secs(10);
/// The time from one pull to the next.
const PULL_INTERVAL: Duration = Duration::from_secs(300);
/// The wait after the first failure; doubled after each further one.
const FIRST_WAIT: Duration = Duration::from_secs(5);
/// The longest wait after failures.
const LONGEST_WAIT: Duration = Duration::from_secs(300);

/// What the app knows of the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Network {
    /// There is none: nothing is tried.
    Offline,
    /// What is sent and read costs money: pushes go on, pulls wait.
    Metered,
    /// Push and pull as they are due.
    Unmetered,
}

/// Describes the background sync of a context; finished by [`start`](Self::start).
#[derive(Debug)]
#[must_use = "a builder does nothing until it is started"]
pub struct AutoSyncBuilder {
    context: SyncContext,
    settings: Settings,
}

#[derive(Debug, Clone, Copy)]
struct Settings {
    push_delay: Duration,
    push_at_latest: Duration,
    /// `None`: pulls only when asked.
    pull_interval: Option<Duration>,
    first_wait: Duration,
    longest_wait: Duration,
}

impl SyncContext {
    /// Begins to describe a background task that keeps the store in sync.
    ///
    /// ```
    /// # use synctable::{Id, MemoryStore, SyncContext, SyncTable};
    /// # #[derive(Debug, Clone, Default, SyncTable)]
    /// # pub struct TodoItem { pub id: Id, pub title: String }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), synctable::Error> {
    /// # let ctx = SyncContext::builder("http://127.0.0.1:9").store(MemoryStore::new()).table::<TodoItem>().open().await?;
    /// use std::time::Duration;
    /// use synctable::Network;
    ///
    /// let auto = ctx.auto_sync().pull_interval(Duration::from_secs(60)).start()?;
    /// let mut status = auto.status();
    /// if let Some(now) = status.next().await {
    ///     println!("{now}"); // such as `syncing: 3 of 7 sent, 0 rows read; 4 pending`
    /// }
    /// auto.set_network(Network::Metered); // from the platform's own notice
    /// auto.sync_now(); // a button
    /// auto.stop().await;
    /// # Ok(())
    /// # }
    /// ```
    pub fn auto_sync(&self) -> AutoSyncBuilder {
        let settings = Settings {
            push_delay: PUSH_DELAY,
            push_at_latest: PUSH_AT_LATEST,
            pull_interval: Some(PULL_INTERVAL),
            first_wait: FIRST_WAIT,
            longest_wait: LONGEST_WAIT,
        };
        AutoSyncBuilder { context: self.clone(), settings }
    }
}

impl AutoSyncBuilder {
    /// Pushes once the app has not written for this long; 1 s unless set.
    pub fn push_delay(mut self, delay: Duration) -> Self {
        self.settings.push_delay = delay;
        self
    }

    /// Pushes at the latest this long after the first write, however the app writes on; 10 s unless set.
    pub fn push_at_latest(mut self, longest: Duration) -> Self {
        self.settings.push_at_latest = longest;
        self
    }

    /// Pushes and pulls every registered query at the start and then at this interval, a tenth more or
    /// less so that devices do not come all at once; 5 min unless set, at least 1 s.
    pub fn pull_interval(mut self, interval: Duration) -> Self {
        self.settings.pull_interval = Some(interval.max(Duration::from_secs(1)));
        self
    }

    /// Pulls only when [`sync_now`](AutoSync::sync_now) asks for it.
    pub fn pull_on_demand(mut self) -> Self {
        self.settings.pull_interval = None;
        self
    }

    /// Waits this long after a failure, twice as long after each further one, up to `longest`; less by up
    /// to a half, at random. 5 s and 5 min unless set, at least 1 ms.
    ///
    /// The longest wait also is the time after which operations that the server refuses, and a server
    /// that wants a new sign-in, are tried again.
    pub fn backoff(mut self, first: Duration, longest: Duration) -> Self {
        self.settings.first_wait = first.max(Duration::from_millis(1));
        self.settings.longest_wait = longest.max(self.settings.first_wait);
        self
    }

    /// Starts the task.
    ///
    /// # Errors
    /// `Invalid`: the call was not made inside a tokio runtime, which runs the task.
    pub fn start(self) -> Result<AutoSync, Error> {
        let runtime = tokio::runtime::Handle::try_current().map_err(|error| {
            let message = "auto-sync was started outside a tokio runtime; call it inside `#[tokio::main]` or a task";
            Error::new(ErrorKind::Invalid, message).with_source(error)
        })?;
        Ok(self.start_on(&runtime))
    }

    /// Starts the task on a runtime.
    pub(crate) fn start_on(self, runtime: &tokio::runtime::Handle) -> AutoSync {
        let shared = Arc::new(Shared { told: Mutex::default(), status: Arc::new(StatusCell::new()) });
        let task = runtime.spawn(task::run(self.context, self.settings, Arc::clone(&shared)));
        AutoSync { shared, task: Some(task) }
    }
}

/// The running background sync of a context; made by [`SyncContext::auto_sync`].
///
/// It pushes soon after local writes and syncs at an interval, one thing at a time; failures are
/// waited out and tried again. Calls of `push`, `pull` and `sync` beside it are allowed. It keeps the
/// context open.
///
/// # Cancellation
/// Dropping the handle ends the task wherever it is: what was acknowledged and applied stays, an open
/// request is repeated by the next push. [`stop`](Self::stop) does the same and waits for the end.
#[derive(Debug)]
#[must_use = "the background sync ends when its handle is dropped"]
pub struct AutoSync {
    shared: Arc<Shared>,
    task: Option<JoinHandle<()>>,
}

impl AutoSync {
    /// Pushes and pulls at once, also while paused, on a metered network or after failures; when the
    /// network is said to be offline, as soon as it is back.
    pub fn sync_now(&self) {
        self.shared.tell(|told| told.sync = true);
    }

    /// Begins nothing more until [`resume`](Self::resume); what is under way is finished.
    pub fn pause(&self) {
        self.shared.tell(|told| told.running = Some(Running::Paused));
    }

    /// Goes on after a pause; what had failed before is tried again at once.
    pub fn resume(&self) {
        self.shared.tell(|told| told.running = Some(Running::On));
    }

    /// Says what the network is like; `Unmetered` until it is said. After `Offline` everything is
    /// synced at once.
    pub fn set_network(&self, network: Network) {
        self.shared.tell(|told| told.network = Some(network));
    }

    /// Watches what is done: the status now and whenever it has changed.
    pub fn status(&self) -> StatusWatch {
        StatusWatch::new(Arc::clone(&self.shared.status))
    }

    /// Ends the task and waits until it has let go of the context.
    ///
    /// # Cancellation
    /// The task ends all the same.
    pub async fn stop(mut self) {
        if let Some(task) = self.task.take() {
            task.abort();
            // It ends by being aborted, which is told as an error.
            let _ = task.await;
        }
    }
}

impl Drop for AutoSync {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

/// What the handle and the task share.
#[derive(Debug)]
struct Shared {
    told: Mutex<Told>,
    status: Arc<StatusCell>,
}

/// What the app has said and the task has not heard yet.
#[derive(Debug, Default)]
struct Told {
    sync: bool,
    running: Option<Running>,
    network: Option<Network>,
    waker: Option<Waker>,
}

#[derive(Debug, Clone, Copy)]
enum Running {
    Paused,
    On,
}

impl Shared {
    fn tell(&self, tell: impl FnOnce(&mut Told)) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        tell(&mut told);
        let waker = told.waker.take();
        drop(told);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Ends once the app has said something that was not taken yet.
    fn poll_told(&self, context: &mut Context<'_>) -> Poll<()> {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.sync || told.running.is_some() || told.network.is_some() {
            return Poll::Ready(());
        }
        told.waker = Some(context.waker().clone());
        Poll::Pending
    }

    /// Takes what the app has said since.
    fn take_told(&self) -> Told {
        std::mem::take(&mut *self.told.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
