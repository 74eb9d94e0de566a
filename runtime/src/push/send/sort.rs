//! What an answer to a write says, with all that must be asked besides.

use crate::error::Error;
use crate::queue::answer::{NoRow, Reply, Verdict};
use crate::row::Remote;
use crate::store::entry::{Failure, FailureKind, Request, RequestKind};
use crate::store::system::Quarantined;
use crate::value::Id;
use crate::wire::answer::{Answer, Body, Truth, UnreadableRow};
use crate::wire::{KeyNote, WireTable};

use super::super::report::Status;
use super::{Proof, Redetection, Sender};

/// What follows from an answer.
pub(super) enum Sorted {
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

impl Sender<'_> {
    /// Sorts an answer to a request that left after so many redetections.
    pub(super) async fn sort(
        &self,
        table: &WireTable,
        id: &Id,
        request: &Request,
        answer: Answer,
        redetections: u32,
    ) -> Sorted {
        let Answer { status, body, message, own_form, may_be_deleted, key, .. } = answer;
        let kind = request.kind;
        let refused = |verdict| Sorted::reply(Reply::Refused { status, message: message.clone(), verdict });
        match (status, kind) {
            (200..=299, RequestKind::Delete) => Sorted::reply(Reply::Deleted(NoRow::Tombstone)),
            (200..=299, _) => self.sort_success(table, id, body).await,
            (404, _) if !own_form => match self.prove_once(table).await {
                Proof::Answers => sort_missing(status, may_be_deleted, kind, message),
                Proof::Silent(status, error) => {
                    let failure = Failure { kind: FailureKind::Refused, status: Some(404), message };
                    Sorted::Skip(failure, status, error)
                }
            },
            (404 | 410, _) => sort_missing(status, may_be_deleted, kind, message),
            // It could not be repeated as it was: what became of it the row itself must show.
            (422, _) if key == KeyNote::Mismatch && request.key.is_some() => match self.truth(table, id).await {
                Ok(truth) => Sorted::reply(Reply::Clash { status: 412, truth, message }),
                Err(error) => Sorted::Open(error),
            },
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
            (405, _) => match self.redetect(table.schema(), redetections).await {
                Redetection::Done => Sorted::Repeat,
                Redetection::Before if kind == RequestKind::Undelete => {
                    Sorted::reply(Reply::Clash { status: 412, truth: Some(Remote::Deleted(None)), message })
                }
                Redetection::Before => refused(Verdict::SetAside),
                Redetection::Failed(error) => Sorted::Open(error),
            },
            (400 | 413 | 414 | 415 | 422 | 431 | 451, _) => refused(Verdict::SetAside),
            _ => refused(Verdict::TryAgain),
        }
    }

    async fn sort_success(&self, table: &WireTable, id: &Id, body: Body) -> Sorted {
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
                self.count();
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

/// What 404 and 410 mean.
fn sort_missing(status: u16, may_be_deleted: bool, kind: RequestKind, message: String) -> Sorted {
    Sorted::reply(match kind {
        // Where a tombstone may be left, the truth is asked before the row is made again. An insert of the id that
        // meets one could not be told from an insert that arrived and was deleted.
        RequestKind::Delete if status == 410 || may_be_deleted => Reply::Deleted(NoRow::Tombstone),
        RequestKind::Delete => Reply::Deleted(NoRow::Unknown),
        RequestKind::Update | RequestKind::Undelete => Reply::Gone(status),
        RequestKind::Insert => Reply::Refused { status, message, verdict: Verdict::TryAgain },
    })
}
