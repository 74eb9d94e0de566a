//! The writes of one table: those that wait while a transaction runs share the next one.

use std::collections::BTreeSet;
use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};

use super::PostgresOptions;
use super::fault::{Fault, repeat};
use super::pool::Pools;
use super::transaction::{self, Scope};
use crate::store::batch::Batch;
use crate::store::clock::Clock;
use crate::store::reply::Keyed;
use crate::store::write::{Seed, Write};
use crate::store::{Outcome, StoreError, StoredTable};

/// How many writes share a transaction at most, and how many bytes of their values.
const BATCH_WRITES: usize = 256;
const BATCH_BYTES: usize = 8 << 20;

/// A write and who waits for it.
pub(super) struct Job {
    pub(super) write: Write,
    pub(super) reply: oneshot::Sender<Result<Outcome, StoreError>>,
}

/// What the writes of a table need.
#[derive(Debug, Clone)]
pub(super) struct Writer {
    pub(super) pools: Pools,
    pub(super) clock: Arc<Clock>,
    pub(super) options: PostgresOptions,
    pub(super) table: Arc<StoredTable>,
}

impl Writer {
    /// Does the writes that come, until nobody can send any more.
    pub(super) async fn run(self, mut jobs: mpsc::UnboundedReceiver<Job>) {
        let mut waiting = None;
        loop {
            let first = match waiting.take() {
                Some(job) => job,
                None => match jobs.recv().await {
                    Some(job) => job,
                    None => return,
                },
            };
            let mut bytes = first.write.bytes();
            let mut batch = vec![first];
            while batch.len() < BATCH_WRITES
                && let Ok(job) = jobs.try_recv()
            {
                bytes += job.write.bytes();
                if bytes > BATCH_BYTES {
                    waiting = Some(job);
                    break;
                }
                batch.push(job);
            }
            self.write(batch).await;
        }
    }

    /// Does writes in one transaction, and answers them.
    pub(super) async fn write(&self, batch: Vec<Job>) {
        let (writes, replies): (Vec<Write>, Vec<_>) = batch.into_iter().map(|job| (job.write, job.reply)).unzip();
        // Nobody waits any more when the request was dropped; the write stands all the same.
        match self.transact(&writes).await {
            Ok(outcomes) => {
                for (reply, outcome) in replies.into_iter().zip(outcomes) {
                    let _ = reply.send(Ok(outcome));
                }
            }
            // One of them may be at fault; it does not take the others with it.
            Err(Fault::Failed(_) | Fault::Refused(_)) if writes.len() > 1 => {
                for (reply, write) in replies.into_iter().zip(&writes) {
                    let alone = self.transact(std::slice::from_ref(write)).await;
                    let _ = reply.send(alone.map_err(Fault::into_error).map(|mut outcomes| outcomes.remove(0)));
                }
            }
            Err(fault) => {
                let mut error = Some(fault.into_error());
                for reply in replies {
                    let error = error.take().unwrap_or_else(|| {
                        StoreError::unavailable("the transaction failed that the write shared with others")
                    });
                    let _ = reply.send(Err(error));
                }
            }
        }
    }

    async fn transact(&self, writes: &[Write]) -> Result<Vec<Outcome>, Fault> {
        let ids = writes.iter().map(|write| write.id.as_str()).collect();
        let keyed = writes.iter().filter_map(|write| write.key.as_ref()).collect();
        self.repeat(writes.len(), ids, keyed, |batch| writes.iter().map(|write| batch.write(write)).collect()).await
    }

    /// Puts rows, all or none.
    pub(super) async fn seed(&self, seeds: &[Seed]) -> Result<(), StoreError> {
        let ids = seeds.iter().map(|seed| seed.id.as_str()).collect();
        let put = self.repeat(seeds.len(), ids, Vec::new(), |batch| {
            for seed in seeds {
                batch.seed(seed.clone());
            }
        });
        put.await.map_err(Fault::into_error)
    }

    /// Runs a transaction, again as long as it had no effect.
    async fn repeat<T>(
        &self,
        stamps: usize,
        ids: BTreeSet<&str>,
        keyed: Vec<&Keyed>,
        work: impl Fn(&mut Batch) -> T,
    ) -> Result<T, Fault> {
        let scope = Scope { table: &self.table, clock: &self.clock, options: &self.options, stamps, ids, keyed };
        repeat(|| async { transaction::run(self.pools.writer().await?, &scope, &work).await }).await
    }
}
