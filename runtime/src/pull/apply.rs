//! Pages and the token that covers them, in one transaction; rows beside pending work one by one.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use crate::error::Error;
use crate::queue::answer::take_values;
use crate::queue::plan::{self, Case};
use crate::queue::{self, Replacement};
use crate::row::{Remote, Row, RowBatch, RowRef};
use crate::store::entry::{Base, Entry};
use crate::store::system::{DeltaToken, Grave, Quarantined, Settled};
use crate::store::{SameVersion, StoreWrite};
use crate::table::TableSchema;
use crate::value::{Id, Timestamp};
use crate::wire::answer::Page;

/// Pages that go into the store together.
#[derive(Debug)]
pub(crate) struct Slice {
    pub(crate) schema: &'static TableSchema,
    pub(crate) pages: Vec<Page>,
    /// The token that covers the pages; `None` for a pull that remembers nothing.
    pub(crate) token: Option<DeltaToken>,
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
    /// Rows of which a page cannot tell whether they are newer than what was settled meanwhile;
    /// while there are any, the token is not stored.
    pub(crate) reread: Vec<Id>,
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
    if let (Some(token), true) = (&slice.token, done.reread.is_empty()) {
        tx.put_token(token)?;
    }
    done.mark = tx.settle_mark()?;
    done.took = began.elapsed();
    Ok(done)
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
        done.quarantined += 1;
        tx.put_quarantined(&Quarantined {
            table: slice.schema.name().to_owned(),
            id: row.id.clone(),
            error: row.error.clone(),
            raw: row.raw.clone(),
            at: slice.now,
        })?;
    }
    Ok(())
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
enum Worth {
    Newer,
    Older,
    Unclear,
}

fn worth(row: RowRef<'_>, settled: &Settled) -> Worth {
    if settled.deleted {
        return if row.is_deleted() { Worth::Newer } else { Worth::Unclear };
    }
    match (row.updated_at(), settled.updated_at) {
        (Some(pulled), Some(known)) if pulled > known => Worth::Newer,
        (Some(pulled), Some(known)) if pulled < known => Worth::Older,
        _ if row.version().is_some() && row.version() == settled.version.as_ref().map(|version| version.as_str()) => {
            Worth::Older
        }
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
        match worth(row, settled) {
            Worth::Newer => {}
            Worth::Older => return Ok(()),
            Worth::Unclear => {
                done.reread.push(Id::trusted(row.id()));
                return Ok(());
            }
        }
    }
    apply_known(tx, slice, exceptions.graves.get(row.id()), row.to_row(), done)
}

/// Applies a row that is known to be the newest state of the server.
fn apply_known(
    tx: &mut dyn StoreWrite,
    slice: &Slice,
    grave: Option<&Grave>,
    row: Row,
    done: &mut Done,
) -> Result<(), Error> {
    let schema = slice.schema;
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
    let applied = tx.apply(&batch, &[], slice.same)?;
    done.changed += applied.changed;
    done.removed += applied.removed;
    Ok(())
}

/// Applies the truth about rows that a slice could not weigh, and the token that covers them.
pub(crate) fn apply_truths(
    tx: &mut dyn StoreWrite,
    slice: &Slice,
    truths: Vec<(Id, Option<Remote>)>,
) -> Result<Done, Error> {
    let mut done = Done::default();
    for (id, truth) in truths {
        let row = match truth {
            Some(Remote::Row(row) | Remote::Deleted(Some(row))) => row,
            Some(Remote::Deleted(None)) | None => gone(slice.schema, &id),
        };
        apply_known(tx, slice, None, row, &mut done)?;
    }
    if let Some(token) = &slice.token {
        tx.put_token(token)?;
    }
    done.mark = tx.settle_mark()?;
    Ok(done)
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
