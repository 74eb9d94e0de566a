//! The connections that read a file, beside the one that writes, and the threads on which long reads run.

use std::num::NonZero;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};
use tokio::sync::oneshot;

use super::{failed, functions};
use crate::store::StoreError;

type Job = Box<dyn FnOnce(&mut Connection) + Send>;

/// The connections that read, each with a thread, which ends with this.
#[derive(Debug)]
pub(super) struct Readers {
    connections: Vec<Arc<Mutex<Connection>>>,
    /// Invariant: some until the drop, which closes the channel before it waits for the threads.
    jobs: Option<mpsc::Sender<Job>>,
    threads: Vec<thread::JoinHandle<()>>,
}

impl Drop for Readers {
    fn drop(&mut self) {
        self.jobs = None;
        for thread in self.threads.drain(..).filter(|thread| thread.thread().id() != thread::current().id()) {
            let _ = thread.join();
        }
    }
}

impl Readers {
    /// Opens as many connections as there are processors, 2 to 8.
    pub(super) fn open(path: &Path) -> Result<Self, StoreError> {
        let (jobs, queue) = mpsc::channel();
        let queue = Arc::new(Mutex::new(queue));
        let count = thread::available_parallelism().map_or(2, NonZero::get).clamp(2, 8);
        let mut readers =
            Self { connections: Vec::with_capacity(count), jobs: Some(jobs), threads: Vec::with_capacity(count) };
        for _ in 0..count {
            let (connection, queue) = (Arc::new(Mutex::new(connect(path)?)), Arc::clone(&queue));
            readers.connections.push(Arc::clone(&connection));
            let thread = thread::Builder::new()
                .name("synctable-server-reader".to_owned())
                .spawn(move || {
                    while let Some(job) = next(&queue) {
                        job(&mut lock(&connection));
                    }
                })
                .map_err(|error| StoreError::new("cannot start a thread that reads").because(error))?;
            readers.threads.push(thread);
        }
        Ok(readers)
    }

    /// Runs a job of microseconds, as the search for one row is: on this thread when a connection is free, since another thread takes longer
    /// to wake than the job to end.
    pub(super) async fn run_short<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        if let Some(mut connection) = self.free() {
            return job(&mut connection);
        }
        self.run(job).await
    }

    fn free(&self) -> Option<MutexGuard<'_, Connection>> {
        self.connections.iter().find_map(|connection| connection.try_lock().ok())
    }

    /// Runs a job on one of the threads.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (reply, answer) = oneshot::channel();
        let job: Job = Box::new(move |connection| {
            // Nobody waits any more when the request was dropped.
            let _ = reply.send(job(connection));
        });
        self.jobs.as_ref().ok_or_else(ended)?.send(job).map_err(|_| ended())?;
        answer.await.map_err(|_| ended())?
    }
}

fn ended() -> StoreError {
    StoreError::new("the threads that read have ended")
}

/// Waits for a job; only the thread whose turn it is waits in the queue, the others for their turn.
fn next(queue: &Mutex<mpsc::Receiver<Job>>) -> Option<Job> {
    queue.lock().unwrap_or_else(PoisonError::into_inner).recv().ok()
}

/// A job that panicked leaves a connection as good as any: the statement it ran is reset.
fn lock(connection: &Mutex<Connection>) -> MutexGuard<'_, Connection> {
    connection.lock().unwrap_or_else(PoisonError::into_inner)
}

fn connect(path: &Path) -> Result<Connection, StoreError> {
    let failed = failed(format!("cannot open the database '{}' for reading", path.display()));
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(&failed)?;
    connection.set_prepared_statement_cache_capacity(256);
    connection.busy_timeout(Duration::from_secs(5)).map_err(&failed)?;
    connection.pragma_update(None, "cache_size", -8192).map_err(&failed)?;
    functions::register(&connection).map_err(failed)?;
    Ok(connection)
}
