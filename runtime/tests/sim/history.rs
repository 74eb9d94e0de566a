//! Every state that each row of the server ever had, and who made it.

use std::collections::BTreeMap;

use synctable::Value;

use crate::check::Debt;
use crate::server::{Server, version};
use crate::tables::{Cells, Key, Kind, cells};

/// Who wrote a state: a device by its number, or somebody whom the test does not play.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum By {
    Device(usize),
    Stranger,
}

/// One state of a row.
#[derive(Debug, Clone)]
pub(crate) struct State {
    /// The number of the server's write.
    pub(crate) clock: u64,
    pub(crate) by: By,
    pub(crate) version: String,
    /// What its stamp is made of.
    pub(crate) stamped: u64,
    /// None: deleted. The cells stay.
    pub(crate) live: bool,
    pub(crate) cells: Cells,
}

/// All states, oldest first.
#[derive(Debug, Default)]
pub(crate) struct History {
    rows: BTreeMap<Key, Vec<State>>,
    clock: u64,
}

impl History {
    /// Takes note of the write that the server has just done, if it did one.
    pub(crate) fn note(&mut self, server: &Server, by: By) -> bool {
        if server.clock == self.clock {
            return false;
        }
        self.clock = server.clock;
        for ((table, id), row) in &server.rows {
            if row.version != self.clock {
                continue;
            }
            let Some(kind) = Kind::named(table) else { continue };
            let state = State {
                clock: row.version,
                by,
                version: version(row),
                stamped: row.stamped,
                live: !row.deleted,
                cells: cells(kind, id, &row.members),
            };
            self.rows.entry((kind, id.clone())).or_default().push(state);
        }
        true
    }

    pub(crate) fn states(&self, key: &Key) -> &[State] {
        self.rows.get(key).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn rows(&self) -> impl Iterator<Item = (&Key, &[State])> {
        self.rows.iter().map(|(key, states)| (key, states.as_slice()))
    }

    /// The state with a version.
    pub(crate) fn state(&self, key: &Key, version: &str) -> Option<&State> {
        self.states(key).iter().find(|state| state.version == version)
    }

    /// Whether the server ever had a value.
    pub(crate) fn had(&self, key: &Key, column: usize, value: &Value) -> bool {
        self.states(key).iter().any(|state| state.live && state.cells[column] == *value)
    }

    /// Whether the server ever had what a device was acknowledged.
    pub(crate) fn is_paid(&self, key: &Key, debt: &Debt, by: By) -> bool {
        match debt {
            Debt::Values(values) => values.iter().all(|(&column, value)| self.had(key, column, value)),
            Debt::Absent(since) => self.was_absent_since(key, *since),
            Debt::Unmade(since) => {
                self.was_absent_since(key, *since) || self.states(key).iter().all(|state| state.by != by)
            }
        }
    }

    /// Whether the row was not there at an instant at or after a write of the server.
    fn was_absent_since(&self, key: &Key, clock: u64) -> bool {
        let states = self.states(key);
        let before = states.iter().rev().find(|state| state.clock <= clock);
        before.is_none_or(|state| !state.live) || states.iter().any(|state| state.clock > clock && !state.live)
    }
}
