//! The context: one store and one server, opened together.

mod builder;
mod handle;
mod options;
mod send;
mod sql;
mod sync;
mod transaction;
mod wipe;

pub use builder::SyncContextBuilder;
pub use handle::Table;
pub use options::TableOptions;
pub use sync::SyncReport;
pub use transaction::Transaction;

use std::path::Path;
use std::sync::Arc;

use crate::error::{Error, ErrorKind};
use crate::event::{Counters, Events, SyncEvent};
use crate::pull::{self, QuarantineReport};
use crate::push::{self, Push, PushReport, PushSpec};
use crate::queue::{self, AnyConflict, Operation, Resolution};
use crate::remote::{RemoteTable, Server};
use crate::row::Row;
use crate::session::Session;
use crate::store::entry::{Entry, Sequence};
use crate::store::system::Quarantined;
use crate::store::{ChangeSource, Durability, StoreWrite};
use crate::table::{SyncTable, TableSchema};
use crate::value::{Id, Timestamp};
use crate::watch::{Changes, Hub, PendingWatch};
use crate::wire::Dialect;
use sync::Registered;

/// One local store and the server that it syncs with; cheap to clone.
///
/// Every method but [`push`](Self::push), [`sync`](Self::sync), the pulls and what
/// [`remote`](Self::remote) gives works without a network.
///
/// ```no_run
/// # use synctable::{Id, MemoryStore, SyncContext, SyncTable, Version};
/// # #[derive(Debug, Clone, Default, SyncTable)]
/// # pub struct TodoItem { pub id: Id, pub title: String, pub complete: bool, #[sync(system)] pub version: Option<Version> }
/// # async fn example(ctx: SyncContext) -> Result<(), synctable::Error> {
/// use synctable::Status;
///
/// let report = ctx.sync().await?;
/// match report.status() {
///     Status::Complete => {}
///     Status::Offline | Status::Unavailable => println!("later"),
///     Status::Unauthorized => println!("sign in"),
///     _ => {
///         for failed in report.push().failed() {
///             eprintln!("{}/{}: {failed}", failed.table(), failed.id());
///         }
///     }
/// }
/// for op in ctx.pending().await? {
///     println!("{} {} {} after {} attempts", op.table(), op.id(), op.kind(), op.attempts());
///     ctx.discard(&op).await?;
/// }
/// ctx.push().await?.into_result()?; // any incomplete push as an error
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct SyncContext {
    // Dropped before the store is.
    hub: Arc<Hub>,
    pub(crate) session: Arc<Session>,
    registered: Arc<Vec<Registered>>,
    parallel_pulls: usize,
    make_id: MakeId,
    online: Arc<Server>,
}

/// Makes ids for rows that are inserted without one.
#[derive(Clone)]
struct MakeId(Arc<dyn Fn() -> Id + Send + Sync>);

impl std::fmt::Debug for MakeId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MakeId")
    }
}

impl SyncContext {
    /// Begins to describe a context for the server at an endpoint, such as `https://todo.example`.
    pub fn builder(endpoint: &str) -> SyncContextBuilder {
        SyncContextBuilder::new(endpoint)
    }

    /// Gives the local handle of a table; its calls fail with `Schema` if the table was not
    /// registered on the builder.
    #[must_use]
    pub fn table<T: SyncTable>(&self) -> Table<T> {
        Table::new(self.clone())
    }

    /// Gives the online handle of a table: its calls go to the server and leave the local rows alone.
    ///
    /// The table need not be registered on the builder.
    #[must_use]
    pub fn remote<T: SyncTable>(&self) -> RemoteTable<T> {
        RemoteTable::new(Arc::clone(&self.online))
    }

    /// Sends the pending operations to the server, in the order of the queue.
    ///
    /// One push runs at a time. Who calls while one runs waits for one round after it and gets the
    /// report of that round, however many wait for it.
    ///
    /// # Errors
    /// `Store`: the local store cannot be used. All that happens on the wire is in the report.
    ///
    /// # Cancellation
    /// What was acknowledged stays. Requests that were sent, or stored for sending, and not answered are
    /// repeated as they were by the next push. If others wait for the same round, one of them does it.
    pub async fn push(&self) -> Result<PushReport, Error> {
        push::push(&self.session, &PushSpec::whole(&self.session)).await
    }

