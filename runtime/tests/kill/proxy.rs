//! The network between child and backend: it sees each request and reply, and takes its time with both.

use std::collections::BTreeMap;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use fastrand::Rng;
use serde_json::Value;

use crate::victim::Event;

/// The longest that a request or a part of a reply is on its way.
const LONGEST_WAY: Duration = Duration::from_micros(2500);

/// Where a request is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// The child has sent it, and the backend has not answered.
    Request,
    /// The backend has answered, and part of the answer has not left for the child.
    Reply,
}

/// A proxy on a port of its own; its threads end with the process.
#[derive(Debug, Clone)]
pub(crate) struct Proxy {
    port: u16,
    state: Arc<Mutex<State>>,
}

/// What the proxy has seen.
#[derive(Debug)]
pub(crate) struct State {
    rng: Rng,
    requests: u64,
    /// The child of now; what an earlier one sent may still be on its way.
    child: u32,
    /// The requests of the child of now that are under way.
    open: BTreeMap<u64, (Phase, bool)>,
    watcher: Option<Sender<Event>>,
    /// How often the backend acknowledged an insert or update with this title, a delete of this id.
    applied: BTreeMap<String, u32>,
}

impl State {
    /// Whether a request of the child is in a phase, by whether it writes.
    pub(crate) fn is_in(&self, phase: Phase, write: bool) -> bool {
        self.open.values().any(|open| *open == (phase, write))
    }

    /// Titles and deletes that the backend acknowledged more than once, with the number of times.
    pub(crate) fn applied_again(&self) -> Vec<(&String, u32)> {
        self.applied.iter().filter(|(_, times)| **times > 1).map(|(what, times)| (what, *times)).collect()
    }

    /// Writes that the backend acknowledged.
    pub(crate) fn applied(&self) -> usize {
        self.applied.len()
    }
}

impl Proxy {
    /// Starts to listen, and forwards to a port of this machine.
    pub(crate) fn start(backend: u16, rng: Rng) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port for the proxy");
        let port = listener.local_addr().expect("the proxy has an address").port();
        let (open, applied) = (BTreeMap::new(), BTreeMap::new());
        let state = State { rng, requests: 0, child: 0, open, watcher: None, applied };
        let state = Arc::new(Mutex::new(state));
        let proxy = Self { port, state };
        let accepting = proxy.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let proxy = accepting.clone();
                let child = proxy.state().child;
                // A connection that breaks is the business of its two ends.
                std::thread::spawn(move || drop(proxy.carry(&stream, backend, child)));
            }
        });
        proxy
    }

    /// The endpoint for the child.
    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Turns to the next child, whose requests and replies are told to the watcher when they begin.
    pub(crate) fn watch_next(&self, watcher: Sender<Event>) {
        let mut state = self.state();
        state.child += 1;
        state.open.clear();
        state.watcher = Some(watcher);
    }

    /// Stops the world of the proxy while the guard is held: no request changes its phase.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Carries one request and its reply; each takes a connection of its own.
    fn carry(&self, stream: &TcpStream, backend: u16, child: u32) -> io::Result<()> {
        let request = Message::read(&mut BufReader::new(stream))?;
        let (number, way) = self.begin(child, &request);
        std::thread::sleep(way);
        let answer = forward(backend, &request);
        let way = self.answered(child, number, &request, answer.as_deref().unwrap_or_default());
        let delivered = answer.and_then(|answer| deliver(stream, &answer, way));
        let mut state = self.state();
        if state.child == child {
            state.open.remove(&number);
        }
        delivered
    }

    fn begin(&self, child: u32, request: &Message) -> (u64, Duration) {
        let mut state = self.state();
        state.requests += 1;
        let number = state.requests;
        let way = state.enter(child, number, Phase::Request, request.is_write());
        (number, way)
    }

    fn answered(&self, child: u32, number: u64, request: &Message, answer: &[u8]) -> Duration {
        let mut state = self.state();
        // What the backend has acknowledged it has applied, whoever hears of it.
        for what in request.applied(answer) {
            *state.applied.entry(what).or_default() += 1;
        }
        state.enter(child, number, Phase::Reply, request.is_write())
    }
}

impl State {
    fn enter(&mut self, child: u32, number: u64, phase: Phase, write: bool) -> Duration {
        if self.child == child {
            self.open.insert(number, (phase, write));
            if let Some(watcher) = &self.watcher {
                // The parent may have stopped to listen.
                let _ = watcher.send(Event::Wire(phase, write));
            }
        }
        LONGEST_WAY.mul_f64(self.rng.f64())
    }
}

/// A request as it came.
#[derive(Debug)]
struct Message {
    head: Vec<String>,
    body: Vec<u8>,
}

impl Message {
    fn read(reader: &mut BufReader<&TcpStream>) -> io::Result<Self> {
        let mut head = Vec::new();
        let mut length = 0;
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line)? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let line = line.trim_end().to_owned();
            if line.is_empty() {
                break;
            }
            if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse().map_err(io::Error::other)?;
            }
            head.push(line);
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        Ok(Self { head, body })
    }

    fn is_write(&self) -> bool {
        !self.head[0].starts_with("GET ")
    }

    /// What the backend has applied by its answer: titles, which no other write has, and deletes of paths. An
    /// answer that it gives again applies nothing.
    fn applied(&self, answer: &[u8]) -> Vec<String> {
        let end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n").unwrap_or(answer.len());
        let head = String::from_utf8_lossy(&answer[..end]).to_ascii_lowercase();
        if !self.is_write() || answer.get(9) != Some(&b'2') || head.contains("\nidempotency-replayed: true") {
            return Vec::new();
        }
        let json = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).unwrap_or_default();
        let body = json(&self.body);
        let Some(operations) = body["operations"].as_array() else {
            return written(&self.head[0], &body).into_iter().collect();
        };
        let answers = json(answer.get(end + 4..).unwrap_or_default());
        let is_applied = |place: usize| {
            let answer = &answers["answers"][place];
            let status = answer["status"].as_u64().unwrap_or_default();
            (200..300).contains(&status) && answer["headers"]["idempotency-replayed"] != "true"
        };
        let applied = operations.iter().enumerate().filter(|(place, _)| is_applied(*place));
        let line = |operation: &Value, name: &str| operation[name].as_str().unwrap_or_default().to_owned();
        applied
            .filter_map(|(_, operation)| {
                let line = format!("{} /tables/{} HTTP/1.1", line(operation, "method"), line(operation, "path"));
                written(&line, &operation["body"])
            })
            .collect()
    }
}

/// What a request writes: the title, which no other write has, or the delete of a path.
fn written(line: &str, body: &Value) -> Option<String> {
    if line.starts_with("DELETE ") {
        return line.split('?').next().map(str::to_owned);
    }
    body.is_object().then(|| body["title"].to_string())
}

/// Sends the request to the backend, and reads its answer to the end.
fn forward(backend: u16, request: &Message) -> io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, backend))?;
    let mut bytes = Vec::new();
    for line in request.head.iter().filter(|line| !line.to_ascii_lowercase().starts_with("connection:")) {
        bytes.extend_from_slice(format!("{line}\r\n").as_bytes());
    }
    bytes.extend_from_slice(b"Connection: close\r\n\r\n");
    bytes.extend_from_slice(&request.body);
    stream.write_all(&bytes)?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    Ok(answer)
}

/// Sends the answer in two parts with a pause between them.
fn deliver(mut stream: &TcpStream, answer: &[u8], way: Duration) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let (first, second) = answer.split_at(answer.len() / 2);
    stream.write_all(first)?;
    std::thread::sleep(way);
    stream.write_all(second)
}
