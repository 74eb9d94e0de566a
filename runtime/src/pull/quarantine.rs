//! Rows that were set aside are read again: when the app asks, and once the columns have another form.

use std::fmt;

use crate::error::{Error, ErrorKind};
use crate::event::SyncEvent;
use crate::push::Status;
use crate::queue::quarantine::{form, note_form};
use crate::row::Remote;
use crate::session::Session;
use crate::store::system::key;
use crate::store::{ChangeSource, Durability, SameVersion, StoreWrite};
use crate::table::TableSchema;
use crate::value::Id;

use super::again::{self, Cost, Found};
use super::apply::{self, Done, Truths, Worth};
use super::walk::stopped_as;

/// Rows read and applied together.
const READ: usize = 500;

/// What became of the rows that were set aside because they could not be read.
#[derive(Debug, Clone, Default)]
#[must_use = "rows that still cannot be read are told of only in the report"]
pub struct QuarantineReport {
    restored: u64,
    removed: u64,
    remaining: u64,
    requests: u64,
    bytes: u64,
    stopped: Option<(Status, Error)>,
}

impl QuarantineReport {
    /// Rows that could be read and are in the store now, or wait beside a pending operation.
    #[must_use]
    pub fn restored(&self) -> u64 {
        self.restored
    }

    /// Rows that the server no longer has.
    #[must_use]
    pub fn removed(&self) -> u64 {
        self.removed
    }

    /// Rows that are still set aside.
    #[must_use]
    pub fn remaining(&self) -> u64 {
        self.remaining
    }

    /// Requests sent.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.requests
    }

    /// How it ended: `WithFailures` if rows are still set aside.
    #[must_use]
    pub fn status(&self) -> Status {
        match &self.stopped {
            Some((status, _)) => *status,
            None if self.remaining > 0 => Status::WithFailures,
            None => Status::Complete,
        }
    }

    /// Why it stopped before its end, if it did.
    #[must_use]
    pub fn stopped_by(&self) -> Option<&Error> {
        self.stopped.as_ref().map(|(_, error)| error)
    }

    pub(super) fn stopped(self) -> Option<(Status, Error)> {
        self.stopped
    }

    /// Turns every incomplete report into an error that says how it ended.
    ///
    /// # Errors
    /// What stopped it; `Decode` if rows are still set aside.
    pub fn into_result(self) -> Result<(), Error> {
        if let Some((_, error)) = self.stopped {
            return Err(error);
        }
        if self.remaining > 0 {
            let message =
                format!("{} rows still cannot be read; see SyncContext::quarantined for the reasons", self.remaining);
            return Err(Error::new(ErrorKind::Decode, message));
        }
        Ok(())
    }
}

impl fmt::Display for QuarantineReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} restored, {} removed, {} remaining", self.restored, self.removed, self.remaining)
    }
}

/// Reads the rows of a table again that were set aside, and adds to a report.
///
/// # Errors
/// The local store cannot be used; everything else is in the report.
///
/// # Cancellation
/// What was applied stays; the other rows stay set aside.
pub(crate) async fn retry(
    session: &Session,
    schema: &'static TableSchema,
    report: &mut QuarantineReport,
) -> Result<(), Error> {
    let _turn = session.pull_turn(schema).await;
    retry_in_turn(session, schema, report).await
}

/// As [`retry`], for who has the table's turn.
pub(super) async fn retry_in_turn(
    session: &Session,
    schema: &'static TableSchema,
    report: &mut QuarantineReport,
) -> Result<(), Error> {
    let ids = session.read(move |snapshot| snapshot.quarantined(Some(schema.name()))).await?;
    let ids: Vec<Id> = ids.into_iter().map(|row| Id::trusted(&row.id)).collect();
    report.remaining += ids.len() as u64;
    for ids in ids.chunks(READ) {
        if let Err(error) = read_some(session, schema, ids.to_vec(), report).await {
            report.stopped = Some((stopped_as(&error).ok_or_else(|| error.clone())?, error));
            return Ok(());
        }
    }
    Ok(())
}

async fn read_some(
    session: &Session,
    schema: &'static TableSchema,
    ids: Vec<Id>,
    report: &mut QuarantineReport,
) -> Result<(), Error> {
    let dialect = session.dialect(schema).await?;
    let mark = session.read(|snapshot| snapshot.settle_mark()).await?;
    let mut cost = Cost::default();
    let found = again::read(session, dialect, schema, ids, &mut cost).await;
    report.requests += cost.requests;
    report.bytes += cost.bytes;
    let truths = Truths { schema, found: found?, mark, same: SameVersion::Rewrite, now: session.clock.now() };
    let work = move |tx: &mut dyn StoreWrite| apply_some(tx, truths);
    let (restored, removed) = session.write(Durability::Process, ChangeSource::Pull, work).await?;
    session.tally.rows_applied.add(restored + removed);
    if restored + removed > 0 {
        session.events.emit(|| SyncEvent::QuarantineRead { table: schema.name(), restored, removed });
    }
    report.restored += restored;
    report.removed += removed;
    report.remaining = report.remaining.saturating_sub(restored + removed);
    Ok(())
}

/// Gives how many rows were restored, and how many are no longer there.
fn apply_some(tx: &mut dyn StoreWrite, truths: Truths) -> Result<(u64, u64), Error> {
    let (mut done, mut restored, mut removed) = (Done::default(), 0, 0);
    let settled = truths.settled(tx)?;
    for (id, found) in truths.found {
        let is_outdated =
            settled.get(id.as_str()).is_some_and(|settled| apply::worth_of(&found, settled) != Worth::Newer);
        if is_outdated {
            continue;
        }
        match &found {
            Found::Remote(Remote::Row(_)) => restored += 1,
            Found::Nothing | Found::Remote(Remote::Deleted(_)) => removed += 1,
            Found::Unreadable(_) => {}
        }
        apply::apply_found(tx, truths.schema, truths.same, truths.now, &id, found, &mut done)?;
    }
    note_form(tx, truths.schema)?;
    Ok((restored, removed))
}

/// Whether rows of a table are set aside that did not fit columns of another form than they have now.
pub(super) async fn may_fit_now(session: &Session, schema: &'static TableSchema) -> Result<bool, Error> {
    session
        .read(move |snapshot| {
            if snapshot.quarantined(Some(schema.name()))?.is_empty() {
                return Ok(false);
            }
            Ok(snapshot.meta(&key::quarantine(schema.name()))?.is_none_or(|noted| noted != form(schema)))
        })
        .await
}
