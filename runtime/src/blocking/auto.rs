//! The blocking form of auto-sync.

use std::sync::Arc;

use super::driver::Driver;
use crate::auto::{self, AutoSyncBuilder, Network, SyncStatus};
use crate::error::Error;

impl AutoSyncBuilder {
    /// Starts the task on a background thread of its own, `synctable-blocking`.
    ///
    /// ```
    /// # use synctable::{Id, MemoryStore, SyncTable};
    /// # #[derive(Debug, Clone, Default, SyncTable)]
    /// # pub struct TodoItem { pub id: Id, pub title: String }
    /// # fn main() -> Result<(), synctable::Error> {
    /// # use synctable::blocking::SyncContext;
    /// # let ctx = SyncContext::builder("http://127.0.0.1:9").store(MemoryStore::new()).table::<TodoItem>().open_blocking()?;
    /// let auto = ctx.auto_sync().pull_on_demand().start_blocking()?;
    /// let status = auto.status();
    /// status.on_change(|| println!("draw the status anew"));
    /// println!("{}", status.latest());
    /// auto.stop();
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `Store`: the thread cannot be started.
    pub fn start_blocking(self) -> Result<AutoSync, Error> {
        let driver = Driver::start()?;
        Ok(AutoSync { auto: self.start_on(driver.handle()), driver })
    }
}

/// The blocking form of [`AutoSync`](crate::AutoSync).
#[derive(Debug)]
#[must_use = "the background sync ends when its handle is dropped"]
pub struct AutoSync {
    // Dropped first: the task is let go of in the background.
    auto: auto::AutoSync,
    driver: Arc<Driver>,
}

impl AutoSync {
    /// Pushes and pulls at once; see [`AutoSync::sync_now`](crate::AutoSync::sync_now).
    pub fn sync_now(&self) {
        self.auto.sync_now();
    }

    /// Begins nothing more until [`resume`](Self::resume); see [`AutoSync::pause`](crate::AutoSync::pause).
    pub fn pause(&self) {
        self.auto.pause();
    }

    /// Goes on after a pause; see [`AutoSync::resume`](crate::AutoSync::resume).
    pub fn resume(&self) {
        self.auto.resume();
    }

    /// Says what the network is like; see [`AutoSync::set_network`](crate::AutoSync::set_network).
    pub fn set_network(&self, network: Network) {
        self.auto.set_network(network);
    }

    /// Watches what is done; see [`AutoSync::status`](crate::AutoSync::status).
    pub fn status(&self) -> StatusWatch {
        StatusWatch { watch: self.auto.status(), driver: Arc::clone(&self.driver) }
    }

    /// Ends the task and waits until it has let go of the context.
    pub fn stop(self) {
        let Self { auto, driver } = self;
        driver.wait_anyhow(auto.stop());
    }
}

/// The blocking form of [`StatusWatch`](crate::StatusWatch): an iterator that waits for each new status.
#[derive(Debug)]
#[must_use = "a watch that is dropped watches nothing"]
pub struct StatusWatch {
    watch: auto::StatusWatch,
    driver: Arc<Driver>,
}

impl StatusWatch {
    /// The newest status, without waiting.
    #[must_use]
    pub fn latest(&self) -> SyncStatus {
        self.watch.latest()
    }

    /// Calls a function whenever there is a new status; see
    /// [`StatusWatch::on_change`](crate::StatusWatch::on_change).
    pub fn on_change(&self, f: impl Fn() + Send + Sync + 'static) {
        self.watch.on_change(f);
    }
}

impl Iterator for StatusWatch {
    type Item = SyncStatus;

    /// Waits for a status that was not given yet; `None` once the background sync has ended, and inside
    /// a closure that the store runs, where it would wait for itself.
    fn next(&mut self) -> Option<SyncStatus> {
        self.driver.wait(async { Ok(self.watch.next().await) }).ok().flatten()
    }
}
