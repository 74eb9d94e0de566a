//! The thread that writes: it takes the writes that wait together and commits them together.

use std::sync::{Arc, mpsc};
use std::thread;

use rusqlite::Connection;
use tokio::sync::oneshot;

use super::write;
use crate::store::clock::Clock;
use crate::store::write::Write;
use crate::store::{Outcome, StoreError};

/// How many writes share a commit at most.
const GROUP: usize = 256;

/// What the thread does, in the order of the calls.
enum Job {
    Write(Box<Write>, oneshot::Sender<Result<Outcome, StoreError>>),
    Other(Box<dyn FnOnce(&mut Connection) + Send>),
}

/// The thread that owns the connection that writes; it ends with this.
#[derive(Debug)]
pub(super) struct Writer {
    /// Invariant: some until the drop, which closes the channel before it waits for the thread.
    jobs: Option<mpsc::Sender<Job>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take().filter(|thread| thread.thread().id() != thread::current().id()) {
            // The thread ends with the channel; it holds nothing that could fail now.
            let _ = thread.join();
        }
    }
}

impl Writer {
    pub(super) fn start(mut connection: Connection, clock: Arc<Clock>) -> Result<Self, StoreError> {
        let (jobs, queue) = mpsc::channel();
        let thread = thread::Builder::new()
            .name("synctable-server-writer".to_owned())
            .spawn(move || {
                while let Ok(job) = queue.recv() {
                    work(&mut connection, &clock, job, &queue);
                }
            })
            .map_err(|error| StoreError::new("cannot start the thread that writes").because(error))?;
        Ok(Self { jobs: Some(jobs), thread: Some(thread) })
    }

    /// Does a write and gives its outcome once it is committed.
    pub(super) async fn write(&self, write: Write) -> Result<Outcome, StoreError> {
        let (reply, answer) = oneshot::channel();
        self.send(Job::Write(Box::new(write), reply))?;
        answer.await.map_err(|_| ended())?
    }

    /// Runs other work on the connection.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (reply, answer) = oneshot::channel();
        self.send(Job::Other(Box::new(move |connection| {
            // Nobody waits any more when the request was dropped.
            let _ = reply.send(job(connection));
        })))?;
        answer.await.map_err(|_| ended())?
    }

    /// Runs other work and blocks the calling thread until it is done.
    pub(super) fn run_blocking<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (reply, answer) = mpsc::channel();
        self.send(Job::Other(Box::new(move |connection| {
            let _ = reply.send(job(connection));
        })))?;
        answer.recv().map_err(|_| ended())?
    }

    fn send(&self, job: Job) -> Result<(), StoreError> {
        self.jobs.as_ref().ok_or_else(ended)?.send(job).map_err(|_| ended())
    }
}

fn ended() -> StoreError {
    StoreError::new("the thread that writes has ended")
}

/// Does a job and, if it is a write, those that wait behind it with it.
fn work(connection: &mut Connection, clock: &Clock, first: Job, queue: &mpsc::Receiver<Job>) {
    let (mut writes, mut replies) = (Vec::new(), Vec::new());
    let mut next = Some(first);
    while let Some(job) = next.take() {
        match job {
            Job::Write(write, reply) => {
                writes.push(*write);
                replies.push(reply);
                if writes.len() < GROUP {
                    next = queue.try_recv().ok();
                }
            }
            Job::Other(other) => {
                commit(connection, clock, &writes, &mut replies);
                other(connection);
                return;
            }
        }
    }
    commit(connection, clock, &writes, &mut replies);
}

