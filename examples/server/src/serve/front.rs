//! Finds out who asks; bounds how often a caller may ask and how long an answer may take.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::Response;

use super::limit::{Limiter, Who};
use crate::access::Caller;
use crate::{Config, Tokens, answer};

/// What the layer knows.
#[derive(Debug)]
pub(super) struct Front {
    tokens: Option<Tokens>,
    limiter: Option<Limiter>,
    request_timeout: Duration,
}

impl Front {
    pub(super) fn new(config: &Config) -> Arc<Self> {
        Arc::new(Self {
            tokens: config.tokens.clone(),
            limiter: config.rate_limit.map(Limiter::new),
            request_timeout: config.request_timeout,
        })
    }
}

/// Passes a request on to routes.
pub(super) async fn pass(State(front): State<Arc<Front>>, request: Request, next: Next) -> Response {
    front.around(request, |request| next.run(request)).await
}

impl Front {
    /// Passes a request on with its [`Caller`], unless he asks too often.
    pub(super) async fn around<F: Future<Output = Response>>(
        &self,
        mut request: Request,
        serve: impl FnOnce(Request) -> F,
    ) -> Response {
        let caller = self.tokens.as_ref().map_or(Caller::Nobody, |tokens| tokens.caller(request.headers()));
        if let Some(limiter) = &self.limiter {
            let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip());
            let user = caller.user();
            if let Err(wait) = limiter.check(user.as_deref().map_or(Who::Peer(peer), Who::User)) {
                return later(StatusCode::TOO_MANY_REQUESTS, wait);
            }
        }
        request.extensions_mut().insert(caller);
        match tokio::time::timeout(self.request_timeout, serve(request)).await {
            Ok(response) => response,
            // A write may have been done all the same; to the client this is as a lost answer.
            Err(_) => later(StatusCode::SERVICE_UNAVAILABLE, Duration::from_secs(1)),
        }
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
