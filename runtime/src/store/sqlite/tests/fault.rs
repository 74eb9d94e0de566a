//! Places of a migration where a test ends the process.

/// The place to stop at, counted from zero.
pub(super) const STOP_AT: &str = "SYNCTABLE_TEST_STOP_AT";
/// What the child says on its output once it is there.
pub(super) const STOPPED: &str = "stopped for the test";

/// Waits for ever at the place that the environment names, until the parent kills the process.
pub(in crate::store::sqlite) fn point(done: &str) {
    use std::sync::atomic::{AtomicUsize, Ordering};
    static PASSED: AtomicUsize = AtomicUsize::new(0);
    let Some(stop_at) = std::env::var(STOP_AT).ok().and_then(|place| place.parse::<usize>().ok()) else { return };
    if PASSED.fetch_add(1, Ordering::SeqCst) == stop_at {
        println!("\n{STOPPED} after {}", done.lines().next().unwrap_or_default());
        loop {
            std::thread::park();
        }
    }
}
