//! Nothing, in the shape of spans.

use std::fmt::Display;

/// No span.
#[derive(Debug, Clone)]
pub(crate) struct Span;

pub(crate) fn sync() -> Span {
    Span
}

pub(crate) fn push(_pending: u64) -> Span {
    Span
}

pub(crate) fn pull(_table: &str, _query: &dyn Display) -> Span {
    Span
}

pub(crate) fn page(_table: &str, _query: &dyn Display) -> Span {
    Span
}

pub(crate) fn operation(_table: &str, _id: &dyn Display, _kind: &dyn Display, _attempt: u32) -> Span {
    Span
}

pub(crate) fn request(_method: &dyn Display, _url: &str) -> Span {
    Span
}

#[expect(clippy::unused_self, reason = "the same methods do something with the feature")]
impl Span {
    pub(crate) fn run<F: Future>(&self, future: F) -> F {
        future
    }

    pub(crate) fn number(&self, _field: &'static str, _number: u64) {}

    pub(crate) fn text(&self, _field: &'static str, _text: &dyn Display) {}

    pub(crate) fn took(&self) {}
}
