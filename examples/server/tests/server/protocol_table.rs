//! The reference server and the fake of the test kit answer the table of the protocol alike.

use std::time::{Duration, Instant, SystemTime};

use synctable_server::{Config, Server, wire_tables};

use super::http;

#[path = "../../../../runtime/tests/data/protocol_table.rs"]
mod table;

use table::{Answer, Peer};

struct Http(Server);

impl Peer for Http {
    fn send(&mut self, method: &str, target: &str, headers: &[(String, String)], body: Option<&[u8]>) -> Answer {
        let headers: Vec<_> = headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let body = body.map(|body| std::str::from_utf8(body).unwrap());
        let answer = http::send(self.0.port(), method, target, &headers, body);
        Answer { status: answer.status, headers: answer.headers, body: answer.body }
    }

    /// The clock is past every stamp that was given so far, so the next stamp is in a later millisecond.
    fn next_ms(&mut self) {
        let millis = || SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_millis();
        let (start, began) = (millis(), Instant::now());
        while millis() == start && began.elapsed() < Duration::from_secs(1) {
            std::thread::yield_now();
        }
    }

    fn base(&self) -> String {
        self.0.url()
    }
}

#[test]
fn the_server_answers_as_the_table_says() {
    table::play(|| Http(Server::start(Config::new(wire_tables()).max_top(1000)).unwrap()));
}
