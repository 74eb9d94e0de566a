//! What must hold between two looks at a store, whatever happened between them.

use std::collections::{BTreeMap, BTreeSet};

use synctable::store::entry::{Base, Entry, FailureKind, RequestKind};
use synctable::{Timestamp, Value};

use crate::action::Conflicts;
use crate::history::{By, History, State};
use crate::look::{Look, base_version, parent};
use crate::server::stamp_millis;
use crate::tables::{Cells, Key, Kind};

pub(crate) type Check = Result<(), String>;

/// Fails with a text unless a condition holds.
macro_rules! ensure {
    ($holds:expr, $($text:tt)+) => {
        if !$holds {
            return Err(format!($($text)+));
        }
    };
}
pub(crate) use ensure;

/// What was acknowledged to the app and must not be lost.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Debt {
    /// Values of columns.
    Values(BTreeMap<usize, Value>),
    /// The row was deleted, when the server had done so many writes.
    Absent(u64),
    /// The same of a row of which the server knows only if an insert of this device has arrived.
    Unmade(u64),
}

/// Why a store has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cause {
    /// A call of the app that wrote, discarded or purged.
    App,
    /// A push or a pull went on.
    Sync,
}

/// The checks of one device, who is the only writer or one of several.
#[derive(Debug)]
pub(crate) struct Checks<'a> {
    pub(crate) device: usize,
    pub(crate) history: &'a History,
    pub(crate) is_alone: bool,
    pub(crate) conflicts: Conflicts,
    /// Rows whose conflicts may end without what was written here.
    pub(crate) yielding: BTreeSet<Key>,
}

