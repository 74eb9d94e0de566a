//! One task of a push over the network: tries, proofs by a read, and what the lanes share.

mod batch;
mod sort;

use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::task::Poll;
use std::time::Duration;

use tokio::sync::{Mutex, Notify};

use crate::error::{Error, ErrorKind};
use crate::queue::answer::{Reply, Verdict};
use crate::queue::plan::Novelty;
use crate::row::{Remote, Row};
use crate::session::Session;
use crate::store::entry::{Failure, FailureKind, Request, RequestKind};
use crate::table::TableSchema;
use crate::value::Id;
use crate::wire::answer::{Delivery, HasUnknownMembers, Truth};
use crate::wire::{KeyNote, WireClient, WireTable, WriteRequest, retry};

use super::report::Status;
use super::round::{Outcome, Sent, Strike};
pub(super) use batch::{Together, most_together};
use sort::Sorted;

/// Sends the requests of one push, several at once, and remembers what was proved on the way.
#[derive(Debug)]
pub(crate) struct Sender<'a> {
    session: &'a Session,
    /// The client of this push: what it began is not cut by the circuit.
    wire: WireClient,
    /// How the server's generation came to be known; held while it is being found out.
    greeted: Mutex<Option<Result<(), (Status, Error)>>>,
    /// Whether a read of the server has proved that its 404 without a form counts; held while it is
    /// being proved.
    proved: Mutex<bool>,
    /// Held while the dialect is asked for again after a 405.
    redetecting: Mutex<()>,
    /// How often it was: once at most.
    redetections: AtomicU32,
    requests: AtomicU64,
    /// Batches without an answer since the last one with.
    failed_batches: AtomicU32,
    /// Whether the push has stopped: what waits for its next try is given up.
    stopped: AtomicBool,
    stop: Notify,
}

/// How a wait before the next try ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pause {
    Over,
    Stopped,
}

/// What a read of the table shows.
enum Proof {
    Answers,
    Silent(Status, Error),
}

impl<'a> Sender<'a> {
    pub(crate) fn new(session: &'a Session) -> Self {
        Self {
            session,
            wire: session.wire.for_one_call(),
            greeted: Mutex::new(None),
            proved: Mutex::new(false),
            redetecting: Mutex::new(()),
            redetections: AtomicU32::new(0),
            requests: AtomicU64::new(0),
            failed_batches: AtomicU32::new(0),
            stopped: AtomicBool::new(false),
            stop: Notify::new(),
        }
    }

    /// Requests sent so far, repeats and reads included.
    pub(crate) fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    /// Gives up the tries that are still to come.
    pub(crate) fn stop(&self) {
        self.stopped.store(true, Ordering::Release);
        self.stop.notify_waiters();
    }

    fn count(&self) {
        self.requests.fetch_add(1, Ordering::Relaxed);
    }

    /// Waits before the next try, unless the push stops.
    async fn pause(&self, wait: Duration) -> Pause {
        let mut stop = pin!(self.stop.notified());
        // Before the flag is looked at: a stop between the two would else be missed.
        stop.as_mut().enable();
        if self.stopped.load(Ordering::Acquire) {
            return Pause::Stopped;
        }
        let mut sleep = self.session.clock.sleep(wait);
        std::future::poll_fn(|context| {
            if stop.as_mut().poll(context).is_ready() {
                return Poll::Ready(Pause::Stopped);
            }
            sleep.as_mut().poll(context).map(|()| Pause::Over)
        })
        .await
    }

    /// Finds out to whom the store belongs, if that is not known: nothing is sent before.
    ///
    /// # Errors
    /// The local store cannot be used.
    pub(crate) async fn greet(&self, schema: &'static TableSchema) -> Result<Result<(), Outcome>, Error> {
        if self.session.wire.known_dialect().is_some() {
            return Ok(Ok(()));
        }
        let mut greeted = self.greeted.lock().await;
        let known = match &*greeted {
            Some(known) => known.clone(),
            None => {
                let known = match self.session.dialect(schema).await {
                    Ok(_) => Ok(()),
                    Err(error) if error.kind() == ErrorKind::Store => return Err(error),
                    Err(error) => Err((status_of(&error), error)),
                };
                *greeted = Some(known.clone());
                known
            }
        };
        Ok(known.map_err(|(status, error)| Outcome::Stop(status, error, Sent::No)))
    }

    fn table(&self, schema: &'static TableSchema) -> WireTable {
        self.wire.table(schema)
    }

