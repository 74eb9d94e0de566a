//! Pages and the token that covers them, in one transaction; rows beside pending work one by one.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use crate::error::Error;
use crate::queue::answer::take_values;
use crate::queue::plan::{self, Case};
use crate::queue::{self, Replacement, quarantine};
use crate::row::{Remote, Row, RowBatch, RowRef};
use crate::store::entry::{Base, Entry};
use crate::store::system::{DeltaToken, Grave, Quarantined, Settled};
use crate::store::{SameVersion, StoreWrite};
use crate::table::TableSchema;
use crate::value::{Id, Timestamp, Version};
use crate::wire::answer::{Page, UnreadableRow};

use super::again::Found;
use super::remember::{self, Seen, Stored};

/// Pages that go into the store together.
#[derive(Debug)]
pub(crate) struct Slice {
    pub(crate) schema: &'static TableSchema,
    pub(crate) pages: Vec<Page>,
    /// The token that covers the pages; `None` if there is none to be stored.
    pub(crate) token: Option<DeltaToken>,
    /// The token that was stored before.
    pub(crate) seen: Option<Seen>,
    /// Settlements later than this were not known to the server when the pages were asked for.
    pub(crate) mark: i64,
    pub(crate) same: SameVersion,
    pub(crate) now: Timestamp,
}

/// What a slice did.
#[derive(Debug, Default)]
pub(crate) struct Done {
    pub(crate) changed: u64,
    pub(crate) removed: u64,
    pub(crate) protected: u64,
    pub(crate) quarantined: u64,
    /// The rows set aside.
    pub(crate) aside: Vec<Id>,
    /// Rows taken away by a reconcile.
    pub(crate) reconciled: u64,
    /// Rows of which a page cannot tell whether they are newer than what was settled meanwhile;
    /// while there are any, the token is not stored.
    pub(crate) reread: Vec<Id>,
    /// What became of the token, if one was to be stored.
    pub(crate) stored: Option<Stored>,
    /// The mark of the last settlement.
    pub(crate) mark: i64,
    pub(crate) took: Duration,
}

/// What makes a row special: looked up once a slice, and empty most of the time.
struct Exceptions {
    absent: HashSet<String>,
    graves: HashMap<String, Grave>,
    settled: HashMap<String, Settled>,
    quarantined: HashSet<String>,
}

/// Applies a slice.
pub(crate) fn apply(tx: &mut dyn StoreWrite, slice: &Slice) -> Result<Done, Error> {
    let began = Instant::now();
    let table = slice.schema.name();
    let exceptions = Exceptions {
        absent: tx.absent_ids(table)?,
        graves: tx.graves(table)?.into_iter().map(|grave| (grave.row.id().to_owned(), grave)).collect(),
        settled: tx
            .settled_since(table, slice.mark)?
            .into_iter()
            .map(|settled| (settled.id.clone(), settled))
            .collect(),
        quarantined: tx.quarantined(Some(table))?.into_iter().map(|row| row.id).collect(),
    };
    let mut done = Done::default();
    for page in &slice.pages {
        apply_page(tx, slice, &exceptions, page, &mut done)?;
    }
    store_token(tx, slice, &mut done)?;
    done.mark = tx.settle_mark()?;
    done.took = began.elapsed();
    Ok(done)
}

/// Stores the token of a slice, unless one of its rows must be read again first.
fn store_token(tx: &mut dyn StoreWrite, slice: &Slice, done: &mut Done) -> Result<(), Error> {
    if let (Some(token), true) = (&slice.token, done.reread.is_empty()) {
        done.stored = Some(remember::store(tx, token, slice.seen.as_ref())?);
    }
    Ok(())
}

fn apply_page(
    tx: &mut dyn StoreWrite,
    slice: &Slice,
    exceptions: &Exceptions,
    page: &Page,
    done: &mut Done,
) -> Result<(), Error> {
    let mut skip = Vec::new();
    if !exceptions.is_empty() {
        let special = page.rows.iter().enumerate().filter(|(_, row)| exceptions.concern(row.id()));
        skip.extend(special.map(|(place, _)| place));
    }
    let applied = tx.apply(&page.rows, &skip, slice.same)?;
    done.changed += applied.changed;
    done.removed += applied.removed;
    for place in skip.into_iter().chain(applied.protected) {
        if let Some(row) = page.rows.get(place) {
            apply_one(tx, slice, exceptions, row, done)?;
        }
    }
    for (_, row) in &page.unreadable {
        set_aside(tx, slice.schema, row, slice.now)?;
        done.quarantined += 1;
        done.aside.push(Id::trusted(&row.id));
    }
    Ok(())
}

