//! The rows in PostgreSQL, which any number of server processes share.
//!
//! # Stamps
//! The table `__stamps` holds the last stamp of each served table. A transaction that writes begins with an update of that row, by which it
//! takes as many stamps as it has writes, each 100 ns after the one before and none before the clock of the database. The lock of the row is
//! held until the commit is visible, so the writes of one table, of all processes, are committed one transaction after the other, in the order
//! of their stamps. A reader that has seen the rows up to a stamp can therefore ask for those from that stamp on and misses none, which no
//! clock alone gives: a transaction that takes its stamp early and commits late would put a row behind what was read already.
//!
//! The cost is that commits of one table do not overlap: with one write a transaction a table would take as many writes as the disk
//! confirms, one after the other. So the writes of a process that come while a transaction runs are collected and share the next one. Tables
//! do not wait for each other, and reads wait for no write.
//!
//! # Failures
//! A transaction that lost against another one, or whose connection broke before the commit was sent, had no effect and is done again. When
//! the connection breaks behind the commit, nobody knows whether it had its effect; the request is answered with 503, as it is when the
//! database cannot be reached, and the client repeats it and finds out. A write that is answered is on the disk of the database: the sessions
//! of the server turn `synchronous_commit` on where it is off.
//!
//! # Limits
//! The connection is not encrypted: use a unix socket, the loopback interface or a network of its own. A pooler between server and database
//! has to keep sessions. The encoding of the database has to be UTF8. Text with the characters U+0000
//! and U+0001 is held in another form, which other programs that read the tables see.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Runtime;
use tokio::sync::{mpsc, oneshot};
use tokio_postgres::{Config, NoTls};

use self::fault::{Fault, reason, repeat};
use self::pool::Pools;
use self::writer::{Job, Writer};
use super::clock::Clock;
use super::write::{Seed, Write};
use super::{ListAnswer, ListQuery, Outcome, StoreError, StoredRow, StoredTable};

mod cells;
mod fault;
mod functions;
mod list;
mod pool;
mod replies;
mod schema;
mod sql;
mod text;
mod transaction;
mod writer;

/// How many connections each of the two pools has at most.
const CONNECTIONS: usize = 16;

/// How long tasks may take to end once the engine is closed.
const CLOSE: Duration = Duration::from_secs(1);

/// How the engine takes stamps, and what tests put between.
#[doc(hidden)]
#[derive(Debug, Clone, Default)]
pub struct PostgresOptions {
    /// Where stamps come from.
    pub stamps: Stamps,
    /// How long a transaction stays open between its stamps and its commit.
    pub hold: Option<Hold>,
}

/// Where stamps come from.
#[doc(hidden)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Stamps {
    /// From `__stamps`, in the order of commits.
    #[default]
    InCommitOrder,
    /// From the clock of the process, with nothing that keeps commits in their order: wrong, to show what goes wrong, and to measure the cost.
    FromClock,
}

/// Gives times for which transactions stay open.
#[doc(hidden)]
#[derive(Clone)]
pub struct Hold(Arc<dyn Fn() -> Duration + Send + Sync>);

impl Hold {
    /// Holds each transaction for the time that the function returns for it.
    pub fn new(time: impl Fn() -> Duration + Send + Sync + 'static) -> Self {
        Self(Arc::new(time))
    }

    fn time(&self) -> Duration {
        (self.0)()
    }
}

impl fmt::Debug for Hold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hold")
    }
}

/// The connections and the tasks that write, on a runtime of their own: whatever runtimes the callers have may end.
#[derive(Debug)]
pub(super) struct Engine {
    pools: Pools,
    options: PostgresOptions,
    writers: Vec<(Writer, mpsc::UnboundedSender<Job>)>,
    /// Invariant: some until the drop.
    runtime: Option<Runtime>,
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.pools.close();
        self.writers.clear();
        let Some(runtime) = self.runtime.take() else { return };
        // A runtime may not be waited for inside of another one, but on a thread of its own.
        let ended = std::thread::Builder::new()
            .name("synctable-server-close".to_owned())
            .spawn(move || runtime.shutdown_timeout(CLOSE));
        if let Ok(thread) = ended {
            let _ = thread.join();
        }
    }
}

/// Returns what turns an error of PostgreSQL into one of the store.
fn failed(context: impl Into<String>) -> impl Fn(tokio_postgres::Error) -> StoreError {
    let context = context.into();
    move |error| StoreError::new(context.clone()).because(reason(error))
}

