//! What a resolution makes of a conflict: base and wish by the table of queue.md 6.

use super::answer::{After, stored_from_server};
use super::merge::{self, Additions, Merged};
use super::plan::{Case, Step};
use super::{Ending, Replacement};
use crate::error::{Error, ErrorKind};
use crate::queue;
use crate::row::{Remote, Row};
use crate::store::StoreWrite;
use crate::store::entry::Base;
use crate::table::rule;
use crate::value::Timestamp;

/// How a conflict ends, as the app decides it.
///
/// Whatever it is, nothing is written over a row of the server that was not seen: the request that
/// follows wants the version that the conflict showed, and a row that has changed since makes another
/// conflict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Resolution<T> {
    /// The row as it is wished here goes to the server, in every column; a deletion here deletes the
    /// server's row, a row that is deleted there is made again.
    KeepLocal,
    /// The row becomes what the server has; what was changed here is dropped.
    KeepRemote,
    /// This row is wished from now on, and goes to the server. Its id is that of the conflict, whatever
    /// the struct says; local-only columns stay as they are here.
    Merge(T),
    /// The conflict is kept: it is listed, and tried again at the next push.
    #[default]
    Defer,
    /// As `Defer`, and the push stops.
    Abort,
}

/// How conflicts end without code of the app; plain data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum ConflictPolicy {
    /// They are left to the app: the operation fails in the push, is listed, and is tried again at the
    /// next push.
    #[default]
    Fail,
    /// The row as it is wished here wins, deletions too.
    LocalWins,
    /// What the server has wins, deletions too.
    RemoteWins,
    /// The later write wins: the time of the last write here, by the clock of this device, is held
    /// against the server row's `updatedAt`, by the clock of the server. A device whose clock is ahead
    /// wins more often than it should. Of equal times the server's wins; where either is not known,
    /// as for a deletion of which the server keeps nothing, the conflict is left to the app.
    NewestWins,
    /// Rows that both sides changed are merged column by column, by what each column declares in
    /// `#[sync(merge = ..)]` (see [`MergeRule`](crate::MergeRule)). A column that one side changed takes
    /// that side's value. Where both changed a column differently and no rule decides, and where one
    /// side deleted the row, the conflict is left to the app.
    Merge,
}

/// Ends a conflict that was listed, outside a push; deferring changes nothing.
///
/// # Errors
/// `Conflict`: it has ended meanwhile. `Invalid`: the merged row breaks a rule of a column.
pub(crate) fn resolve_listed(
    tx: &mut dyn StoreWrite,
    mut case: Case,
    remote: &Remote,
    resolution: Resolution<Row>,
    now: Timestamp,
) -> Result<(), Error> {
    if !case.is_conflict() {
        let message = "the conflict has ended since it was listed";
        let error = Error::new(ErrorKind::Conflict, message);
        return Err(error.in_table(case.schema.name()).in_row(case.entry.id.as_str()));
    }
    let is_open = case.entry.request.is_some();
    if is_open && resolution == Resolution::KeepRemote {
        // The request may yet arrive: the entry stays until the truth is known.
        return queue::discard(tx, case);
    }
    let After::Plan(newest) = case.resolve(remote, resolution)? else { return Ok(()) };
    let entry = &mut case.entry;
    entry.revision += 1;
    entry.failure = None;
    entry.strikes = 0;
    // The open request asks for the base of before: the truth is fetched before anything is sent.
    entry.repair = is_open;
    if !is_open && case.next() == Step::Vanish {
        return queue::vanish(tx, case, newest, Ending::Settled { now, replaced: None });
    }
    queue::put_case(tx, &mut case, Replacement::Set(None))
}

impl Case {
    /// Ends the conflict with a state of the server that was seen; deferring changes nothing.
    ///
    /// # Errors
    /// `Invalid`: the merged row breaks a rule of a column; nothing is changed.
    pub(crate) fn resolve(&mut self, remote: &Remote, resolution: Resolution<Row>) -> Result<After, Error> {
        match resolution {
            Resolution::Defer | Resolution::Abort => return Ok(After::Failed),
            Resolution::KeepLocal => {
                if self.wish.is_none() && remote.live().is_none() {
                    return Ok(self.keep_remote(remote));
                }
                self.rebase(remote);
            }
            Resolution::KeepRemote => return Ok(self.keep_remote(remote)),
            Resolution::Merge(row) => {
                let wish = self.merged_wish(row, remote)?;
                self.rebase(remote);
                self.wish = Some(wish);
            }
        }
        Ok(After::Plan(None))
    }

    fn keep_remote(&mut self, remote: &Remote) -> After {
        self.rebase(remote);
        let newest = match &self.entry.base {
            Base::Row(base) => {
                // A row that was deleted here comes back with what the base had of the device's own columns.
                let row = base.clone();
                let mut wish = stored_from_server(row.clone(), Some(self.wish.as_ref().unwrap_or(base))).row;
                fill_local_columns(&mut wish);
                self.wish = Some(wish);
                Remote::Row(row)
            }
            Base::None | Base::Tombstone => {
                self.wish = None;
                remote.clone()
            }
        };
        After::Plan(Some(newest))
    }

