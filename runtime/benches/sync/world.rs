//! What every case shares: the async runtime, sizes, and fresh files on the disk of the build.

use std::future::Future;
use std::path::PathBuf;

use tempfile::TempDir;
use tokio::runtime::{Handle, Runtime};

use crate::Result;

/// The runtime that the mock and every client run on, and how much to measure.
#[derive(Debug)]
pub(crate) struct World {
    runtime: Runtime,
    pub(crate) sizes: Sizes,
}

/// How much one run does.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sizes {
    /// Runs of every case.
    pub(crate) runs: usize,
    /// Rows of a pull and of a bulk write.
    pub(crate) rows: u64,
    /// Rows of a pull at 5 ms a request and 50 rows a page.
    pub(crate) delayed_rows: u64,
    /// Operations of a push with no delay.
    pub(crate) pushes: u64,
    /// Operations of a push at 5 ms a request.
    pub(crate) delayed_pushes: u64,
    /// Operations of a push at 50 ms a request.
    pub(crate) far_pushes: u64,
    /// Single writes at synchronous=NORMAL.
    pub(crate) normal_writes: u64,
    /// Writes of one transaction.
    pub(crate) batch: u64,
    /// Single writes at synchronous=FULL.
    pub(crate) full_writes: u64,
    /// Rows of a paced writer beside live queries; one without a pace writes five times as many.
    pub(crate) watched_rows: u64,
    /// Rows of the small and of the large pull whose memory is compared.
    pub(crate) memory_rows: [u64; 2],
}

impl Sizes {
    /// The sizes that the goals are stated for, save the rows of the slowest pull.
    pub(crate) const DEFAULT: Sizes = Sizes {
        runs: 5,
        rows: 100_000,
        delayed_rows: 20_000,
        pushes: 2_000,
        delayed_pushes: 200,
        far_pushes: 160,
        normal_writes: 20_000,
        batch: 10_000,
        full_writes: 2_000,
        watched_rows: 20_000,
        memory_rows: [100_000, 1_000_000],
    };
    /// Sizes for a look at whether everything runs; its figures mean little.
    pub(crate) const QUICK: Sizes = Sizes {
        runs: 2,
        rows: 10_000,
        delayed_rows: 2_000,
        pushes: 200,
        delayed_pushes: 20,
        far_pushes: 16,
        normal_writes: 1_000,
        batch: 1_000,
        full_writes: 200,
        watched_rows: 1_000,
        memory_rows: [10_000, 100_000],
    };
}

impl World {
    pub(crate) fn new(sizes: Sizes) -> Result<World> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        Ok(World { runtime, sizes })
    }

    /// The runtime's handle.
    pub(crate) fn handle(&self) -> &Handle {
        self.runtime.handle()
    }

    /// Runs a future as a task, as an app would, and waits for it.
    pub(crate) fn run<T: Send + 'static>(&self, future: impl Future<Output = Result<T>> + Send + 'static) -> Result<T> {
        self.runtime.block_on(self.runtime.spawn(future))?
    }
}

/// A folder on the disk that the build is on (a memory disk would hide the commits), and a file name in it.
pub(crate) fn fresh_file() -> Result<(TempDir, PathBuf)> {
    let folder = tempfile::tempdir_in(disk())?;
    let path = folder.path().join("bench.db");
    Ok((folder, path))
}

/// The folder that the files of all cases are in: of the build, unless the environment names another.
pub(crate) fn disk() -> PathBuf {
    std::env::var_os("SYNCTABLE_BENCH_DIR").map_or_else(|| PathBuf::from(env!("CARGO_TARGET_TMPDIR")), PathBuf::from)
}