    /// Sends the pending operations of some tables, or with other lanes than the context's.
    ///
    /// # Errors
    /// As [`push`](Self::push). `Schema`: a table is not registered. `Invalid`: the number of lanes is
    /// not from 1 to 8.
    ///
    /// # Cancellation
    /// As [`push`](Self::push).
    pub async fn push_with(&self, push: Push) -> Result<PushReport, Error> {
        let spec = push.spec(&self.session)?;
        push::push(&self.session, &spec).await
    }

    /// Pushes, then pulls every query that was registered on the builder, several at once.
    ///
    /// # Errors
    /// `Store`: the local store cannot be used. `Unsupported`: a registered query cannot be said in
    /// the server's dialect. All that happens on the wire is in the report.
    ///
    /// # Cancellation
    /// What was acknowledged and applied stays; the next sync goes on from there.
    pub async fn sync(&self) -> Result<SyncReport, Error> {
        sync::sync(self).await
    }

    /// Pulls every query that was registered on the builder, several at once; pushes the whole queue first
    /// if one of their tables has pending operations.
    ///
    /// What that push could not send does not stop the pulls. Once a pull finds the server away, no other
    /// is begun.
    ///
    /// ```no_run
    /// # async fn example(ctx: synctable::SyncContext) -> Result<(), synctable::Error> {
    /// let report = ctx.pull_all().await?;
    /// for pull in report.pulls() {
    ///     println!("{}: {pull}", pull.table());
    /// }
    /// report.into_result()?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`sync`](Self::sync).
    ///
    /// # Cancellation
    /// What was applied stays; the next pull of each query goes on from there.
    pub async fn pull_all(&self) -> Result<SyncReport, Error> {
        sync::pull_all(self).await
    }

    /// Lists the pending operations in the order of sending.
    ///
    /// # Errors
    /// `Store`: the local store cannot be read.
    ///
    /// # Cancellation
    /// Nothing is changed.
    pub async fn pending(&self) -> Result<Vec<Operation>, Error> {
        let tables = self.session.tables.clone();
        self.session
            .read(move |snapshot| {
                let mut operations = Vec::new();
                let mut cursor = Sequence(0);
                while let Some(entry) = snapshot.next_entry(cursor, Sequence(i64::MAX))? {
                    cursor = entry.sequence;
                    if let Some(schema) = tables.get(&entry.table) {
                        operations.push(Operation::new(queue::case_of(snapshot, schema, entry)?));
                    }
                }
                Ok(operations)
            })
            .await
    }

    /// Counts the pending operations, those of tables that were not registered included.
    ///
    /// # Errors
    /// `Store`: the local store cannot be read.
    ///
    /// # Cancellation
    /// Nothing is changed.
    pub async fn pending_count(&self) -> Result<u64, Error> {
        self.session.read(|snapshot| snapshot.pending(None)).await
    }

    /// Lists the operations that are in conflict with the server, in the order of sending. Their rows
    /// are read by [`Operation::base`], [`local`](Operation::local) and [`remote`](Operation::remote);
    /// [`Table::conflicts`] lists those of one table as its structs.
    ///
    /// # Errors
    /// `Store`: the local store cannot be read.
    ///
    /// # Cancellation
    /// Nothing is changed.
    pub async fn conflicts(&self) -> Result<Vec<Operation>, Error> {
        let mut pending = self.pending().await?;
        pending.retain(Operation::is_conflict);
        Ok(pending)
    }

    /// Makes an operation that was set aside, or has failed otherwise, ready for the next push. Where a
    /// request of it may have arrived, that push asks the server for the truth first.
    ///
    /// One that has not failed, or is in conflict, is sent by the next push anyhow: nothing is changed.
    ///
    /// # Errors
    /// `NotFound`: the operation is no longer pending. `Conflict`: the row was written again since the
    /// operation was listed. `Invalid`: the server has the row under another id, so that only a discard
    /// ends it. `Store`: the local store cannot be used.
    ///
    /// # Cancellation
    /// A retry that was accepted is done.
    pub async fn retry(&self, operation: &Operation) -> Result<(), Error> {
        let case = operation.case();
        let (schema, id, stand) = (case.schema, case.entry.id.clone(), (case.entry.made, case.entry.revision));
        self.session
            .write(Durability::Power, ChangeSource::Local, move |tx| {
                let entry = listed(tx, schema, &id, stand)?;
                queue::retry(tx, entry)
            })
            .await
    }