    /// Sends a request until it has a final answer or the tries are over (queue.md 4).
    pub(crate) async fn send(
        &self,
        schema: &'static TableSchema,
        id: &Id,
        request: &Request,
        novelties: Novelties,
    ) -> Outcome {
        let table = self.table(schema);
        let outgoing = request.outgoing();
        let Novelties { planned_as, now: mut novelty } = novelties;
        let mut failed_tries = 0;
        loop {
            let narrow = match self.session.is_narrow(schema).await {
                Ok(narrow) => narrow,
                Err(error) => {
                    let sent = if novelty == Novelty::New { Sent::No } else { Sent::Perhaps };
                    return Outcome::Stop(Status::Unavailable, error, sent);
                }
            };
            self.count();
            let redetections = self.redetections.load(Ordering::Acquire);
            let write = write_request(id, request, outgoing.as_deref(), narrow);
            let delivery = match &request.key {
                Some(key) => table.write_keyed(&write, key).await,
                None => table.write(&write).await,
            };
            if let (Delivery::Answered(_), Some(dialect)) = (&delivery, self.session.wire.known_dialect())
                && let Err(error) = self.session.bind(dialect).await
            {
                return Outcome::Stop(Status::Unavailable, error, Sent::Perhaps);
            }
            let note = match (&delivery, &request.key) {
                (Delivery::Answered(answer), Some(_)) => answer.key,
                _ => KeyNote::None,
            };
            let (failure, status, wait) = match delivery {
                Delivery::Unsendable(error) => {
                    let reply = Reply::Refused { status: 0, message: error.to_string(), verdict: Verdict::SetAside };
                    return Outcome::Reply(reply, novelty, None);
                }
                Delivery::Unsent(error) => {
                    let sent = if novelty == Novelty::New { Sent::No } else { Sent::Perhaps };
                    return Outcome::Stop(status_of(&error), error, sent);
                }
                Delivery::Unanswered(error) => (error.to_string(), None, None),
                Delivery::Answered(answer)
                    if retry::is_transient_status(answer.status) || matches!(answer.status, 300..=399) =>
                {
                    (answer.message, Some(answer.status), answer.retry_after)
                }
                Delivery::Answered(answer) => match self.sort(&table, id, request, answer, redetections).await {
                    Sorted::Outcome(reply, quarantined) => {
                        let novelty = Novelties { planned_as, now: novelty }.answered(note, &reply);
                        return Outcome::Reply(*reply, novelty, quarantined);
                    }
                    Sorted::Skip(mut failure, status, error) => {
                        if novelty == Novelty::Repeated {
                            // An earlier try may have had its effect: the request stays open.
                            failure.kind = FailureKind::Unanswered;
                        }
                        return Outcome::SkipTable(failure, status, error);
                    }
                    Sorted::Repeat => continue,
                    Sorted::Open(error) => (error.to_string(), error.status(), None),
                },
            };
            // The request may have arrived: every further try repeats it.
            novelty = Novelty::Repeated;
            failed_tries += 1;
            let failure = Failure { kind: FailureKind::Unanswered, status, message: failure };
            match retry::after_failure(self.wire.retry_policy(), failed_tries, wait) {
                retry::Next::RepeatAfter(wait) => {
                    if self.pause(wait).await == Pause::Stopped {
                        return Outcome::Open(failure, Strike::No);
                    }
                    self.wire.count_retry();
                }
                retry::Next::StopFor(asked) => {
                    return Outcome::Stop(Status::Unavailable, too_long(asked, status), Sent::Perhaps);
                }
                retry::Next::GiveUp => {
                    let strike = if status == Some(500) { Strike::Yes } else { Strike::No };
                    return match self.prove(&table).await {
                        Proof::Answers => Outcome::Open(failure, strike),
                        Proof::Silent(status, error) => Outcome::SkipTable(failure, status, error),
                    };
                }
            }
        }
    }

    /// Asks what the server has of a row.
    pub(crate) async fn ask(&self, schema: &'static TableSchema, id: &Id) -> Outcome {
        let table = self.table(schema);
        match self.truth(&table, id).await {
            Ok(truth) => Outcome::Truth(truth),
            Err(error) => {
                let failure =
                    Failure { kind: FailureKind::Unanswered, status: error.status(), message: error.to_string() };
                match error.kind() {
                    ErrorKind::Offline => Outcome::Stop(Status::Offline, error, Sent::Perhaps),
                    _ if error.retry_at().is_some() => Outcome::Stop(status_of(&error), error, Sent::Perhaps),
                    ErrorKind::Unauthorized => Outcome::SkipTable(failure, Status::Unauthorized, error),
                    _ => match self.prove(&table).await {
                        Proof::Answers => Outcome::Open(failure, Strike::No),
                        Proof::Silent(status, error) => Outcome::SkipTable(failure, status, error),
                    },
                }
            }
        }
    }

    /// Asks the truth again after an answer that a candidate came beside.
    pub(crate) async fn weigh(&self, schema: &'static TableSchema, id: &Id, reply: Reply, novelty: Novelty) -> Outcome {
        let table = self.table(schema);
        match self.truth(&table, id).await {
            Ok(truth) => Outcome::Weighed(reply, novelty, truth),
            // The request stays open: repeated, it leads here again.
            Err(error) => {
                let failure =
                    Failure { kind: FailureKind::Unanswered, status: error.status(), message: error.to_string() };
                let status = status_of(&error);
                Outcome::SkipTable(failure, status, error)
            }
        }
    }

