//! The writer thread: jobs in the order of the calls, several to a commit.

use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use super::checkpoint::Checkpoints;
use super::connection::{Access, Place};
use super::failure::Fails;
use super::others::Others;
use super::session::Session;
use super::statements::Tables;
use super::{Synchronous, backup, migrate, not_open, readers, wipe};
use crate::error::{Error, ErrorKind};
use crate::store::{ChangeFeed, ChangeLog, ChangeSource, Durability, ReadWork, WriteWork, panicked};
use crate::table::TableSchema;

/// Where the result of a job goes.
pub(super) type Reply = oneshot::Sender<Result<(), Error>>;
/// The tables of the last successful opening.
pub(super) type SharedTables = Arc<RwLock<Option<Arc<Tables>>>>;

/// What the writer thread is asked for.
pub(super) enum Job {
    Open {
        tables: Vec<&'static TableSchema>,
        reply: Reply,
    },
    Write(Write),
    Read {
        work: ReadWork,
        reply: Reply,
    },
    /// To tell what other connections did.
    Look,
    /// To take everything out of the store.
    Wipe {
        reply: Reply,
    },
    /// To copy a store in memory.
    Backup {
        path: PathBuf,
        reply: Reply,
    },
}

/// Work in a transaction.
pub(super) struct Write {
    pub(super) durability: Durability,
    pub(super) source: ChangeSource,
    pub(super) work: WriteWork,
    pub(super) reply: Reply,
}

/// The most jobs that wait in the queue; further callers wait for room.
const WAITING: usize = 256;
/// A group takes no further job past any of these, so that the first of it does not wait long.
const GROUP_JOBS: usize = 128;
const GROUP_ROWS: u64 = 1_000;
const GROUP_TIME: Duration = Duration::from_millis(10);

/// The thread and its queue.
pub(super) struct Writer {
    jobs: Option<mpsc::Sender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    pub(super) fn start(
        place: Place,
        synchronous: Synchronous,
        tables: SharedTables,
        changes: ChangeFeed,
    ) -> Result<Self, Error> {
        let (jobs, queue) = mpsc::channel(WAITING);
        let thread = thread::Builder::new()
            .name("synctable-writer".to_owned())
            .spawn(move || Thread { place, synchronous, tables, changes, open: None }.serve(queue))
            .map_err(|error| Error::new(ErrorKind::Store, "the writer thread cannot be started").with_source(error))?;
        Ok(Self { jobs: Some(jobs), thread: Some(thread) })
    }

    /// Invariant: the sender is taken only by drop.
    pub(super) fn jobs(&self) -> mpsc::Sender<Job> {
        self.jobs.clone().expect("the queue is open until the writer is dropped")
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            join(thread);
        }
    }
}

/// Waits for a thread to finish its queue; not for itself, when its own job drops the store.
pub(super) fn join(thread: JoinHandle<()>) {
    if thread.thread().id() != thread::current().id() {
        // Jobs are guarded against panics, and there is nobody to tell of another.
        let _ = thread.join();
    }
}

/// Runs work and makes an error of its panic.
pub(super) fn guarded<R>(work: impl FnOnce() -> Result<R, Error>) -> Result<R, Error> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| Err(panicked(&*panic)))
}

/// The error of work whose transaction SQLite gave up, as it does for a full disk.
fn lost() -> Error {
    Error::new(ErrorKind::Store, "the transaction was rolled back by SQLite, nothing of it was kept: try again")
}

struct Thread {
    place: Place,
    synchronous: Synchronous,
    tables: SharedTables,
    changes: ChangeFeed,
    open: Option<Open>,
}

/// An open file.
struct Open {
    conn: Connection,
    tables: Arc<Tables>,
    watch: migrate::Watch,
    /// The value of `PRAGMA synchronous`, once it was set.
    level: Option<Synchronous>,
    checkpoints: Checkpoints,
    changes: ChangeFeed,
    /// What the open transaction has changed.
    log: ChangeLog,
    others: Others,
}

/// A job of a group that waits for the commit.
struct Done {
    result: Result<(), Error>,
    reply: Reply,
}

