//! A connection that is kept from one request to the next, as clients keep theirs.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;

use serde_json::Value;

use super::process::PATIENCE;

/// A connection to one port after the other.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    /// An open connection, and the port that it leads to.
    open: Option<(u16, BufReader<TcpStream>)>,
}

impl Kept {
    /// Sends a request and reads its answer; after an error the next request opens a connection.
    pub(crate) fn send(
        &mut self,
        port: u16,
        method: &str,
        target: &str,
        body: &Value,
    ) -> std::io::Result<(u16, Value)> {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let mut stream = match self.open.take() {
            Some((known, stream)) if known == port => stream,
            _ => {
                let stream = TcpStream::connect(("127.0.0.1", port))?;
                stream.set_nodelay(true)?;
                stream.set_read_timeout(Some(PATIENCE))?;
                BufReader::new(stream)
            }
        };
        let length = body.len();
        let head = format!(
            "{method} {target} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {length}"
        );
        stream.get_mut().write_all(format!("{head}\r\n\r\n{body}").as_bytes())?;
        let answer = read_answer(&mut stream)?;
        self.open = Some((port, stream));
        Ok(answer)
    }
}

/// Reads an answer that has a length, or no body.
fn read_answer(stream: &mut BufReader<TcpStream>) -> std::io::Result<(u16, Value)> {
    let (mut status, mut length) = (None, 0);
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line)? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        let line = line.trim_end().to_ascii_lowercase();
        if let Some(text) = line.strip_prefix("content-length:") {
            length = text.trim().parse().map_err(std::io::Error::other)?;
        }
        match status {
            _ if line.is_empty() => break,
            None => status = Some(line.split(' ').nth(1).and_then(|text| text.parse().ok()).unwrap_or_default()),
            Some(_) => {}
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body)?;
    Ok((status.unwrap_or_default(), serde_json::from_slice(&body).unwrap_or(Value::Null)))
}
