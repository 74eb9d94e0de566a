//! Rounds that take turns: who waits for the same one shares it.

use std::pin::pin;
use std::sync::{Arc, PoisonError};
use std::task::Poll;

use tokio::sync::{Mutex, MutexGuard, Notify};

/// Rounds of work, one at a time; those asked for while one runs come after it, one for each key.
#[derive(Debug)]
pub(crate) struct Turns<K, R> {
    turn: Mutex<()>,
    /// Rounds that are asked for and have not begun.
    asked: std::sync::Mutex<Vec<(K, Arc<Round<R>>)>>,
}

/// What those who wait for one round share.
#[derive(Debug)]
struct Round<R> {
    result: std::sync::Mutex<Option<R>>,
    ended: Notify,
}

impl<R: Clone> Round<R> {
    fn result(&self) -> Option<R> {
        self.result.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl<K: PartialEq, R: Clone> Turns<K, R> {
    pub(crate) fn new() -> Self {
        Self { turn: Mutex::new(()), asked: std::sync::Mutex::new(Vec::new()) }
    }

    /// Runs a round, or waits for one of this key that has not begun, and gives its result.
    ///
    /// The round of a future that is dropped is begun anew by the next who waits for it.
    pub(crate) async fn take<F: Future<Output = R>>(&self, key: K, round: impl FnOnce() -> F) -> R {
        let shared = self.join(key);
        let turn = match self.turn_or_result(&shared).await {
            Ok(turn) => turn,
            Err(result) => return result,
        };
        // From here on who asks wants a round after this one.
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).retain(|(_, asked)| !Arc::ptr_eq(asked, &shared));
        let result = round().await;
        *shared.result.lock().unwrap_or_else(PoisonError::into_inner) = Some(result.clone());
        drop(turn);
        shared.ended.notify_waiters();
        result
    }

    /// Waits until no round runs, and keeps all others waiting until dropped.
    pub(crate) async fn alone(&self) -> MutexGuard<'_, ()> {
        self.turn.lock().await
    }

    fn join(&self, key: K) -> Arc<Round<R>> {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, round)) = asked.iter().find(|(other, _)| *other == key) {
            return Arc::clone(round);
        }
        let round = Arc::new(Round { result: std::sync::Mutex::new(None), ended: Notify::new() });
        asked.push((key, Arc::clone(&round)));
        round
    }

    /// Waits until it is this round's turn, or another has run it.
    async fn turn_or_result(&self, shared: &Round<R>) -> Result<MutexGuard<'_, ()>, R> {
        let mut turn = pin!(self.turn.lock());
        let mut ended = pin!(shared.ended.notified());
        // Before the result is looked at: an end between the two would else be missed.
        ended.as_mut().enable();
        std::future::poll_fn(|context| {
            if let Some(result) = shared.result() {
                return Poll::Ready(Err(result));
            }
            // Wakes this future once there is a result.
            let _ = ended.as_mut().poll(context);
            turn.as_mut().poll(context).map(|turn| match shared.result() {
                // Given between the two looks, before the turn was given away.
                Some(result) => Err(result),
                None => Ok(turn),
            })
        })
        .await
    }
}

#[cfg(test)]
mod tests;
