//! Reconcile: local rows that a whole pull has not shown are asked for by id, and those that the server
//! no longer has or selects leave the store.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};

use crate::error::Error;
use crate::query::predicate::{Comparison, Literal, Term, Tree};
use crate::query::{Selection, eval};
use crate::row::{Remote, Row, RowBatch};
use crate::session::Session;
use crate::store::{StoreRead, StoreWrite};
use crate::table::TableSchema;
use crate::value::{Id, Value};
use crate::wire::answer::Page;

use super::again::Found;
use super::apply::{self, Done, Truths, Worth};
use super::spec::{PullSpec, Remembered};

/// Rows looked at together while the store is searched.
const LOOKED_AT: u64 = 1000;
/// Rows that are asked for, judged and taken away together.
const JUDGED: usize = 500;

/// The local rows that the filter selects and no page has shown yet.
///
/// Kept as hashes, about 20 bytes a row: two ids of one hash make a row count as seen, or asked for
/// once more, and neither loses anything, since the server is asked by id before a row goes.
#[derive(Debug)]
pub(super) struct Judge {
    unseen: HashSet<u64>,
    hasher: RandomState,
}

impl Judge {
    /// Notes the rows that are there before the first page is asked for.
    pub(super) async fn of(session: &Session, spec: &PullSpec) -> Result<Self, Error> {
        let (schema, filter) = (spec.schema, spec.filter.clone());
        session
            .read(move |snapshot| {
                let mut judge = Self { unseen: HashSet::new(), hasher: RandomState::new() };
                let hasher = judge.hasher.clone();
                each_id(snapshot, schema, filter.as_ref(), |id| {
                    judge.unseen.insert(hasher.hash_one(id));
                })?;
                Ok(judge)
            })
            .await
    }

    /// Takes note of the rows of a page, unreadable ones included.
    pub(super) fn saw(&mut self, page: &Page) {
        if self.unseen.is_empty() {
            return;
        }
        let unreadable = page.unreadable.iter().map(|(_, row)| row.id.as_str());
        for id in page.rows.iter().map(|row| row.id()).chain(unreadable) {
            self.unseen.remove(&self.hasher.hash_one(id));
        }
    }

    /// The rows that are still there, without an entry, and were in no page.
    pub(super) async fn unseen(self, session: &Session, spec: &PullSpec) -> Result<Vec<Id>, Error> {
        if self.unseen.is_empty() {
            return Ok(Vec::new());
        }
        let (schema, filter) = (spec.schema, spec.filter.clone());
        session
            .read(move |snapshot| {
                let mut ids = Vec::new();
                each_id(snapshot, schema, filter.as_ref(), |id| {
                    if self.unseen.contains(&self.hasher.hash_one(id)) {
                        ids.push(Id::trusted(id));
                    }
                })?;
                let mut free = Vec::with_capacity(ids.len());
                for id in ids {
                    if snapshot.entry_of(schema, id.as_str())?.is_none() {
                        free.push(id);
                    }
                }
                Ok(free)
            })
            .await
    }

    /// Splits ids into what is judged together.
    pub(super) fn portions(mut ids: Vec<Id>) -> impl Iterator<Item = Vec<Id>> {
        std::iter::from_fn(move || {
            let rest = ids.split_off(ids.len().min(JUDGED));
            let portion = std::mem::replace(&mut ids, rest);
            (!portion.is_empty()).then_some(portion)
        })
    }

    /// What becomes of rows once the server was asked for them.
    pub(super) fn verdict(spec: &PullSpec) -> Verdict {
        Verdict {
            filter: spec.filter.clone(),
            query: match &spec.remembered {
                Remembered::As(name) => Some(name.clone()),
                Remembered::No => None,
            },
            has_parameters: !spec.parameters.is_empty(),
        }
    }
}

/// Gives the id of every row that the filter selects, a bounded number at a time.
fn each_id(
    snapshot: &mut dyn StoreRead,
    schema: &'static TableSchema,
    filter: Option<&Tree>,
    mut take: impl FnMut(&str),
) -> Result<(), Error> {
    let id = &schema.columns()[schema.id_index()];
    let mut batch = RowBatch::new(schema);
    let mut last: Option<String> = None;
    loop {
        let behind = last.take().map(|last| Tree::Compare {
            left: Term::Column(id),
            comparison: Comparison::Gt,
            right: Term::Literal(Literal::of(id, Value::Text(last))),
        });
        let filter = match (filter.cloned(), behind) {
            (Some(filter), Some(behind)) => Some(Tree::and(filter, behind)),
            (filter, behind) => filter.or(behind),
        };
        // Without an order rows come by id.
        let selection = Selection { filter, take: Some(LOOKED_AT), ..Selection::default() };
        batch.clear();
        snapshot.select(schema, &selection, &mut batch)?;
        for row in batch.iter() {
            take(row.id());
            last = Some(row.id().to_owned());
        }
        if (batch.len() as u64) < LOOKED_AT {
            return Ok(());
        }
    }
}

/// What a reconcile knows when it takes rows away.
#[derive(Debug)]
pub(super) struct Verdict {
    filter: Option<Tree>,
    query: Option<String>,
    has_parameters: bool,
}

impl Verdict {
    /// Judges rows by what the server has under their ids.
    ///
    /// Invariant: a row leaves the store only if the server, asked for it by id, has none, has a
    /// tombstone, or has one that the filter does not select; and never while it has an entry, or once it
    /// was settled after the server was asked.
    pub(super) fn apply(self, tx: &mut dyn StoreWrite, truths: Truths) -> Result<Done, Error> {
        let (schema, mut done) = (truths.schema, Done::default());
        let settled = truths.settled(tx)?;
        let are_kept = self.has_parameters || self.has_other_queries(tx, schema)?;
        for (id, found) in truths.found {
            let is_outdated =
                settled.get(id.as_str()).is_some_and(|settled| apply::worth_of(&found, settled) != Worth::Newer);
            if is_outdated {
                continue;
            }
            let is_gone = match &found {
                Found::Nothing => true,
                Found::Remote(Remote::Row(row)) => !are_kept && !self.selects(row),
                Found::Remote(Remote::Deleted(_)) | Found::Unreadable(_) => false,
            };
            if is_gone && tx.entry_of(schema, id.as_str())?.is_none() {
                done.reconciled += u64::from(tx.row(schema, id.as_str())?.is_some());
                tx.remove_quarantined(schema.name(), id.as_str())?;
                tx.remove_row(schema, id.as_str())?;
            } else {
                apply::apply_found(tx, schema, truths.same, truths.now, &id, found, &mut done)?;
            }
        }
        done.mark = tx.settle_mark()?;
        Ok(done)
    }

    /// Whether the filter selects a server row; one that cannot be evaluated here counts as selected.
    fn selects(&self, row: &Row) -> bool {
        self.filter.as_ref().is_none_or(|filter| eval::holds(filter, row).unwrap_or(true))
    }

    /// Whether another query of the table has been pulled, to which a row may belong that this one no
    /// longer selects.
    fn has_other_queries(&self, tx: &mut dyn StoreWrite, schema: &TableSchema) -> Result<bool, Error> {
        let tokens = tx.tokens(schema.name())?;
        Ok(tokens.iter().any(|token| Some(&token.query) != self.query.as_ref()))
    }
}
