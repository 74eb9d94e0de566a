//! The rules that a store of an app's own must keep.

use crate::LocalStore;
use crate::store::suite;

/// Checks that a store does what the library needs of it: rows, pulled rows, the queue, notes, transactions, changes.
///
/// `make` gives an empty store that nobody has opened, a new one at each call. Runs in a Tokio runtime.
/// The stores of the library pass the same rules.
///
/// ```
/// use synctable::MemoryStore;
/// use synctable::testing::check_store;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// check_store(MemoryStore::new).await;
/// # }
/// ```
///
/// # Panics
/// When the store breaks a rule, once all have been tried; the message lists those that it breaks.
///
/// # Cancellation
/// The rules that were not come to are not tried.
pub async fn check_store<S: LocalStore>(make: impl Fn() -> S) {
    let broken = suite::broken_rules(make).await;
    assert!(broken.is_empty(), "the store breaks {} rules:\n{}", broken.len(), broken.join("\n"));
}
