//! Answers that are kept under the key of their request, by the transaction that did what it asked for.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use synctable::testing::typed::Typed;

use super::{Cell, Outcome, Refusal, StoredRow, StoredTable};
use crate::body::BodyFault;

/// The name of a request over all its tries.
#[derive(Debug, Clone)]
pub(crate) struct Keyed {
    /// Whose key it is.
    pub(crate) user: String,
    pub(crate) key: String,
    /// What tells the request from another one under the same key.
    pub(crate) print: String,
    pub(crate) kept: Kept,
    /// Takes what the store finds out about the key.
    pub(crate) note: Arc<Note>,
}

/// How long answers are kept, and how many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Kept {
    pub(crate) time: Duration,
    pub(crate) most: u64,
}

impl Kept {
    /// The stamp before which an answer need not be kept any more.
    pub(super) fn since(self, now: i64) -> i64 {
        now.saturating_sub(i64::try_from(self.time.as_nanos() / 100).unwrap_or(i64::MAX))
    }

    pub(super) fn most(self) -> i64 {
        i64::try_from(self.most).unwrap_or(i64::MAX)
    }
}

/// What is known of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyState {
    /// The request was done now, or did not come to the store.
    New,
    /// The outcome is that of the first time.
    Replayed,
    /// It names another request; nothing was done, and the outcome means nothing.
    Mismatch,
}

/// Where the store leaves what it knows of a key.
#[derive(Debug, Default)]
pub(crate) struct Note(AtomicU8);

impl Note {
    fn set(&self, state: KeyState) {
        self.0.store(state as u8, Ordering::Release);
    }

    pub(crate) fn state(&self) -> KeyState {
        match self.0.load(Ordering::Acquire) {
            state if state == KeyState::Replayed as u8 => KeyState::Replayed,
            state if state == KeyState::Mismatch as u8 => KeyState::Mismatch,
            _ => KeyState::New,
        }
    }
}

/// An answer as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reply {
    pub(super) print: String,
    /// The outcome as text.
    pub(super) outcome: String,
}

impl Keyed {
    /// Makes the rows that the request may see a part of what tells it from another one: a kept answer may show a row, and is for nobody who
    /// does not see it.
    #[must_use]
    pub(crate) fn seeing(mut self, visible: Option<&Typed>) -> Self {
        if let Some(visible) = visible {
            self.print.push_str(&format!(" {visible:?}"));
        }
        self
    }

    /// Says that the request is done now; a transaction that is repeated may have said otherwise.
    pub(super) fn is_new(&self) {
        self.note.set(KeyState::New);
    }

    /// The outcome of a request whose key is known.
    pub(super) fn known(&self, table: &StoredTable, reply: &Reply) -> Outcome {
        let outcome = if reply.print == self.print { read(table, &reply.outcome) } else { None };
        // An answer that another version of the server wrote is as good as that of another request: whoever asks looks at the row.
        self.note.set(if outcome.is_some() { KeyState::Replayed } else { KeyState::Mismatch });
        outcome.unwrap_or(Outcome::Missing)
    }

    /// What is kept of the outcome of a request.
    pub(super) fn reply(&self, table: &StoredTable, outcome: &Outcome) -> Reply {
        Reply { print: self.print.clone(), outcome: text(table, outcome) }
    }
}

#[derive(Serialize, Deserialize)]
enum KeptOutcome {
    Done(KeptRow),
    Removed(KeptRow),
    Exists(KeptRow),
    Taken,
    Missing,
    Gone,
    Failed(KeptRow),
    Stale(KeptRow),
    NotModified,
    Body { member: String, message: String },
    System { member: String, stored: String, sent: String },
}

#[derive(Serialize, Deserialize)]
struct KeptRow {
    id: String,
    created: i64,
    at: i64,
    deleted: bool,
    /// By name: the table may have other columns when it is read.
    cells: Vec<(String, KeptCell)>,
}

#[derive(Serialize, Deserialize)]
enum KeptCell {
    Null,
    Int(i64),
    /// By its bits, so that it comes back as it was.
    Real(u64),
    Text(String),
    Base64(String),
}

fn text(table: &StoredTable, outcome: &Outcome) -> String {
    let row = |row: &StoredRow| KeptRow {
        id: row.id.clone(),
        created: row.created_at,
        at: row.updated_at,
        deleted: row.deleted,
        cells: table.columns().iter().map(|column| column.name().to_owned()).zip(row.cells.iter().map(keep)).collect(),
    };
    let kept = match outcome {
        Outcome::Done(done) => KeptOutcome::Done(row(done)),
        Outcome::Removed(removed) => KeptOutcome::Removed(row(removed)),
        Outcome::Exists(there) => KeptOutcome::Exists(row(there)),
        Outcome::Taken => KeptOutcome::Taken,
        Outcome::Missing => KeptOutcome::Missing,
        Outcome::Gone => KeptOutcome::Gone,
        Outcome::Failed(there) => KeptOutcome::Failed(row(there)),
        Outcome::Stale(there) => KeptOutcome::Stale(row(there)),
        Outcome::NotModified => KeptOutcome::NotModified,
        Outcome::Refused(Refusal::Body(BodyFault { member, message })) => {
            KeptOutcome::Body { member: member.clone(), message: message.clone() }
        }
        Outcome::Refused(Refusal::System { member, stored, sent }) => {
            KeptOutcome::System { member: (*member).to_owned(), stored: stored.clone(), sent: sent.clone() }
        }
    };
    // Texts and numbers always have a form in JSON.
    serde_json::to_string(&kept).unwrap_or_default()
}

