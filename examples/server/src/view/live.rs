//! Changes as they happen, as server-sent events.
//!
//! One task looks at the last stamps of all tables once a second while somebody watches, so that writes of other server
//! processes on the same database are seen too. Stamps of a table grow in the order of commits: what is newer than the last
//! stamp seen is all that came since. What a visitor is told has the stamps of rows only that he may see: the last stamp of a table
//! would tell him when others write.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderMap, StatusCode};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse as _, Response};
use futures_core::Stream;
use serde_json::json;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch as channel};
use tokio::time::{Instant, MissedTickBehavior};

use super::html::Address;
use super::pages;
use super::rows::{Counts, Part, Readable, Row, Rows};
use super::{Door, Page, cell, failure};
use crate::store::{Store, StoreError, StoredTable};

/// How often the stamps are looked at.
const LOOK: Duration = Duration::from_secs(1);
/// How many connections may watch; each may read a few rows and count a table once a second.
const WATCHERS: usize = 64;
/// How many rows an event has at most; older ones of a burst are only told of.
const EVENT_ROWS: u64 = 50;
/// A watcher counts the rows of a table during at most one part in so many of the time.
const COUNT_PACE: u32 = 20;
/// Events that wait for a slow reader.
const WAITING: usize = 4;
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// The last stamp of each table, by its name.
pub(super) type Stamps = BTreeMap<String, i64>;

/// The last stamps that a visitor has seen of the rows of tables.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Seen(Stamps);

impl Seen {
    /// Notes that everything of a table up to a stamp is seen.
    pub(super) fn note(&mut self, table: &str, stamp: i64) {
        self.0.insert(table.to_owned(), stamp);
    }

    /// Reads what `Display` writes; parts that are something else are left out.
    pub(super) fn parse(text: &str) -> Self {
        let parts = text.split(',').filter_map(|part| part.split_once('.'));
        Self(parts.filter_map(|(table, stamp)| Some((table.to_owned(), stamp.parse().ok()?))).collect())
    }
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (table, stamp)) in self.0.iter().enumerate() {
            write!(f, "{}{table}.{stamp}", if at > 0 { "," } else { "" })?;
        }
        Ok(())
    }
}

/// Tells open pages that the server stops; clones tell the same.
#[derive(Debug, Clone)]
pub(crate) struct Closing(Arc<channel::Sender<bool>>);

impl Default for Closing {
    fn default() -> Self {
        Self(Arc::new(channel::Sender::new(false)))
    }
}

impl Closing {
    /// Ends the events of all pages; browsers try to come back by themselves.
    pub(crate) fn close(&self) {
        self.0.send_replace(true);
    }

    async fn closed(&self) {
        // The sender is ours, so it is there.
        let _ = self.0.subscribe().wait_for(|closed| *closed).await;
    }
}

/// Looks at the stamps for all who watch.
pub(super) struct Live {
    store: Store,
    /// `None` until the first look of a task.
    stamps: Arc<channel::Sender<Option<Arc<Stamps>>>>,
    /// A task looks. Held while a watcher comes and while the task ends, so that neither misses the other.
    looking: Arc<Mutex<bool>>,
    seats: Arc<Semaphore>,
    closing: Closing,
}

impl Live {
    pub(super) fn new(store: Store, closing: Closing) -> Self {
        Self {
            store,
            stamps: Arc::new(channel::Sender::new(None)),
            looking: Arc::default(),
            seats: Arc::new(Semaphore::new(WATCHERS)),
            closing,
        }
    }

    /// Reads the last stamps of all tables.
    pub(super) async fn stamps(&self) -> Result<Stamps, StoreError> {
        Ok(self.store.last_stamps().await?.into_iter().collect())
    }

    /// Starts to look at the stamps, unless a task does already.
    fn subscribe(&self) -> channel::Receiver<Option<Arc<Stamps>>> {
        let mut looking = self.looking.lock().unwrap_or_else(PoisonError::into_inner);
        if !*looking {
            *looking = true;
            // What was seen before the pause is old.
            self.stamps.send_replace(None);
            tokio::spawn(look(self.store.clone(), Arc::clone(&self.stamps), Arc::clone(&self.looking)));
        }
        self.stamps.subscribe()
    }
}

