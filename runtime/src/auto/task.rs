//! The task: waits for what the plan waits for, and does what it says.

use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;

use super::plan::{Plan, Reach, Rest, Step, Work};
use super::status::{SyncProgress, SyncState, SyncStatus};
use super::{Running, Settings, Shared, Told};
use crate::clock::BoxFuture;
use crate::context::SyncContext;
use crate::error::Error;
use crate::status::Status;
use crate::store::entry::FailureKind;
use crate::store::{ChangeSource, entry::Sequence};
use crate::value::Timestamp;
use crate::watch::{ChangeEvent, Changes, PendingWatch};

/// Keeps a context in sync until it is aborted or the context is closed.
pub(super) async fn run(context: SyncContext, settings: Settings, shared: Arc<Shared>) {
    let _closing = Closing(Arc::clone(&shared));
    let mut task = Task {
        changes: context.changes(),
        pending: context.watch_pending(),
        plan: Plan::new(settings),
        status: SyncStatus::new(),
        error: None,
        context,
        shared,
    };
    let now = task.now();
    task.plan.begin(now);
    task.count().await;
    loop {
        let now = task.now();
        let told = task.shared.take_told();
        task.told(&told, now);
        let step = task.plan.next(now);
        let open = match step {
            Step::Run(Work::Push) if !task.has_work().await => {
                task.plan.nothing_to_push();
                true
            }
            Step::Run(work) => task.work(work).await,
            Step::Wait(wait) => {
                task.show_rest(now);
                let mut timer = wait.map(|wait| task.context.session.clock.sleep(wait));
                let woken = task.woken(timer.as_mut()).await;
                task.take_in(woken).await
            }
        };
        if !open {
            return;
        }
    }
}

struct Task {
    // The feeds are dropped before the context is.
    changes: Changes,
    pending: PendingWatch,
    plan: Plan,
    status: SyncStatus,
    /// What ended the last work, if it was no matter of the network.
    error: Option<Error>,
    context: SyncContext,
    shared: Arc<Shared>,
}

/// What the task waits for.
enum Woken {
    /// The app has said something.
    Told,
    Changed(By),
    /// The context is closed.
    Closed,
    Pending(Result<u64, Error>),
    /// The timer, or the work.
    Over,
}

/// Who wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    /// The app, or another process.
    App,
    /// A push, a pull or a purge.
    Sync,
}

impl By {
    fn of(change: &ChangeEvent) -> Self {
        let source = match change {
            ChangeEvent::Row(row) => row.source(),
            ChangeEvent::Table { source, .. } => *source,
            ChangeEvent::Anything => ChangeSource::Local,
        };
        if source == ChangeSource::Local { Self::App } else { Self::Sync }
    }
}

impl Task {
    fn now(&self) -> Timestamp {
        self.context.session.clock.now()
    }

    /// Waits until anything happens, or what is given is over.
    async fn woken(&mut self, mut until: Option<&mut BoxFuture<'static, ()>>) -> Woken {
        std::future::poll_fn(|context| {
            if self.shared.poll_told(context).is_ready() {
                return Poll::Ready(Woken::Told);
            }
            // A transaction may have written thousands of rows: one wake-up is enough for all.
            let mut changed = None;
            while let Poll::Ready(change) = std::pin::pin!(self.changes.next()).poll(context) {
                let Some(change) = change else { return Poll::Ready(Woken::Closed) };
                if changed != Some(By::App) {
                    changed = Some(By::of(&change));
                }
            }
            if let Some(by) = changed {
                return Poll::Ready(Woken::Changed(by));
            }
            if let Poll::Ready(pending) = std::pin::pin!(self.pending.next()).poll(context) {
                return Poll::Ready(pending.map_or(Woken::Closed, Woken::Pending));
            }
            match &mut until {
                Some(until) => Pin::as_mut(until).poll(context).map(|()| Woken::Over),
                None => Poll::Pending,
            }
        })
        .await
    }

    /// Notes what has happened; false once the context is closed.
    async fn take_in(&mut self, woken: Woken) -> bool {
        let now = self.now();
        match woken {
            Woken::Told => {
                let told = self.shared.take_told();
                self.told(&told, now);
            }
            Woken::Closed => return false,
            Woken::Changed(By::App) => {
                self.plan.wrote(now);
                if self.status.conflicts > 0 {
                    self.count().await;
                }
            }
            Woken::Pending(Ok(pending)) => self.set_pending(pending),
            // A store that cannot be read is told of by the next work.
            Woken::Pending(Err(_)) | Woken::Changed(By::Sync) | Woken::Over => {}
        }
        true
    }

