//! What a store holds at one commit.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use synctable::store::StoreRead;
use synctable::store::entry::{Base, Entry, Sequence};
use synctable::store::system::DeltaToken;
use synctable::{Error, RowBatch, Selection, Timestamp, Value};

use crate::step::wait;
use crate::store::Stepped;
use crate::tables::{Cells, Key, Kind, Rows};

/// The name of the pulls that bring a whole table.
pub(crate) const ALL: &str = "all";

/// A row as the app sees it, and what the store knows besides.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Seen {
    pub(crate) cells: Cells,
    pub(crate) version: Option<String>,
    pub(crate) entry: Option<Sequence>,
}

/// The content of a store.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Look {
    pub(crate) rows: BTreeMap<Key, Seen>,
    pub(crate) entries: BTreeMap<Key, Entry>,
    pub(crate) pending: u64,
    pub(crate) last_sequence: i64,
    pub(crate) tokens: BTreeMap<Kind, DeltaToken>,
    /// Two entries of one row, if there are.
    pub(crate) doubled: Option<Key>,
}

impl Look {
    pub(crate) fn at(store: &Stepped) -> Result<Self, String> {
        let slot = Arc::new(Mutex::new(None));
        let filled = Arc::clone(&slot);
        let work = Box::new(move |snapshot: &mut dyn StoreRead| {
            *filled.lock().unwrap() = Some(Self::read(snapshot)?);
            Ok(())
        });
        wait(store.quiet_read(work)).map_err(|error| format!("the store cannot be read: {error}"))?;
        slot.lock().unwrap().take().ok_or_else(|| "the store has not read".to_owned())
    }

    fn read(snapshot: &mut dyn StoreRead) -> Result<Self, Error> {
        let mut look = Self::default();
        for kind in Kind::ALL {
            let mut batch = RowBatch::new(kind.schema());
            snapshot.select(kind.schema(), &Selection::default(), &mut batch)?;
            for row in batch.iter() {
                let Some(stored) = snapshot.row(kind.schema(), row.id())? else { continue };
                let version = stored.row.version.as_ref().map(|version| version.as_str().to_owned());
                let seen = Seen { cells: stored.row.values, version, entry: stored.entry };
                look.rows.insert((kind, row.id().to_owned()), seen);
            }
            if let Some(token) = snapshot.token(kind.name(), ALL)? {
                look.tokens.insert(kind, token);
            }
        }
        let mut cursor = Sequence(0);
        while let Some(entry) = snapshot.next_entry(cursor, Sequence(i64::MAX))? {
            cursor = entry.sequence;
            let Some(kind) = Kind::named(&entry.table) else { continue };
            let key = (kind, entry.id.as_str().to_owned());
            if look.entries.insert(key.clone(), entry).is_some() {
                look.doubled = Some(key);
            }
        }
        look.pending = snapshot.pending(None)?;
        look.last_sequence = snapshot.last_sequence()?.0;
        Ok(look)
    }

    /// The rows as the app sees them.
    pub(crate) fn visible(&self) -> Rows {
        self.rows.iter().map(|(key, seen)| (key.clone(), seen.cells.clone())).collect()
    }

    pub(crate) fn cells(&self, key: &Key) -> Option<&Cells> {
        self.rows.get(key).map(|seen| &seen.cells)
    }

    /// The keys of a table's rows that the app sees.
    pub(crate) fn keys(&self, kind: Kind) -> Vec<Key> {
        self.rows.keys().filter(|(of, _)| *of == kind).cloned().collect()
    }

    pub(crate) fn token(&self, kind: Kind) -> Option<Timestamp> {
        self.tokens.get(&kind).and_then(|token| token.token)
    }
}

/// The album that a track's row names.
pub(crate) fn parent(kind: Kind, cells: &Cells) -> Option<Key> {
    match (kind, &cells[1]) {
        (Kind::Track, Value::Text(album)) => Some((Kind::Album, album.clone())),
        _ => None,
    }
}

/// The version of an entry's base, if that is a row.
pub(crate) fn base_version(entry: &Entry) -> Option<&str> {
    match &entry.base {
        Base::Row(row) => row.version.as_ref().map(|version| version.as_str()),
        Base::None | Base::Tombstone => None,
    }
}
