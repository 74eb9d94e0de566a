//! What to do next for an entry: base, wish and open request give one step (queue.md 3).

use crate::row::{Remote, Row};
use crate::store::entry::{Base, Entry, FailureKind, OperationKind, Request, RequestKind};
use crate::table::TableSchema;

/// An entry with the row as the app wishes it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Case {
    pub(crate) schema: &'static TableSchema,
    pub(crate) entry: Entry,
    /// The row as the app sees it; `None`: the wish is absent.
    pub(crate) wish: Option<Row>,
}

/// The next step of an entry.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Step {
    /// Nothing differs from the server any more.
    Vanish,
    /// A request leaves: the open one as it was, or a new one.
    Send(Box<Request>, Novelty),
    /// The server is asked what it has before anything is sent.
    Ask(Question),
    /// The app must decide.
    Conflict,
    /// The entry is set aside.
    Rest,
}

/// Whether a request may have arrived before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Novelty {
    New,
    Repeated,
    /// It has, and the answer is that of the first time.
    Replayed,
}

/// Why the truth is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Question {
    /// An insert is open whose row nobody wants any more.
    UnwantedInsert,
    /// The row is deleted on the server and wished again.
    MakeAgain,
    /// The entry was set aside with a request open, then edited or retried.
    Repair,
    /// The entry was discarded with a request open.
    Discarded,
}

impl Case {
    /// What the operation is, as the app sees it.
    pub(crate) fn kind(&self) -> OperationKind {
        OperationKind::of(matches!(self.entry.base, Base::Row(_)), self.wish.is_none())
    }

    /// Whether the server has another row than the one that was changed here.
    pub(crate) fn is_conflict(&self) -> bool {
        matches!(&self.entry.failure, Some(failure) if failure.kind == FailureKind::Conflict)
    }

    /// The next step (queue.md 3 and 5).
    pub(crate) fn next(&self) -> Step {
        let entry = &self.entry;
        if entry.discarded {
            return Step::Ask(Question::Discarded);
        }
        if entry.is_set_aside() {
            return Step::Rest;
        }
        if let Some(request) = &entry.request {
            let makes = matches!(request.kind, RequestKind::Insert | RequestKind::Undelete);
            return if makes && self.wish.is_none() {
                Step::Ask(Question::UnwantedInsert)
            } else if entry.repair {
                Step::Ask(Question::Repair)
            } else if entry.base == Base::Tombstone {
                Step::Ask(Question::MakeAgain)
            } else {
                Step::Send(Box::new(request.clone()), Novelty::Repeated)
            };
        }
        match (&entry.base, &self.wish) {
            (Base::None, Some(wish)) => Step::Send(Box::new(insert(wish)), Novelty::New),
            (Base::Tombstone, Some(_)) => Step::Ask(Question::MakeAgain),
            (Base::Row(base), Some(wish)) => {
                let columns = changed(base, wish);
                let kept = wish.kept_changed_from(base);
                if columns.is_empty() && kept.is_empty() {
                    Step::Vanish
                } else {
                    let if_match = base.version.clone();
                    Step::Send(
                        Box::new(Request {
                            kind: RequestKind::Update,
                            columns,
                            kept,
                            if_match,
                            wish: Some(wish.clone()),
                            tombstone: None,
                            key: None,
                        }),
                        Novelty::New,
                    )
                }
            }
            (Base::Row(base), None) => {
                let if_match = base.version.clone();
                Step::Send(
                    Box::new(Request {
                        kind: RequestKind::Delete,
                        columns: Vec::new(),
                        kept: Vec::new(),
                        if_match,
                        wish: None,
                        tombstone: None,
                        key: None,
                    }),
                    Novelty::New,
                )
            }
            (Base::None | Base::Tombstone, None) => match &entry.candidate {
                Some(Remote::Row(_)) if entry.sent => Step::Conflict,
                _ => Step::Vanish,
            },
        }
    }

    /// Whether wish and base are the same: nothing is left to send.
    pub(crate) fn is_done(&self) -> bool {
        match (&self.entry.base, &self.wish) {
            (Base::Row(base), Some(wish)) => changed(base, wish).is_empty() && wish.kept_changed_from(base).is_empty(),
            (Base::None | Base::Tombstone, None) => true,
            _ => false,
        }
    }

    /// Whether a local write may let the entry vanish at once: only if no request is open and no
    /// candidate waits, so that the row just written never turns into another.
    pub(crate) fn vanishes_locally(&self) -> bool {
        self.entry.request.is_none() && self.entry.candidate.is_none() && !self.entry.discarded && self.is_done()
    }
}

/// The request that inserts a row: it carries every column.
pub(crate) fn insert(wish: &Row) -> Request {
    Request {
        kind: RequestKind::Insert,
        columns: data_columns(wish),
        kept: kept_values(wish),
        if_match: None,
        wish: Some(wish.clone()),
        tombstone: None,
        key: None,
    }
}

/// The request that brings a tombstone back with the values of the wish.
pub(crate) fn undelete(tombstone: &Row, wish: &Row) -> Request {
    Request {
        kind: RequestKind::Undelete,
        columns: data_columns(wish),
        kept: kept_values(wish),
        if_match: tombstone.version.clone(),
        wish: Some(wish.clone()),
        tombstone: Some(Box::new(tombstone.clone())),
        key: None,
    }
}

fn data_columns(row: &Row) -> Vec<usize> {
    row.schema().data_columns().map(|(index, _)| index).collect()
}

/// Columns that an earlier version of the app had and wrote; null says that it did not.
fn kept_values(row: &Row) -> Vec<String> {
    row.kept().iter().filter(|cell| !cell.value.as_ref().is_null()).map(|cell| cell.name.clone()).collect()
}

/// The places of the columns in which two rows differ, of those that the server has.
pub(crate) fn changed(base: &Row, wish: &Row) -> Vec<usize> {
    wish.schema()
        .data_columns()
        .map(|(index, _)| index)
        .filter(|&index| base.values.get(index) != wish.values.get(index))
        .collect()
}

/// Whether two rows are the same in the columns that the server has, as far as the wire carries them.
pub(crate) fn same_on_the_wire(left: &Row, right: &Row) -> bool {
    left.schema().data_columns().all(|(index, _)| left.same_on_the_wire(right, index))
}

/// The later of two states of the server; of equal stamps the first.
pub(crate) fn later(first: Option<Remote>, second: Option<Remote>) -> Option<Remote> {
    match (first, second) {
        (Some(first), Some(second)) => Some(if second.updated_at() > first.updated_at() { second } else { first }),
        (first, second) => first.or(second),
    }
}
