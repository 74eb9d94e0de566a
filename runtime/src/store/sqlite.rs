//! The default store: one SQLite file, one writer thread, a few readers.

mod backup;
mod checkpoint;
mod connection;
mod deleted;
mod entries;
mod failure;
mod functions;
mod inspect;
#[cfg(feature = "sqlcipher")]
mod key;
mod migrate;
#[cfg(not(feature = "sqlcipher"))]
mod no_key;
mod notes;
mod others;
mod raw;
mod readers;
mod rows;
mod session;
mod statements;
#[cfg(test)]
mod tests;
mod wipe;
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
use connection::{Access, Place, StoreFile};
#[cfg(test)]
pub(crate) use functions::register as register_functions;
#[cfg(feature = "sqlcipher")]
use key::Key;
#[cfg(not(feature = "sqlcipher"))]
use no_key as key;
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
        Self::new(Place::File(StoreFile::at(path.into())))
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

    /// Opens the file to read it alone, beside apps that write it: queries, watches and what is pending
    /// work; writes, pushes, pulls and purges are errors of the kind [`Unsupported`](ErrorKind::Unsupported).
    ///
    /// The file must be there and must fit the app's tables as it is: nothing is made and nothing is
    /// migrated. SQLite may make the two files beside it that it needs to read a write-ahead log, so
    /// the folder must be writable unless they are there. Without effect on a store in memory.
    ///
    /// ```no_run
    /// let store = synctable::SqliteStore::at("todo.db").read_only();
    /// ```
    #[must_use]
    pub fn read_only(mut self) -> Self {
        if let Place::File(file) = &mut self.place {
            file.access = Access::Read;
        }
        self
    }

    /// Encrypts the file with a key: a new file is made with it, and one that is there must have been.
    ///
    /// The key is a passphrase, from which each connection derives the real key; that takes it some
    /// 100 ms. A text of the form `x'…'` with 64 hexadecimal digits is taken as the real key. Lost
    /// keys cannot be replaced. Without effect on a store in memory.
    ///
    /// Opening fails with `Store` if the key does not fit the file or the file is not encrypted, and
    /// with `Invalid` if the key is empty or has a NUL character.
    ///
    /// ```no_run
    /// # fn from_the_keychain() -> String { String::new() }
    /// let store = synctable::SqliteStore::at("todo.db").key(from_the_keychain());
    /// ```
    #[cfg(feature = "sqlcipher")]
    #[must_use]
    pub fn key(mut self, secret: impl Into<String>) -> Self {
        if let Place::File(file) = &mut self.place {
            file.key = Key::new(secret.into());
        }
        self
    }

    /// Encrypts a file anew, with another key. No context and no other process may have it open.
    ///
    /// Blocks the thread. A process that ends meanwhile leaves the file with the key from before.
    ///
    /// # Errors
    /// `Store`: the first key does not fit, or the file cannot be used. `Schema`: it is no store of
    /// ours. `Busy`: somebody has it open. `Invalid`: a key is empty or has a NUL character.
    #[cfg(feature = "sqlcipher")]
    pub fn rekey(path: impl AsRef<Path>, from: impl Into<String>, to: impl Into<String>) -> Result<(), Error> {
        key::rekey(path.as_ref(), &Key::new(from.into()), &Key::new(to.into()))
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
            Place::File(file) => Some(Readers::start(file, &tables)?),
            Place::Memory => None,
        };
        let writer = Writer::start(self.place.clone(), self.synchronous, tables, self.changes.clone())?;
        Ok(threads.insert(Threads { readers, writer }).writer.jobs())
    }

    fn jobs(&self) -> Result<mpsc::Sender<Job>, Error> {
        self.threads().as_ref().map(|threads| threads.writer.jobs()).ok_or_else(not_open)
    }
}

/// The error of a write to a store that is only read.
fn only_read() -> Error {
    let message = "the store was opened read-only: open it without `read_only` to write, push or pull";
    Error::new(ErrorKind::Unsupported, message)
}

/// The error of work on a store that no call has opened.
fn not_open() -> Error {
    Error::new(ErrorKind::Store, "the store is not open: open it, or give it to a context, before using it")
}

/// The error of work whose thread has ended.
fn ended() -> Error {
    Error::new(ErrorKind::Store, "the store's thread has ended: open the store again")
}

/// Copies a file on a thread of its own.
fn copied_beside<'a>(file: StoreFile, path: PathBuf) -> BoxFuture<'a, Result<(), Error>> {
    let (reply, answer) = oneshot::channel();
    let copy = move || {
        let copied = writer::guarded(|| backup::to_file(&connection::reader(&file.path, &file.key)?, &path));
        // Nobody waits for the answer of a backup whose future was dropped.
        let _ = reply.send(copied);
    };
    let started = std::thread::Builder::new().name("synctable-backup".to_owned()).spawn(copy);
    Box::pin(async move {
        started.map_err(|error| {
            Error::new(ErrorKind::Store, "the backup's thread cannot be started").with_source(error)
        })?;
        answer.await.unwrap_or_else(|_| Err(ended()))
    })
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
        if self.is_read_only() {
            return Box::pin(std::future::ready(Err(only_read())));
        }
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
            Place::File(file) if file.access == Access::Read => None,
            Place::File(file) => {
                let mut name = file.path.clone().into_os_string();
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

    fn is_read_only(&self) -> bool {
        matches!(&self.place, Place::File(file) if file.access == Access::Read)
    }

    fn wipe(&self) -> BoxFuture<'_, Result<(), Error>> {
        if self.is_read_only() {
            return Box::pin(std::future::ready(Err(only_read())));
        }
        submit(self.jobs(), |reply| Job::Wipe { reply })
    }

    fn backup(&self, path: &Path) -> BoxFuture<'_, Result<(), Error>> {
        let (jobs, path) = (self.jobs(), path.to_owned());
        match (&self.place, jobs) {
            (Place::Memory, jobs) => submit(jobs, |reply| Job::Backup { path, reply }),
            (Place::File(_), Err(error)) => Box::pin(std::future::ready(Err(error))),
            // On a thread and a connection of its own: neither writers nor readers wait for it.
            (Place::File(file), Ok(_)) => copied_beside(file.clone(), path),
        }
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