    async fn truth(&self, table: &WireTable, id: &Id) -> Result<Option<Remote>, Error> {
        // No async closure: the push would not be `Send`.
        let truth = self.wire.repeat(|| {
            self.count();
            table.truth(id.as_str())
        });
        match truth.await? {
            Truth::None => Ok(None),
            Truth::There(remote, unknown) => {
                self.note_members(table.schema(), unknown).await?;
                Ok(Some(remote))
            }
            Truth::Unreadable(row) => {
                self.note_members(table.schema(), row.has_unknown_members).await?;
                let message = format!("the server's row cannot be read: {}", row.error);
                Err(Error::new(ErrorKind::Decode, message).in_row(&row.id))
            }
        }
    }

    async fn note_members(&self, schema: &'static TableSchema, unknown: HasUnknownMembers) -> Result<(), Error> {
        if unknown { self.session.saw_unknown_members(schema).await } else { Ok(()) }
    }

    /// Reads the table, to tell a server that is away from one that chokes on a request.
    async fn prove(&self, table: &WireTable) -> Proof {
        self.count();
        match table.answers().await {
            Ok(()) => Proof::Answers,
            Err(failure) => {
                let error = failure.error;
                let status = status_of(&error);
                Proof::Silent(status, error)
            }
        }
    }

    /// Reads the table to prove that a 404 without a form counts, once a push.
    async fn prove_once(&self, table: &WireTable) -> Proof {
        let mut proved = self.proved.lock().await;
        if *proved {
            return Proof::Answers;
        }
        let proof = self.prove(table).await;
        *proved = matches!(proof, Proof::Answers);
        proof
    }

    /// Asks for the dialect again, once a push, after a 405 to a request that left after so many
    /// redetections.
    async fn redetect(&self, schema: &'static TableSchema, before: u32) -> Redetection {
        let _alone = self.redetecting.lock().await;
        match self.redetections.load(Ordering::Acquire) {
            now if now > before => Redetection::Done,
            0 => {
                self.session.wire.forget_dialect();
                match self.wire.dialect(schema).await {
                    Ok(_) => {
                        self.redetections.store(1, Ordering::Release);
                        Redetection::Done
                    }
                    Err(failure) => Redetection::Failed(failure.error),
                }
            }
            _ => Redetection::Before,
        }
    }
}

/// What became of the wish to ask for the dialect again.
enum Redetection {
    /// It was asked for since the request left.
    Done,
    /// It had been asked for before the request left.
    Before,
    Failed(Error),
}

fn write_request<'r>(id: &'r Id, request: &'r Request, row: Option<&'r Row>, narrow: bool) -> WriteRequest<'r> {
    let if_match = request.if_match.as_ref();
    match (row, request.kind) {
        (Some(row), RequestKind::Insert) => WriteRequest::Insert { row },
        (Some(row), RequestKind::Update) if narrow => {
            WriteRequest::NarrowUpdate { id: id.as_str(), changed: &request.columns, row, if_match }
        }
        (Some(row), RequestKind::Update) => {
            WriteRequest::Update { id: id.as_str(), changed: &request.columns, row, if_match }
        }
        (Some(row), RequestKind::Undelete) if narrow => WriteRequest::NarrowUndelete { id: id.as_str(), row, if_match },
        (Some(row), RequestKind::Undelete) => WriteRequest::Undelete { id: id.as_str(), row, if_match },
        (_, RequestKind::Delete) | (None, _) => WriteRequest::Delete { id: id.as_str(), if_match },
    }
}

/// Whether a request may have arrived before: when this push planned it, and now.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Novelties {
    pub(crate) planned_as: Novelty,
    pub(crate) now: Novelty,
}

impl Novelties {
    /// Whether it may have arrived before, as its answer tells.
    ///
    /// A refusal that is given again is that of the first try only if all tries are of this push: the answer to
    /// an earlier one may have been kept no longer, and what is given again then is the refusal of a repetition.
    fn answered(self, note: KeyNote, reply: &Reply) -> Novelty {
        let refuses = matches!(reply, Reply::Clash { .. } | Reply::Refused { .. });
        match note {
            KeyNote::None => self.now,
            KeyNote::Replayed if refuses && self.planned_as != Novelty::New => Novelty::Repeated,
            KeyNote::Replayed => Novelty::Replayed,
            KeyNote::Mismatch => Novelty::Repeated,
        }
    }
}

/// How a push ends that an error of the network stops.
fn status_of(error: &Error) -> Status {
    match error.kind() {
        ErrorKind::Offline => Status::Offline,
        // `Schema`: the token is of another user than the store.
        ErrorKind::Unauthorized | ErrorKind::Schema => Status::Unauthorized,
        _ => Status::Unavailable,
    }
}

fn too_long(asked: Duration, status: Option<u16>) -> Error {
    let message = format!("the server asks to wait {} s before anything is sent again", asked.as_secs());
    let error = Error::new(ErrorKind::Busy, message);
    match status {
        Some(status) => error.with_status(status),
        None => error,
    }
}
