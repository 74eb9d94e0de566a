//! Gives each request an id, counts it and writes a line about its answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument as _;

use super::metrics::{Metrics, method_name};
use crate::Config;
use crate::answer::RowsSent;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What the layer knows.
#[derive(Debug)]
pub(super) struct Observer {
    metrics: Arc<Metrics>,
    /// As they are spelled where they are defined.
    tables: Vec<Arc<str>>,
    none: Arc<str>,
    /// The first half of ids: it differs between processes.
    process: String,
    count: AtomicU64,
}

impl Observer {
    pub(super) fn new(config: &Config) -> Arc<Self> {
        Arc::new(Self {
            metrics: Arc::new(Metrics::new()),
            tables: config.tables.iter().map(|table| Arc::from(table.name())).collect(),
            none: Arc::from(""),
            process: uuid::Uuid::now_v7().simple().to_string().split_off(20),
            count: AtomicU64::new(0),
        })
    }

    pub(super) fn metrics(&self) -> Arc<Metrics> {
        Arc::clone(&self.metrics)
    }

    fn table_of(&self, path: &str) -> Arc<str> {
        let mut segments = path.trim_start_matches('/').split('/');
        let root = segments.next().unwrap_or("");
        let name = segments.next().filter(|_| root.eq_ignore_ascii_case("tables")).unwrap_or("");
        self.tables.iter().find(|known| known.eq_ignore_ascii_case(name)).unwrap_or(&self.none).clone()
    }

    /// Takes the id that a client or proxy gave, when it is short and plain.
    fn request_id(&self, headers: &HeaderMap) -> HeaderValue {
        let is_plain = |id: &&HeaderValue| {
            (1..=64).contains(&id.len())
                && id.as_bytes().iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_.:".contains(byte))
        };
        if let Some(id) = headers.get(&REQUEST_ID).filter(is_plain) {
            return id.clone();
        }
        let number = self.count.fetch_add(1, Ordering::Relaxed);
        // Hexadecimal digits are always fit for a header.
        HeaderValue::try_from(format!("{}-{number:x}", self.process)).unwrap_or(HeaderValue::from_static("-"))
    }
}

/// Passes a request on to routes.
pub(super) async fn pass(State(observer): State<Arc<Observer>>, request: Request, next: Next) -> Response {
    observer.around(request, |request| next.run(request)).await
}

impl Observer {
    /// Passes a request on and reports its answer.
    pub(super) async fn around<F: Future<Output = Response>>(
        &self,
        request: Request,
        serve: impl FnOnce(Request) -> F,
    ) -> Response {
        let begun = Instant::now();
        let in_flight = self.metrics.begin();
        let method = request.method().clone();
        let table = self.table_of(request.uri().path());
        let id = self.request_id(request.headers());
        let shown_id = id.to_str().unwrap_or("-");
        let span = tracing::info_span!("request", id = shown_id);
        let mut response = serve(request).instrument(span).await;
        let took = begun.elapsed();
        // Whole microseconds: more digits are noise.
        let duration_ms = (took.as_secs_f64() * 1e6).round() / 1e3;
        let status = response.status().as_u16();
        let (verb, name) = (method_name(&method), &*table);
        if response.status().is_server_error() {
            tracing::error!(request_id = shown_id, method = verb, table = name, status, duration_ms, "answered");
        } else {
            tracing::info!(request_id = shown_id, method = verb, table = name, status, duration_ms, "answered");
        }
        let rows = response.extensions().get::<RowsSent>().map_or(0, |sent| sent.0);
        in_flight.answered(&method, &table, response.status(), took, rows);
        response.headers_mut().insert(REQUEST_ID, id);
        response
    }
}
