//! Whether the process lives and the rows can be reached.

use axum::extract::State;
use axum::http::StatusCode;

use crate::Store;

/// The process answers.
pub(super) async fn lives() -> &'static str {
    "ok\n"
}

/// The store answers; 503 with the reason when it does not.
pub(super) async fn ready(State(store): State<Store>) -> (StatusCode, String) {
    match store.ready().await {
        Ok(()) => (StatusCode::OK, "ready\n".to_owned()),
        Err(error) => {
            tracing::warn!(error = %error, "the store does not answer");
            (StatusCode::SERVICE_UNAVAILABLE, format!("{error}\n"))
        }
    }
}