fn keep(cell: &Cell) -> KeptCell {
    match cell {
        Cell::Null => KeptCell::Null,
        Cell::Int(number) => KeptCell::Int(*number),
        Cell::Real(number) => KeptCell::Real(number.to_bits()),
        Cell::Text(text) => KeptCell::Text(text.clone()),
        Cell::Blob(bytes) => KeptCell::Base64(STANDARD.encode(bytes)),
    }
}

fn read(table: &StoredTable, text: &str) -> Option<Outcome> {
    let row = |kept: KeptRow| {
        let cell = |name: &str| match kept.cells.iter().find(|(known, _)| known == name).map(|(_, cell)| cell) {
            None | Some(KeptCell::Null) => Some(Cell::Null),
            Some(KeptCell::Int(number)) => Some(Cell::Int(*number)),
            Some(KeptCell::Real(bits)) => Some(Cell::Real(f64::from_bits(*bits))),
            Some(KeptCell::Text(text)) => Some(Cell::Text(text.clone())),
            Some(KeptCell::Base64(text)) => STANDARD.decode(text).ok().map(Cell::Blob),
        };
        let cells = table.columns().iter().map(|column| cell(column.name())).collect::<Option<_>>()?;
        Some(StoredRow { id: kept.id, created_at: kept.created, updated_at: kept.at, deleted: kept.deleted, cells })
    };
    Some(match serde_json::from_str(text).ok()? {
        KeptOutcome::Done(done) => Outcome::Done(row(done)?),
        KeptOutcome::Removed(removed) => Outcome::Removed(row(removed)?),
        KeptOutcome::Exists(there) => Outcome::Exists(row(there)?),
        KeptOutcome::Taken => Outcome::Taken,
        KeptOutcome::Missing => Outcome::Missing,
        KeptOutcome::Gone => Outcome::Gone,
        KeptOutcome::Failed(there) => Outcome::Failed(row(there)?),
        KeptOutcome::Stale(there) => Outcome::Stale(row(there)?),
        KeptOutcome::NotModified => Outcome::NotModified,
        KeptOutcome::Body { member, message } => Outcome::Refused(Refusal::Body(BodyFault { member, message })),
        KeptOutcome::System { member, stored, sent } => {
            let member = ["id", "version", "updatedAt"].into_iter().find(|known| *known == member)?;
            Outcome::Refused(Refusal::System { member, stored, sent })
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::table;
    use crate::{ColumnType, TableDefinition};

    fn keyed(print: &str) -> Keyed {
        Keyed {
            user: String::new(),
            key: "k".to_owned(),
            print: print.to_owned(),
            kept: Kept { time: Duration::from_secs(1), most: 1 },
            note: Arc::default(),
        }
    }

    fn definition() -> TableDefinition {
        TableDefinition::new("all")
            .column("number", ColumnType::Int64)
            .column("real", ColumnType::Double)
            .column("words", ColumnType::Text)
            .column("bytes", ColumnType::Bytes)
    }

    #[test]
    fn outcomes_come_back_as_they_were() {
        let table = table::tables(&[definition()]).unwrap().remove(0);
        let row = StoredRow {
            id: "a \u{0} b".to_owned(),
            created_at: 7,
            updated_at: i64::MAX,
            deleted: true,
            cells: vec![
                Cell::Int(i64::MIN),
                Cell::Real(f64::NEG_INFINITY),
                Cell::Text("\"ü\u{0}".to_owned()),
                Cell::Blob(vec![0, 255]),
            ],
        };
        let empty = StoredRow { cells: vec![Cell::Null; 4], ..row.clone() };
        let system = Refusal::System { member: "updatedAt", stored: "1".to_owned(), sent: "2".to_owned() };
        let outcomes = [
            Outcome::Done(row.clone()),
            Outcome::Removed(empty.clone()),
            Outcome::Exists(row.clone()),
            Outcome::Taken,
            Outcome::Missing,
            Outcome::Gone,
            Outcome::Failed(empty.clone()),
            Outcome::Stale(empty),
            Outcome::NotModified,
            Outcome::Refused(Refusal::Body(BodyFault::new("words", "is too long"))),
            Outcome::Refused(system),
        ];
        for outcome in outcomes {
            let keyed = keyed("p");
            let reply = keyed.reply(&table, &outcome);
            assert_eq!(keyed.known(&table, &reply), outcome);
            assert_eq!(keyed.note.state(), KeyState::Replayed);
        }
    }

    #[test]
    fn an_answer_of_before_the_table_got_a_column_has_it_empty() {
        let small = table::tables(&[TableDefinition::new("all").column("words", ColumnType::Text)]).unwrap().remove(0);
        let row = StoredRow {
            id: "a".to_owned(),
            created_at: 1,
            updated_at: 1,
            deleted: false,
            cells: vec![Cell::Text("w".to_owned())],
        };
        let reply = keyed("p").reply(&small, &Outcome::Done(row));
        let grown = table::tables(&[definition()]).unwrap().remove(0);
        let Outcome::Done(row) = keyed("p").known(&grown, &reply) else { panic!("it is done") };
        assert_eq!(row.cells, [Cell::Null, Cell::Null, Cell::Text("w".to_owned()), Cell::Null]);
    }

    #[test]
    fn another_request_and_an_answer_that_cannot_be_read_are_a_mismatch() {
        let table = table::tables(&[definition()]).unwrap().remove(0);
        let reply = keyed("p").reply(&table, &Outcome::Taken);
        let damaged = Reply { print: "p".to_owned(), outcome: "{}".to_owned() };
        for (print, reply) in [("q", &reply), ("p", &damaged)] {
            let keyed = keyed(print);
            keyed.known(&table, reply);
            assert_eq!(keyed.note.state(), KeyState::Mismatch);
        }
    }
}