    /// Ends a conflict that was listed.
    pub(crate) async fn resolve(&self, conflict: AnyConflict, resolution: Resolution<Row>) -> Result<(), Error> {
        let now = self.session.clock.now();
        self.session
            .write(Durability::Power, ChangeSource::Local, move |tx| {
                let schema = conflict.case().schema;
                let entry = listed(tx, schema, conflict.id(), conflict.stand())?;
                let case = queue::case_of(tx, schema, entry)?;
                queue::resolve::resolve_listed(tx, case, conflict.seen(), resolution, now)
            })
            .await
    }

    /// Drops an operation: the row goes back to what the server has, or away if it never had it.
    ///
    /// If a request of the operation may have arrived, it stays listed until the next push has asked
    /// the server for the truth.
    ///
    /// # Errors
    /// `NotFound`: the operation is no longer pending. `Conflict`: the row was written again since
    /// the operation was listed. `Store`: the local store cannot be used.
    ///
    /// # Cancellation
    /// A discard that was accepted is done.
    pub async fn discard(&self, operation: &Operation) -> Result<(), Error> {
        let case = operation.case();
        let (schema, id, stand) = (case.schema, case.entry.id.clone(), (case.entry.made, case.entry.revision));
        self.session
            .write(Durability::Power, ChangeSource::Local, move |tx| {
                let entry = listed(tx, schema, &id, stand)?;
                let case = queue::case_of(tx, schema, entry)?;
                queue::discard(tx, case)
            })
            .await
    }

