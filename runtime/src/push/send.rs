//! One task of a push over the network: tries, proofs by a read, and the sorting of answers.

use std::time::Duration;

use crate::error::{Error, ErrorKind};
use crate::queue::answer::{NoRow, Reply, Verdict};
use crate::queue::plan::Novelty;
use crate::row::{Remote, Row};
use crate::session::Session;
use crate::store::entry::{Failure, FailureKind, Request, RequestKind};
use crate::store::system::Quarantined;
use crate::table::TableSchema;
use crate::value::Id;
use crate::wire::answer::{Answer, Body, Delivery, HasUnknownMembers, Truth, UnreadableRow};
use crate::wire::{WireTable, WriteRequest, retry};

use super::report::Status;
use super::round::{Outcome, Sent, Strike};

/// Sends the requests of one push and remembers what was proved on the way.
#[derive(Debug)]
pub(crate) struct Sender<'a> {
    session: &'a Session,
    /// Whether a read of the server has proved that its 404 without a form counts.
    proved: bool,
    /// Whether the dialect was asked for again after a 405.
    redetected: bool,
    pub(crate) requests: u64,
}

/// What a read of the table shows.
enum Proof {
    Answers,
    Silent(Status, Error),
}

impl<'a> Sender<'a> {
    pub(crate) fn new(session: &'a Session) -> Self {
        Self { session, proved: false, redetected: false, requests: 0 }
    }

    fn table(&self, schema: &'static TableSchema) -> WireTable {
        self.session.wire.table(schema)
    }

