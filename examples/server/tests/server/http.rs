//! An HTTP client of a few lines: it sends exactly what a test says, and nothing of its own.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use serde_json::Value;

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// Returns a header by its lower-case name.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Returns the headers, names in lower case.
    pub(crate) fn headers(&self) -> &[(String, String)] {
        &self.headers
    }

    /// Returns the body as JSON; null when it is empty or no JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }
}

/// Sends a request to a port of this machine and reads the whole answer.
pub(crate) fn send(port: u16, method: &str, target: &str, headers: &[(&str, &str)], body: Option<&str>) -> Answer {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    let mut request = format!("{method} {target} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n");
    for (name, value) in headers {
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    if body.is_some() || matches!(method, "POST" | "PUT" | "PATCH") {
        request.push_str(&format!("Content-Length: {}\r\n", body.map_or(0, str::len)));
    }
    request.push_str("\r\n");
    request.push_str(body.unwrap_or(""));
    // The server may answer and close before it has read a body that it refuses.
    let _ = stream.write_all(request.as_bytes());
    read_answer(stream)
}

/// Reads an answer to the end of its connection.
pub(crate) fn read_answer(mut stream: TcpStream) -> Answer {
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n").expect("the answer has a head");
    let head = std::str::from_utf8(&answer[..end]).unwrap();
    let mut lines = head.split("\r\n");
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let headers: Vec<(String, String)> = lines
        .map(|line| line.split_once(':').unwrap())
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let answer = Answer { status, headers, body: answer[end + 4..].to_vec() };
    assert_eq!(answer.header("transfer-encoding"), None, "bodies come with their length");
    answer
}

/// Sends a JSON body.
pub(crate) fn send_json(port: u16, method: &str, target: &str, headers: &[(&str, &str)], body: &Value) -> Answer {
    let mut all = vec![("Content-Type", "application/json")];
    all.extend_from_slice(headers);
    send(port, method, target, &all, Some(&body.to_string()))
}

/// Reads an address without headers or body.
pub(crate) fn get(port: u16, target: &str) -> Answer {
    send(port, "GET", target, &[], None)
}

/// Percent-encodes a query string of the data files, keeping its `&`, `=` and `$`.
pub(crate) fn encode_query(query: &str) -> String {
    query
        .bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' => char::from(byte).to_string(),
            b'-' | b'.' | b'_' | b'~' | b'&' | b'=' | b'$' | b'(' | b')' | b',' | b'\'' | b':' | b'*' | b'/' => {
                char::from(byte).to_string()
            }
            other => format!("%{other:02X}"),
        })
        .collect()
}
