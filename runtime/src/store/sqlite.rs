//! The default store: one SQLite file, one writer thread, a few readers.

mod checkpoint;
mod connection;
mod deleted;
mod entries;
mod failure;
mod functions;
mod inspect;
mod migrate;
mod notes;
mod others;
mod raw;
mod readers;
mod rows;
mod session;
mod statements;
#[cfg(test)]
mod tests;
mod writer;

use std::fmt;
use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{mpsc, oneshot};

use super::inspect::Inspection;
use super::{BoxFuture, ChangeFeed, ChangeSource, Durability, LocalStore, ReadWork, WriteWork};
use crate::error::{Error, ErrorKind};
use crate::table::TableSchema;
use connection::Place;
#[cfg(test)]
pub(crate) use functions::register as register_functions;
use readers::Readers;
use writer::{Job, Reply, Write, Writer};

/// A store in an SQLite file, or in SQLite's memory.
///
/// The file is opened by the context that the store is given to. One thread, `synctable-writer`,
/// does all writing; reads of a file run beside it on threads of their own. Other processes may use
/// the same file.
///
/// Dropping the store finishes the writes that were accepted, and closes the file.
///
/// ```
/// use synctable::store::SqliteStore;
///
/// let store = SqliteStore::at("todo.db");
/// let throw_away = SqliteStore::in_memory();
/// ```
pub struct SqliteStore {
    place: Place,
    synchronous: Synchronous,
    threads: Mutex<Option<Threads>>,
    changes: ChangeFeed,
    pushing: Arc<AtomicBool>,
}

/// What local writes survive once they are acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Synchronous {
    /// The end of the process and the loss of power: each commit waits for the disk. The default.
    #[default]
    Full,
    /// The end of the process, `kill -9` included; a loss of power may take the last commits, but
    /// never part of one.
    Normal,
}

/// The running threads; joined in the order of the fields.
struct Threads {
    readers: Option<Readers>,
    writer: Writer,
}

impl SqliteStore {
    /// Names the file; it is made when the store is opened, its folder must be there.
    ///
    /// Beside it SQLite keeps two files whose names end in `-wal` and `-shm`, and this crate one
    /// that ends in `.push-lock`.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self::new(Place::File(path.into()))
    }

    /// Makes a store that ends with the process.
    #[must_use]
    pub fn in_memory() -> Self {
        Self::new(Place::Memory)
    }

    fn new(place: Place) -> Self {
        Self {
            place,
            synchronous: Synchronous::default(),
            threads: Mutex::new(None),
            changes: ChangeFeed::new(),
            pushing: Arc::default(),
        }
    }

    /// Sets what acknowledged local writes survive; [`Synchronous::Full`] unless set. What was
    /// pulled and can be pulled again is always written as with [`Synchronous::Normal`].
    #[must_use]
    pub fn synchronous(mut self, synchronous: Synchronous) -> Self {
        self.synchronous = synchronous;
        self
    }

    /// Reads what a store file holds, of tables that need not be known, without opening it as a store.
    ///
    /// Nothing is created, migrated or changed, and apps that use the file may go on. All of it is
    /// read from one commit. Blocks the thread; waits at most 10 s for an app that locks the file.
    ///
    /// ```no_run
    /// let found = synctable::SqliteStore::inspect("todo.db")?;
    /// for operation in &found.operations {
    ///     println!("{} {}/{}", operation.kind, operation.table, operation.id);
    /// }
    /// # Ok::<(), synctable::Error>(())
    /// ```
    ///
    /// # Errors
    /// `Schema`: the file is not a store of ours, or a newer one. `Store`: there is no such file,
    /// or it cannot be read. `Decode`: an entry of the queue is damaged.
    pub fn inspect(path: impl AsRef<Path>) -> Result<Inspection, Error> {
        inspect::inspect(path.as_ref())
    }

    fn threads(&self) -> MutexGuard<'_, Option<Threads>> {
        self.threads.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn start(&self) -> Result<mpsc::Sender<Job>, Error> {
        let mut threads = self.threads();
        if let Some(threads) = &*threads {
            return Ok(threads.writer.jobs());
        }
        let tables = Arc::default();
        let readers = match &self.place {
            Place::File(path) => Some(Readers::start(path, &tables)?),
            Place::Memory => None,
        };
        let writer = Writer::start(self.place.clone(), self.synchronous, tables, self.changes.clone())?;
        Ok(threads.insert(Threads { readers, writer }).writer.jobs())
    }

    fn jobs(&self) -> Result<mpsc::Sender<Job>, Error> {
        self.threads().as_ref().map(|threads| threads.writer.jobs()).ok_or_else(not_open)
    }
}

