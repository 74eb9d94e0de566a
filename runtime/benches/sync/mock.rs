//! A Toolkit server that returns prepared pages to the pull's queries and answers every push with the row.

use std::collections::HashMap;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, put};
use axum::serve::ListenerExt as _;
use percent_encoding::percent_decode_str;
use tokio::runtime::Handle;
use tokio::task::JoinHandle;

use crate::Result;
use crate::rows::{FIRST_STAMP_MS, page, stamp, stamp_ms, version};

/// The pages of one pull: each begins with the last row of the one before, as the inclusive keyset asks for it.
#[derive(Debug)]
pub(crate) struct Pages {
    rows: u64,
    page_size: u64,
    by_first_row: HashMap<u64, Bytes>,
}

impl Pages {
    /// Renders every page that a pull from the beginning asks for.
    pub(crate) fn prepare(rows: u64, page_size: u64) -> Arc<Pages> {
        let mut by_first_row = HashMap::new();
        let mut first = 0;
        loop {
            let end = rows.min(first + page_size);
            by_first_row.insert(first, Bytes::from(page(first, end, rows - first)));
            if end == rows {
                break;
            }
            first = end - 1;
        }
        Arc::new(Pages { rows, page_size, by_first_row })
    }

    /// Rows of the table.
    pub(crate) fn rows(&self) -> u64 {
        self.rows
    }

    /// Most rows of an answer.
    pub(crate) fn page_size(&self) -> u64 {
        self.page_size
    }

    /// Every page in the order of a pull.
    pub(crate) fn in_order(&self) -> Vec<Bytes> {
        let mut firsts: Vec<_> = self.by_first_row.iter().collect();
        firsts.sort_by_key(|(first, _)| **first);
        firsts.into_iter().map(|(_, page)| page.clone()).collect()
    }

    /// The answer to a window of rows: prepared when a pull from the beginning asks for it, else rendered.
    fn answer(&self, window: &Window) -> Bytes {
        let first = window.first.min(self.rows);
        let last = window.end.min(self.rows).max(first);
        let end = last.min(first + window.top.min(self.page_size));
        match self.by_first_row.get(&first) {
            Some(page) if last == self.rows && window.top >= self.page_size => page.clone(),
            _ => Bytes::from(page(first, end, last - first)),
        }
    }
}

/// The rows a query asks for: stamps ascend by one millisecond a row, so a stamp names a row.
#[derive(Debug, PartialEq)]
struct Window {
    first: u64,
    end: u64,
    top: u64,
}

impl Window {
    /// Reads the queries of a pull; `None` for any other, so that a changed client breaks loudly.
    fn of(query: &str) -> Option<Window> {
        let mut window = Window { first: 0, end: u64::MAX, top: u64::MAX };
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=')?;
            let value = value.replace('+', " ");
            let value = percent_decode_str(&value).decode_utf8().ok()?;
            match &*percent_decode_str(name).decode_utf8().ok()? {
                "$filter" => window.restrict(&value)?,
                "$top" => window.top = value.parse().ok()?,
                "$orderby" if value.starts_with("updatedAt") || value.starts_with("id") => {}
                "$count" if value == "true" => {}
                name if name.eq_ignore_ascii_case("__includedeleted") && value == "true" => {}
                _ => return None,
            }
        }
        Some(window)
    }

    fn restrict(&mut self, filter: &str) -> Option<()> {
        for term in filter.split(" and ") {
            let (operator, literal) = term.trim_matches(['(', ' ']).strip_prefix("updatedAt ")?.split_once(' ')?;
            let row = || {
                let text = literal.strip_prefix("cast(")?.split(',').next()?;
                Some(stamp_ms(text)?.saturating_sub(FIRST_STAMP_MS))
            };
            match operator {
                "ge" => self.first = self.first.max(row()?),
                "lt" => self.end = self.end.min(row()?),
                // No row lacks its stamp.
                "eq" if literal.starts_with("null") => self.end = 0,
                _ => return None,
            }
        }
        Some(())
    }
}

/// A running mock; it stops when dropped.
#[derive(Debug)]
pub(crate) struct Mock {
    url: String,
    task: JoinHandle<()>,
}

#[derive(Debug)]
struct Shared {
    pages: Arc<Pages>,
    delay: Duration,
    writes: AtomicU64,
}

impl Mock {
    /// Serves the pages on a free loopback port; every request waits `delay` first.
    pub(crate) fn start(runtime: &Handle, pages: Arc<Pages>, delay: Duration) -> Result<Mock> {
        let shared = Arc::new(Shared { pages, delay, writes: AtomicU64::new(0) });
        let router = Router::new()
            .route("/tables/{table}", get(list).post(insert))
            .route("/tables/{table}/{id}", put(replace).delete(delete))
            .with_state(shared);
        let listener = runtime.block_on(tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))?;
        let url = format!("http://{}", listener.local_addr()?);
        let listener = listener.tap_io(|stream| {
            // Without it an answer larger than a segment may wait for the peer's acknowledgement.
            stream.set_nodelay(true).expect("a fresh socket takes the option");
        });
        let task = runtime.spawn(async move {
            axum::serve(listener, router).await.expect("the mock serves until it is stopped");
        });
        Ok(Mock { url, task })
    }

    /// The server's address, without a slash at the end.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Mock {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Shared {
    async fn wait(&self) {
        if !self.delay.is_zero() {
            tokio::time::sleep(self.delay).await;
        }
    }

    /// The request's row with stamp and version, as a write is answered.
    fn written(&self, status: StatusCode, row: &Bytes) -> Response {
        let Some(open) = row.trim_ascii_end().strip_suffix(b"}") else {
            return (StatusCode::BAD_REQUEST, "the body is not a JSON object").into_response();
        };
        let write = self.writes.fetch_add(1, Ordering::Relaxed);
        let version = version(write);
        let mut body = Vec::with_capacity(open.len() + 96);
        body.extend_from_slice(open);
        let system = format!(
            ",\"deleted\":false,\"updatedAt\":\"{}\",\"version\":\"{version}\"}}",
            stamp(FIRST_STAMP_MS + write)
        );
        body.extend_from_slice(system.as_bytes());
        let tag = HeaderValue::try_from(format!("\"{version}\"")).expect("base64 is a header value");
        (status, [(header::CONTENT_TYPE, JSON), (header::ETAG, tag)], body).into_response()
    }
}

const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");

async fn list(State(shared): State<Arc<Shared>>, RawQuery(query): RawQuery) -> Response {
    shared.wait().await;
    match Window::of(query.as_deref().unwrap_or_default()) {
        Some(window) => ([(header::CONTENT_TYPE, JSON)], shared.pages.answer(&window)).into_response(),
        None => (StatusCode::BAD_REQUEST, format!("the mock does not know the query {query:?}")).into_response(),
    }
}

async fn insert(State(shared): State<Arc<Shared>>, row: Bytes) -> Response {
    shared.wait().await;
    shared.written(StatusCode::CREATED, &row)
}

async fn replace(State(shared): State<Arc<Shared>>, row: Bytes) -> Response {
    shared.wait().await;
    shared.written(StatusCode::OK, &row)
}

async fn delete(State(shared): State<Arc<Shared>>) -> StatusCode {
    shared.wait().await;
    StatusCode::NO_CONTENT
}
