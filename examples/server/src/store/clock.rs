//! The clock that stamps are taken from.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// The clock of the machine, or an instant at which a test holds it.
#[derive(Debug)]
pub(super) struct Clock {
    /// Units of 100 ns since 1970; `RUNNING` when the machine's clock counts.
    held: AtomicI64,
}

const RUNNING: i64 = i64::MIN;

impl Clock {
    pub(super) fn new() -> Self {
        Self { held: AtomicI64::new(RUNNING) }
    }

    pub(super) fn hold(&self, at: SystemTime) {
        self.held.store(ticks(at), Ordering::SeqCst);
    }

    pub(super) fn release(&self) {
        self.held.store(RUNNING, Ordering::SeqCst);
    }

    /// Returns the instant at which a test holds the clock.
    pub(super) fn held(&self) -> Option<i64> {
        Some(self.held.load(Ordering::SeqCst)).filter(|held| *held != RUNNING)
    }

    /// Returns the time in units of 100 ns since 1970.
    pub(super) fn now(&self) -> i64 {
        match self.held.load(Ordering::SeqCst) {
            RUNNING => ticks(SystemTime::now()),
            held => held,
        }
    }
}

fn ticks(at: SystemTime) -> i64 {
    let since = at.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_nanos() / 100).unwrap_or(i64::MAX)
}
