//! Bounds how often a caller may ask and how long an answer may take.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::Response;

use super::limit::{Limiter, Who};
use crate::{Config, answer};

/// What the layer knows.
#[derive(Debug)]
pub(super) struct Front {
    limiter: Option<Limiter>,
    request_timeout: Duration,
}

impl Front {
    pub(super) fn new(config: &Config) -> Arc<Self> {
        Arc::new(Self { limiter: config.rate_limit.map(Limiter::new), request_timeout: config.request_timeout })
    }
}

/// Passes a request on, unless its caller asks too often.
pub(super) async fn pass(State(front): State<Arc<Front>>, request: Request, next: Next) -> Response {
    if let Some(limiter) = &front.limiter {
        let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip());
        if let Err(wait) = limiter.check(Who::Peer(peer)) {
            return later(StatusCode::TOO_MANY_REQUESTS, wait);
        }
    }
    match tokio::time::timeout(front.request_timeout, next.run(request)).await {
        Ok(response) => response,
        // A write may have been done all the same; to the client this is as a lost answer.
        Err(_) => later(StatusCode::SERVICE_UNAVAILABLE, Duration::from_secs(1)),
    }
}

/// A status with the time after which to ask again, in whole seconds and at least one.
fn later(status: StatusCode, wait: Duration) -> Response {
    let mut response = answer::empty(status);
    let seconds = wait.as_millis().div_ceil(1000).max(1).to_string();
    if let Ok(seconds) = HeaderValue::try_from(seconds) {
        response.headers_mut().insert(RETRY_AFTER, seconds);
    }
    response
}
