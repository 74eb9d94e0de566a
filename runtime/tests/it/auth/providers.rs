//! Providers that fail, panic, hang or are slow, and those who wait for them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use synctable::{Error, ErrorKind, Status, Token, TokenProvider, TokenReason};
use tokio::sync::Notify;

use super::{Desk, Guarded, builder, client, insert, reads, some};
use crate::world::World;
use crate::world::tables::Item;

#[tokio::test(start_paused = true)]
async fn a_provider_that_fails_ends_the_sync_and_one_that_is_away_only_for_now() {
    for (kind, status, of_request) in [
        (ErrorKind::App, Status::Unauthorized, ErrorKind::Unauthorized),
        (ErrorKind::Rejected, Status::Unauthorized, ErrorKind::Unauthorized),
        (ErrorKind::Offline, Status::Offline, ErrorKind::Offline),
        (ErrorKind::Busy, Status::Offline, ErrorKind::Offline),
    ] {
        let world = World::v3();
        let (guard, desk) = (Guarded::new(&world, ""), Desk::new([Err(Error::new(kind, "the reason"))]));
        let context = builder(&world, &guard, &desk).open().await.unwrap();
        insert(&context, "a").await;
        let report = context.push().await.unwrap();
        assert_eq!(report.status(), status, "{kind}");
        let operation = context.pending().await.unwrap().remove(0);
        assert_eq!((operation.is_unanswered(), operation.attempts()), (false, 0), "it never left");
        assert_eq!(context.table::<Item>().pull(Item::full_pull()).await.unwrap().status(), status, "{kind}");
        let error = context.remote::<Item>().list(&Item::query()).await.unwrap_err();
        assert_eq!(error.kind(), of_request);
        let source = std::error::Error::source(&error).expect("the provider's error");
        assert_eq!(source.to_string(), "the reason");
        assert_eq!(guard.seen(), [], "nothing was sent");
        desk.then(Ok(Some(Token::new("t1"))));
        assert_eq!(context.push().await.unwrap().status(), Status::Complete);
    }
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_panics_or_hangs_is_one_that_fails() {
    let world = World::v3();
    let guard = Guarded::new(&world, "");
    let calls = Arc::new(AtomicU64::new(0));
    let provider = {
        let calls = Arc::clone(&calls);
        move |_reason| {
            let call = calls.fetch_add(1, Ordering::SeqCst);
            async move {
                match call {
                    0 => panic!("a mistake of the app"),
                    1 => std::future::pending().await,
                    _ => Ok(Some(Token::new("t1"))),
                }
            }
        }
    };
    let items = client(&world, &guard, provider).table::<Item>();
    assert_eq!(items.list(&Item::query()).await.unwrap_err().kind(), ErrorKind::Unauthorized);
    assert_eq!(items.list(&Item::query()).await.unwrap_err().kind(), ErrorKind::Offline);
    items.list(&Item::query()).await.unwrap();
    assert_eq!(calls.load(Ordering::SeqCst), 3);
}

/// A provider that waits to be let on.
#[derive(Debug, Clone, Default)]
struct Slow {
    calls: Arc<AtomicU64>,
    began: Arc<Notify>,
    go: Arc<Notify>,
}

impl TokenProvider for Slow {
    async fn token(&self, _reason: TokenReason) -> Result<Option<Token>, Error> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        self.began.notify_one();
        self.go.notified().await;
        Ok(Some(Token::new("t1")))
    }
}

#[tokio::test(start_paused = true)]
async fn the_provider_is_asked_once_for_all_who_wait() {
    let world = World::v3();
    let (guard, slow) = (Guarded::new(&world, "t1"), Slow::default());
    let one = client(&world, &guard, slow.clone());
    let read = || reads(one.table::<Item>());
    let leader = read();
    slow.began.notified().await;
    let others: Vec<_> = (0..20).map(|_| read()).collect();
    tokio::task::yield_now().await;
    // The one that began the call is dropped: another goes on with it.
    leader.abort();
    assert!(leader.await.unwrap_err().is_cancelled());
    slow.go.notify_one();
    for other in others {
        other.await.unwrap().unwrap();
    }
    assert_eq!(slow.calls.load(Ordering::SeqCst), 1);
    assert_eq!(guard.seen(), vec![some("t1"); 20]);

    // The same for a token that is refused: many are, one renewal is asked for.
    guard.accept("t2");
    let desk = Desk::of([Token::new("t1"), Token::new("t2")]);
    let another = client(&world, &guard, desk.clone());
    let all: Vec<_> = (0..20).map(|_| reads(another.table::<Item>())).collect();
    for one in all {
        one.await.unwrap().unwrap();
    }
    assert_eq!(desk.reasons(), [TokenReason::None, TokenReason::Refused]);
}

#[tokio::test(start_paused = true)]
async fn a_failure_is_told_to_all_who_waited_for_it() {
    let world = World::v3();
    let (guard, desk) = (Guarded::new(&world, ""), Desk::new([Err(Error::new(ErrorKind::App, "no"))]));
    let context = builder(&world, &guard, &desk).open().await.unwrap();
    let all: Vec<_> = (0..20).map(|_| reads(context.remote::<Item>())).collect();
    for one in all {
        assert_eq!(one.await.unwrap().unwrap_err().kind(), ErrorKind::Unauthorized);
    }
    assert_eq!(desk.reasons().len(), 1, "a sign-in that fails is not asked for by each");
}
