//! The fake and the reference server answer the table of the protocol alike.

use std::time::Duration;

use synctable::testing::FakeServer;

#[path = "../../data/protocol_table.rs"]
mod table;

use table::{Answer, Peer};

struct Fake(FakeServer);

impl Peer for Fake {
    fn send(&mut self, method: &str, target: &str, headers: &[(String, String)], body: Option<&[u8]>) -> Answer {
        let response = super::ask(&self.0, method, target, headers, body);
        let headers = response.headers.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()));
        Answer { status: response.status, headers: headers.collect(), body: response.body.to_vec() }
    }

    fn next_ms(&mut self) {
        self.0.clock().advance(Duration::from_millis(1));
    }

    fn base(&self) -> String {
        self.0.url().to_owned()
    }
}

#[test]
fn the_fake_answers_as_the_table_says() {
    table::play(|| Fake(super::server().max_top(1000)));
}
