//! The spans. Names and fields are promised in the guide on events.

use std::fmt::Display;
use std::time::Instant;

use tracing::field::{Empty, Value, display};
use tracing::instrument::{Instrument, Instrumented};
use tracing::{debug_span, info_span};

/// A span, and when it began.
#[derive(Debug, Clone)]
pub(crate) struct Span {
    span: tracing::Span,
    began: Instant,
}

pub(crate) fn sync() -> Span {
    Span::new(info_span!(target: "synctable", "synctable.sync", status = Empty, error = Empty))
}

pub(crate) fn push(pending: u64) -> Span {
    Span::new(info_span!(
        target: "synctable",
        "synctable.push",
        pending,
        done = Empty,
        failed = Empty,
        not_attempted = Empty,
        status = Empty,
        error = Empty
    ))
}

pub(crate) fn pull(table: &str, query: &dyn Display) -> Span {
    Span::new(
        info_span!(target: "synctable", "synctable.pull", table, query = display(query), status = Empty, error = Empty),
    )
}

pub(crate) fn page(table: &str, query: &dyn Display) -> Span {
    Span::new(
        debug_span!(target: "synctable", "synctable.page", table, query = display(query), rows = Empty, bytes = Empty, error = Empty),
    )
}

pub(crate) fn operation(table: &str, id: &dyn Display, kind: &dyn Display, attempt: u32) -> Span {
    Span::new(debug_span!(
        target: "synctable",
        "synctable.operation",
        table,
        id = display(id),
        kind = display(kind),
        attempt,
        status = Empty
    ))
}

/// The URL is written without its query.
pub(crate) fn request(method: &dyn Display, url: &str) -> Span {
    Span::new(debug_span!(
        target: "synctable",
        "synctable.request",
        method = display(method),
        url,
        status = Empty,
        sent_bytes = Empty,
        received_bytes = Empty,
        duration_ms = Empty,
        error = Empty
    ))
}

impl Span {
    fn new(span: tracing::Span) -> Self {
        Self { span, began: Instant::now() }
    }

    /// Runs a future inside of the span.
    pub(crate) fn run<F: Future>(&self, future: F) -> Instrumented<F> {
        future.instrument(self.span.clone())
    }

    pub(crate) fn number(&self, field: &'static str, number: u64) {
        self.record(field, &number);
    }

    pub(crate) fn text(&self, field: &'static str, text: &dyn Display) {
        self.record(field, &display(text));
    }

    /// Notes how long it took until now.
    pub(crate) fn took(&self) {
        self.record("duration_ms", &(self.began.elapsed().as_secs_f64() * 1000.0));
    }

    fn record(&self, field: &'static str, value: &dyn Value) {
        self.span.record(field, value);
    }
}