    /// The state of the server that was seen is the base; a later one stays the candidate.
    fn rebase(&mut self, remote: &Remote) {
        let is_later = |candidate: &Remote| candidate != remote && candidate.updated_at() > remote.updated_at();
        self.entry.candidate = self.entry.candidate.take().filter(is_later);
        self.entry.base = match remote {
            Remote::Row(row) => {
                let mut row = self.with_kept(row.clone(), None);
                if let Base::Row(base) = &self.entry.base {
                    keep_local_columns(&mut row, base);
                }
                Base::Row(row)
            }
            Remote::Deleted(_) => Base::Tombstone,
        };
        self.entry.doubtful = false;
    }

    /// The row that the app merged, as it is stored.
    fn merged_wish(&self, mut row: Row, remote: &Remote) -> Result<Row, Error> {
        let local = match (&self.wish, &self.entry.base) {
            (Some(wish), _) => Some(wish),
            (None, Base::Row(base)) => Some(base),
            (None, _) => None,
        };
        if let Some(local) = local {
            keep_local_columns(&mut row, local);
            row.set_kept(local.kept().to_vec());
        }
        // Values of one side were accepted there; only what the app has made is held to the rules.
        let sides = [local, remote.live()];
        let schema = row.schema();
        let made = |index: usize| sides.iter().flatten().all(|side| side.values.get(index) != row.values.get(index));
        let broken: Vec<String> = schema
            .columns()
            .iter()
            .enumerate()
            .filter(|(index, _)| made(*index))
            .filter_map(|(index, column)| {
                let error = rule::check_cell(column, row.values.get(index)?.as_ref()).err()?;
                Some(format!("column `{}` {error}", column.wire_name()))
            })
            .collect();
        if broken.is_empty() {
            return Ok(row);
        }
        let message = format!("the row that the conflict was resolved to: {}", broken.join("; "));
        Err(Error::new(ErrorKind::Invalid, message).in_table(schema.name()).in_row(self.entry.id.as_str()))
    }

    /// The three-way merge of the conflict; `None` where a side has no row.
    pub(crate) fn merged(&self, remote: &Remote) -> Option<Merged> {
        let (Some(local), Some(remote)) = (&self.wish, remote.live()) else { return None };
        let base = match &self.entry.base {
            Base::Row(base) => Some(base),
            Base::None | Base::Tombstone => None,
        };
        let additions = if self.entry.doubtful { Additions::Doubtful } else { Additions::Known };
        Some(merge::three_way(base, local, remote, additions))
    }

    /// What a policy makes of the conflict; `Err` says why it leaves it to the app.
    pub(crate) fn decide(&self, policy: ConflictPolicy, remote: &Remote) -> Result<Resolution<Row>, String> {
        match policy {
            ConflictPolicy::Fail => Ok(Resolution::Defer),
            ConflictPolicy::LocalWins => Ok(Resolution::KeepLocal),
            ConflictPolicy::RemoteWins => Ok(Resolution::KeepRemote),
            ConflictPolicy::NewestWins => match (self.entry.written_at, remote.updated_at()) {
                (Some(local), Some(remote)) if local > remote => Ok(Resolution::KeepLocal),
                (Some(_), Some(_)) => Ok(Resolution::KeepRemote),
                _ => Err("it is not known which write is the newest".to_owned()),
            },
            ConflictPolicy::Merge => match self.merged(remote) {
                Some(Merged { row, open }) if open.is_empty() => Ok(Resolution::Merge(row)),
                Some(Merged { open, .. }) => {
                    let columns = self.schema.columns();
                    let names: Vec<&str> =
                        open.iter().filter_map(|index| columns.get(*index)).map(|column| column.wire_name()).collect();
                    Err(format!("both sides changed `{}`", names.join("`, `")))
                }
                None => Err("one side deleted it".to_owned()),
            },
        }
    }
}

/// Gives columns that never leave the device their defaults where they have nothing and need something.
fn fill_local_columns(row: &mut Row) {
    for (index, column) in row.schema().columns().iter().enumerate() {
        if column.is_local_only() && !column.is_nullable() && row.values[index].as_ref().is_null() {
            // A default without a stored form is refused when the store is opened.
            row.values[index] = column.default_cell().unwrap_or_default();
        }
    }
}

/// Copies the values of columns that never leave the device.
fn keep_local_columns(row: &mut Row, from: &Row) {
    for (index, column) in row.schema().columns().iter().enumerate() {
        if column.is_local_only()
            && let (Some(cell), Some(value)) = (row.values.get_mut(index), from.values.get(index))
        {
            cell.clone_from(value);
        }
    }
}

#[cfg(test)]
mod tests;
