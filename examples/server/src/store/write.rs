//! What a request on one row does to it: decided here, of the row that was found, by no engine.
//!
//! An engine finds the row, asks [`Write::decide`], does the [`Step`] with a new stamp, and gives the [`Outcome`] once its transaction is
//! committed. The decision changes nothing and can be repeated, as a transaction has to be that the database turned away.

use std::sync::Arc;

use synctable::testing::eval::holds;
use synctable::testing::typed::Typed;
use synctable::testing::value::{TICKS_PER_MS, format_instant_ms, parse_instant};

use super::{Cell, Keyed, StoreError, StoredRow, StoredTable};
use crate::body::{self, BodyFault, Members};
use crate::conditions::{Conditions, Verdict};
use crate::value;

/// The rows that a request can see.
#[derive(Debug, Clone)]
pub(crate) struct View {
    /// Tombstones are among them.
    pub(crate) tombstones: bool,
    /// What holds for them.
    pub(crate) rows: Option<Typed>,
}

impl View {
    fn has(&self, table: &StoredTable, row: &StoredRow) -> bool {
        self.rows.as_ref().is_none_or(|rows| holds(rows, &|name| row.value(table, name)))
    }

    fn hides(&self, table: &StoredTable, row: &StoredRow) -> bool {
        table.is_soft_delete() && row.deleted && !self.tombstones
    }
}

/// What a row becomes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Change {
    pub(crate) cells: Vec<Cell>,
    pub(crate) deleted: bool,
}

/// The members that a row gets; it keeps its others.
#[derive(Debug)]
pub(crate) struct Patch {
    pub(crate) members: Members,
    /// What the body says of the tombstone.
    pub(crate) deleted: Option<bool>,
    pub(crate) system: SystemMembers,
}

/// What a patch may say of the members that the server sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SystemMembers {
    /// What they are.
    Repeated,
    /// Anything.
    Ignored,
}

/// A read of one row.
#[derive(Debug)]
pub(crate) struct Read {
    pub(crate) id: String,
    pub(crate) view: View,
    pub(crate) conditions: Conditions,
}

/// A write of one row.
#[derive(Debug)]
pub(crate) struct Write {
    pub(crate) table: Arc<StoredTable>,
    pub(crate) id: String,
    pub(crate) view: View,
    pub(crate) conditions: Conditions,
    pub(crate) kind: WriteKind,
    /// The name of the request, under which its outcome is kept.
    pub(crate) key: Option<Keyed>,
}

/// What a write is to do.
#[derive(Debug)]
pub(crate) enum WriteKind {
    /// Makes a row, unless there is one with its id.
    Insert(Change),
    /// Gives a row other values.
    Replace(Change),
    /// Gives a row some other values; a tombstone may become a row again.
    Merge(Patch),
    /// Deletes a row, leaving a tombstone where the table has them.
    Delete,
    /// Makes a tombstone a row again; a row gets a new version.
    Undelete,
}

/// How a request on one row ended.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Outcome {
    /// The row as it is now.
    Done(StoredRow),
    /// The row is gone, or is a tombstone now; this is what it was last.
    Removed(StoredRow),
    /// There is a row with that id, a tombstone perhaps.
    Exists(StoredRow),
    /// There is a row with that id, which the request cannot see.
    Taken,
    Missing,
    /// The row is a tombstone and tombstones were not asked for.
    Gone,
    /// A condition of the request does not hold for this row.
    Failed(StoredRow),
    /// The version that the body names is not that of this row.
    Stale(StoredRow),
    /// The reader has this row already.
    NotModified,
    /// The change does not fit the row.
    Refused(Refusal),
}

/// Why a change does not fit a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// A member of the body cannot be stored.
    Body(BodyFault),
    /// A member that the server sets was sent with another value.
    System { member: &'static str, stored: String, sent: String },
}

/// What a write does to the row that was found.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Step {
    /// Nothing is written.
    Answer(Outcome),
    /// There is no row yet; this becomes it.
    Insert(Change),
    /// The row, inserted at a stamp, becomes this.
    Update { change: Change, created_at: i64 },
    /// The row becomes a tombstone.
    Bury(StoredRow),
    /// The row goes away.
    Remove(StoredRow),
}

impl Read {
    /// Decides how a read ends, given what was found.
    pub(crate) fn decide(&self, table: &StoredTable, found: Option<StoredRow>) -> Outcome {
        let Some(row) = found.filter(|row| self.view.has(table, row)) else { return Outcome::Missing };
        if self.view.hides(table, &row) {
            return Outcome::Gone;
        }
        match self.conditions.check(&row.version(), row.updated_at) {
            Verdict::Proceed => Outcome::Done(row),
            Verdict::Failed | Verdict::Stale => Outcome::Failed(row),
            Verdict::NotModified => Outcome::NotModified,
        }
    }
}

