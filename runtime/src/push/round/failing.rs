//! What failures do to an entry and to the push: strikes, skipped tables, requests left open.

use super::{Key, Round, Strike, Task, key_of};
use crate::error::{Error, ErrorKind};
use crate::push::report::{Reason, Status};
use crate::queue::plan::Case;
use crate::store::StoreWrite;
use crate::store::entry::{Entry, Failure, FailureKind};
use crate::value::Timestamp;

/// Entries in a row without a usable answer after which the push stops.
const BARREN_ENTRIES: u32 = 3;
/// Strikes after which an entry is set aside.
const STRIKES: u32 = 5;
/// How often an entry can be struck.
const STRIKE_INTERVAL: std::time::Duration = std::time::Duration::from_secs(3600);

impl Round {
    /// No final answer came: the request stays open and the push goes on with others, for a while.
    pub(super) fn leave_open(
        &mut self,
        tx: &mut dyn StoreWrite,
        mut case: Case,
        task: &Task,
        failure: Failure,
        strike: Strike,
        now: Timestamp,
    ) -> Result<(), Error> {
        self.barren += 1;
        match strike {
            Strike::Yes if self.had_answer => count_strike(&mut case.entry, &failure, now),
            Strike::Yes => self.suspects.push((key_of(task), failure.clone())),
            Strike::No => {}
        }
        if !case.entry.is_set_aside() {
            case.entry.failure = Some(failure.clone());
        }
        tx.put_entry(&case.entry)?;
        let reported = case.entry.failure.clone().unwrap_or_else(|| failure.clone());
        self.failed(case, reported);
        if self.barren >= BARREN_ENTRIES {
            let message = format!("the server answers reads but no writes: {}", failure.message);
            self.stop(tx, Status::Unavailable, Error::new(ErrorKind::Busy, message), &Reason::Stopped)?;
        }
        Ok(())
    }

    /// The table does not answer: its entries are passed over, and if no other table is left, or is the
    /// second, the push stops.
    pub(super) fn skip_table(
        &mut self,
        tx: &mut dyn StoreWrite,
        mut case: Case,
        failure: Failure,
        status: Status,
        error: Error,
    ) -> Result<(), Error> {
        if failure.kind != FailureKind::Unanswered {
            case.entry.request = None;
        }
        case.entry.failure = Some(failure.clone());
        tx.put_entry(&case.entry)?;
        let table = case.entry.table.clone();
        self.failed(case, failure);
        let another = !self.skipped_tables.is_empty();
        // Of several that were under way the first one tells.
        if self.skipped_tables.insert(table) && (another || !self.has_others(tx)?) {
            self.stop(tx, status, error, &Reason::Stopped)?;
        }
        Ok(())
    }

    /// Whether an entry of a table that answers is under way or still to come.
    fn has_others(&self, tx: &mut dyn StoreWrite) -> Result<bool, Error> {
        let answers = |(table, _): &Key| !self.skipped_tables.contains(table);
        if self.open.iter().chain(self.waiting.iter().flatten()).any(answers) {
            return Ok(true);
        }
        let mut cursor = self.cursor;
        while let Some(entry) = tx.next_entry(cursor, self.made_until)? {
            cursor = entry.sequence;
            if self.scope.has(&entry.table) && !self.skipped_tables.contains(&entry.table) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Strikes the entries that failed while it was not known that the server answers other writes.
    pub(super) fn strike_suspects(&mut self, tx: &mut dyn StoreWrite, now: Timestamp) -> Result<(), Error> {
        for ((table, id), failure) in std::mem::take(&mut self.suspects) {
            let Some(schema) = self.tables.get(&table) else { continue };
            let Some(mut entry) = tx.entry_of(schema, id.as_str())? else { continue };
            // One that was edited since is first tried with its new values.
            if entry.failure.as_ref() != Some(&failure) {
                continue;
            }
            count_strike(&mut entry, &failure, now);
            let reported = self.report.failed.iter_mut().find(|failed| failed.table() == table && *failed.id() == id);
            if let (Some(reported), Some(failure)) = (reported, &entry.failure) {
                reported.failure.clone_from(failure);
            }
            tx.put_entry(&entry)?;
        }
        Ok(())
    }
}

/// Counts a breakdown of the server against an entry, at most once an hour.
fn count_strike(entry: &mut Entry, failure: &Failure, now: Timestamp) {
    let recently = entry.struck_at.is_some_and(|at| now.saturating_since(at) < STRIKE_INTERVAL && at <= now);
    if recently {
        return;
    }
    entry.strikes += 1;
    entry.struck_at = Some(now);
    if entry.strikes >= STRIKES {
        entry.failure = Some(Failure { kind: FailureKind::SetAside, ..failure.clone() });
    }
}
