//! The operation queue: local writes make, change and end entries inside the caller's transaction.

pub(crate) mod answer;
pub(crate) mod conflict;
pub(crate) mod merge;
mod operation;
pub(crate) mod plan;
pub(crate) mod quarantine;
pub(crate) mod resolve;

pub use conflict::AnyConflict;
pub use operation::{Operation, OperationKind, RemoteRow};
pub(crate) use operation::{read_as, to_row, write_row};
pub use resolve::{ConflictPolicy, Resolution};

use crate::error::{Error, ErrorKind};
use crate::row::{Remote, Row, RowBatch};
use crate::store::entry::{Base, Entry, FailureKind, Sequence};
use crate::store::system::{Settled, key};
use crate::store::{Replaced, StoreRead, StoreWrite, StoredRow};
use crate::table::{TableSchema, rule};
use crate::value::{Id, Timestamp};
use answer::stored_from_server;
use plan::Case;

/// How long a settlement is remembered: longer than any page can be on its way.
const SETTLED_KEPT: std::time::Duration = std::time::Duration::from_secs(3600);

/// Who made an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum IdOrigin {
    /// The library, just now: no other row can have it.
    Library,
    /// The app.
    App,
}

/// Whether anything that waits lacks the server's values of a column that was added: an entry, its
/// open request, or a row that was set aside because it could not be read.
pub(crate) fn lacks_values(store: &mut dyn StoreRead, schema: &'static TableSchema) -> Result<bool, Error> {
    if !store.quarantined(Some(schema.name()))?.is_empty() {
        return Ok(true);
    }
    let mut after = Sequence(0);
    while let Some(entry) = store.next_entry(after, Sequence(i64::MAX))? {
        after = entry.sequence;
        if entry.table != schema.name() {
            continue;
        }
        let base = if let Base::Row(base) = &entry.base { Some(base) } else { None };
        let sent = entry.request.as_ref().and_then(|request| request.wish.as_ref());
        let candidate = entry.candidate.as_ref().and_then(Remote::row);
        if [base, sent, candidate].into_iter().flatten().any(|row| !row.lacking().is_empty()) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Inserts the only row of a batch, and queues it.
///
/// # Errors
/// `Exists`: a row of this id is there. `Invalid`: a value breaks a rule of its column.
pub(crate) fn insert(tx: &mut dyn StoreWrite, rows: &RowBatch, origin: IdOrigin, now: Timestamp) -> Result<(), Error> {
    let schema = rows.schema();
    let Some(row) = rows.get(0) else { return Ok(()) };
    rule::check_inserted(row)?;
    let exists = || {
        Error::new(ErrorKind::Exists, "a row of this id is there already; use update or upsert")
            .in_table(schema.name())
            .in_row(row.id())
    };
    if !schema.is_synced() {
        return if tx.insert_row(rows, 0, None)? { Ok(()) } else { Err(exists()) };
    }
    let mut base = Base::None;
    if origin == IdOrigin::App {
        let tombstone = key::tombstone(schema.name(), row.id());
        if tx.is_remembered(schema.name(), row.id(), &tombstone)? {
            tx.remove_grave(schema.name(), row.id())?;
            if let Some(entry) = tx.entry_of(schema, row.id())? {
                return if entry.absent {
                    let mut wish = row.to_row();
                    if let Base::Row(base) = &entry.base {
                        wish.set_kept(base.kept().to_vec());
                    }
                    written(tx, Case { schema, entry, wish: Some(wish) }, now)
                } else {
                    Err(exists())
                };
            }
            // The server keeps a tombstone: without it an insert whose reply was lost could not be
            // told from one that met the tombstone. That another device brought the row back
            // meanwhile does no harm: the truth is asked before it is made again.
            if tx.meta(&tombstone)?.is_some() {
                tx.put_meta(&tombstone, None)?;
                base = Base::Tombstone;
            }
        }
        // A deleted row that is kept says the same; where the server keeps none, the id is free there.
        if schema.keeps_deleted() && !schema.is_hard_delete() && tx.deleted_row(schema, row.id())?.is_some() {
            base = Base::Tombstone;
        }
    }
    let sequence = tx.next_sequence()?;
    if !tx.insert_row(rows, 0, Some(sequence))? {
        return Err(exists());
    }
    let mut entry = Entry::new(sequence, schema.name(), Id::trusted(row.id()), base);
    entry.made_id = origin == IdOrigin::Library;
    entry.written_at = Some(now);
    tx.put_entry(&entry)
}

/// Replaces a row that is there, and queues what differs from the server.
///
/// # Errors
/// `Invalid`: a value that differs from the stored one breaks a rule of its column.
pub(crate) fn update(tx: &mut dyn StoreWrite, before: StoredRow, mut wish: Row, now: Timestamp) -> Result<(), Error> {
    rule::check_replaced(&before.row, &wish)?;
    let schema = wish.schema();
    wish.set_kept(before.row.kept().to_vec());
    let local = |tx: &mut dyn StoreWrite, before: StoredRow| {
        let mut row = wish.clone();
        keep_system(&mut row, &before.row);
        tx.put_row(&StoredRow { row, ..before })
    };
    if !schema.is_synced() {
        return local(tx, before);
    }
    match before.entry {
        Some(sequence) => {
            let entry = entry_at(tx, sequence)?.ok_or_else(|| lost_entry(schema, wish.id()))?;
            if plan::changed(&before.row, &wish).is_empty() {
                return local(tx, before);
            }
            written(tx, Case { schema, entry, wish: Some(wish) }, now)
        }
        None if plan::changed(&before.row, &wish).is_empty() => local(tx, before),
        None => {
            let sequence = tx.next_sequence()?;
            let mut entry = Entry::new(sequence, schema.name(), Id::trusted(wish.id()), Base::Row(before.row.clone()));
            entry.written_at = Some(now);
            let mut row = wish;
            keep_system(&mut row, &before.row);
            tx.put_row(&StoredRow { row, replaced: before.replaced, entry: Some(sequence) })?;
            tx.put_entry(&entry)
        }
    }
}

/// Deletes a row that is there, and queues it.
pub(crate) fn delete(tx: &mut dyn StoreWrite, before: StoredRow, now: Timestamp) -> Result<(), Error> {
    let schema = before.row.schema();
    let id = before.row.id();
    if !schema.is_synced() {
        return tx.remove_row(schema, id);
    }
    match before.entry {
        Some(sequence) => {
            let entry = entry_at(tx, sequence)?.ok_or_else(|| lost_entry(schema, id))?;
            written(tx, Case { schema, entry, wish: None }, now)
        }
        None => {
            let sequence = tx.next_sequence()?;
            let mut entry = Entry::new(sequence, schema.name(), Id::trusted(id), Base::Row(before.row.clone()));
            entry.absent = true;
            entry.written_at = Some(now);
            tx.hide_row(schema, id)?;
            tx.put_entry(&entry)
        }
    }
}

/// Stores an entry after a local write of its row (queue.md 2).
fn written(tx: &mut dyn StoreWrite, mut case: Case, now: Timestamp) -> Result<(), Error> {
    let entry = &mut case.entry;
    entry.revision += 1;
    entry.written_at = Some(now);
    revive(entry);
    if case.vanishes_locally() {
        return vanish(tx, case, None, Ending::Local);
    }
    if case.wish.is_none() && !case.entry.absent {
        tx.remove_entry(case.entry.sequence)?;
        case.entry.sequence = tx.next_sequence()?;
    }
    put_case(tx, &mut case, Replacement::Keep)
}

/// Makes an entry that was set aside live again; one with another id on the server stays.
pub(crate) fn revive(entry: &mut Entry) {
    if matches!(&entry.failure, Some(failure) if failure.kind == FailureKind::WrongId) {
        return;
    }
    if entry.is_set_aside() {
        entry.strikes = 0;
        entry.struck_at = None;
        entry.repair = entry.request.is_some();
    }
    entry.failure = None;
}

/// Makes an operation that has failed ready for the next push; a conflict is tried again anyhow.
///
/// # Errors
/// `Invalid`: the server has the row under another id, so that only a discard frees the entry.
pub(crate) fn retry(tx: &mut dyn StoreWrite, mut entry: Entry) -> Result<(), Error> {
    match &entry.failure {
        Some(failure) if failure.kind == FailureKind::WrongId => {
            let message = "the server answered with another id: only a discard ends this operation";
            Err(Error::new(ErrorKind::Invalid, message).in_table(&entry.table).in_row(entry.id.as_str()))
        }
        Some(failure) if failure.kind != FailureKind::Conflict => {
            revive(&mut entry);
            tx.put_entry(&entry)
        }
        _ => Ok(()),
    }
}

/// What becomes of the version that the last push replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Replacement {
    /// It stays as it is.
    Keep,
    /// An answer gives another, or none.
    Set(Option<Replaced>),
}

/// Stores an entry and its wish.
pub(crate) fn put_case(tx: &mut dyn StoreWrite, case: &mut Case, replacement: Replacement) -> Result<(), Error> {
    case.entry.absent = case.wish.is_none();
    match &case.wish {
        Some(wish) => {
            let mut row = wish.clone();
            match &case.entry.base {
                Base::Row(base) => keep_system(&mut row, base),
                Base::None | Base::Tombstone => keep_system(&mut row, &Row::new(case.schema)),
            }
            let replaced = match replacement {
                Replacement::Set(replaced) => replaced,
                Replacement::Keep => tx.row(case.schema, row.id())?.and_then(|stored| stored.replaced),
            };
            tx.put_row(&StoredRow { row, replaced, entry: Some(case.entry.sequence) })?;
        }
        None => tx.hide_row(case.schema, case.entry.id.as_str())?,
    }
    tx.put_entry(&case.entry)
}

/// Whether an entry ends by an answer of the server.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Ending {
    /// It ends on the device alone.
    Local,
    /// It ends by an answer.
    Settled {
        /// The device's clock.
        now: Timestamp,
        /// The version that the push replaced.
        replaced: Option<Replaced>,
    },
}