    /// Runs several local reads and writes in one transaction: all of them, or none.
    ///
    /// The closure runs once, on the writer's thread; other writers wait for it, so it should be
    /// short. An error or a panic rolls everything back.
    ///
    /// ```
    /// # use synctable::{Id, MemoryStore, SyncContext, SyncTable, Version};
    /// # #[derive(Debug, Clone, Default, SyncTable)]
    /// # pub struct TodoItem { pub id: Id, pub title: String, pub complete: bool, #[sync(system)] pub version: Option<Version> }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), synctable::Error> {
    /// # let ctx = SyncContext::builder("http://127.0.0.1:9").store(MemoryStore::new()).table::<TodoItem>().open().await?;
    /// let both = ctx
    ///     .transaction(|tx| {
    ///         let milk = tx.insert(TodoItem { title: "Milk".into(), ..Default::default() })?;
    ///         let bread = tx.insert(TodoItem { title: "Bread".into(), ..Default::default() })?;
    ///         Ok([milk.id, bread.id])
    ///     })
    ///     .await?;
    /// assert_eq!(ctx.pending_count().await?, both.len() as u64);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The closure's own error; `Store` if the commit fails; `App` if the closure panicked.
    ///
    /// # Cancellation
    /// A transaction that was accepted is done even if the future is dropped.
    pub async fn transaction<R: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Transaction<'_>) -> Result<R, Error> + Send + 'static,
    ) -> Result<R, Error> {
        let (tables, make_id) = (self.session.tables.clone(), self.make_id.clone());
        let now = self.session.clock.now();
        self.session
            .write(Durability::Power, ChangeSource::Local, move |tx| {
                work(&mut Transaction::new(tx, tables, make_id, now))
            })
            .await
    }

    /// Removes everything that this store keeps of its user and its server, as on a sign-out: all rows,
    /// those of local tables and of earlier versions of the app too, pending operations that were not
    /// sent, delta tokens, rows set aside, and which server and user the store belongs to. Another user
    /// may have the store then.
    ///
    /// Nothing is sent, and the token that is held is forgotten. A push or pull of this context that is under way ends first. The SQLite store writes its
    /// file anew, so that neither the file nor its log shows what was in it; what the disk keeps of blocks
    /// that were freed is beyond it: see the feature `sqlcipher`.
    ///
    /// Other processes that use the file must have ended or at least not sync: what they still pull is
    /// stored.
    ///
    /// # Errors
    /// `Busy`: another process pushes, and nothing was removed; or a reader of another process still holds
    /// the log of the file, and all is removed, but for the log: wipe again. `Store`: the local store
    /// cannot be used. `Unsupported`: a store of the app's that cannot, or one opened read-only.
    ///
    /// # Cancellation
    /// A wipe that was accepted is done.
    pub async fn wipe(&self) -> Result<(), Error> {
        wipe::wipe(&self.session).await?;
        self.session.events.emit(|| SyncEvent::Wiped);
        Ok(())
    }

    /// Copies the store as the last commit left it into a new file, while reads and writes go on.
    ///
    /// The copy is a store of its own, with queue and delta tokens, and is encrypted with the key of this
    /// one. It has its name only once all of it is on the disk; no file is replaced. Restoring means to
    /// open a copy in place of the file: what was sent since is unknown to it, so its next push repeats
    /// requests that the server has answered, which are recognised as such or reported as conflicts; and
    /// what was written only since is lost. Two stores in use must not come from one copy.
    ///
    /// # Errors
    /// `Exists`: there is a file of this name. `Store`: the copy cannot be written. `Unsupported`: the store
    /// has no file form, as [`MemoryStore`](crate::MemoryStore). `Invalid`: the path is not UTF-8.
    ///
    /// # Cancellation
    /// A backup that has begun goes on and ends with a whole file or none.
    pub async fn backup(&self, path: impl AsRef<Path>) -> Result<(), Error> {
        self.session.store.backup(path.as_ref()).await
    }

    /// Tells what commits change, row by row and in all tables, from now on.
    ///
    /// A listener that is slow holds up nobody: when too much waits for it, it is told that anything may
    /// have changed.
    pub fn changes(&self) -> Changes {
        Changes::new(&self.hub)
    }

    /// Tells what pushes, pulls and syncs do, step by step, from now on.
    ///
    /// A listener that is slow holds up nobody: when too much waits for it, the oldest is dropped and it
    /// is told how much. Nothing is noted while nobody listens.
    pub fn events(&self) -> Events {
        self.session.events.listen()
    }

    /// What was sent, received and done since the context was opened.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.session.tally.counters(self.session.wire.traffic())
    }

    /// Watches the number of pending operations, as [`pending_count`](Self::pending_count) counts them.
    pub fn watch_pending(&self) -> PendingWatch {
        PendingWatch::new(&self.hub)
    }

    /// Lists the rows that were set aside because a column could not be read, those of tables that were
    /// not registered included.
    ///
    /// # Errors
    /// `Store`: the local store cannot be read.
    ///
    /// # Cancellation
    /// Nothing is changed.
    pub async fn quarantined(&self) -> Result<Vec<Quarantined>, Error> {
        self.session.read(|snapshot| snapshot.quarantined(None)).await
    }

    /// Reads the rows again that were set aside because a column could not be read: from the server, by
    /// their ids. Those that can be read now are applied, those that still cannot stay set aside.
    ///
    /// Without this call a row is read again when the server changes it, and when a version of the app
    /// declares the columns differently.
    ///
    /// ```no_run
    /// # async fn example(ctx: synctable::SyncContext) -> Result<(), synctable::Error> {
    /// let report = ctx.retry_quarantined().await?;
    /// for row in ctx.quarantined().await? {
    ///     eprintln!("{}/{}: {}", row.table, row.id, row.error);
    /// }
    /// println!("{report}");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `Store`: the local store cannot be used. All that happens on the wire is in the report.
    ///
    /// # Cancellation
    /// What was applied stays; the other rows stay set aside.
    pub async fn retry_quarantined(&self) -> Result<QuarantineReport, Error> {
        let mut report = QuarantineReport::default();
        let mut tables: Vec<_> = self.session.tables.iter().filter(|schema| schema.is_synced()).collect();
        tables.sort_by_key(|schema| schema.name());
        for schema in tables {
            pull::quarantine::retry(&self.session, schema, &mut report).await?;
            if report.stopped_by().is_some() {
                break;
            }
        }
        Ok(report)
    }

    /// When the server may be asked again, for a status line such as "waiting until": after too many
    /// failures in a row, or because it asked for a pause. `None` if it may be asked now.
    ///
    /// While the [circuit](crate::RetryPolicy) is open, calls before that time fail at once.
    #[must_use]
    pub fn next_attempt(&self) -> Option<Timestamp> {
        self.session.wire.next_attempt()
    }

    /// Forgets that requests have failed, so that the next one is sent at once: for an app that learns
    /// that the network is back, or whose user insists.
    pub fn close_circuit(&self) {
        self.session.wire.close_circuit();
    }

    /// The server generation, once it is known.
    #[must_use]
    pub fn dialect(&self) -> Option<Dialect> {
        self.session.wire.known_dialect()
    }
}