impl Write {
    /// Decides what a write does, given what was found.
    pub(crate) fn decide(&self, found: Option<StoredRow>) -> Step {
        let table = &*self.table;
        if let WriteKind::Insert(change) = &self.kind {
            return match found {
                None => Step::Insert(change.clone()),
                Some(row) if self.view.has(table, &row) => Step::Answer(Outcome::Exists(row)),
                Some(_) => Step::Answer(Outcome::Taken),
            };
        }
        let Some(row) = found.filter(|row| self.view.has(table, row)) else { return Step::Answer(Outcome::Missing) };
        // V3 looks at these members before all else.
        if let WriteKind::Merge(patch) = &self.kind
            && let Some(refusal) = patch.changes_system_member(&row)
        {
            return Step::Answer(Outcome::Refused(refusal));
        }
        if self.view.hides(table, &row) {
            return Step::Answer(Outcome::Gone);
        }
        match self.conditions.check(&row.version(), row.updated_at) {
            Verdict::Proceed => {}
            Verdict::Failed | Verdict::NotModified => return Step::Answer(Outcome::Failed(row)),
            Verdict::Stale => return Step::Answer(Outcome::Stale(row)),
        }
        let update = |change: Change| Step::Update { change, created_at: row.created_at };
        match &self.kind {
            WriteKind::Insert(change) | WriteKind::Replace(change) => update(change.clone()),
            WriteKind::Merge(patch) => match patch.apply(table, &row) {
                Ok(change) => update(change),
                Err(refusal) => Step::Answer(Outcome::Refused(refusal)),
            },
            WriteKind::Undelete => update(Change { cells: row.cells.clone(), deleted: false }),
            WriteKind::Delete if table.is_soft_delete() => Step::Bury(row),
            WriteKind::Delete => Step::Remove(row),
        }
    }

    /// Returns about how many bytes the values of the write take.
    pub(super) fn bytes(&self) -> usize {
        let of_cell = |cell: &Cell| match cell {
            Cell::Text(text) => text.len(),
            Cell::Blob(bytes) => bytes.len(),
            Cell::Null | Cell::Int(_) | Cell::Real(_) => 8,
        };
        match &self.kind {
            WriteKind::Insert(change) | WriteKind::Replace(change) => change.cells.iter().map(of_cell).sum(),
            WriteKind::Merge(patch) => patch.members.bytes(),
            WriteKind::Delete | WriteKind::Undelete => 0,
        }
    }

    /// Makes the row of a change, with the stamp of the write.
    pub(super) fn row(&self, change: Change, stamp: i64, created_at: i64) -> StoredRow {
        StoredRow { id: self.id.clone(), created_at, updated_at: stamp, deleted: change.deleted, cells: change.cells }
    }
}

impl Patch {
    fn apply(&self, table: &StoredTable, row: &StoredRow) -> Result<Change, Refusal> {
        let cells = read_cells(table, &self.members, |at| row.cells[at].clone()).map_err(Refusal::Body)?;
        Ok(Change { cells, deleted: self.deleted.unwrap_or(row.deleted) })
    }

    /// A PATCH may repeat what the server sets, but not change it.
    fn changes_system_member(&self, row: &StoredRow) -> Option<Refusal> {
        if self.system == SystemMembers::Ignored {
            return None;
        }
        let sent = |name: &str| {
            self.members.get(name).map(|json| serde_json::from_str::<String>(json).unwrap_or_else(|_| json.to_owned()))
        };
        let same_ms = |sent: &String| {
            parse_instant(sent)
                .is_some_and(|ticks| ticks.div_euclid(TICKS_PER_MS) == row.updated_at.div_euclid(TICKS_PER_MS))
        };
        if let Some(sent) = sent("id").filter(|sent| *sent != row.id) {
            return Some(Refusal::System { member: "id", stored: row.id.clone(), sent });
        }
        if let Some(sent) = sent("version").filter(|sent| *sent != row.version()) {
            return Some(Refusal::System { member: "version", stored: row.version(), sent });
        }
        let sent = sent("updatedAt").filter(|sent| !same_ms(sent))?;
        Some(Refusal::System { member: "updatedAt", stored: format_instant_ms(row.updated_at), sent })
    }
}

/// Reads the columns of a body; a member that is not there gives what `absent` returns for the index of its column.
pub(crate) fn read_cells(
    table: &StoredTable,
    members: &Members,
    absent: impl Fn(usize) -> Cell,
) -> Result<Vec<Cell>, BodyFault> {
    let columns = table.columns().iter().enumerate();
    columns
        .map(|(at, column)| members.get(column.name()).map_or_else(|| Ok(absent(at)), |json| value::read(column, json)))
        .collect()
}

/// A row that is put whatever is there.
#[derive(Debug, Clone)]
pub(super) struct Seed {
    pub(super) id: String,
    pub(super) change: Change,
}

impl Seed {
    pub(super) fn read(table: &StoredTable, row: &serde_json::Value) -> Result<Self, StoreError> {
        let refused = |fault: BodyFault| StoreError::new(format!("a row to seed does not fit: {}", fault.message));
        let members = body::parse(row.to_string().as_bytes()).map_err(refused)?;
        let id: Option<String> = members.get("id").and_then(|json| serde_json::from_str(json).ok());
        let id =
            id.filter(|id| !id.is_empty()).ok_or_else(|| StoreError::new(format!("a row to seed has no id: {row}")))?;
        let cells = read_cells(table, &members, |at| value::missing(&table.columns()[at])).map_err(refused)?;
        Ok(Self { id, change: Change { cells, deleted: members.get("deleted") == Some("true") } })
    }

    /// Makes the row; over one that is there, the stamp of its insert stays.
    pub(super) fn row(self, stamp: i64) -> StoredRow {
        StoredRow {
            id: self.id,
            created_at: stamp,
            updated_at: stamp,
            deleted: self.change.deleted,
            cells: self.change.cells,
        }
    }
}