impl Thread {
    fn serve(mut self, mut queue: mpsc::Receiver<Job>) {
        let mut next = queue.blocking_recv();
        while let Some(job) = next.take() {
            let mut after = None;
            match job {
                Job::Open { tables, reply } => {
                    let result = guarded(|| self.open(&tables));
                    let _ = reply.send(result);
                }
                Job::Read { work, reply } => {
                    let result = match &self.open {
                        Some(open) => readers::snapshot(&open.conn, &open.tables, work),
                        None => Err(not_open()),
                    };
                    let _ = reply.send(result);
                }
                Job::Write(write) => {
                    let level = match write.durability {
                        Durability::Power => self.synchronous,
                        Durability::Process => Synchronous::Normal,
                    };
                    match &mut self.open {
                        Some(open) => after = open.group(level, write, &mut queue),
                        None => drop(write.reply.send(Err(not_open()))),
                    }
                }
                Job::Look => {
                    if let Some(open) = &mut self.open {
                        open.look();
                    }
                }
                Job::Wipe { reply } => {
                    let result = match &mut self.open {
                        Some(open) => guarded(|| open.wipe()),
                        None => Err(not_open()),
                    };
                    let _ = reply.send(result);
                }
                Job::Backup { path, reply } => {
                    let result = match &self.open {
                        Some(open) => guarded(|| backup::to_file(&open.conn, &path)),
                        None => Err(not_open()),
                    };
                    let _ = reply.send(result);
                }
            }
            next = after.or_else(|| match &mut self.open {
                Some(open) => open.checkpoints.next(&open.conn, &mut queue),
                None => queue.blocking_recv(),
            });
        }
    }

    fn open(&mut self, schemas: &[&'static TableSchema]) -> Result<(), Error> {
        let read_only = match &self.place {
            Place::File(file) if file.access == Access::Read => Some(file),
            Place::File(_) | Place::Memory => None,
        };
        let (conn, kept, watch) = match (&mut self.open, read_only) {
            (Some(open), Some(file)) => {
                let (kept, watch) = migrate::fit(&open.conn, &file.path, schemas)?;
                (None, kept, watch)
            }
            (None, Some(file)) => {
                let (conn, kept, watch) = migrate::open_to_read(file, schemas)?;
                (Some(conn), kept, watch)
            }
            (Some(open), None) => {
                open.conn.flush_prepared_statement_cache();
                let (kept, watch) = migrate::migrate(&open.conn, schemas)?;
                (None, kept, watch)
            }
            (None, None) => {
                let (conn, kept, watch) = migrate::open(&self.place, schemas)?;
                (Some(conn), kept, watch)
            }
        };
        let tables = Tables::new(schemas, kept)?;
        *self.tables.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&tables));
        match (&mut self.open, conn) {
            (Some(open), _) => {
                (open.tables, open.watch) = (tables, watch);
                self.changes.tell_anything();
            }
            (None, Some(conn)) => {
                let others = Others::of(&self.place);
                self.open = Some(Open::new(conn, tables, watch, self.changes.clone(), others));
            }
            (None, None) => {}
        }
        Ok(())
    }
}

impl Open {
    fn new(conn: Connection, tables: Arc<Tables>, watch: migrate::Watch, changes: ChangeFeed, others: Others) -> Self {
        let checkpoints = Checkpoints::default();
        Self { conn, tables, watch, level: None, checkpoints, changes, log: ChangeLog::off(), others }
    }

    /// Runs a job, and those of the same durability that wait behind it, in one commit. Gives back
    /// the job that was taken from the queue and does not belong to the group.
    fn group(&mut self, level: Synchronous, write: Write, queue: &mut mpsc::Receiver<Job>) -> Option<Job> {
        let Write { durability, source, work, reply } = write;
        if let Err(error) = self.begin(level) {
            let _ = reply.send(Err(error));
            return None;
        }
        let (started, rows) = (Instant::now(), self.conn.total_changes());
        if queue.is_empty() {
            let result = self.work(source, work);
            self.checkpoints.before_commit(&self.conn, durability, self.conn.total_changes() - rows);
            let result = self.end(result);
            let _ = reply.send(result);
            return None;
        }
        let mut group = Vec::new();
        let mut after = None;
        let mut next = (source, work, reply);
        loop {
            let (source, work, reply) = next;
            let (result, flow) = self.part(source, work);
            group.push(Done { result, reply });
            let is_full = group.len() >= GROUP_JOBS
                || self.conn.total_changes() - rows >= GROUP_ROWS
                || started.elapsed() >= GROUP_TIME;
            if is_full || flow.is_break() {
                break;
            }
            match queue.try_recv() {
                Ok(Job::Write(Write { durability: other, source, work, reply })) if other == durability => {
                    next = (source, work, reply);
                }
                Ok(job) => {
                    after = Some(job);
                    break;
                }
                Err(_) => break,
            }
        }
        self.checkpoints.before_commit(&self.conn, durability, self.conn.total_changes() - rows);
        let committed = self.end(Ok(()));
        for Done { result, reply } in group {
            let _ = reply.send(result.and_then(|()| committed.clone()));
        }
        after
    }

