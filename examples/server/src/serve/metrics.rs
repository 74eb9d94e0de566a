//! What is counted, and `/metrics`.
//!
//! The names are a promise: dashboards are built on them. `docs/server.md` lists them.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderName, Method, StatusCode};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

/// Seconds; an answer out of memory takes less than a millisecond.
const BUCKETS: [f64; 12] = [0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0];

#[derive(Debug, Clone, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Answered {
    method: &'static str,
    table: Arc<str>,
    status: &'static str,
}

#[derive(Debug, Clone, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Asked {
    method: &'static str,
    table: Arc<str>,
}

#[derive(Debug, Clone, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OfTable {
    table: Arc<str>,
}

/// The counters of a server.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<Answered, Counter>,
    seconds: Family<Asked, Histogram, fn() -> Histogram>,
    rows_sent: Family<OfTable, Counter>,
    in_flight: Gauge<i64>,
    abandoned: Counter<u64, AtomicU64>,
}

impl Metrics {
    pub(super) fn new() -> Self {
        let seconds: fn() -> Histogram = || Histogram::new(BUCKETS);
        let mut metrics = Self {
            registry: Registry::with_prefix("synctable"),
            requests: Family::default(),
            seconds: Family::new_with_constructor(seconds),
            rows_sent: Family::default(),
            in_flight: Gauge::default(),
            abandoned: Counter::default(),
        };
        let registry = &mut metrics.registry;
        registry.register("requests", "Answered requests", metrics.requests.clone());
        registry.register(
            "request_seconds",
            "Time from the head of a request to that of its answer",
            metrics.seconds.clone(),
        );
        registry.register("rows_sent", "Rows in answers", metrics.rows_sent.clone());
        registry.register("requests_in_flight", "Requests that wait for their answer", metrics.in_flight.clone());
        registry.register(
            "requests_abandoned",
            "Requests whose client went away before the answer",
            metrics.abandoned.clone(),
        );
        metrics
    }

    /// Counts a request that begins.
    pub(super) fn begin(self: &Arc<Self>) -> InFlight {
        self.in_flight.inc();
        InFlight { metrics: Arc::clone(self), answered: false }
    }
}

/// A request that waits for its answer; dropped without one, it counts as abandoned.
#[derive(Debug)]
pub(super) struct InFlight {
    metrics: Arc<Metrics>,
    answered: bool,
}

impl InFlight {
    pub(super) fn answered(mut self, method: &Method, table: &Arc<str>, status: StatusCode, took: Duration, rows: u64) {
        self.answered = true;
        let (method, table) = (method_name(method), Arc::clone(table));
        let status = class_name(status);
        if rows > 0 {
            self.metrics.rows_sent.get_or_create(&OfTable { table: Arc::clone(&table) }).inc_by(rows);
        }
        self.metrics.seconds.get_or_create(&Asked { method, table: Arc::clone(&table) }).observe(took.as_secs_f64());
        self.metrics.requests.get_or_create(&Answered { method, table, status }).inc();
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.metrics.in_flight.dec();
        if !self.answered {
            self.metrics.abandoned.inc();
        }
    }
}

/// A bounded set of labels, whatever clients send.
pub(super) fn method_name(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}

fn class_name(status: StatusCode) -> &'static str {
    match status.as_u16() {
        ..=199 => "1xx",
        200..=299 => "2xx",
        300..=399 => "3xx",
        400..=499 => "4xx",
        _ => "5xx",
    }
}

/// Answers `/metrics`.
pub(super) async fn answer(
    State(metrics): State<Arc<Metrics>>,
) -> Result<([(HeaderName, &'static str); 1], String), StatusCode> {
    let mut text = String::new();
    encode(&mut text, &metrics.registry).map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    Ok(([(CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")], text))
}
