//! Whether other connections have written the file.

use rusqlite::Connection;

use crate::store::ChangeFeed;

/// What the writer last knew of others.
#[derive(Debug, Default)]
pub(super) struct Others {
    /// The value of `PRAGMA data_version`, which every commit of another connection changes and no
    /// commit of this one; `None` while nobody watches.
    seen: Option<i64>,
}

impl Others {
    /// Whether anything may have been written by others since the last call; true at the first one
    /// since somebody watches, and if it cannot be told.
    pub(super) fn have_written(&mut self, conn: &Connection, changes: &ChangeFeed) -> bool {
        if !changes.is_watched() {
            self.seen = None;
            return false;
        }
        let read = conn
            .prepare_cached("PRAGMA data_version")
            .and_then(|mut statement| statement.query_row([], |row| row.get::<_, i64>(0)));
        let now = read.ok();
        let is_same = now.is_some() && now == self.seen;
        self.seen = now;
        !is_same
    }
}