impl Checks<'_> {
    /// Rows, entries and sequence numbers fit each other, and nothing goes back.
    pub(crate) fn consistent(&self, before: &Look, now: &Look) -> Check {
        ensure!(now.doubled.is_none(), "two entries of one row: {:?}", now.doubled);
        ensure!(
            now.pending == now.entries.len() as u64,
            "{} are counted as pending, {} are listed",
            now.pending,
            now.entries.len()
        );
        ensure!(now.last_sequence >= before.last_sequence, "the last sequence number goes back: {now:?}");
        for (key, entry) in &now.entries {
            let row = now.rows.get(key);
            match row {
                Some(row) => ensure!(
                    !entry.absent && row.entry == Some(entry.sequence),
                    "row and entry do not agree: {row:?} {entry:?}"
                ),
                None => ensure!(entry.absent, "the entry has lost its row: {entry:?}"),
            }
            ensure!(entry.sequence.0 <= now.last_sequence, "a sequence number beyond the last: {entry:?}");
            let is_known = before.entries.get(key).is_some_and(|known| known.sequence == entry.sequence);
            ensure!(
                is_known || entry.sequence.0 > before.last_sequence,
                "a sequence number is given again: {entry:?} after {}",
                before.last_sequence
            );
            if self.is_alone {
                let conflict = matches!(&entry.failure, Some(failure) if failure.kind == FailureKind::Conflict);
                ensure!(!conflict, "a conflict, though nobody else writes: {entry:?}");
            }
        }
        for (key, row) in &now.rows {
            ensure!(row.entry.is_none() || now.entries.contains_key(key), "the row has lost its entry: {row:?}");
        }
        Ok(())
    }

    /// Sync changes no row that is pending unless an answer moved its base, and moves the base only to
    /// what this device itself has written, or has just shown to be the same.
    pub(crate) fn pending_kept(&self, before: &Look, now: &Look) -> Check {
        for (key, entry) in &now.entries {
            let Some(known) = before.entries.get(key).filter(|known| known.made == entry.made) else { continue };
            if known.discarded {
                continue;
            }
            let is_same_base = match (&known.base, &entry.base) {
                (Base::Row(_), Base::Row(_)) => base_version(known) == base_version(entry),
                (known, now) => known == now,
            };
            if is_same_base {
                let (was, is) = (before.cells(key), now.cells(key));
                ensure!(was == is, "sync changed a pending row: {key:?} was {was:?} and is {is:?}");
            } else if self.conflicts == Conflicts::Listed && !self.may_move(key, known, entry, now.cells(key)) {
                return Err(format!("the base moved to what another device wrote: {known:?} became {entry:?}"));
            }
        }
        Ok(())
    }

    fn may_move(&self, key: &Key, known: &Entry, entry: &Entry, wish: Option<&Cells>) -> bool {
        let states = self.history.states(key);
        let is_mine = |state: &State| state.by == By::Device(self.device);
        match &entry.base {
            Base::Row(row) => {
                let Some(state) = base_version(entry).and_then(|version| self.history.state(key, version)) else {
                    return false;
                };
                let request = known.request.as_ref();
                let carries = request.is_some_and(|request| {
                    request.wish.as_ref().is_some_and(|sent| {
                        !request.columns.is_empty()
                            && request.columns.iter().all(|&index| sent.values[index] == row.values[index])
                    })
                });
                let made_here = known.made_id && request.is_some_and(|request| request.kind == RequestKind::Insert);
                let revived = request
                    .and_then(|request| request.tombstone.as_ref())
                    .is_some_and(|tombstone| tombstone.values == row.values);
                is_mine(state) || carries || made_here || revived || wish == Some(&row.values)
            }
            Base::None | Base::Tombstone => {
                let was_row = matches!(known.base, Base::Row(_));
                let deletes = known.request.as_ref().is_some_and(|request| request.kind == RequestKind::Delete);
                !was_row || wish.is_none() || deletes || states.iter().any(|state| !state.live && is_mine(state))
            }
        }
    }

    /// What was acknowledged is queued, or has been on the server.
    pub(crate) fn kept(&self, debts: &mut BTreeMap<Key, Debt>, now: &Look) -> Check {
        let mut paid = Vec::new();
        for (key, debt) in debts.iter() {
            if self.yielding.contains(key) {
                if !now.entries.contains_key(key) {
                    paid.push(key.clone());
                }
                continue;
            }
            let (is_queued, row) = (now.entries.contains_key(key), now.cells(key));
            match debt {
                Debt::Values(values) => {
                    for (&column, value) in values {
                        let is_wished = is_queued && row.is_some_and(|row| row[column] == *value);
                        ensure!(
                            is_wished || self.history.had(key, column, value),
                            "lost: {value:?} in column {column} of {key:?}, now {row:?}, {:?}",
                            now.entries.get(key)
                        );
                    }
                }
                Debt::Absent(since) | Debt::Unmade(since) => {
                    let is_wished = is_queued && row.is_none();
                    ensure!(
                        is_wished || self.history.is_paid(key, debt, By::Device(self.device)),
                        "lost: the deletion of {key:?} since {since}, now {row:?}, {:?}",
                        now.entries.get(key)
                    );
                }
            }
            if !is_queued {
                paid.push(key.clone());
            }
        }
        for key in paid {
            debts.remove(&key);
        }
        Ok(())
    }

    /// A token covers no row that is neither applied nor pending, and never goes back.
    pub(crate) fn covered(&self, kind: Kind, before: &Look, now: &Look) -> Check {
        let Some(token) = now.token(kind) else { return Ok(()) };
        if before.token(kind) == Some(token) {
            return Ok(());
        }
        ensure!(before.token(kind) <= Some(token), "the token of {kind:?} goes back to {token:?}");
        for (key, states) in self.history.rows().filter(|((of, _), _)| *of == kind) {
            let Some(state) = states.last() else { continue };
            let stamp = Timestamp::from_millis(stamp_millis(state.stamped)).unwrap();
            if stamp >= token || now.entries.contains_key(key) {
                continue;
            }
            let version = now.rows.get(key).and_then(|row| row.version.as_deref());
            let wanted = state.live.then_some(state.version.as_str());
            ensure!(version == wanted, "the token {token:?} covers {key:?} at {wanted:?}, the store has {version:?}");
        }
        Ok(())
    }
}

/// Before a row goes its parent, if that is to be made.
pub(crate) fn ordered(before: &Look, now: &Look) -> Check {
    for (key, entry) in &now.entries {
        let is_new = before.entries.get(key).is_none_or(|known| known.request.is_none());
        let sent = entry.request.as_ref().and_then(|request| request.wish.as_ref());
        let (true, Some(sent)) = (is_new, sent) else { continue };
        let Some(album) = parent(key.0, &sent.values).and_then(|parent| now.entries.get(&parent)) else { continue };
        let is_made = album.absent || matches!(album.base, Base::Row(_));
        ensure!(is_made, "a track goes before its album: {entry:?} before {album:?}");
    }
    Ok(())
}
