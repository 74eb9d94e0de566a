//! Who shares a round, who gets one of its own, and what a dropped future leaves.

use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};

use tokio::sync::Semaphore;

use super::Turns;

/// Rounds that end one by one as they are let.
struct Rounds {
    turns: Turns<&'static str, usize>,
    begun: AtomicUsize,
    ends: Semaphore,
}

impl Rounds {
    fn new() -> Self {
        Self { turns: Turns::new(), begun: AtomicUsize::new(0), ends: Semaphore::new(0) }
    }

    /// Takes part in a round and gives its number.
    async fn take(&self, key: &'static str) -> usize {
        let round = || async {
            let number = self.begun.fetch_add(1, Ordering::Relaxed) + 1;
            self.ends.acquire().await.unwrap().forget();
            number
        };
        self.turns.take(key, round).await
    }

    fn begun(&self) -> usize {
        self.begun.load(Ordering::Relaxed)
    }
}

fn poll<F: Future>(future: std::pin::Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

#[test]
fn those_who_wait_share_the_round_after_the_one_that_runs() {
    let rounds = Rounds::new();
    let (mut first, mut second, mut third) = (pin!(rounds.take("a")), pin!(rounds.take("a")), pin!(rounds.take("a")));
    assert!(poll(first.as_mut()).is_pending());
    assert!(poll(second.as_mut()).is_pending());
    assert!(poll(third.as_mut()).is_pending());
    rounds.ends.add_permits(2);
    assert_eq!(poll(first), Poll::Ready(1));
    assert_eq!(poll(second), Poll::Ready(2));
    assert_eq!(poll(third), Poll::Ready(2));
    assert_eq!(rounds.begun(), 2);
}

#[test]
fn another_key_has_a_round_of_its_own_and_nobody_waits_for_it_in_vain() {
    let rounds = Rounds::new();
    let (mut first, mut second) = (pin!(rounds.take("a")), pin!(rounds.take("a")));
    let (mut other, mut third) = (pin!(rounds.take("b")), pin!(rounds.take("a")));
    assert!(poll(first.as_mut()).is_pending());
    assert!(poll(second.as_mut()).is_pending());
    assert!(poll(other.as_mut()).is_pending());
    assert!(poll(third.as_mut()).is_pending());
    rounds.ends.add_permits(2);
    assert_eq!(poll(first), Poll::Ready(1));
    assert_eq!(poll(second), Poll::Ready(2));
    assert!(poll(other.as_mut()).is_pending(), "its round runs");
    assert_eq!(poll(third), Poll::Ready(2), "the result is there: no turn is needed");
    rounds.ends.add_permits(1);
    assert_eq!(poll(other), Poll::Ready(3));
}

#[test]
fn who_asks_once_the_shared_round_has_begun_gets_another() {
    let rounds = Rounds::new();
    let (mut first, mut second, mut third) = (pin!(rounds.take("a")), pin!(rounds.take("a")), pin!(rounds.take("a")));
    assert!(poll(first.as_mut()).is_pending());
    assert!(poll(second.as_mut()).is_pending());
    rounds.ends.add_permits(1);
    assert_eq!(poll(first), Poll::Ready(1));
    assert!(poll(second.as_mut()).is_pending(), "its round runs");
    assert!(poll(third.as_mut()).is_pending());
    rounds.ends.add_permits(2);
    assert_eq!(poll(second), Poll::Ready(2));
    assert_eq!(poll(third), Poll::Ready(3));
}

#[test]
fn the_round_of_a_dropped_future_is_taken_over() {
    let rounds = Rounds::new();
    let mut first = Box::pin(rounds.take("a"));
    let mut second = Box::pin(rounds.take("a"));
    let mut third = pin!(rounds.take("a"));
    assert!(poll(first.as_mut()).is_pending());
    assert!(poll(second.as_mut()).is_pending());
    assert!(poll(third.as_mut()).is_pending());
    drop(first);
    assert!(poll(second.as_mut()).is_pending());
    assert_eq!(rounds.begun(), 2);
    drop(second);
    assert!(poll(third.as_mut()).is_pending(), "it drives the round now");
    assert_eq!(rounds.begun(), 3);
    rounds.ends.add_permits(1);
    assert_eq!(poll(third), Poll::Ready(3));
}
