//! Read-only connections on threads of their own.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use rusqlite::Connection;
use tokio::sync::mpsc;

use super::connection::{self, StoreFile};
use super::failure::Fails;
use super::statements::Tables;
use super::writer::{Reply, SharedTables, guarded, join};
use super::{not_open, session::Session};
use crate::error::{Error, ErrorKind};
use crate::store::{ChangeLog, ReadWork};

/// Two reads at a time: enough that a long query does not hold up a short one.
const THREADS: usize = 2;
const WAITING: usize = 64;

/// One read.
pub(super) struct Read {
    pub(super) work: ReadWork,
    pub(super) reply: Reply,
}

/// The threads and their queue.
pub(super) struct Readers {
    reads: Option<mpsc::Sender<Read>>,
    threads: Vec<JoinHandle<()>>,
}

impl Readers {
    pub(super) fn start(file: &StoreFile, tables: &SharedTables) -> Result<Self, Error> {
        let (reads, queue) = mpsc::channel(WAITING);
        let queue = Arc::new(Mutex::new(queue));
        let mut readers = Self { reads: Some(reads), threads: Vec::new() };
        for number in 0..THREADS {
            let (file, queue, tables) = (file.clone(), Arc::clone(&queue), Arc::clone(tables));
            let thread = thread::Builder::new()
                .name(format!("synctable-reader-{number}"))
                .spawn(move || serve(&file, &queue, &tables))
                .map_err(|error| {
                    Error::new(ErrorKind::Store, "a reader thread cannot be started").with_source(error)
                })?;
            readers.threads.push(thread);
        }
        Ok(readers)
    }

    /// Invariant: the sender is taken only by drop.
    pub(super) fn reads(&self) -> mpsc::Sender<Read> {
        self.reads.clone().expect("the queue is open until the readers are dropped")
    }
}

impl Drop for Readers {
    fn drop(&mut self) {
        self.reads = None;
        for thread in self.threads.drain(..) {
            join(thread);
        }
    }
}

fn serve(file: &StoreFile, queue: &Mutex<mpsc::Receiver<Read>>, tables: &SharedTables) {
    let mut conn = None;
    loop {
        // One idle thread waits in the queue, the others for their turn to.
        let next = queue.lock().unwrap_or_else(PoisonError::into_inner).blocking_recv();
        let Some(Read { work, reply }) = next else { return };
        let result = read(file, &mut conn, tables, work);
        // Nobody waits for the answer of a read whose future was dropped.
        let _ = reply.send(result);
    }
}

fn read(file: &StoreFile, conn: &mut Option<Connection>, tables: &SharedTables, work: ReadWork) -> Result<(), Error> {
    let tables = tables.read().unwrap_or_else(PoisonError::into_inner).clone().ok_or_else(not_open)?;
    let conn = match conn {
        Some(conn) => conn,
        None => conn.insert(connection::reader(&file.path, &file.key)?),
    };
    snapshot(conn, &tables, work)
}

/// Runs work on one snapshot of the file.
pub(super) fn snapshot(conn: &Connection, tables: &Tables, work: ReadWork) -> Result<(), Error> {
    let transaction = conn.unchecked_transaction().doing("beginning to read")?;
    let result = guarded(|| work(&mut Session::new(conn, tables, &mut ChangeLog::off())));
    // Nothing was written, so the end of the transaction has nothing to say.
    drop(transaction);
    result
}
