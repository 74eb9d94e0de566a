//! The load: connections that send one request after the other, with as little work of their own as can be.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::Barrier;

use crate::Result;
use crate::measure::per_second;
use crate::rows::{self, Action};

/// Requests of one kind, over some connections, for some time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Load {
    pub(crate) address: SocketAddr,
    pub(crate) action: Action,
    pub(crate) connections: usize,
    /// How many rows the table was filled with.
    pub(crate) rows: u64,
    pub(crate) time: Duration,
}

impl Load {
    /// Returns the requests a second.
    pub(crate) fn run(self) -> Result<f64> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        runtime.block_on(async {
            let ready = Arc::new(Barrier::new(self.connections + 1));
            let connections: Vec<_> = (0..self.connections)
                .map(|seed| tokio::spawn(self.connection(seed as u64, Arc::clone(&ready))))
                .collect();
            ready.wait().await;
            let start = Instant::now();
            let mut requests = 0;
            for connection in connections {
                requests += connection.await??;
            }
            Ok(per_second(requests, start.elapsed()))
        })
    }

    async fn connection(self, seed: u64, ready: Arc<Barrier>) -> Result<u64> {
        let connected = self.connect().await;
        // Whatever came of it: the others wait.
        ready.wait().await;
        let mut stream = connected?;
        let start = Instant::now();
        let mut random = fastrand::Rng::with_seed(seed);
        let mut answer = Vec::with_capacity(512 * 1024);
        let mut requests = 0;
        while start.elapsed() < self.time {
            let row = random.u64(..self.rows);
            stream.write_all(self.request(row).as_bytes()).await?;
            read_answer(&mut stream, &mut answer).await?;
            requests += 1;
        }
        Ok(requests)
    }

    /// Connects, and asks once, so that what is opened at a first request is open.
    async fn connect(&self) -> Result<TcpStream> {
        let mut stream = TcpStream::connect(self.address).await?;
        stream.set_nodelay(true)?;
        stream.write_all(self.request(0).as_bytes()).await?;
        read_answer(&mut stream, &mut Vec::new()).await?;
        Ok(stream)
    }

    fn request(&self, row: u64) -> String {
        let with_body = |verb: &str, path: &str, body: &str| {
            let length = body.len();
            format!(
                "{verb} {path} HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
            )
        };
        match self.action {
            Action::Get => format!("GET /tables/load/{} HTTP/1.1\r\nhost: bench\r\n\r\n", rows::id(row)),
            Action::List(top) => format!("GET /tables/load?$top={top} HTTP/1.1\r\nhost: bench\r\n\r\n"),
            Action::Insert => with_body("POST", "/tables/load", &rows::body(&rows::new_id(), row)),
            Action::Update => {
                let id = rows::id(row);
                with_body("PUT", &format!("/tables/load/{id}"), &rows::body(&id, row))
            }
        }
    }
}

/// Reads one answer whole; it must be 200 or 201 and say how long it is.
async fn read_answer(stream: &mut TcpStream, answer: &mut Vec<u8>) -> Result<()> {
    answer.clear();
    let mut wanted = usize::MAX;
    while answer.len() < wanted {
        if stream.read_buf(answer).await? == 0 {
            return Err("the server closed the connection".into());
        }
        if wanted == usize::MAX
            && let Some(end) = answer.windows(4).position(|window| window == b"\r\n\r\n")
        {
            let head = std::str::from_utf8(&answer[..end])?.to_ascii_lowercase();
            if !head.starts_with("http/1.1 200") && !head.starts_with("http/1.1 201") {
                return Err(format!("the server answered {head}").into());
            }
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            wanted = end + 4 + length.ok_or("the answer has no length")?.trim().parse::<usize>()?;
        }
    }
    Ok(())
}
