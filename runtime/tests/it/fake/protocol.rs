//! The fake answers the table of the protocol as the reference server does, and what was recorded from a real Toolkit as that did.

use std::time::Duration;

use synctable::testing::FakeServer;

use super::peer::recordings::{self, BOTH, Difference, TOOLKIT};
use super::peer::{Answer, Peer, protocol_table};

struct Fake(FakeServer);

impl Fake {
    fn new() -> Self {
        Self(super::server().max_top(1000))
    }
}

impl Peer for Fake {
    fn send(&mut self, method: &str, target: &str, headers: &[(String, String)], body: Option<&[u8]>) -> Answer {
        let response = super::ask(&self.0, method, target, headers, body);
        let headers = response.headers.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()));
        Answer { status: response.status, headers: headers.collect(), body: response.body.to_vec() }
    }

    /// More than a millisecond, and no whole number of them: stamps are finer than the wire shows.
    fn next_ms(&mut self) {
        self.0.clock().advance(Duration::from_nanos(1_000_300));
    }

    fn base(&self) -> String {
        self.0.url().to_owned()
    }

    fn sends(&self, method: &str) -> bool {
        !matches!(method, "HEAD" | "OPTIONS")
    }
}

#[test]
fn the_fake_answers_as_the_table_says() {
    protocol_table::play(Fake::new);
}

const VERB: &str = "no transport of the client sends the verb";

const VERBS: [Difference; 3] = [("edges", "HEAD row", VERB), ("edges", "HEAD list", VERB), ("edges", "OPTIONS", VERB)];

#[test]
fn the_recording_is_answered_alike() {
    recordings::play(Fake::new(), include_str!("../../data/wire/TK.json"), &[&BOTH, &TOOLKIT, &VERBS]);
}
