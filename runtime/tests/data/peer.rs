//! What is played to a server by its tests: the table of the protocol, and what was recorded of real servers.

use serde_json::Value;

pub(crate) mod protocol_table;
pub(crate) mod recordings;

/// A server under test.
pub(crate) trait Peer {
    /// Sends a request and reads its answer.
    fn send(&mut self, method: &str, target: &str, headers: &[(String, String)], body: Option<&[u8]>) -> Answer;
    /// Has the clock of stamps reach the next millisecond.
    fn next_ms(&mut self);
    /// The address before the path.
    fn base(&self) -> String;
    /// Whether the way to the server has this verb.
    fn sends(&self, _method: &str) -> bool {
        true
    }
}

/// An answer; names of headers are in lower case.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }
}

fn json_type() -> (String, String) {
    ("Content-Type".to_owned(), "application/json".to_owned())
}