fn commit(
    connection: &mut Connection,
    clock: &Clock,
    writes: &[Write],
    replies: &mut Vec<oneshot::Sender<Result<Outcome, StoreError>>>,
) {
    if writes.is_empty() {
        return;
    }
    let outcomes = write::write(connection, clock, writes);
    for (reply, outcome) in replies.drain(..).zip(outcomes) {
        // Nobody waits any more when the request was dropped; the write stands all the same.
        let _ = reply.send(outcome);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use serde_json::json;

    use super::super::prepare;
    use super::*;
    use crate::conditions::Conditions;
    use crate::store::write::{Seed, View, WriteKind};
    use crate::store::{StoredTable, table};

    fn insert(table: &Arc<StoredTable>, id: &str) -> Write {
        let Seed { change, .. } = Seed::read(table, &json!({"id": id, "title": id})).unwrap();
        Write {
            table: Arc::clone(table),
            id: id.to_owned(),
            view: View { tombstones: true, rows: None },
            conditions: Conditions::default(),
            kind: WriteKind::Insert(change),
            key: None,
        }
    }

    /// A writer over todoitem, where the title 'bad' breaks a rule of the database, and its commits.
    fn writer() -> (Writer, Arc<StoredTable>, Arc<AtomicUsize>) {
        let tables = table::tables(&[crate::todoitem_table()]).unwrap();
        let mut connection = Connection::open_in_memory().unwrap();
        prepare(&mut connection, &tables).unwrap();
        connection
            .execute_batch(
                "CREATE TRIGGER refuses BEFORE INSERT ON todoitem WHEN new.title = 'bad' BEGIN SELECT raise(ABORT, 'no'); END;
                 CREATE TRIGGER rolls_back BEFORE INSERT ON todoitem WHEN new.title = 'worse' BEGIN SELECT raise(ROLLBACK, 'no'); END;",
            )
            .unwrap();
        let commits = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&commits);
        connection
            .commit_hook(Some(move || {
                counted.fetch_add(1, Ordering::SeqCst);
                false
            }))
            .unwrap();
        let writer = Writer::start(connection, Arc::new(Clock::new())).unwrap();
        (writer, Arc::clone(&tables[0]), commits)
    }

    /// Sends writes while the thread is held, so that they wait together.
    async fn together(writer: &Writer, writes: Vec<Write>) -> Vec<Result<Outcome, StoreError>> {
        let (release, held) = mpsc::channel::<()>();
        let hold = writer.run(move |_| held.recv().map_err(|_| ended()));
        let mut hold = Box::pin(hold);
        let mut waiting: Vec<_> = writes.into_iter().map(|write| Box::pin(writer.write(write))).collect();
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        // Polled once, each is in the queue.
        assert!(hold.as_mut().poll(&mut context).is_pending());
        for write in &mut waiting {
            assert!(write.as_mut().poll(&mut context).is_pending());
        }
        release.send(()).unwrap();
        hold.await.unwrap();
        let mut outcomes = Vec::new();
        for write in waiting {
            outcomes.push(write.await);
        }
        outcomes
    }

    async fn ids(writer: &Writer) -> Vec<String> {
        writer
            .run(|connection| {
                let mut statement = connection.prepare("SELECT id FROM todoitem ORDER BY updatedAt").unwrap();
                Ok(statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect())
            })
            .await
            .unwrap()
    }

    #[tokio::test]
    async fn writes_that_wait_together_are_committed_together_in_their_order() {
        let (writer, table, commits) = writer();
        let outcomes = together(&writer, ["c", "a", "b", "a"].map(|id| insert(&table, id)).into()).await;
        let stamps: Vec<_> = outcomes[..3]
            .iter()
            .map(|outcome| match outcome {
                Ok(Outcome::Done(row)) => row.updated_at,
                other => panic!("{other:?}"),
            })
            .collect();
        assert!(stamps.is_sorted_by(|a, b| a < b), "{stamps:?}");
        assert!(matches!(&outcomes[3], Ok(Outcome::Exists(row)) if row.updated_at == stamps[1]));
        assert_eq!(commits.load(Ordering::SeqCst), 1);
        assert_eq!(ids(&writer).await, ["c", "a", "b"]);
    }

    #[tokio::test]
    async fn a_write_that_fails_leaves_those_beside_it_alone() {
        let (writer, table, _) = writer();
        let outcomes = together(&writer, ["a", "bad", "b"].map(|id| insert(&table, id)).into()).await;
        assert!(outcomes[0].is_ok() && outcomes[1].is_err() && outcomes[2].is_ok(), "{outcomes:?}");
        assert_eq!(ids(&writer).await, ["a", "b"]);
    }

    #[tokio::test]
    async fn no_write_of_a_group_that_was_taken_back_is_acknowledged() {
        let (writer, table, _) = writer();
        let outcomes = together(&writer, ["a", "worse", "b"].map(|id| insert(&table, id)).into()).await;
        assert!(outcomes.iter().all(Result::is_err), "{outcomes:?}");
        assert_eq!(ids(&writer).await, [""; 0]);
    }

    #[tokio::test]
    async fn a_write_whose_request_was_dropped_stands() {
        let (writer, table, _) = writer();
        let mut write = Box::pin(writer.write(insert(&table, "a")));
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        let _ = write.as_mut().poll(&mut context);
        drop(write);
        assert_eq!(ids(&writer).await, ["a"]);
    }
}