    /// Sends a request until it has a final answer or the tries are over (queue.md 4).
    pub(crate) async fn send(
        &mut self,
        schema: &'static TableSchema,
        id: &Id,
        request: &Request,
        novelty: Novelty,
    ) -> Outcome {
        let table = self.table(schema);
        let outgoing = request.outgoing();
        let mut novelty = novelty;
        let mut failed_tries = 0;
        loop {
            let narrow = match self.session.is_narrow(schema).await {
                Ok(narrow) => narrow,
                Err(error) => {
                    let sent = if novelty == Novelty::New { Sent::No } else { Sent::Perhaps };
                    return Outcome::Stop(Status::Unavailable, error, sent);
                }
            };
            self.requests += 1;
            let delivery = table.write(&write_request(id, request, outgoing.as_deref(), narrow)).await;
            if let (Delivery::Answered(_), Some(dialect)) = (&delivery, self.session.wire.known_dialect())
                && let Err(error) = self.session.bind(dialect).await
            {
                return Outcome::Stop(Status::Unavailable, error, Sent::Perhaps);
            }
            let (failure, status, wait) = match delivery {
                Delivery::Unsendable(error) => {
                    let reply = Reply::Refused { status: 0, message: error.to_string(), verdict: Verdict::SetAside };
                    return Outcome::Reply(reply, novelty, None);
                }
                Delivery::Unsent(error) => {
                    let sent = if novelty == Novelty::New { Sent::No } else { Sent::Perhaps };
                    return Outcome::Stop(Status::Offline, error, sent);
                }
                Delivery::Unanswered(error) => (error.to_string(), None, None),
                Delivery::Answered(answer)
                    if retry::is_transient_status(answer.status) || matches!(answer.status, 300..=399) =>
                {
                    (answer.message, Some(answer.status), answer.retry_after)
                }
                Delivery::Answered(answer) => match self.sort(&table, id, request, answer).await {
                    Sorted::Outcome(reply, quarantined) => return Outcome::Reply(*reply, novelty, quarantined),
                    Sorted::Skip(failure, status, error) => return Outcome::SkipTable(failure, status, error),
                    Sorted::Repeat => continue,
                    Sorted::Open(error) => (error.to_string(), error.status(), None),
                },
            };
            // The request may have arrived: every further try repeats it.
            novelty = Novelty::Repeated;
            failed_tries += 1;
            let failure = Failure { kind: FailureKind::Unanswered, status, message: failure };
            match retry::after_failure(failed_tries, wait) {
                retry::Next::RepeatAfter(pause) => self.session.clock.sleep(pause).await,
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
    pub(crate) async fn ask(&mut self, schema: &'static TableSchema, id: &Id) -> Outcome {
        let table = self.table(schema);
        match self.truth(&table, id).await {
            Ok(truth) => Outcome::Truth(truth),
            Err(error) => {
                let failure =
                    Failure { kind: FailureKind::Unanswered, status: error.status(), message: error.to_string() };
                match error.kind() {
                    ErrorKind::Offline => Outcome::Stop(Status::Offline, error, Sent::Perhaps),
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
    pub(crate) async fn weigh(
        &mut self,
        schema: &'static TableSchema,
        id: &Id,
        reply: Reply,
        novelty: Novelty,
    ) -> Outcome {
        let table = self.table(schema);
        match self.truth(&table, id).await {
            Ok(truth) => Outcome::Weighed(reply, novelty, truth),
            // The request stays open: repeated, it leads here again.
            Err(error) => {
                let failure =
                    Failure { kind: FailureKind::Unanswered, status: error.status(), message: error.to_string() };
                let status = if error.kind() == ErrorKind::Offline { Status::Offline } else { Status::Unavailable };
                Outcome::SkipTable(failure, status, error)
            }
        }
    }

    async fn truth(&mut self, table: &WireTable, id: &Id) -> Result<Option<Remote>, Error> {
        let requests = &mut self.requests;
        // No async closure: the push would not be `Send`.
        let truth = retry::repeat(&*self.session.clock, || {
            *requests += 1;
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
    async fn prove(&mut self, table: &WireTable) -> Proof {
        self.requests += 1;
        match table.answers().await {
            Ok(()) => Proof::Answers,
            Err(failure) => {
                let error = failure.error;
                let status = match error.kind() {
                    ErrorKind::Offline => Status::Offline,
                    ErrorKind::Unauthorized => Status::Unauthorized,
                    _ => Status::Unavailable,
                };
                Proof::Silent(status, error)
            }
        }
    }

    async fn sort(&mut self, table: &WireTable, id: &Id, request: &Request, answer: Answer) -> Sorted {
        let Answer { status, body, message, own_form, .. } = answer;
        let kind = request.kind;
        let refused = |verdict| Sorted::reply(Reply::Refused { status, message: message.clone(), verdict });
        match (status, kind) {
            (200..=299, RequestKind::Delete) => Sorted::reply(Reply::Deleted(NoRow::Tombstone)),
            (200..=299, _) => self.sort_success(table, id, body).await,
            (404, _) if !own_form && !self.proved => match self.prove(table).await {
                Proof::Answers => {
                    self.proved = true;
                    sort_missing(status, kind, message)
                }
                Proof::Silent(status, error) => {
                    let failure = Failure { kind: FailureKind::Refused, status: Some(404), message };
                    Sorted::Skip(failure, status, error)
                }
            },
            (404 | 410, _) => sort_missing(status, kind, message),
            (409 | 412, _) => {
                let truth = match body {
                    Body::Row(row) => self
                        .note_members(table.schema(), row.has_unknown_members)
                        .await
                        .map(|()| Some(Remote::of(row.row))),
                    _ => self.truth(table, id).await,
                };
                match truth {
                    Ok(truth) => Sorted::reply(Reply::Clash { status, truth, message }),
                    Err(error) => Sorted::Open(error),
                }
            }
            (401, _) => match self.prove(table).await {
                Proof::Answers => refused(Verdict::TryAgain),
                Proof::Silent(status, error) => {
                    let failure = Failure { kind: FailureKind::Refused, status: Some(401), message };
                    Sorted::Skip(failure, status, error)
                }
            },
            (405, RequestKind::Undelete) => {
                Sorted::reply(Reply::Clash { status: 412, truth: Some(Remote::Deleted(None)), message })
            }
            (405, _) if !self.redetected => {
                self.redetected = true;
                self.session.wire.forget_dialect();
                match self.session.wire.dialect(table.schema()).await {
                    Ok(_) => Sorted::Repeat,
                    Err(failure) => Sorted::Open(failure.error),
                }
            }
            (400 | 405 | 413 | 414 | 415 | 422 | 431 | 451, _) => refused(Verdict::SetAside),
            _ => refused(Verdict::TryAgain),
        }
    }

    async fn sort_success(&mut self, table: &WireTable, id: &Id, body: Body) -> Sorted {
        match body {
            Body::Row(row) if row.row.deleted => Sorted::reply(Reply::Gone(410)),
            Body::Row(row) => match self.note_members(table.schema(), row.has_unknown_members).await {
                Ok(()) => Sorted::reply(Reply::Row(row.row)),
                Err(error) => Sorted::Open(error),
            },
            Body::WrongId(id) => Sorted::reply(Reply::WrongId(id)),
            Body::Unreadable(row) => self.unreadable(row).await,
            // Done, but the new version is not known: it is read (protocol.md 12).
            Body::None => {
                self.requests += 1;
                match table.truth(id.as_str()).await {
                    Ok(Truth::There(Remote::Row(row), unknown)) => {
                        match self.note_members(table.schema(), unknown).await {
                            Ok(()) => Sorted::reply(Reply::Row(row)),
                            Err(error) => Sorted::Open(error),
                        }
                    }
                    Ok(Truth::Unreadable(row)) => self.unreadable(row).await,
                    Ok(Truth::There(Remote::Deleted(_), _) | Truth::None) => Sorted::reply(Reply::Gone(410)),
                    Err(failure) => Sorted::Open(failure.error),
                }
            }
        }
    }

    async fn unreadable(&self, row: UnreadableRow) -> Sorted {
        if let Err(error) = self.note_members(row.system.schema(), row.has_unknown_members).await {
            return Sorted::Open(error);
        }
        let quarantined = Quarantined {
            table: row.system.schema().name().to_owned(),
            id: row.id,
            error: row.error,
            raw: row.raw,
            at: self.session.clock.now(),
        };
        Sorted::Outcome(Box::new(Reply::Unreadable(row.system)), Some(quarantined))
    }
}

enum Sorted {
    Outcome(Box<Reply>, Option<Quarantined>),
    Skip(Failure, Status, Error),
    /// The request is sent again, under another dialect.
    Repeat,
    /// What followed the answer failed; the request stays open.
    Open(Error),
}

impl Sorted {
    fn reply(reply: Reply) -> Self {
        Self::Outcome(Box::new(reply), None)
    }
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

fn too_long(asked: Duration, status: Option<u16>) -> Error {
    let message = format!("the server asks to wait {} s before anything is sent again", asked.as_secs());
    let error = Error::new(ErrorKind::Busy, message);
    match status {
        Some(status) => error.with_status(status),
        None => error,
    }
}

/// What 404 and 410 mean.
fn sort_missing(status: u16, kind: RequestKind, message: String) -> Sorted {
    Sorted::reply(match kind {
        RequestKind::Delete => Reply::Deleted(if status == 404 { NoRow::Unknown } else { NoRow::Tombstone }),
        RequestKind::Update | RequestKind::Undelete => Reply::Gone(status),
        RequestKind::Insert => Reply::Refused { status, message, verdict: Verdict::TryAgain },
    })
}
