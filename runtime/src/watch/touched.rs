//! What commits have changed since the watchers were last looked through.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::print::id_print;
use crate::error::Error;
use crate::row::Row;
use crate::store::StoreRead;
use crate::store::changes::Commit;
use crate::table::TableSchema;
use crate::value::Id;

/// The most rows that are kept one by one while nobody looks; then tables alone.
const ROWS_KEPT: usize = 4_096;
/// The most changed rows of a table that are looked at one by one: more are likely to concern most
/// watchers, and running their queries costs less.
const FEW: usize = 128;

/// Commits that were told. Adding one takes the writer's time, so it only keeps it.
#[derive(Debug, Default)]
pub(super) struct Told {
    commits: Vec<Arc<Commit>>,
    rows: usize,
    tables: HashSet<&'static str>,
    queue: bool,
    anything: bool,
}

impl Told {
    pub(super) fn is_empty(&self) -> bool {
        self.commits.is_empty() && self.tables.is_empty() && !self.queue && !self.anything
    }

    pub(super) fn add(&mut self, commit: &Arc<Commit>) {
        self.queue |= commit.queue;
        self.anything |= commit.anything;
        self.tables.extend(commit.tables.iter().map(|(table, _)| *table));
        if commit.rows.is_empty() {
            return;
        }
        self.rows += commit.rows.len();
        self.commits.push(Arc::clone(commit));
        if self.rows > ROWS_KEPT {
            let rows = self.commits.iter().flat_map(|commit| &commit.rows);
            self.tables.extend(rows.map(crate::store::RowChange::table));
            self.commits.clear();
            self.rows = 0;
        }
    }

    /// Sorts the changes by table.
    pub(super) fn into_touched(self) -> Touched {
        let mut tables: HashMap<&'static str, Which> =
            self.tables.into_iter().map(|table| (table, Which::Many)).collect();
        let mut seen = HashSet::new();
        for change in self.commits.iter().flat_map(|commit| &commit.rows) {
            let which = tables.entry(change.table()).or_insert_with(|| Which::Few(Vec::new()));
            let Which::Few(ids) = which else { continue };
            if !seen.insert((change.table(), change.id())) {
                continue;
            }
            if ids.len() == FEW {
                *which = Which::Many;
            } else {
                ids.push((change.id().clone(), id_print(change.id().as_str())));
            }
        }
        Touched { tables, queue: self.queue, anything: self.anything }
    }
}

/// What changed, by table.
#[derive(Debug)]
pub(super) struct Touched {
    tables: HashMap<&'static str, Which>,
    pub(super) queue: bool,
    pub(super) anything: bool,
}

/// The rows of a table that changed.
#[derive(Debug)]
pub(super) enum Which {
    Many,
    /// Ids and their prints, each once.
    Few(Vec<(Id, u64)>),
}

impl Touched {
    pub(super) fn table(&self, name: &str) -> Option<&Which> {
        self.tables.get(name)
    }
}

/// The changed rows as a snapshot has them, each read once.
pub(super) struct ChangedRows<'a> {
    snapshot: &'a mut dyn StoreRead,
    read: HashMap<&'static str, Result<Vec<Row>, Error>>,
}

impl<'a> ChangedRows<'a> {
    pub(super) fn new(snapshot: &'a mut dyn StoreRead) -> Self {
        Self { snapshot, read: HashMap::new() }
    }

    /// The rows of these ids that are there, deleted ones that are kept among them.
    pub(super) fn of(&mut self, schema: &'static TableSchema, ids: &[(Id, u64)]) -> &Result<Vec<Row>, Error> {
        let Self { snapshot, read } = self;
        read.entry(schema.name()).or_insert_with(|| {
            let mut rows = Vec::new();
            for (id, _) in ids {
                match snapshot.row(schema, id.as_str())? {
                    Some(stored) => rows.push(stored.row),
                    None if schema.keeps_deleted() => rows.extend(snapshot.deleted_row(schema, id.as_str())?),
                    None => {}
                }
            }
            Ok(rows)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{ChangeFeed, ChangeKind};

    fn told(ids: impl IntoIterator<Item = usize>, size: usize) -> Told {
        let feed = ChangeFeed::new();
        let told = Arc::new(std::sync::Mutex::new(Told::default()));
        let hear = {
            let told = Arc::clone(&told);
            move |commit: &Arc<Commit>| told.lock().unwrap().add(commit)
        };
        let listening = feed.listen(Arc::new(hear));
        let ids: Vec<usize> = ids.into_iter().collect();
        for ids in ids.chunks(size) {
            let mut log = feed.begin();
            ids.iter().for_each(|id| log.note_row("item", &id.to_string(), ChangeKind::Updated));
            feed.committed(log);
        }
        drop(listening);
        drop(feed);
        Arc::into_inner(told).unwrap().into_inner().unwrap()
    }

    #[test]
    fn few_rows_are_known_by_their_ids_and_many_by_their_table() {
        let few = |told: Told| match told.into_touched().table("item") {
            Some(Which::Few(ids)) => Some(ids.len()),
            Some(Which::Many) => None,
            None => panic!("the table was touched"),
        };
        assert_eq!(few(told([1, 2, 1, 1, 2], 2)), Some(2), "each once");
        assert_eq!(few(told(0..FEW, 10)), Some(FEW));
        assert_eq!(few(told(0..=FEW, 10)), None);
        assert_eq!(few(told((0..3_000).map(|number| number % 5), 10)), Some(5));
        let many = told((0..5_000).map(|number| number % 5), 10);
        assert!(many.rows <= ROWS_KEPT, "what waits is bounded");
        assert_eq!(few(many), None);
        assert!(told([], 1).is_empty());
    }
}