impl Engine {
    /// Connects, and makes the tables and columns that are not there yet; blocks, inside of a runtime too.
    pub(super) fn open(
        url: &str,
        tables: &[Arc<StoredTable>],
        clock: &Arc<Clock>,
        options: PostgresOptions,
    ) -> Result<Self, StoreError> {
        let config: Config = url.parse().map_err(failed("the address of the database cannot be read"))?;
        let threads = std::thread::available_parallelism().map_or(2, usize::from).min(4);
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(threads)
            .thread_name("synctable-server-postgres")
            .enable_all()
            .build()
            .map_err(|error| StoreError::new("cannot start the threads of the database").because(error))?;
        let pools = Pools::new(config.clone(), CONNECTIONS, runtime.handle())?;
        let writers = tables
            .iter()
            .map(|table| {
                let writer = Writer {
                    pools: pools.clone(),
                    clock: Arc::clone(clock),
                    options: options.clone(),
                    table: Arc::clone(table),
                };
                let (jobs, queue) = mpsc::unbounded_channel();
                runtime.spawn(writer.clone().run(queue));
                (writer, jobs)
            })
            .collect();
        let engine = Self { pools, options, writers, runtime: Some(runtime) };
        let tables = tables.to_vec();
        engine.wait(async move {
            let (mut client, connection) =
                config.connect(NoTls).await.map_err(failed("cannot connect to the database"))?;
            let driven = tokio::spawn(connection);
            let prepared = schema::prepare(&mut client, &tables).await;
            drop(client);
            // The connection is closed in order; it has nothing left that could fail.
            let _ = driven.await;
            prepared
        })?;
        Ok(engine)
    }

    fn writer(&self, table: &StoredTable) -> Result<&(Writer, mpsc::UnboundedSender<Job>), StoreError> {
        let known = self.writers.iter().find(|(writer, _)| writer.table.name() == table.name());
        known.ok_or_else(|| StoreError::new(format!("the database has no table '{}'", table.name())))
    }

    pub(super) async fn list(&self, table: &Arc<StoredTable>, query: ListQuery) -> Result<ListAnswer, StoreError> {
        read_page(&self.pools, table, &query).await
    }

    pub(super) async fn row(&self, table: &Arc<StoredTable>, id: String) -> Result<Option<StoredRow>, StoreError> {
        let read = || async { list::row(&self.pools.reader().await?, table, &id).await };
        repeat(read).await.map_err(Fault::into_error)
    }

    pub(super) async fn write(&self, write: Write) -> Result<Outcome, StoreError> {
        let (writer, jobs) = self.writer(&write.table)?;
        let (reply, answer) = oneshot::channel();
        let job = Job { write, reply };
        match (self.options.stamps, &self.runtime) {
            (Stamps::FromClock, Some(runtime)) => {
                let writer = writer.clone();
                runtime.spawn(async move { writer.write(vec![job]).await });
            }
            _ => jobs.send(job).map_err(|_| closed())?,
        }
        answer.await.map_err(|_| closed())?
    }

    pub(super) async fn last_stamps(&self) -> Result<Vec<(String, i64)>, StoreError> {
        let read = || async {
            let client = self.pools.reader().await?;
            let rows = match client.prepare_cached("SELECT table_name, last FROM __stamps").await {
                Ok(statement) => client.query(&statement, &[]).await,
                Err(error) => Err(error),
            };
            rows.map_err(Fault::before_commit)
        };
        let rows = repeat(read).await.map_err(Fault::into_error)?;
        Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
    }

    pub(super) fn list_blocking(&self, table: &Arc<StoredTable>, query: ListQuery) -> Result<ListAnswer, StoreError> {
        let (pools, table) = (self.pools.clone(), Arc::clone(table));
        self.wait(async move { read_page(&pools, &table, &query).await })
    }

    pub(super) fn seed(&self, table: &Arc<StoredTable>, seeds: Vec<Seed>) -> Result<(), StoreError> {
        let writer = self.writer(table)?.0.clone();
        self.wait(async move { writer.seed(&seeds).await })
    }

    /// Runs a future on the engine's runtime and blocks the calling thread until it is done.
    fn wait<T: Send + 'static>(
        &self,
        future: impl Future<Output = Result<T, StoreError>> + Send + 'static,
    ) -> Result<T, StoreError> {
        let runtime = self.runtime.as_ref().ok_or_else(closed)?;
        let (reply, answer) = std::sync::mpsc::channel();
        runtime.spawn(async move {
            let _ = reply.send(future.await);
        });
        answer.recv().map_err(|_| closed())?
    }
}

fn closed() -> StoreError {
    StoreError::unavailable("the store is closed")
}

async fn read_page(pools: &Pools, table: &StoredTable, query: &ListQuery) -> Result<ListAnswer, StoreError> {
    let read = || async { list::list(&pools.reader().await?, table, query).await };
    repeat(read).await.map_err(Fault::into_error)
}
