//! Whether other connections have written the file.

use rusqlite::Connection;

use super::connection::Place;
use crate::store::ChangeFeed;

/// What the writer last knew of others.
#[derive(Debug)]
pub(super) enum Others {
    /// A store in memory has but one connection.
    None,
    File(Seen),
}

#[derive(Debug, Default)]
pub(super) struct Seen {
    /// The value of `PRAGMA data_version`, which every commit of another connection changes and no
    /// commit of this one; `None` while nobody watches.
    version: Option<i64>,
}

impl Others {
    pub(super) fn of(place: &Place) -> Self {
        match place {
            Place::Memory => Self::None,
            Place::File(_) => Self::File(Seen::default()),
        }
    }

    /// Whether anything may have been written by others since the last call; true at the first one
    /// since somebody watches, and if it cannot be told.
    pub(super) fn have_written(&mut self, conn: &Connection, changes: &ChangeFeed) -> bool {
        let Self::File(seen) = self else { return false };
        if !changes.is_watched() {
            seen.version = None;
            return false;
        }
        let read = conn
            .prepare_cached("PRAGMA data_version")
            .and_then(|mut statement| statement.query_row([], |row| row.get::<_, i64>(0)));
        let now = read.ok();
        let is_same = now.is_some() && now == seen.version;
        seen.version = now;
        !is_same
    }
}