    /// Begins a transaction; the level can only be set between two.
    fn begin(&mut self, level: Synchronous) -> Result<(), Error> {
        if self.level != Some(level) {
            let text = match level {
                Synchronous::Full => "PRAGMA synchronous = FULL",
                Synchronous::Normal => "PRAGMA synchronous = NORMAL",
            };
            self.conn.execute_batch(text).doing("setting the durability")?;
            self.level = Some(level);
        }
        self.run("BEGIN IMMEDIATE").doing("beginning to write")?;
        self.log = self.changes.begin();
        if self.others.have_written(&self.conn, &self.changes) {
            self.log.note_anything();
        }
        let checked = self.watch.check(&self.conn);
        if checked.is_err() {
            // What fails here the next BEGIN tells.
            let _ = self.run("ROLLBACK");
            self.changes.rolled_back(&self.log);
        }
        checked
    }

    /// Commits work that succeeded and tells what it changed, else rolls all of it back.
    fn end(&mut self, result: Result<(), Error>) -> Result<(), Error> {
        let result = result.and_then(|()| {
            if self.conn.is_autocommit() {
                return Err(lost());
            }
            self.run("COMMIT").doing("committing")
        });
        let log = std::mem::replace(&mut self.log, ChangeLog::off());
        if result.is_ok() {
            self.changes.committed(log);
            return result;
        }
        if !self.conn.is_autocommit() {
            // What fails here has ended the transaction already, or the next BEGIN tells.
            let _ = self.run("ROLLBACK");
        }
        self.changes.rolled_back(&log);
        result
    }

    /// Runs a job of a group in its own savepoint. The group breaks off if the transaction is lost.
    fn part(&mut self, source: ChangeSource, work: WriteWork) -> (Result<(), Error>, ControlFlow<()>) {
        let doing = "keeping work apart";
        if self.conn.is_autocommit() {
            return (Err(lost()), ControlFlow::Break(()));
        }
        let mark = self.log.mark();
        let result = self
            .run("SAVEPOINT job")
            .doing(doing)
            .and_then(|()| self.work(source, work))
            .and_then(|()| self.run("RELEASE job").doing(doing));
        if result.is_ok() {
            return (result, ControlFlow::Continue(()));
        }
        self.log.roll_back_to(mark);
        if !self.conn.is_autocommit() && self.run("ROLLBACK TO job").and_then(|()| self.run("RELEASE job")).is_ok() {
            return (result, ControlFlow::Continue(()));
        }
        if !self.conn.is_autocommit() {
            let _ = self.run("ROLLBACK");
        }
        (result, ControlFlow::Break(()))
    }

    fn work(&mut self, source: ChangeSource, work: WriteWork) -> Result<(), Error> {
        self.log.set_source(source);
        guarded(|| {
            let mut session = Session::new(&self.conn, &self.tables, &mut self.log);
            work(&mut session)?;
            session.finish()
        })
    }

    /// Tells what other connections did.
    /// Removes everything, and then what SQLite's files still show of it.
    fn wipe(&mut self) -> Result<(), Error> {
        self.watch.check(&self.conn)?;
        wipe::remove_all(&self.conn)?;
        self.changes.tell_anything();
        self.conn.flush_prepared_statement_cache();
        wipe::compact(&self.conn)
    }

    fn look(&mut self) {
        if self.others.have_written(&self.conn, &self.changes) {
            self.changes.tell_anything();
        }
    }