/// The error of work on a store that no call has opened.
fn not_open() -> Error {
    Error::new(ErrorKind::Store, "the store is not open: open it, or give it to a context, before using it")
}

/// The error of work whose thread has ended.
fn ended() -> Error {
    Error::new(ErrorKind::Store, "the store's thread has ended: open the store again")
}

/// Sends a job now if there is room, so that the order of the calls holds, else when there is.
fn submit<'a, J: Send + 'static>(
    jobs: Result<mpsc::Sender<J>, Error>,
    job: impl FnOnce(Reply) -> J,
) -> BoxFuture<'a, Result<(), Error>> {
    let jobs = match jobs {
        Ok(jobs) => jobs,
        Err(error) => return Box::pin(std::future::ready(Err(error))),
    };
    let (reply, answer) = oneshot::channel();
    let waiting = match jobs.try_send(job(reply)) {
        Ok(()) => None,
        Err(mpsc::error::TrySendError::Full(job)) => Some((jobs, job)),
        Err(mpsc::error::TrySendError::Closed(_)) => return Box::pin(std::future::ready(Err(ended()))),
    };
    Box::pin(async move {
        if let Some((jobs, job)) = waiting {
            jobs.send(job).await.map_err(|_| ended())?;
        }
        answer.await.unwrap_or_else(|_| Err(ended()))
    })
}

impl LocalStore for SqliteStore {
    fn open(&self, tables: &[&'static TableSchema]) -> BoxFuture<'_, Result<(), Error>> {
        let tables = tables.to_vec();
        submit(self.start(), |reply| Job::Open { tables, reply })
    }

    fn write(&self, durability: Durability, source: ChangeSource, work: WriteWork) -> BoxFuture<'_, Result<(), Error>> {
        submit(self.jobs(), |reply| Job::Write(Write { durability, source, work, reply }))
    }

    fn read(&self, work: ReadWork) -> BoxFuture<'_, Result<(), Error>> {
        let reads = match self.threads().as_ref() {
            Some(Threads { readers: Some(readers), .. }) => Some(readers.reads()),
            _ => None,
        };
        match reads {
            Some(reads) => submit(Ok(reads), |reply| readers::Read { work, reply }),
            None => submit(self.jobs(), |reply| Job::Read { work, reply }),
        }
    }

    fn sole_pusher(&self) -> Option<Box<dyn fmt::Debug + Send + Sync>> {
        match &self.place {
            Place::Memory => {
                let taken = self.pushing.swap(true, Ordering::AcqRel);
                (!taken).then(|| Box::new(Pushing(Arc::clone(&self.pushing))) as _)
            }
            Place::File(path) => {
                let mut name = path.clone().into_os_string();
                name.push(".push-lock");
                let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(name).ok()?;
                // Without a lock nobody can tell: held by another, or not supported here.
                file.try_lock().ok()?;
                Some(Box::new(PushLock { _file: file }))
            }
        }
    }

    fn changes(&self) -> &ChangeFeed {
        &self.changes
    }

    fn look_for_changes(&self) {
        // A writer whose queue is full looks when it begins its next transaction.
        if let (Place::File(_), Ok(jobs)) = (&self.place, self.jobs()) {
            drop(jobs.try_send(Job::Look));
        }
    }
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteStore").field("place", &self.place).field("synchronous", &self.synchronous).finish()
    }
}

/// Held by the one handle that pushes.
#[derive(Debug)]
struct Pushing(Arc<AtomicBool>);

impl Drop for Pushing {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

/// Holds the lock until the file is closed, which the end of the process does too.
#[derive(Debug)]
struct PushLock {
    _file: File,
}