/// Loads the entry of an operation that was listed, if it is as it was then.
fn listed(
    tx: &mut dyn StoreWrite,
    schema: &'static TableSchema,
    id: &Id,
    (made, revision): (Sequence, u64),
) -> Result<Entry, Error> {
    let error = |kind, message: &str| Error::new(kind, message).in_table(schema.name()).in_row(id.as_str());
    match tx.entry_of(schema, id.as_str())? {
        Some(entry) if entry.made != made => Err(error(ErrorKind::NotFound, "the operation is no longer pending")),
        Some(entry) if entry.revision != revision => {
            Err(error(ErrorKind::Conflict, "the row was written again since the operation was listed"))
        }
        Some(entry) => Ok(entry),
        None => Err(error(ErrorKind::NotFound, "the operation is no longer pending")),
    }
}

#[cfg(all(test, feature = "derive"))]
mod tests {
    use super::*;
    use crate::{Pull, Purge, Query};

    #[derive(Debug, Clone, crate::SyncTable)]
    struct Note {
        id: Id,
        text: String,
    }

    fn sent<F: Future + Send>(future: F) {
        drop(future);
    }

    /// Apps spawn these; what a future holds across an await is easily one thing too many.
    #[tokio::test]
    async fn every_future_can_be_sent_to_another_thread() {
        let context = SyncContext::builder("http://localhost")
            .store(crate::MemoryStore::new())
            .table::<Note>()
            .open()
            .await
            .unwrap();
        let notes = context.table::<Note>();
        let note = Note { id: Id::parse("a").unwrap(), text: String::new() };
        sent(context.push());
        sent(context.push_with(Push::new()));
        sent(context.sync());
        sent(context.pull_all());
        sent(context.retry_quarantined());
        sent(context.pending());
        sent(async {
            let operations = context.conflicts().await?;
            context.retry(&operations[0]).await
        });
        sent(async {
            let conflicts = notes.conflicts().await?;
            notes.resolve(&conflicts[0], crate::Resolution::KeepLocal).await
        });
        sent(context.pending_count());
        sent(context.quarantined());
        sent(context.send(crate::ApiRequest::get("api/x")));
        sent(context.wipe());
        sent(context.backup("copy.db"));
        sent(context.transaction(|tx| tx.list(&Query::<Note>::new())));
        sent(notes.push());
        sent(notes.pull(Pull::full()));
        sent(notes.quarantined());
        sent(notes.retry_quarantined());
        sent(notes.purge(Purge::new()));
        sent(notes.insert(note.clone()));
        sent(notes.upsert(note.clone()));
        sent(notes.update(&note));
        sent(notes.edit(&note.id, |_| {}));
        sent(notes.delete(&note.id));
        sent(notes.get(&note.id));
        sent(notes.list(&Query::new()));
        sent(notes.count(&Query::new()));
        sent(notes.page(&Query::new()));
        let online = context.remote::<Note>();
        sent(online.list(&Query::new()));
        sent(online.page(&Query::new()));
        sent(online.count(&Query::new()));
        sent(online.get(&note.id));
        sent(online.refresh(&note));
        sent(online.insert(note.clone()));
        sent(online.update(&note).into_future());
        sent(online.delete(&note.id).into_future());
        sent(online.undelete(&note.id).into_future());
        sent(async { online.stream(&Query::new()).next().await });
        sent(SyncContext::builder("http://localhost").store(crate::MemoryStore::new()).open());
    }
}
