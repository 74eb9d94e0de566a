//! What stands around the routes of the tables: who asks, how often, for how long; health, metrics, logs and CORS.
//!
//! A request passes, from the outside in: faults on purpose, CORS, the observer (request id, log line, metrics), the front (rate limit, time limit), the routes.
//! `/healthz`, `/readyz` and `/metrics` stand behind the observer only.

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::middleware::from_fn_with_state;
use axum::routing::get;

use crate::routes::Tables;
use crate::{Config, Store, view};

mod cors;
mod front;
mod health;
mod limit;
mod metrics;
mod observe;
pub(crate) mod tls;

pub use cors::CorsOrigin;
pub use limit::RateLimit;
pub use tls::TlsFiles;

/// Returns the routes of a server, with all that the settings put around them: `/tables/<name>` and `/tables/<name>/<id>` for each table of the
/// store, `/healthz`, `/readyz` and `/metrics`, and the web page at `/` and `/view` unless the settings leave it out.
///
/// The rate limit tells callers without a token apart by their address, which it finds when the routes are served by
/// `into_make_service_with_connect_info::<SocketAddr>()`; otherwise they share one limit.
pub fn router(config: &Config, store: Store) -> Router {
    router_until(config, store, &view::Closing::default())
}

/// Returns the routes of a server whose open pages are told when it stops.
pub(crate) fn router_until(config: &Config, store: Store, closing: &view::Closing) -> Router {
    let page = match config.has_view {
        true => view::routes(config, store.clone(), closing.clone()),
        false => Router::new(),
    };
    let observer = observe::Observer::new(config);
    let front = front::Front::new(config);
    let tables = Tables::new(config, store.clone());
    let all = page
        .layer(from_fn_with_state(Arc::clone(&front), front::pass))
        .route("/healthz", get(health::lives))
        .route("/readyz", get(health::ready).with_state(store))
        .route("/metrics", get(metrics::answer).with_state(observer.metrics()))
        .layer(from_fn_with_state(Arc::clone(&observer), observe::pass))
        // The tables stand behind the same two, called as they are: layers keep what they call in boxes, a good part of a short read.
        .fallback(async move |request: Request| {
            let served = |request| front.around(request, |request| tables.serve(request));
            observer.around(request, served).await
        });
    let all = match cors::layer(&config.cors_origins) {
        Some(layer) => all.layer(layer),
        None => all,
    };
    config.faults.around(all)
}
