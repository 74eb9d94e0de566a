//! A client that knows what it was told.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::time::Instant;

use serde_json::{Value, json};

use super::super::kept::Kept;
use super::super::process::{Door, PATIENCE};

/// What a writer tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Event {
    Acknowledged,
    /// The server has answered 503.
    Unavailable,
}

/// A row as it was acknowledged; a deleted one has no title.
type Title = Option<String>;

/// Writes rows of its own, one write after the other, each until it is acknowledged.
pub(super) struct Writer {
    number: usize,
    rng: fastrand::Rng,
    door: Arc<Door>,
    events: Sender<Event>,
    connection: Kept,
    rows: BTreeMap<String, Title>,
    /// The server that was asked for all of them after its start.
    checked: u16,
    titles: usize,
    pub(super) acknowledged: usize,
    /// Tries that may have had their effect or not.
    pub(super) unclear: usize,
}

impl Writer {
    pub(super) fn new(number: usize, rng: fastrand::Rng, door: Arc<Door>, events: Sender<Event>) -> Self {
        let rows = BTreeMap::new();
        Self {
            number,
            rng,
            door,
            events,
            connection: Kept::default(),
            rows,
            checked: 0,
            titles: 0,
            acknowledged: 0,
            unclear: 0,
        }
    }

    /// Does one write until it is acknowledged.
    pub(super) fn write(&mut self) {
        self.titles += 1;
        let title = format!("{}-{}", self.number, self.titles);
        let live: Vec<String> =
            self.rows.iter().filter(|(_, title)| title.is_some()).map(|(id, _)| id.clone()).collect();
        let share = self.rng.u32(..10);
        if live.is_empty() || share < 4 {
            // After a try without an answer the row may be there: with this title it is what was sent.
            self.settle("POST", &title.clone(), Some(title), &[201, 409]);
            return;
        }
        let id = live[self.rng.usize(..live.len())].clone();
        if share < 8 {
            self.settle("PUT", &id, Some(title), &[200]);
        } else {
            self.settle("DELETE", &id, None, &[204, 410]);
        }
    }

    /// Sends a write until it is answered by one of two statuses, of which the second is one only after tries without an
    /// answer.
    fn settle(&mut self, method: &str, id: &str, wish: Title, settled: &[u16]) {
        let target = if method == "POST" { "/tables/todoitem".to_owned() } else { format!("/tables/todoitem/{id}") };
        let body = wish.as_ref().map_or(Value::Null, |title| json!({"id": id, "title": title}));
        let limit = Instant::now() + PATIENCE;
        let mut unclear = false;
        while Instant::now() < limit {
            let port = self.door.port();
            // A write that has vanished is seen before the next one hides it.
            if unclear || self.checked != port {
                if !self.has_what_was_acknowledged(port, id, &wish) {
                    continue;
                }
                self.checked = port;
            }
            match self.exchange(port, method, &target, &body) {
                Ok((503, _)) => {}
                Ok((status, answer)) if status == settled[0] || unclear && settled.contains(&status) => {
                    assert!(status == 204 || status == 410 || answer["title"] == *wish.as_ref().unwrap(), "{answer}");
                    self.acknowledged += 1;
                    self.rows.insert(id.to_owned(), wish);
                    let _ = self.events.send(Event::Acknowledged);
                    return;
                }
                Ok((status, answer)) => panic!("{method} {target} {body} is answered {status} {answer}"),
                Err(_) => {}
            }
            unclear = true;
            self.unclear += 1;
        }
        panic!("{method} {target} is not acknowledged within {PATIENCE:?}");
    }

    /// Sends a request. While there is no database it is answered by 503, after which the writer waits for the database.
    fn exchange(&mut self, port: u16, method: &str, target: &str, body: &Value) -> std::io::Result<(u16, Value)> {
        let state = self.door.database();
        let answer = self.connection.send(port, method, target, body);
        let was_down = state.is_down() && self.door.database() == state;
        if was_down {
            let status = answer.as_ref().map(|(status, _)| *status);
            assert_eq!(status.ok(), Some(503), "{method} {target} without a database: {answer:?}");
        }
        if matches!(answer, Ok((503, _))) {
            let _ = self.events.send(Event::Unavailable);
        }
        if was_down {
            self.door.wait_for_database();
        }
        answer
    }

    /// Whether the server answers; if so its rows are those that it has acknowledged, but for one that may be as wished.
    fn has_what_was_acknowledged(&mut self, port: u16, open: &str, wish: &Title) -> bool {
        let number = self.number;
        let target = format!(
            "/tables/todoitem?__includedeleted=true&$filter=id%20ge%20'{number}-'%20and%20id%20lt%20'{number}.'"
        );
        let page = match self.exchange(port, "GET", &target, &Value::Null) {
            Ok((200, page)) => page,
            Ok((503, _)) | Err(_) => return false,
            Ok((status, answer)) => panic!("{target} is answered {status} {answer}"),
        };
        let mut found = self.own(page["items"].as_array().unwrap());
        let (before, now) = (self.rows.get(open), found.get(open));
        assert!(now == before || now == Some(wish), "row {open} is {now:?}, neither {before:?} nor {wish:?}");
        match before {
            Some(title) => drop(found.insert(open.to_owned(), title.clone())),
            None => drop(found.remove(open)),
        }
        assert_eq!(found, self.rows, "what was acknowledged to writer {number} is there after a crash");
        true
    }

    /// Compares its rows with those of the server; gives their number.
    pub(super) fn compare(&self, found: &[Value]) -> usize {
        let found = self.own(found);
        assert_eq!(found, self.rows, "what was acknowledged to writer {} is there", self.number);
        found.len()
    }

    /// The rows that are its own.
    fn own(&self, rows: &[Value]) -> BTreeMap<String, Title> {
        let prefix = format!("{}-", self.number);
        let own = rows.iter().map(|row| (row["id"].as_str().unwrap(), row)).filter(|(id, _)| id.starts_with(&prefix));
        own.map(|(id, row)| {
            (id.to_owned(), (row["deleted"] == false).then(|| row["title"].as_str().unwrap().to_owned()))
        })
        .collect()
    }
}
