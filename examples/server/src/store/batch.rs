//! Several writes that are decided in one transaction, one after the other, each with its own stamp and outcome.

use std::collections::HashMap;

use super::reply::{Kept, Reply};
use super::write::{Seed, Step, Write};
use super::{Change, Outcome, StoredRow};

/// The rows that a transaction found, and what its writes make of them.
#[derive(Debug)]
pub(super) struct Batch {
    found: HashMap<String, StoredRow>,
    /// What the rows are now that were written; none is a row that is gone.
    written: HashMap<String, Option<StoredRow>>,
    next_stamp: i64,
    /// The answers that are kept, by user and key; those of this transaction among them.
    known: HashMap<(String, String), Reply>,
    replies: Vec<NewReply>,
}

/// An answer to keep.
#[derive(Debug)]
pub(super) struct NewReply {
    pub(super) user: String,
    pub(super) key: String,
    pub(super) reply: Reply,
    pub(super) at: i64,
    pub(super) kept: Kept,
}

/// What the rows of a batch became, each once.
#[derive(Debug, Default)]
pub(super) struct Written {
    pub(super) inserted: Vec<StoredRow>,
    pub(super) updated: Vec<StoredRow>,
    pub(super) removed: Vec<String>,
    pub(super) replies: Vec<NewReply>,
}

impl Batch {
    /// Begins with the rows that were found; writes get this stamp and those that follow.
    pub(super) fn new(found: Vec<StoredRow>, first_stamp: i64) -> Self {
        let found = found.into_iter().map(|row| (row.id.clone(), row)).collect();
        let (known, replies) = (HashMap::new(), Vec::new());
        Self { found, written: HashMap::new(), next_stamp: first_stamp, known, replies }
    }

    /// Takes up the answers that are kept, by user and key.
    pub(super) fn knows(mut self, known: HashMap<(String, String), Reply>) -> Self {
        self.known = known;
        self
    }

    fn row(&self, id: &str) -> Option<&StoredRow> {
        match self.written.get(id) {
            Some(written) => written.as_ref(),
            None => self.found.get(id),
        }
    }

    fn stamp(&mut self) -> i64 {
        self.next_stamp += 1;
        self.next_stamp - 1
    }

    /// Does a write, or gives the outcome that is kept under its key.
    pub(super) fn write(&mut self, write: &Write) -> Outcome {
        let Some(keyed) = &write.key else { return self.write_now(write) };
        let name = (keyed.user.clone(), keyed.key.clone());
        if let Some(reply) = self.known.get(&name) {
            return keyed.known(&write.table, reply);
        }
        keyed.is_new();
        let at = self.next_stamp;
        let outcome = self.write_now(write);
        let reply = keyed.reply(&write.table, &outcome);
        let (user, key) = name.clone();
        self.replies.push(NewReply { user, key, reply: reply.clone(), at, kept: keyed.kept });
        self.known.insert(name, reply);
        outcome
    }

    fn write_now(&mut self, write: &Write) -> Outcome {
        match write.decide(self.row(&write.id).cloned()) {
            Step::Answer(outcome) => outcome,
            Step::Insert(change) => Outcome::Done(self.put(write.row(change, self.next_stamp, self.next_stamp))),
            Step::Update { change, created_at } => {
                Outcome::Done(self.put(write.row(change, self.next_stamp, created_at)))
            }
            Step::Bury(row) => {
                let change = Change { cells: row.cells, deleted: true };
                Outcome::Removed(self.put(write.row(change, self.next_stamp, row.created_at)))
            }
            Step::Remove(row) => {
                self.written.insert(row.id.clone(), None);
                Outcome::Removed(row)
            }
        }
    }

    /// Puts a row whatever is there.
    pub(super) fn seed(&mut self, seed: Seed) {
        let mut row = seed.row(self.next_stamp);
        if let Some(known) = self.row(&row.id) {
            row.created_at = known.created_at;
        }
        self.put(row);
    }

    fn put(&mut self, row: StoredRow) -> StoredRow {
        self.stamp();
        self.written.insert(row.id.clone(), Some(row.clone()));
        row
    }

    pub(super) fn finish(self) -> Written {
        let mut all = Written { replies: self.replies, ..Written::default() };
        for (id, row) in self.written {
            match (row, self.found.contains_key(&id)) {
                (Some(row), false) => all.inserted.push(row),
                (Some(row), true) => all.updated.push(row),
                (None, true) => all.removed.push(id),
                (None, false) => {}
            }
        }
        // In the order of the stamps, so that the index of stamps grows at its end.
        all.inserted.sort_unstable_by_key(|row| row.updated_at);
        all.updated.sort_unstable_by_key(|row| row.updated_at);
        all
    }
}

impl Written {
    pub(super) fn is_empty(&self) -> bool {
        self.inserted.is_empty() && self.updated.is_empty() && self.removed.is_empty() && self.replies.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::conditions::Conditions;
    use crate::store::{Cell, StoredTable, View, WriteKind, table};
    use crate::{ColumnType, TableDefinition};

    fn plain() -> Arc<StoredTable> {
        let definition = TableDefinition::new("plain").column("title", ColumnType::Text);
        table::tables(&[definition]).unwrap().remove(0)
    }

    fn write(table: &Arc<StoredTable>, id: &str, kind: WriteKind) -> Write {
        Write {
            table: Arc::clone(table),
            id: id.to_owned(),
            view: View { tombstones: true, rows: None },
            conditions: Conditions::default(),
            kind,
            key: None,
        }
    }

    fn titled(title: &str) -> Change {
        Change { cells: vec![Cell::Text(title.to_owned())], deleted: false }
    }

    #[test]
    fn each_write_meets_what_those_before_it_made_and_a_row_is_written_once() {
        let table = plain();
        let known =
            StoredRow { id: "known".to_owned(), created_at: 3, updated_at: 7, deleted: false, cells: vec![Cell::Null] };
        let mut batch = Batch::new(vec![known], 100);
        let writes = [
            ("a", WriteKind::Insert(titled("one"))),
            ("a", WriteKind::Insert(titled("two"))),
            ("a", WriteKind::Replace(titled("three"))),
            ("known", WriteKind::Replace(titled("four"))),
            ("b", WriteKind::Insert(titled("five"))),
            ("b", WriteKind::Delete),
            ("b", WriteKind::Delete),
            ("known", WriteKind::Delete),
        ];
        let outcomes: Vec<Outcome> =
            writes.into_iter().map(|(id, kind)| batch.write(&write(&table, id, kind))).collect();
        let stamps: Vec<i64> = outcomes
            .iter()
            .filter_map(|outcome| match outcome {
                Outcome::Done(row) => Some(row.updated_at),
                _ => None,
            })
            .collect();
        assert_eq!(stamps, [100, 101, 102, 103]);
        assert!(matches!(&outcomes[3], Outcome::Done(row) if row.created_at == 3), "{outcomes:?}");
        assert!(matches!(&outcomes[2], Outcome::Done(row) if row.created_at == 100), "{outcomes:?}");
        assert!(matches!(&outcomes[1], Outcome::Exists(row) if row.updated_at == 100), "{outcomes:?}");
        assert!(matches!(&outcomes[5..], [Outcome::Removed(_), Outcome::Missing, Outcome::Removed(_)]), "{outcomes:?}");
        let written = batch.finish();
        assert_eq!(written.inserted.len(), 1);
        assert_eq!((written.inserted[0].updated_at, &written.inserted[0].cells), (101, &titled("three").cells));
        assert_eq!((written.updated.len(), written.removed), (0, vec!["known".to_owned()]));
    }
}