async fn look(store: Store, stamps: Arc<channel::Sender<Option<Arc<Stamps>>>>, looking: Arc<Mutex<bool>>) {
    let mut ticks = tokio::time::interval(LOOK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        {
            let mut looking = looking.lock().unwrap_or_else(PoisonError::into_inner);
            if stamps.receiver_count() == 0 {
                *looking = false;
                return;
            }
        }
        match store.last_stamps().await {
            Ok(read) => {
                stamps.send_replace(Some(Arc::new(read.into_iter().collect())));
            }
            // The database may come back: the next look is in a second.
            Err(error) => tracing::error!(%error, "the page cannot look for changes"),
        }
    }
}

/// Sends the changes of some tables from what a visitor has seen on.
pub(super) fn watch(page: Arc<Page>, headers: HeaderMap, tables: Vec<Arc<StoredTable>>, seen: Seen) -> Response {
    let Ok(seat) = Arc::clone(&page.live.seats).try_acquire_owned() else {
        return (StatusCode::SERVICE_UNAVAILABLE, [(RETRY_AFTER, "10")]).into_response();
    };
    let (sender, receiver) = mpsc::channel(WAITING);
    let watcher = Watcher {
        page,
        headers,
        tables,
        seen,
        looked: Stamps::new(),
        counts: BTreeMap::new(),
        told: BTreeMap::new(),
        due: BTreeSet::new(),
        sender,
    };
    tokio::spawn(watcher.run(seat));
    let keep_alive = KeepAlive::new().interval(KEEP_ALIVE);
    Sse::new(Events(receiver)).keep_alive(keep_alive).into_response()
}

struct Events(mpsc::Receiver<Event>);

impl Stream for Events {
    type Item = Result<Event, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_recv(context).map(|event| event.map(Ok))
    }
}

struct Watcher {
    page: Arc<Page>,
    headers: HeaderMap,
    tables: Vec<Arc<StoredTable>>,
    seen: Seen,
    /// The last stamps up to which tables were looked at.
    looked: Stamps,
    /// When a table may be counted again.
    counts: BTreeMap<String, Instant>,
    /// What was told last of how many rows a table has.
    told: BTreeMap<String, Counts>,
    /// Tables that have changed since they were counted.
    due: BTreeSet<String>,
    sender: mpsc::Sender<Event>,
}

/// The visitor is gone.
struct Left;

impl Watcher {
    async fn run(mut self, _seat: OwnedSemaphorePermit) {
        let mut stamps = self.page.live.subscribe();
        loop {
            let current = stamps.borrow_and_update().clone();
            if let Some(current) = current
                && self.tell(&current).await.is_err()
            {
                return;
            }
            let (gone, closing) = (self.sender.clone(), self.page.live.closing.clone());
            tokio::select! {
                changed = stamps.changed() => if changed.is_err() { return },
                () = gone.closed() => return,
                () = closing.closed() => return,
            }
        }
    }

    /// Sends what has changed.
    async fn tell(&mut self, current: &Stamps) -> Result<(), Left> {
        // Read each time: a token may have expired.
        let visitor = self.page.visitor(self.headers.clone());
        for table in self.tables.clone() {
            let name = table.name();
            let Some(&last) = current.get(name) else { continue };
            let readable = match self.page.door(&table, &visitor) {
                Ok(Door::Open(readable)) => readable,
                Ok(Door::Closed(_)) => {
                    self.seen.0.remove(name);
                    continue;
                }
                Err(error) => {
                    let _ = failure(&error);
                    continue;
                }
            };
            if readable.visible.is_some() && !self.told.contains_key(name) {
                // Told once whatever happens, a count says nothing of what happens to rows that are not seen.
                self.due.insert(name.to_owned());
            }
            match self.rows(&readable, last).await {
                Ok(Some(rows)) => {
                    let data = rows_json(&table, &rows);
                    self.send(Event::default().event("rows").id(self.seen.to_string()).data(data)).await?;
                }
                Ok(None) => {}
                // The next look tries again.
                Err(error) => tracing::error!(%error, "the page cannot tell changes"),
            }
            if self.due.contains(name) {
                self.count(&readable).await?;
            }
        }
        Ok(())
    }

