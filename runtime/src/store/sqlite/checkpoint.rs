//! When the log is written back: rarely while a pull runs, as SQLite does it otherwise.

use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use rusqlite::Connection;
use tokio::sync::mpsc;

use crate::store::Durability;

/// Pages of the log at which a commit writes it back: SQLite's own number.
const PAGES: u32 = 1_000;
/// The same while large commits of pulled rows follow each other: ids are random, so that each of
/// them changes most pages of the index, and writing those back once for several costs less. The
/// log grows to 16 MB at most, so that a local writer that meets the write-back waits no longer than for a slice.
const PAGES_PULLING: u32 = 4_000;
/// Rows from which a commit of pulled data counts as large.
const LARGE: u64 = 1_000;
/// How long the writer looks for its next job before it sleeps.
const SOON: Duration = Duration::from_micros(50);
/// How long the writer has nothing to do before the log of a pull is written back.
const QUIET: Duration = Duration::from_millis(250);

/// The rule that is in force.
#[derive(Debug, Default)]
pub(super) struct Checkpoints {
    raised: bool,
}

impl Checkpoints {
    /// Sets the rule for the transaction that is about to be committed.
    pub(super) fn before_commit(&mut self, conn: &Connection, durability: Durability, rows: u64) {
        if !self.raised && durability == Durability::Process && rows >= LARGE {
            // Without it the pull is slower, that is all.
            self.raised = set(conn, PAGES_PULLING).is_ok();
        }
    }

    /// Waits for a job; after a pull, writes the log back once there was none for a while.
    pub(super) fn next<J>(&mut self, conn: &Connection, queue: &mut mpsc::Receiver<J>) -> Option<J> {
        if self.raised {
            match receive_within(queue, QUIET) {
                Received::Job(job) => return Some(job),
                Received::Closed => return None,
                Received::Nothing => {
                    // What fails here is tried again by a commit.
                    let _ = set(conn, PAGES);
                    let _ = conn.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()));
                    self.raised = false;
                }
            }
        }
        soon(queue).or_else(|| queue.blocking_recv())
    }
}

/// Looks for a job that comes at once: a task that awaits its writes one by one sends the next
/// within this time, and a thread that has gone to sleep takes as long again to wake up.
fn soon<J>(queue: &mut mpsc::Receiver<J>) -> Option<J> {
    let began = Instant::now();
    while began.elapsed() < SOON {
        if let Ok(job) = queue.try_recv() {
            return Some(job);
        }
        std::hint::spin_loop();
    }
    None
}

fn set(conn: &Connection, pages: u32) -> Result<(), rusqlite::Error> {
    conn.execute_batch(&format!("PRAGMA wal_autocheckpoint = {pages}"))
}

enum Received<J> {
    Job(J),
    Closed,
    Nothing,
}

/// Receives as `blocking_recv` does, with a bound: the writer's thread has no runtime and no timer.
fn receive_within<J>(queue: &mut mpsc::Receiver<J>, bound: Duration) -> Received<J> {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    let began = Instant::now();
    loop {
        match queue.poll_recv(&mut context) {
            Poll::Ready(Some(job)) => return Received::Job(job),
            Poll::Ready(None) => return Received::Closed,
            Poll::Pending => {}
        }
        let Some(rest) = bound.checked_sub(began.elapsed()).filter(|rest| !rest.is_zero()) else {
            return Received::Nothing;
        };
        thread::park_timeout(rest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pages(conn: &Connection) -> u32 {
        conn.query_row("PRAGMA wal_autocheckpoint", [], |row| row.get(0)).unwrap()
    }

    #[test]
    fn the_log_of_a_pull_is_written_back_when_the_writer_rests() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("test.db");
        let conn = Connection::open(&path).unwrap();
        conn.execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE a (b); INSERT INTO a VALUES (1)").unwrap();
        let mut checkpoints = Checkpoints::default();
        checkpoints.before_commit(&conn, Durability::Power, 5_000);
        checkpoints.before_commit(&conn, Durability::Process, 10);
        assert_eq!(pages(&conn), PAGES, "only large commits of pulled rows raise it");
        checkpoints.before_commit(&conn, Durability::Process, LARGE);
        assert_eq!(pages(&conn), PAGES_PULLING);

        let (jobs, mut queue) = mpsc::channel(2);
        jobs.try_send(1).unwrap();
        assert_eq!(checkpoints.next(&conn, &mut queue), Some(1));
        assert_eq!(pages(&conn), PAGES_PULLING, "a job that waits is done first");

        let late = thread::spawn(move || {
            // Until the writer has rested: its log is in the file then.
            while std::fs::metadata(&path).unwrap().len() < 8_192 {
                thread::yield_now();
            }
            jobs.try_send(2).unwrap();
        });
        assert_eq!(checkpoints.next(&conn, &mut queue), Some(2));
        assert_eq!(pages(&conn), PAGES);
        late.join().unwrap();
        assert_eq!(checkpoints.next(&conn, &mut queue), None, "a closed queue ends the thread");
    }
}