/// Sets a row aside that could not be read.
fn set_aside(
    tx: &mut dyn StoreWrite,
    schema: &'static TableSchema,
    row: &UnreadableRow,
    at: Timestamp,
) -> Result<(), Error> {
    let row = Quarantined {
        table: schema.name().to_owned(),
        id: row.id.clone(),
        error: row.error.clone(),
        raw: row.raw.clone(),
        at,
    };
    quarantine::set_aside(tx, schema, &row)
}

impl Exceptions {
    fn is_empty(&self) -> bool {
        self.absent.is_empty() && self.graves.is_empty() && self.settled.is_empty() && self.quarantined.is_empty()
    }

    fn concern(&self, id: &str) -> bool {
        self.absent.contains(id)
            || self.graves.contains_key(id)
            || self.settled.contains_key(id)
            || self.quarantined.contains(id)
    }
}

/// What a page's row is worth beside a settlement that the page may not have seen.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Worth {
    Newer,
    Older,
    Unclear,
}

fn worth(deleted: bool, updated_at: Option<Timestamp>, version: Option<&str>, settled: &Settled) -> Worth {
    if settled.deleted {
        return if deleted { Worth::Newer } else { Worth::Unclear };
    }
    match (updated_at, settled.updated_at) {
        (Some(pulled), Some(known)) if pulled > known => Worth::Newer,
        (Some(pulled), Some(known)) if pulled < known => Worth::Older,
        _ if version.is_some() && version == settled.version.as_ref().map(Version::as_str) => Worth::Older,
        _ => Worth::Unclear,
    }
}

fn apply_one(
    tx: &mut dyn StoreWrite,
    slice: &Slice,
    exceptions: &Exceptions,
    row: RowRef<'_>,
    done: &mut Done,
) -> Result<(), Error> {
    if let Some(settled) = exceptions.settled.get(row.id()) {
        match worth(row.is_deleted(), row.updated_at(), row.version(), settled) {
            Worth::Newer => {}
            Worth::Older => return Ok(()),
            Worth::Unclear => {
                done.reread.push(Id::trusted(row.id()));
                return Ok(());
            }
        }
    }
    apply_known(tx, slice.schema, slice.same, exceptions.graves.get(row.id()), row.to_row(), done)
}

/// Applies a row that is known to be the newest state of the server.
fn apply_known(
    tx: &mut dyn StoreWrite,
    schema: &'static TableSchema,
    same: SameVersion,
    grave: Option<&Grave>,
    row: Row,
    done: &mut Done,
) -> Result<(), Error> {
    tx.remove_quarantined(schema.name(), row.id())?;
    if let Some(entry) = tx.entry_of(schema, row.id())? {
        done.protected += 1;
        return become_candidate(tx, schema, entry, row);
    }
    if let Some(grave) = grave {
        let known = tx.row(schema, row.id())?.is_some_and(|stored| stored.row.version == row.version);
        if !row.deleted && !known && plan::same_on_the_wire(&grave.row, &row) {
            return delete_again(tx, schema, row);
        }
    }
    let mut batch = RowBatch::new(schema);
    row.append_to(&mut batch);
    let applied = tx.apply(&batch, &[], same)?;
    done.changed += applied.changed;
    done.removed += applied.removed;
    Ok(())
}

/// What the server has under ids that were asked for one by one.
#[derive(Debug)]
pub(crate) struct Truths {
    pub(crate) schema: &'static TableSchema,
    pub(crate) found: Vec<(Id, Found)>,
    /// Settlements later than this were not known to the server when it was asked.
    pub(crate) mark: i64,
    pub(crate) same: SameVersion,
    pub(crate) now: Timestamp,
}

impl Truths {
    /// What was settled since the server was asked.
    pub(super) fn settled(&self, tx: &mut dyn StoreWrite) -> Result<HashMap<String, Settled>, Error> {
        let settled = tx.settled_since(self.schema.name(), self.mark)?;
        Ok(settled.into_iter().map(|settled| (settled.id.clone(), settled)).collect())
    }
}

/// What a read by id is worth beside a settlement that it may not have seen.
pub(super) fn worth_of(found: &Found, settled: &Settled) -> Worth {
    match found {
        Found::Remote(Remote::Row(row) | Remote::Deleted(Some(row))) => {
            worth(row.deleted, row.updated_at, row.version.as_ref().map(Version::as_str), settled)
        }
        Found::Nothing | Found::Remote(Remote::Deleted(None)) if settled.deleted => Worth::Newer,
        Found::Nothing | Found::Remote(Remote::Deleted(None)) => Worth::Unclear,
        Found::Unreadable(_) => Worth::Unclear,
    }
}