    fn told(&mut self, told: &Told, now: Timestamp) {
        match told.running {
            Some(Running::Paused) => self.plan.pause(),
            Some(Running::On) => self.plan.resume(),
            None => {}
        }
        let is_back = told.network.is_some_and(|network| self.plan.network(network, now) == Reach::Back);
        if told.sync {
            self.plan.ask();
        }
        if told.sync || is_back || matches!(told.running, Some(Running::On)) {
            // What is asked for now is not to be refused because of failures before.
            self.context.close_circuit();
        }
    }

    fn set_pending(&mut self, pending: u64) {
        self.status.pending = pending;
        self.status.conflicts = self.status.conflicts.min(pending);
        if let SyncState::Syncing(progress) = &mut self.status.state {
            progress.pushed = progress.to_push.saturating_sub(pending).max(progress.pushed);
        }
    }

    /// Whether anything is pending; the number that was told last may be older than the last write.
    async fn has_work(&mut self) -> bool {
        self.count().await;
        self.status.pending > 0
    }

    /// Counts what is pending and what of it waits for a decision.
    async fn count(&mut self) {
        let counted = self.context.session.read(|snapshot| {
            let mut conflicts = 0;
            let mut cursor = Sequence(0);
            let pending = snapshot.pending(None)?;
            while let Some(entry) = snapshot.next_entry(cursor, Sequence(i64::MAX))? {
                cursor = entry.sequence;
                let is_conflict = entry.failure.is_some_and(|failure| failure.kind == FailureKind::Conflict);
                conflicts += u64::from(is_conflict);
            }
            Ok((pending, conflicts))
        });
        // A store that cannot be read is told of by the next work.
        if let Ok((pending, conflicts)) = counted.await {
            self.status.pending = pending;
            self.status.conflicts = conflicts;
        }
    }

    fn show_rest(&mut self, now: Timestamp) {
        self.status.state = match self.plan.rest(now) {
            Rest::Idle => SyncState::Idle,
            Rest::Paused => SyncState::Paused,
            Rest::Offline => SyncState::Offline,
            Rest::WaitingUntil(until) => SyncState::WaitingUntil(until),
            Rest::Unauthorized => SyncState::Unauthorized,
            Rest::Error => self.error.clone().map_or(SyncState::Idle, SyncState::Error),
        };
        self.status.next_attempt = self.plan.next_attempt(now);
        self.shared.status.show(self.status.clone());
    }

    /// Pushes or syncs, and notes meanwhile what happens beside it; false once the context is closed.
    async fn work(&mut self, work: Work) -> bool {
        self.plan.begun();
        self.status.state = SyncState::Syncing(SyncProgress { to_push: self.status.pending, pushed: 0, pulled: 0 });
        self.status.next_attempt = None;
        let ended = Arc::new(std::sync::Mutex::new(None));
        let mut working = {
            let (context, ended) = (self.context.clone(), Arc::clone(&ended));
            Box::pin(async move {
                let status = match work {
                    Work::Push => context.push().await.map(|report| report.status()),
                    Work::Sync => context.sync().await.map(|report| report.status()),
                };
                *ended.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(status);
            }) as BoxFuture<'static, ()>
        };
        let read_before = self.context.counters().rows_pulled;
        loop {
            if let SyncState::Syncing(progress) = &mut self.status.state {
                progress.pulled = self.context.counters().rows_pulled.saturating_sub(read_before);
            }
            self.shared.status.show(self.status.clone());
            match self.woken(Some(&mut working)).await {
                Woken::Over => break,
                woken => {
                    if !self.take_in(woken).await {
                        return false;
                    }
                }
            }
        }
        let status = ended.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
        let (now, jitter) = (self.now(), fastrand::f64());
        match status {
            Some(Ok(status)) => {
                let asked = self.context.next_attempt().map(|until| until.saturating_since(now));
                self.plan.ended(work, status, asked, now, jitter);
                if work == Work::Sync && status == Status::Complete {
                    self.status.last_sync = Some(now);
                }
            }
            Some(Err(error)) => {
                self.error = Some(error);
                self.plan.broke(now, jitter);
            }
            None => {}
        }
        self.count().await;
        true
    }
}

/// Ends the watches of the status when the task ends, however it does.
struct Closing(Arc<Shared>);

impl Drop for Closing {
    fn drop(&mut self) {
        self.0.status.close();
    }
}
