//! What the requests of one call share.

use std::sync::atomic::{AtomicU64, Ordering};

use super::WireClient;
use crate::wire::auth::keeper::Held;
use crate::wire::circuit::Admission;

/// The state of one push, pull or other call, from its first request to its last.
#[derive(Debug, Default)]
pub(super) struct CallState {
    pub(super) admission: Admission,
    /// One more than the number of the token that was refused though it was renewed.
    refused: AtomicU64,
}

impl CallState {
    /// Whether a refusal of this token counts, as renewing it was of no use.
    pub(super) fn is_final(&self, held: Option<&Held>) -> bool {
        self.refused.load(Ordering::Relaxed) == number(held) + 1
    }

    /// The token was refused and there is no better one: what follows in this call goes with it.
    pub(super) fn set_final(&self, held: Option<&Held>) {
        self.refused.store(number(held) + 1, Ordering::Relaxed);
    }
}

fn number(held: Option<&Held>) -> u64 {
    held.map_or(0, |held| held.number)
}

impl WireClient {
    /// Gives the state of the call that this client was made for, or of a call of one request.
    pub(super) fn call_state<'a>(&'a self, own: &'a CallState) -> &'a CallState {
        self.1.as_deref().unwrap_or(own)
    }
}