    /// Reads what is new in a table with this last stamp.
    async fn rows(&mut self, readable: &Readable, last: i64) -> Result<Option<Rows>, StoreError> {
        let (name, store) = (readable.table.name(), &self.page.store);
        let known = match self.seen.0.get(name) {
            Some(known) => *known,
            None => {
                let known = readable.last_stamp(store, last).await?;
                self.seen.note(name, known);
                known
            }
        };
        if last <= known || self.looked.get(name) == Some(&last) {
            return Ok(None);
        }
        let rows = readable.read(store, &Part::Since(known), EVENT_ROWS, cell::LIST_CHARACTERS).await?;
        self.looked.insert(name.to_owned(), last);
        // A row may be gone without a trace.
        self.due.insert(name.to_owned());
        let newest = match (rows.rows.first(), &readable.visible) {
            (Some(row), Some(_)) => row.stamp,
            (row, None) => row.map_or(last, |row| row.stamp.max(last)),
            (None, Some(_)) => return Ok(None),
        };
        self.seen.note(name, newest);
        Ok((!rows.rows.is_empty()).then_some(rows))
    }

    /// Sends how many rows a table has now, unless that was told, or it was counted too short a time ago for what that costs.
    async fn count(&mut self, readable: &Readable) -> Result<(), Left> {
        let name = readable.table.name();
        let start = Instant::now();
        if self.counts.get(name).is_some_and(|at| start < *at) {
            return Ok(());
        }
        match readable.count(&self.page.store).await {
            Ok(counts) => {
                self.counts.insert(name.to_owned(), Instant::now() + start.elapsed() * COUNT_PACE);
                self.due.remove(name);
                if self.told.insert(name.to_owned(), counts) == Some(counts) {
                    return Ok(());
                }
                let data = json!({"table": name, "counts": pages::counts_text(counts)}).to_string();
                self.send(Event::default().event("count").data(data)).await
            }
            Err(error) => {
                tracing::error!(%error, "the page cannot tell changes");
                Ok(())
            }
        }
    }

    async fn send(&self, event: Event) -> Result<(), Left> {
        self.sender.send(event).await.map_err(|_| Left)
    }
}

/// The data of an event, newest row first; the script puts the texts into the page as they are.
fn rows_json(table: &StoredTable, rows: &Rows) -> String {
    let row = |row: &Row| {
        let cells = row.cells.iter().map(|cell| json!({"text": cell.text, "class": cell.class, "rest": cell.rest}));
        json!({
            "id": row.id,
            // Numbers of scripts do not hold all of its digits.
            "stamp": row.stamp.to_string(),
            "shownId": pages::shown_id(&row.id),
            "href": Address::row(table.name(), &row.id).as_str(),
            "summary": pages::summary(table, row),
            "updatedAt": row.updated_at,
            "time": cell::instant(&row.updated_at),
            "version": row.version,
            "deleted": row.deleted,
            "cells": cells.collect::<Vec<_>>(),
        })
    };
    let rows_json: Vec<_> = rows.rows.iter().map(row).collect();
    json!({
        "table": table.name(),
        "href": Address::table(table.name()).as_str(),
        "more": rows.more,
        "rows": rows_json,
    })
    .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_seen_reads_back_and_anything_else_is_left_out() {
        let mut seen = Seen::default();
        for (table, stamp) in [("a", 5), ("b", -1), ("c", 0)] {
            seen.note(table, stamp);
        }
        assert_eq!(seen.to_string(), "a.5,b.-1,c.0");
        assert_eq!(Seen::parse(&seen.to_string()), seen);
        assert_eq!(Seen::parse("a,b.x,,.,c.7.8,d.1"), Seen(Stamps::from([("d".to_owned(), 1)])));
    }
}
