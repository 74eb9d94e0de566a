//! The reference server and the fake of the test kit answer the table of the protocol alike.

use std::time::{Duration, Instant, SystemTime};

use synctable_server::{Config, Server, wire_tables};

use super::engines::Rows;
use super::http;
use super::peer::{Answer, Peer, protocol_table};

/// A server that is asked by way of a socket.
pub(crate) struct Http<R> {
    server: Server,
    /// What has to outlive the server.
    _kept: R,
}

impl<R> Http<R> {
    pub(crate) fn start(config: Config, kept: R) -> Self {
        Self { server: Server::start(config).unwrap(), _kept: kept }
    }
}

impl<R> Peer for Http<R> {
    fn send(&mut self, method: &str, target: &str, headers: &[(String, String)], body: Option<&[u8]>) -> Answer {
        let headers: Vec<_> = headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let body = body.map(|body| std::str::from_utf8(body).unwrap());
        let answer = http::send(self.server.port(), method, target, &headers, body);
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
        self.server.url()
    }
}

fn over(rows: Rows) -> Http<Rows> {
    Http::start(Config::new(wire_tables()).max_top(1000).database(rows.database()), rows)
}

#[test]
fn the_server_answers_as_the_table_says_on_sqlite() {
    protocol_table::play(|| over(Rows::sqlite()));
}

#[test]
fn the_server_answers_as_the_table_says_on_postgresql() {
    const TEST: &str = "the_server_answers_as_the_table_says_on_postgresql";
    if Rows::postgres(TEST).is_some() {
        protocol_table::play(|| over(Rows::postgres(TEST).unwrap()));
    }
}
