//! A proxy between device and backend that loses replies.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// What becomes of the reply to a write; the backend has taken it in any case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    Delivered,
    Lost,
    /// Half of it arrives.
    Cut,
}

/// A proxy on a port of its own; its threads end with the process.
#[derive(Debug)]
pub(crate) struct Proxy {
    port: u16,
    /// Replies to writes that were lost or cut.
    lost: Arc<AtomicU64>,
}

impl Proxy {
    /// Forwards to a port of this machine; the fate of the reply to a write follows from its number.
    pub(crate) fn start(backend: u16, fate: fn(u64) -> Fate) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let (lost, writes) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
        let counted = Arc::clone(&lost);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (lost, writes) = (Arc::clone(&counted), Arc::clone(&writes));
                // A connection that breaks is the business of its two ends.
                std::thread::spawn(move || drop(carry(&stream, backend, fate, &writes, &lost)));
            }
        });
        Self { port, lost }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub(crate) fn lost(&self) -> u64 {
        self.lost.load(Ordering::SeqCst)
    }
}

/// Carries one request and its reply; each takes a connection of its own.
fn carry(
    mut stream: &TcpStream,
    backend: u16,
    fate: fn(u64) -> Fate,
    writes: &AtomicU64,
    lost: &AtomicU64,
) -> io::Result<()> {
    let mut reader = BufReader::new(stream);
    let (mut head, mut length) = (Vec::new(), 0);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let line = line.trim_end().to_owned();
        if line.is_empty() {
            break;
        }
        let lower = line.to_ascii_lowercase();
        if let Some(text) = lower.strip_prefix("content-length:") {
            length = text.trim().parse().map_err(io::Error::other)?;
        }
        if !lower.starts_with("connection:") {
            head.push(line);
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let mut server = TcpStream::connect((Ipv4Addr::LOCALHOST, backend))?;
    let mut request = head.join("\r\n").into_bytes();
    request.extend_from_slice(b"\r\nConnection: close\r\n\r\n");
    request.extend_from_slice(&body);
    server.write_all(&request)?;
    let mut answer = Vec::new();
    server.read_to_end(&mut answer)?;
    let is_write = !head[0].starts_with("GET ");
    let fate = if is_write { fate(writes.fetch_add(1, Ordering::SeqCst)) } else { Fate::Delivered };
    if fate != Fate::Delivered {
        lost.fetch_add(1, Ordering::SeqCst);
    }
    match fate {
        Fate::Delivered => stream.write_all(&answer),
        Fate::Lost => stream.shutdown(Shutdown::Both),
        Fate::Cut => stream.write_all(&answer[..answer.len() / 2]),
    }
}