    fn run(&self, text: &str) -> Result<(), rusqlite::Error> {
        self.conn.prepare_cached(text)?.raw_execute().map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::sqlite::connection::StoreFile;
    use crate::store::suite::ITEM;

    /// What SQLite says of its own setting while a job runs: 2 is FULL, 1 is NORMAL.
    fn level_within(open: &mut Open, level: Synchronous) -> i64 {
        open.begin(level).unwrap();
        let found = open.conn.pragma_query_value(None, "synchronous", |row| row.get(0)).unwrap();
        open.end(Ok(())).unwrap();
        found
    }

    #[test]
    fn the_durability_asked_for_is_the_one_of_the_connection() {
        let folder = tempfile::tempdir().unwrap();
        let (conn, kept, watch) =
            migrate::open(&Place::File(StoreFile::at(folder.path().join("store.db"))), &[&ITEM]).unwrap();
        let mode: String = conn.pragma_query_value(None, "journal_mode", |row| row.get(0)).unwrap();
        assert_eq!(mode, "wal");
        let mut open = Open::new(conn, Tables::new(&[&ITEM], kept).unwrap(), watch, ChangeFeed::new(), Others::None);
        assert_eq!(level_within(&mut open, Synchronous::Full), 2);
        assert_eq!(level_within(&mut open, Synchronous::Normal), 1);
        assert_eq!(level_within(&mut open, Synchronous::Full), 2);
    }

    #[test]
    fn a_transaction_that_sqlite_rolled_back_fails_all_of_its_jobs() {
        let mut open = open();
        open.begin(Synchronous::Full).unwrap();
        let (first, flow) = open.part(ChangeSource::Local, Box::new(|tx| tx.put_meta("a", Some("1"))));
        assert!(first.is_ok() && flow.is_continue());
        open.conn.execute_batch("ROLLBACK").unwrap();
        let (second, flow) = open.part(ChangeSource::Local, Box::new(|tx| tx.put_meta("b", Some("1"))));
        assert!(second.is_err() && flow.is_break(), "a savepoint alone would be a transaction of its own");
        assert!(open.end(Ok(())).is_err());
        let kept: i64 =
            open.conn.query_row("SELECT count(*) FROM __meta WHERE key IN ('a', 'b')", [], |row| row.get(0)).unwrap();
        assert_eq!(kept, 0);
    }

    fn open() -> Open {
        let (conn, kept, watch) = migrate::open(&Place::Memory, &[&ITEM]).unwrap();
        Open::new(conn, Tables::new(&[&ITEM], kept).unwrap(), watch, ChangeFeed::new(), Others::None)
    }

    fn writing(rows: usize) -> WriteWork {
        Box::new(move |tx| (0..rows).try_for_each(|number| tx.put_meta(&number.to_string(), Some(""))))
    }

    fn write(durability: Durability, rows: usize, reply: Reply) -> Write {
        Write { durability, source: ChangeSource::Local, work: writing(rows), reply }
    }

    fn job(durability: Durability, rows: usize) -> (Job, oneshot::Receiver<Result<(), Error>>) {
        let (reply, answer) = oneshot::channel();
        (Job::Write(write(durability, rows, reply)), answer)
    }

    /// Runs a group whose first job writes so many rows while another job waits; tells how many
    /// jobs are left in the queue and whether one was given back.
    fn group_before(waiting: Durability, rows: usize) -> (usize, bool) {
        let (jobs, mut queue) = mpsc::channel(8);
        let (next, mut next_answer) = job(waiting, 1);
        assert!(jobs.try_send(next).is_ok());
        let (reply, mut answer) = oneshot::channel();
        let after = open().group(Synchronous::Full, write(Durability::Power, rows, reply), &mut queue);
        assert!(answer.try_recv().unwrap().is_ok());
        let is_open = matches!(next_answer.try_recv(), Err(oneshot::error::TryRecvError::Empty));
        assert_eq!(is_open, after.is_some() || !queue.is_empty(), "an answer comes with the commit");
        (queue.len(), after.is_some())
    }

    #[test]
    fn groups_are_bounded_and_of_one_durability() {
        assert_eq!(group_before(Durability::Power, 10), (0, false), "small jobs share a commit");
        assert_eq!(group_before(Durability::Power, GROUP_ROWS as usize), (1, false), "a big one does not wait");
        assert_eq!(group_before(Durability::Process, 10), (0, true), "another durability has its own commit");
    }
}
