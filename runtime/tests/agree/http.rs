//! Requests on one connection that stays open, past the library's transport.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::time::Duration;

/// A server that hangs fails the test instead of stopping it.
const PATIENCE: Duration = Duration::from_secs(30);

/// A connection to a server on this machine.
#[derive(Debug)]
pub(crate) struct Line {
    stream: BufReader<TcpStream>,
    version: &'static str,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
}

impl Line {
    /// # Errors
    /// The server cannot be reached.
    pub(crate) fn open(port: u16, version: &'static str) -> io::Result<Self> {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(Self { stream: BufReader::new(stream), version })
    }

    /// # Errors
    /// The connection broke, or what came is no answer.
    pub(crate) fn get(&mut self, target: &str) -> io::Result<Answer> {
        let request = format!("GET {target} HTTP/1.1\r\nHost: 127.0.0.1\r\n{}\r\n", self.version);
        self.stream.get_mut().write_all(request.as_bytes())?;
        let broken = |what: &str| io::Error::new(io::ErrorKind::InvalidData, what.to_owned());
        let mut line = String::new();
        self.stream.read_line(&mut line)?;
        let status =
            line.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or_else(|| broken("no status"))?;
        let mut length = None;
        loop {
            line.clear();
            self.stream.read_line(&mut line)?;
            let header = line.trim_end().to_ascii_lowercase();
            if header.is_empty() {
                break;
            }
            if let Some(value) = header.strip_prefix("content-length:") {
                length = value.trim().parse().ok();
            }
        }
        let mut body = vec![0; length.ok_or_else(|| broken("an answer without its length"))?];
        self.stream.read_exact(&mut body)?;
        Ok(Answer { status, body })
    }
}
