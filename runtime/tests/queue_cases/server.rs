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

use crate::recorded::Recorded;
use crate::script::{Reply, Script};

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
        let tag = body
            .as_ref()
            .and_then(|b| b.get("version"))
            .and_then(serde_json::Value::as_str)
            .map(|v| format!("\"{v}\""));
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

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;
    use crate::case::{Answer, Profile};

    /// Sends one request and returns all that comes back until the connection ends; an empty text is no answer.
    async fn ask(server: &Server, method: &str, target: &str, body: &str) -> String {
        let mut stream = TcpStream::connect(server.endpoint.trim_start_matches("http://")).await.expect("connect");
        let head = format!(
            "{method} {target} HTTP/1.1\r\nhost: x\r\nconnection: close\r\nif-match: \"1\"\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(head.as_bytes()).await.expect("send");
        let mut text = Vec::new();
        // A cut connection ends with an error or without a byte.
        let _ = stream.read_to_end(&mut text).await;
        String::from_utf8_lossy(&text).into_owned()
    }

    async fn start(answers: &str) -> (Script, Server) {
        let script = Script::new(Profile::Classic);
        script.plan(&serde_json::from_str::<Vec<Answer>>(answers).expect("answers")).expect("plan");
        let server = Server::start(script.clone()).await.expect("server");
        (script, server)
    }

    #[tokio::test]
    async fn answers_come_in_order_and_requests_are_kept() {
        let (script, server) = start(r#"[{"status":409,"body":{"id":"a","version":"2"}},{"status":200,"rows":[{"id":"b"}]},{"status":204,"times":2}]"#).await;
        assert!(ask(&server, "PUT", "/tables/t/a", r#"{"id":"a"}"#).await.starts_with("HTTP/1.1 409"));
        assert!(
            ask(&server, "GET", "/tables/t/a", "").await.contains(r#""version":"2""#),
            "a read takes no planned answer and shows the truth"
        );
        assert!(ask(&server, "GET", "/tables/t?$count=true", "").await.contains(r#"{"count":1,"items":[{"id":"b"}]}"#));
        assert!(ask(&server, "DELETE", "/tables/t/a", "").await.starts_with("HTTP/1.1 204"));
        assert!(ask(&server, "DELETE", "/tables/t/a", "").await.starts_with("HTTP/1.1 204"));
        assert!(ask(&server, "DELETE", "/tables/t/a", "").await.starts_with("HTTP/1.1 404"));
        let seen = script.take_recorded();
        assert_eq!(seen.len(), 6);
        assert_eq!(
            (seen[0].method.as_str(), seen[0].path.as_str(), seen[0].if_match.as_deref()),
            ("PUT", "/tables/t/a", Some("\"1\""))
        );
        assert_eq!(seen[0].row_id().as_deref(), Some("a"));
    }

    #[tokio::test]
    async fn a_failure_lasts_until_the_script_recovers() {
        let (script, server) =
            start(r#"[{"failure":"connectionError"},{"status":500},{"failure":"clientSideException"}]"#).await;
        assert_eq!(ask(&server, "POST", "/tables/t", r#"{"id":"a"}"#).await, "");
        assert_eq!(ask(&server, "GET", "/tables/t?$top=1", "").await, "", "the table does not answer either");
        script.recover();
        assert!(ask(&server, "POST", "/tables/t", r#"{"id":"a"}"#).await.starts_with("HTTP/1.1 500"));
        assert!(ask(&server, "POST", "/tables/t", r#"{"id":"a"}"#).await.starts_with("HTTP/1.1 500"));
        assert!(
            ask(&server, "GET", "/tables/t?$top=1", "").await.starts_with("HTTP/1.1 200"),
            "an error of one row is not one of the table"
        );
        script.recover();
        assert!(ask(&server, "POST", "/tables/t", r#"{"id":"a"}"#).await.ends_with("{\"id\":"));
    }

    #[tokio::test]
    async fn a_held_answer_waits_and_a_timeout_never_comes() {
        let (script, server) = start(r#"[{"status":204},{"failure":"timeout"}]"#).await;
        script.hold();
        let first = tokio::spawn(async move { (ask(&server, "DELETE", "/tables/t/a", "").await, server) });
        script.arrival().await;
        assert!(!first.is_finished());
        script.release();
        let (text, server) = first.await.expect("answer");
        assert!(text.starts_with("HTTP/1.1 204"));
        let hung =
            tokio::time::timeout(std::time::Duration::from_millis(100), ask(&server, "DELETE", "/tables/t/a", ""))
                .await;
        assert!(hung.is_err());
    }

    #[tokio::test]
    async fn behind_the_script_stands_a_store() {
        let (_, server) = start("[]").await;
        assert!(ask(&server, "POST", "/tables/t", r#"{"id":"a","n":1}"#).await.starts_with("HTTP/1.1 201"));
        assert!(ask(&server, "POST", "/tables/t", r#"{"id":"a","n":2}"#).await.starts_with("HTTP/1.1 409"));
        assert!(ask(&server, "PATCH", "/tables/t/a", r#"{"n":2}"#).await.starts_with("HTTP/1.1 412"));
        let list = ask(&server, "GET", "/tables/t?$filter=updatedAt%20ge%20cast(1970-01-01T00:00:00.000Z,Edm.DateTimeOffset)&$count=true&$orderby=updatedAt,id", "").await;
        assert!(list.contains(r#""count":1"#) && list.contains(r#""n":1"#), "{list}");
        let later = ask(
            &server,
            "GET",
            "/tables/t?$filter=updatedAt%20ge%20cast(2999-01-01T00:00:00.000Z,Edm.DateTimeOffset)&$count=true",
            "",
        )
        .await;
        assert!(later.contains(r#""count":0"#), "{later}");
    }
}