/// Ends an entry with which nothing is left to do, and leaves the newest state of the server that
/// is known: the answer's or the candidate's, whichever is later.
pub(crate) fn vanish(tx: &mut dyn StoreWrite, case: Case, newest: Option<Remote>, ending: Ending) -> Result<(), Error> {
    let Case { schema, entry, wish } = case;
    let from_answer = newest.as_ref().map(Remote::updated_at);
    let newest = plan::later(newest, entry.candidate);
    let replaced = match &ending {
        Ending::Settled { replaced, .. } if newest.as_ref().map(Remote::updated_at) == from_answer => replaced.clone(),
        _ => None,
    };
    tx.remove_entry(entry.sequence)?;
    let is_deleted = matches!(newest, Some(Remote::Deleted(_)));
    let mut tombstone = None;
    let left = match newest {
        Some(Remote::Row(row)) => Some(stored_from_server(row, wish.as_ref()).row),
        Some(Remote::Deleted(shown)) => {
            tombstone = shown;
            None
        }
        None => match (wish, &entry.base) {
            (Some(mut wish), Base::Row(base)) => {
                keep_system(&mut wish, base);
                Some(wish)
            }
            _ => None,
        },
    };
    if left.is_none() && (is_deleted || entry.base == Base::Tombstone) {
        tx.put_meta(&key::tombstone(schema.name(), entry.id.as_str()), Some("seen"))?;
    }
    if let Ending::Settled { now, .. } = &ending {
        note_settled(tx, schema, &entry.id, left.as_ref(), *now)?;
    }
    let id = entry.id.as_str();
    match left {
        Some(row) => tx.put_row(&StoredRow { row, replaced, entry: None }),
        None if schema.keeps_deleted() => {
            let is_settled = matches!(ending, Ending::Settled { .. });
            if is_deleted || entry.base == Base::Tombstone || is_settled && was_on_the_server(tx, schema, id)? {
                tx.keep_deleted(schema, id, tombstone.as_ref())
            } else {
                tx.remove_row(schema, id)
            }
        }
        None => tx.remove_row(schema, id),
    }
}

