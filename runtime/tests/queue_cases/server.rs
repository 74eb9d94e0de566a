//! The script behind a loopback port, with connections that can be cut before the answer.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use axum::body::{Body, to_bytes};
use axum::extract::connect_info::{ConnectInfo, Connected};
use axum::extract::{Request, State};
use axum::response::Response;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::script::{Recorded, Reply, Script};

/// A running server; it ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) endpoint: String,
    task: JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Server {
    /// # Errors
    /// No free loopback port.
    pub(crate) async fn start(script: Script) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let endpoint = format!("http://{}", listener.local_addr()?);
        let app = axum::Router::new().fallback(handle).with_state(script).into_make_service_with_connect_info::<Cut>();
        let task = tokio::spawn(async move {
            // Serving ends only with the task.
            let _ = axum::serve(Lines(listener), app).await;
        });
        Ok(Self { endpoint, task })
    }
}

async fn handle(State(script): State<Script>, ConnectInfo(cut): ConnectInfo<Cut>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let bytes = to_bytes(body, 1 << 24).await.unwrap_or_default();
    let recorded = Recorded {
        method: head.method.to_string(),
        path: head.uri.path().to_owned(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        if_match: head.headers.get("if-match").and_then(|v| v.to_str().ok()).map(str::to_owned),
        body: serde_json::from_slice(&bytes).ok(),
    };
    let json = |status: u16, body: Option<serde_json::Value>| {
        let tag = body.as_ref().and_then(|b| b.get("version")).and_then(serde_json::Value::as_str).map(|v| format!("\"{v}\""));
        let mut response = Response::builder().status(status);
        if let Some(tag) = tag {
            response = response.header("etag", tag);
        }
        if body.is_some() {
            response = response.header("content-type", "application/json; charset=utf-8");
        }
        response.body(body.map_or_else(Body::empty, |b| Body::from(b.to_string())))
    };
    let response = match script.serve(recorded).await {
        Reply::Json { status, body } => json(status, body),
        Reply::Hang => std::future::pending().await,
        Reply::Cut => {
            cut.0.store(true, Ordering::Release);
            json(200, None)
        }
        Reply::Garbage => Response::builder().header("content-type", "application/json").body(Body::from("{\"id\":")),
    };
    response.unwrap_or_else(|e| panic!("the scripted answer cannot be sent: {e}"))
}

/// Set when the connection is to end without another byte.
#[derive(Debug, Clone)]
struct Cut(Arc<AtomicBool>);

impl Connected<IncomingStream<'_, Lines>> for Cut {
    fn connect_info(stream: IncomingStream<'_, Lines>) -> Self {
        stream.io().cut.clone()
    }
}

#[derive(Debug)]
struct Lines(TcpListener);

impl Listener for Lines {
    type Io = Line;
    type Addr = std::net::SocketAddr;

    async fn accept(&mut self) -> (Line, Self::Addr) {
        let (stream, addr) = Listener::accept(&mut self.0).await;
        (Line { stream, cut: Cut(Arc::default()) }, addr)
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.0.local_addr()
    }
}

#[derive(Debug)]
struct Line {
    stream: TcpStream,
    cut: Cut,
}

impl AsyncRead for Line {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Line {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        if self.cut.0.load(Ordering::Acquire) {
            return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        }
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
