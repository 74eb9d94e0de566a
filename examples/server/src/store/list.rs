//! What a list asks for, and its answer.

use std::sync::Arc;

use synctable::testing::typed::{Node, Typed};

use super::{CellRef, StoredTable};
use crate::dialect::Generation;
use crate::projection::{Projection, System};

/// Which rows to read.
#[derive(Debug)]
pub(crate) struct ListQuery {
    /// What a row has to fulfil to be seen at all; nothing else is told of the others.
    pub(crate) visible: Option<Typed>,
    pub(crate) filter: Option<Typed>,
    pub(crate) order: Vec<SortKey>,
    pub(crate) skip: u64,
    pub(crate) limit: u64,
    pub(crate) count: bool,
    pub(crate) include_deleted: bool,
    pub(crate) projection: Arc<Projection>,
}

impl ListQuery {
    /// All rows in the order of their ids, tombstones included, with the members that the Toolkit shows.
    pub(super) fn all(table: &StoredTable) -> Self {
        Self {
            visible: None,
            filter: None,
            order: Vec::new(),
            skip: 0,
            limit: u64::MAX,
            count: false,
            include_deleted: true,
            projection: table.whole(Generation::Toolkit),
        }
    }

    /// Leaves only the rows that are visible.
    #[must_use]
    pub(crate) fn among(self, visible: Option<Typed>) -> Self {
        Self { visible, ..self }
    }

    /// Tells whether the keys make the order of all rows certain; if not, the id has to follow them.
    pub(super) fn orders_by_id(&self) -> bool {
        self.order.iter().any(|key| matches!(&key.typed.node, Node::Column(name, _) if name == "id"))
    }
}

/// One key of the order.
#[derive(Debug)]
pub(crate) struct SortKey {
    pub(crate) typed: Typed,
    pub(crate) descending: bool,
}

/// A page of rows.
#[derive(Debug)]
pub(crate) struct ListAnswer {
    /// The rows as a JSON array.
    pub(crate) items: String,
    pub(crate) rows: u64,
    /// More rows follow.
    pub(crate) more: bool,
    /// All rows that match, when asked for.
    pub(crate) count: Option<u64>,
}

/// Collects a page row by row.
#[derive(Debug)]
pub(super) struct Page<'q> {
    query: &'q ListQuery,
    answer: ListAnswer,
}

impl<'q> Page<'q> {
    pub(super) fn new(query: &'q ListQuery) -> Self {
        Self { query, answer: ListAnswer { items: "[".to_owned(), rows: 0, more: false, count: None } }
    }

    pub(super) fn set_count(&mut self, rows: i64) {
        self.answer.count = Some(rows.unsigned_abs());
    }

    /// Tells whether the page has all its rows; a row that comes then only shows that more follow.
    pub(super) fn is_full(&mut self) -> bool {
        self.answer.more = self.answer.rows == self.query.limit;
        self.answer.more
    }

    pub(super) fn push<'a>(&mut self, system: System<'_>, cell: impl Fn(usize) -> CellRef<'a>) {
        if self.answer.rows > 0 {
            self.answer.items.push(',');
        }
        self.query.projection.write(&mut self.answer.items, system, cell);
        self.answer.rows += 1;
    }

    pub(super) fn finish(mut self) -> ListAnswer {
        self.answer.items.push(']');
        self.answer
    }
}