/// Whether a row whose delete was answered came from the server: a 404 alone does not tell.
fn was_on_the_server(tx: &mut dyn StoreWrite, schema: &'static TableSchema, id: &str) -> Result<bool, Error> {
    let hidden = tx.deleted_row(schema, id)?;
    Ok(hidden.is_some_and(|row| row.version.is_some() || row.updated_at.is_some()))
}

/// Remembers what a row was settled to, for pages that were asked for before (queue.md 7).
pub(crate) fn note_settled(
    tx: &mut dyn StoreWrite,
    schema: &'static TableSchema,
    id: &Id,
    row: Option<&Row>,
    now: Timestamp,
) -> Result<(), Error> {
    let settled = Settled {
        table: schema.name().to_owned(),
        id: id.as_str().to_owned(),
        version: row.and_then(|row| row.version.clone()),
        updated_at: row.and_then(|row| row.updated_at),
        deleted: row.is_none(),
        at: now,
    };
    tx.put_settled(&settled, now.saturating_sub(SETTLED_KEPT))
}

/// Drops what an entry wishes: the row goes back to what the server has, or away if it never had
/// it (queue.md 8). With a request open the entry stays until the truth is known.
pub(crate) fn discard(tx: &mut dyn StoreWrite, mut case: Case) -> Result<(), Error> {
    // A candidate from before an answer that made the base is outdated.
    let candidate = case.entry.candidate.take().filter(|candidate| match &case.entry.base {
        Base::Row(base) => candidate.updated_at().is_none() || candidate.updated_at() >= base.updated_at,
        Base::None | Base::Tombstone => true,
    });
    let shown = match &candidate {
        Some(Remote::Row(row)) => {
            let mut row = row.clone();
            if let Base::Row(base) = &case.entry.base {
                row.set_kept(base.kept().to_vec());
            }
            Some(row)
        }
        Some(Remote::Deleted(_)) => None,
        None => match &case.entry.base {
            Base::Row(row) => Some(row.clone()),
            Base::None | Base::Tombstone => None,
        },
    };
    let wish = shown.clone().map(|row| stored_from_server(row, case.wish.as_ref()).row);
    let tombstone = candidate.filter(|candidate| candidate.live().is_none());
    case.entry.base = match (shown, &tombstone) {
        (Some(row), _) => Base::Row(row),
        (None, Some(_)) => Base::Tombstone,
        (None, None) => case.entry.base,
    };
    case.wish = wish;
    case.entry.failure = None;
    if case.entry.request.is_none() {
        return vanish(tx, case, tombstone, Ending::Local);
    }
    case.entry.discarded = true;
    case.entry.revision += 1;
    put_case(tx, &mut case, Replacement::Set(None))
}

/// Loads an entry with its wish.
pub(crate) fn case_of(tx: &mut dyn StoreRead, schema: &'static TableSchema, entry: Entry) -> Result<Case, Error> {
    let wish = if entry.absent { None } else { tx.row(schema, entry.id.as_str())?.map(|stored| stored.row) };
    Ok(Case { schema, entry, wish })
}

/// Finds an entry by its sequence number.
pub(crate) fn entry_at(tx: &mut dyn StoreRead, sequence: Sequence) -> Result<Option<Entry>, Error> {
    let entry = tx.next_entry(Sequence(sequence.0 - 1), Sequence(i64::MAX))?;
    Ok(entry.filter(|entry| entry.sequence == sequence))
}

fn lost_entry(schema: &TableSchema, id: &str) -> Error {
    Error::new(ErrorKind::Store, "the row points at a queue entry that is not there; the store file is damaged")
        .in_table(schema.name())
        .in_row(id)
}

/// Copies the members that the server writes.
fn keep_system(row: &mut Row, from: &Row) {
    row.version.clone_from(&from.version);
    row.updated_at = from.updated_at;
    row.created_at = from.created_at;
    row.deleted = false;
}