/// Applies what was read by id about rows that a slice could not weigh, and the token that covers them.
pub(crate) fn apply_truths(tx: &mut dyn StoreWrite, truths: Truths, slice: &Slice) -> Result<Done, Error> {
    let mut done = Done::default();
    let settled = truths.settled(tx)?;
    for (id, found) in truths.found {
        match settled.get(id.as_str()).map(|settled| worth_of(&found, settled)) {
            None | Some(Worth::Newer) => {}
            Some(Worth::Older) => continue,
            Some(Worth::Unclear) => {
                done.reread.push(id);
                continue;
            }
        }
        apply_found(tx, truths.schema, truths.same, truths.now, &id, found, &mut done)?;
    }
    store_token(tx, slice, &mut done)?;
    done.mark = tx.settle_mark()?;
    Ok(done)
}

/// Applies what the server has under an id.
pub(super) fn apply_found(
    tx: &mut dyn StoreWrite,
    schema: &'static TableSchema,
    same: SameVersion,
    now: Timestamp,
    id: &Id,
    found: Found,
    done: &mut Done,
) -> Result<(), Error> {
    let row = match found {
        Found::Remote(Remote::Row(row) | Remote::Deleted(Some(row))) => row,
        Found::Remote(Remote::Deleted(None)) | Found::Nothing => gone(schema, id),
        Found::Unreadable(row) => {
            done.quarantined += 1;
            done.aside.push(id.clone());
            return set_aside(tx, schema, &row, now);
        }
    };
    apply_known(tx, schema, same, None, row, done)
}

/// A tombstone for a row of which the server knows nothing.
fn gone(schema: &'static TableSchema, id: &Id) -> Row {
    let mut row = Row::new(schema);
    row.values[schema.id_index()] = crate::value::Value::Text(id.as_str().to_owned());
    row.deleted = true;
    row
}

/// The row keeps its wish; the server's row waits beside it (queue.md 7).
fn become_candidate(
    tx: &mut dyn StoreWrite,
    schema: &'static TableSchema,
    mut entry: Entry,
    row: Row,
) -> Result<(), Error> {
    if let Base::Row(base) = &entry.base
        && !row.deleted
        && row.version.is_some()
        && row.version == base.version
    {
        return fill_lacking(tx, schema, entry, &row);
    }
    let is_older = entry.candidate.as_ref().is_some_and(|candidate| candidate.updated_at() > row.updated_at);
    if is_older {
        return Ok(());
    }
    entry.candidate = Some(Remote::of(row));
    tx.put_entry(&entry)
}

/// A pulled row of the base's own version fills the columns that base, wish and open request lack,
/// because they were added after the entry was made.
fn fill_lacking(
    tx: &mut dyn StoreWrite,
    schema: &'static TableSchema,
    mut entry: Entry,
    row: &Row,
) -> Result<(), Error> {
    let Base::Row(base) = &mut entry.base else { return Ok(()) };
    let lacking = base.lacking().to_vec();
    if lacking.is_empty() {
        return Ok(());
    }
    let stood_in = base.clone();
    fill(base, row);
    if let Some(wish) = entry.request.as_mut().and_then(|request| request.wish.as_mut()) {
        fill(wish, row);
    }
    let mut case: Case = queue::case_of(tx, schema, entry)?;
    if let Some(wish) = &mut case.wish {
        // A column that the app has not written since it was added still holds its default.
        let unwritten: Vec<usize> =
            lacking.into_iter().filter(|&index| wish.values[index] == stood_in.values[index]).collect();
        take_values(wish, row, |index| unwritten.contains(&index));
    }
    queue::put_case(tx, &mut case, Replacement::Keep)
}

fn fill(kept: &mut Row, row: &Row) {
    for index in kept.lacking().to_vec() {
        kept.fill(index, row.values[index].clone());
    }
}

/// A row appeared whose insert nobody wanted any more: it is queued for deletion.
fn delete_again(tx: &mut dyn StoreWrite, schema: &'static TableSchema, row: Row) -> Result<(), Error> {
    tx.remove_grave(schema.name(), row.id())?;
    tx.remove_row(schema, row.id())?;
    let sequence = tx.next_sequence()?;
    let mut entry = Entry::new(sequence, schema.name(), Id::trusted(row.id()), Base::Row(row));
    entry.absent = true;
    tx.put_entry(&entry)
}
