//! A look at a backend with plain requests, past the library.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::time::Duration;

use serde_json::Value;
use synctable::wire::Dialect;

/// How long a plain request may take: a backend that hangs fails the test instead of stopping it.
const PATIENCE: Duration = Duration::from_secs(30);

/// A backend on this machine, asked in its own dialect.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer {
    pub(crate) port: u16,
    pub(crate) dialect: Dialect,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: String,
}

impl Answer {
    /// The body as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error} in the answer {self:?}"))
    }
}

impl Peer {
    /// Sends one request on a connection of its own.
    pub(crate) fn send(self, method: &str, target: &str, body: Option<&Value>) -> Answer {
        let body = body.map(Value::to_string).unwrap_or_default();
        let version = match self.dialect {
            Dialect::NodeV2 | Dialect::DotNetV2 => "ZUMO-API-VERSION: 2.0.0\r\n",
            Dialect::DatasyncV3 => "ZUMO-API-VERSION: 3.0.0\r\n",
            Dialect::Toolkit => "",
        };
        let content = if body.is_empty() {
            String::new()
        } else {
            format!("Content-Type: application/json\r\nContent-Length: {}\r\n", body.len())
        };
        let request = format!(
            "{method} {target} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nConnection: close\r\n{version}{content}\r\n{body}",
            self.port
        );
        let answer = exchange(self.port, request.as_bytes()).expect("the backend answers");
        let (head, body) = answer.split_once("\r\n\r\n").expect("an answer has a head");
        assert!(!head.to_ascii_lowercase().contains("transfer-encoding"), "the answer comes in one piece: {head}");
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("an answer has a status");
        Answer { status, body: body.to_owned() }
    }

    /// Reads every row of a table, tombstones too, by id.
    pub(crate) fn rows(self, table: &str) -> Vec<Value> {
        let (count, deleted, list) = match self.dialect {
            Dialect::NodeV2 | Dialect::DotNetV2 => ("$inlinecount=allpages", "__includeDeleted=true", "results"),
            _ => ("$count=true", "__includedeleted=true", "items"),
        };
        let mut rows: Vec<Value> = Vec::new();
        loop {
            let target = format!("/tables/{table}?$orderby=id&$top=100&$skip={}&{count}&{deleted}", rows.len());
            let answer = self.send("GET", &target, None);
            assert_eq!(answer.status, 200, "{answer:?}");
            let page = answer.json();
            let items = page[list].as_array().unwrap_or_else(|| panic!("a page has `{list}`: {page}"));
            if items.is_empty() {
                assert_eq!(Some(rows.len() as u64), page["count"].as_u64(), "the count names what the pages brought");
                return rows;
            }
            rows.extend(items.iter().cloned());
        }
    }
}

/// Sends the bytes and reads until the other side closes.
fn exchange(port: u16, request: &[u8]) -> std::io::Result<String> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(request)?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}
