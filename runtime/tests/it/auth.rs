//! Authentication: the token, its renewal, whose store it opens, and that nobody sees it.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use synctable::store::entry::FailureKind;
use synctable::wire::{BoxFuture, Dialect, Request, Response, Transport, TransportError, WireClient};
use synctable::{
    ApiRequest, AuthHeader, Clock, Error, ErrorKind, MemoryStore, RemoteClient, Status, SyncContext,
    SyncContextBuilder, Token, TokenProvider, TokenReason,
};
use tokio::sync::Notify;

use crate::world::net::{answer, status};
use crate::world::tables::{Item, List};
use crate::world::{World, id};

const SECRET: &str = "s3cr3t.t0ken.value";

/// The way to the world, past a guard that keeps what the requests carried.
#[derive(Debug, Clone)]
struct Guarded {
    world: World,
    /// The only token that is let through; any, if it is empty.
    good: Arc<Mutex<String>>,
    seen: Arc<Mutex<Vec<Option<String>>>>,
}

impl Guarded {
    fn new(world: &World, good: &str) -> Self {
        Self { world: world.clone(), good: Arc::new(Mutex::new(good.to_owned())), seen: Arc::default() }
    }

    fn accept(&self, token: &str) {
        *self.good.lock().unwrap() = token.to_owned();
    }

    /// The tokens of the requests since the last call.
    fn seen(&self) -> Vec<Option<String>> {
        std::mem::take(&mut *self.seen.lock().unwrap())
    }
}

impl Transport for Guarded {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        let token = request.headers.get("authorization").and_then(|value| value.strip_prefix("Bearer "));
        let token = token.or(request.headers.get("x-zumo-auth")).map(str::to_owned);
        let good = self.good.lock().unwrap().clone();
        assert!(request.url.starts_with("https://server.example/"), "a request left the server: {}", request.url);
        self.seen.lock().unwrap().push(token.clone());
        Box::pin(async move {
            if !good.is_empty() && token.as_deref() != Some(good.as_str()) {
                let words = format!("the token {} is not valid", token.unwrap_or_default());
                return Ok(crate::world::net::response(401, "content-type: text/plain", &words));
            }
            self.world.send(request).await
        })
    }
}

type Given = Result<Option<Token>, Error>;

/// Gives out what it was told to, in order, the last again and again, and keeps why it was asked.
#[derive(Debug, Clone)]
struct Desk {
    gives: Arc<Mutex<VecDeque<Given>>>,
    reasons: Arc<Mutex<Vec<TokenReason>>>,
}

impl Desk {
    fn new(gives: impl IntoIterator<Item = Given>) -> Self {
        Self { gives: Arc::new(Mutex::new(gives.into_iter().collect())), reasons: Arc::default() }
    }

    fn of(tokens: impl IntoIterator<Item = Token>) -> Self {
        Self::new(tokens.into_iter().map(|token| Ok(Some(token))))
    }

    fn then(&self, gives: Given) {
        *self.gives.lock().unwrap() = [gives].into();
    }

    fn reasons(&self) -> Vec<TokenReason> {
        std::mem::take(&mut *self.reasons.lock().unwrap())
    }
}

impl TokenProvider for Desk {
    async fn token(&self, reason: TokenReason) -> Given {
        self.reasons.lock().unwrap().push(reason);
        tokio::task::yield_now().await;
        let mut gives = self.gives.lock().unwrap();
        if gives.len() > 1 { gives.pop_front().unwrap() } else { gives[0].clone() }
    }
}

fn builder(world: &World, guard: &Guarded, desk: &Desk) -> SyncContextBuilder {
    SyncContext::builder("https://server.example")
        .transport(guard.clone())
        .clock(world.clock())
        .store(MemoryStore::new())
        .dialect(Dialect::DatasyncV3)
        .table::<Item>()
        .table::<List>()
        .auth(desk.clone())
}

async fn insert(context: &SyncContext, id_text: &str) {
    let item = Item { id: id(id_text), name: "A".to_owned(), count: 1 };
    context.table::<Item>().insert(item).await.unwrap();
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

#[tokio::test(start_paused = true)]
async fn every_request_carries_the_token() {
    let world = World::v3();
    let (guard, desk) = (Guarded::new(&world, "t1"), Desk::of([Token::new("t1")]));
    let context = builder(&world, &guard, &desk).open().await.unwrap();
    insert(&context, "a").await;
    assert_eq!(context.sync().await.unwrap().status(), Status::Complete);
    context.remote::<Item>().list(&Item::query()).await.unwrap();
    let seen = guard.seen();
    assert!(seen.len() >= 4 && seen.iter().all(|token| *token == some("t1")), "{seen:?}");
    assert_eq!(desk.reasons(), [TokenReason::None], "asked once");
}

#[tokio::test(start_paused = true)]
async fn the_header_is_chosen() {
    for (header, name, value) in
        [(AuthHeader::Bearer, "authorization", "Bearer t1"), (AuthHeader::ZumoAuth, "x-zumo-auth", "t1")]
    {
        let script = crate::wire_script::Script::new([crate::wire_script::json(200, r#"{"items":[],"count":0}"#)]);
        let client = RemoteClient::builder("https://example.com")
            .dialect(Dialect::Toolkit)
            .transport(crate::wire_script::Shared(Arc::clone(&script)))
            .auth(|_reason| async { Ok(Some(Token::new("t1"))) })
            .auth_header(header)
            .build()
            .unwrap();
        client.table::<Item>().list(&Item::query()).await.unwrap();
        let request = &script.requests()[0];
        assert_eq!(request.headers.get(name), Some(value));
        let other = if name == "authorization" { "x-zumo-auth" } else { "authorization" };
        assert_eq!(request.headers.get(other), None);
    }
    let twice = RemoteClient::builder("https://example.com").header("authorization", "x").auth(Desk::of([])).build();
    assert_eq!(twice.unwrap_err().kind(), ErrorKind::Invalid);
}

#[tokio::test(start_paused = true)]
async fn it_is_renewed_before_it_expires() {
    let world = World::v3();
    let in_seconds = |seconds| world.clock().now().saturating_add(Duration::from_secs(seconds));
    let guard = Guarded::new(&world, "");
    let desk = Desk::of([Token::new("t1").expires_at(in_seconds(3600)), Token::new("t2")]);
    let context = builder(&world, &guard, &desk).open().await.unwrap();
    let list = async || drop(context.remote::<Item>().list(&Item::query()).await.unwrap());
    list().await;
    tokio::time::advance(Duration::from_secs(3600 - 121)).await;
    list().await;
    assert_eq!(guard.seen(), [some("t1"), some("t1")]);
    tokio::time::advance(Duration::from_secs(1)).await;
    list().await;
    assert_eq!(guard.seen(), [some("t2")], "2 min before the end");
    assert_eq!(desk.reasons(), [TokenReason::None, TokenReason::Expiring]);

    // One that lives shortly is not asked for again with each request.
    desk.then(Ok(Some(Token::new("t3").expires_at(in_seconds(60)))));
    context.forget_token();
    list().await;
    list().await;
    assert_eq!(desk.reasons(), [TokenReason::None]);
    tokio::time::advance(Duration::from_secs(30)).await;
    list().await;
    assert_eq!(desk.reasons(), [TokenReason::Expiring]);
}

#[tokio::test(start_paused = true)]
async fn a_token_that_is_still_good_is_used_while_no_other_can_be_had() {
    let world = World::v3();
    let soon = world.clock().now().saturating_add(Duration::from_secs(100));
    let (guard, desk) = (Guarded::new(&world, ""), Desk::of([Token::new("t1").expires_at(soon)]));
    let context = builder(&world, &guard, &desk).open().await.unwrap();
    let list = async || context.remote::<Item>().list(&Item::query()).await;
    list().await.unwrap();
    desk.then(Err(Error::new(ErrorKind::Offline, "no network")));
    tokio::time::advance(Duration::from_secs(60)).await;
    list().await.unwrap();
    assert_eq!(guard.seen(), [some("t1"), some("t1")]);
    tokio::time::advance(Duration::from_secs(41)).await;
    assert_eq!(list().await.unwrap_err().kind(), ErrorKind::Offline, "now it has expired");
    assert_eq!(guard.seen(), []);
}

#[tokio::test(start_paused = true)]
async fn a_refused_token_is_renewed_once_and_the_request_repeated() {
    let world = World::v3();
    let (guard, desk) = (Guarded::new(&world, "t2"), Desk::of([Token::new("t1"), Token::new("t2")]));
    let context = builder(&world, &guard, &desk).open().await.unwrap();
    insert(&context, "a").await;
    insert(&context, "b").await;
    let report = context.push().await.unwrap();
    assert_eq!(report.status(), Status::Complete);
    assert_eq!(guard.seen(), [some("t1"), some("t2"), some("t2")]);
    assert_eq!(desk.reasons(), [TokenReason::None, TokenReason::Refused]);

    // Later another one expires unnoticed: the same again.
    guard.accept("t3");
    desk.then(Ok(Some(Token::new("t3"))));
    insert(&context, "c").await;
    assert_eq!(context.push().await.unwrap().status(), Status::Complete);
    assert_eq!(guard.seen(), [some("t2"), some("t3")]);
}

/// queue.md 4, the row of 401.
#[tokio::test(start_paused = true)]
async fn refused_again_it_is_proved_with_the_same_token() {
    let world = World::v3();
    let (guard, desk) =
        (Guarded::new(&world, "never"), Desk::of([Token::new("t1"), Token::new("t2"), Token::new("t3")]));
    let context = builder(&world, &guard, &desk).open().await.unwrap();
    insert(&context, "a").await;
    insert(&context, "b").await;
    let report = context.push().await.unwrap();
    assert_eq!(report.status(), Status::Unauthorized);
    assert_eq!(guard.seen(), [some("t1"), some("t2"), some("t2")], "try, renewed try, and the read that proves");
    assert_eq!(desk.reasons().len(), 2);
    assert!(context.pending().await.unwrap().iter().all(|op| !op.is_unanswered()), "401 is a final answer");

    // The user signs in, and the next push asks for the new token.
    guard.accept("t3");
    assert_eq!(context.push().await.unwrap().status(), Status::Complete);
}

#[tokio::test(start_paused = true)]
async fn where_only_the_write_is_refused_it_counts_as_403() {
    let world = World::v3();
    let (guard, desk) = (Guarded::new(&world, ""), Desk::of([Token::new("t1"), Token::new("t2")]));
    let context = builder(&world, &guard, &desk).open().await.unwrap();
    insert(&context, "a").await;
    context.table::<List>().insert(List { id: id("l"), title: "L".to_owned() }).await.unwrap();
    world.always("POST", "item", status(401));
    let report = context.push().await.unwrap();
    assert_eq!((report.status(), report.done()), (Status::WithFailures, 1));
    assert_eq!(report.failed()[0].failure().kind, FailureKind::Refused);
    assert_eq!(world.sent(), ["POST item", "POST item", "GET item?", "POST list"]);
    assert_eq!(desk.reasons().len(), 2, "one renewal");
}

#[tokio::test(start_paused = true)]
async fn without_a_token_requests_go_without_header() {
    let world = World::v3();
    let (guard, desk) = (Guarded::new(&world, ""), Desk::new([Ok(None)]));
    let context = builder(&world, &guard, &desk).open().await.unwrap();
    context.remote::<Item>().list(&Item::query()).await.unwrap();
    assert_eq!(guard.seen(), [None]);
    guard.accept("t1");
    let error = context.remote::<Item>().list(&Item::query()).await.unwrap_err();
    assert_eq!((error.kind(), error.status()), (ErrorKind::Unauthorized, Some(401)));
    assert_eq!(guard.seen(), [None], "there is nothing to repeat it with");
    desk.then(Ok(Some(Token::new("t1"))));
    context.remote::<Item>().list(&Item::query()).await.unwrap();
}

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
    let client = RemoteClient::builder("https://server.example")
        .transport(guard.clone())
        .clock(world.clock())
        .dialect(Dialect::DatasyncV3)
        .auth({
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
        })
        .build()
        .unwrap();
    let items = client.table::<Item>();
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
    let client = RemoteClient::builder("https://server.example")
        .transport(guard.clone())
        .clock(world.clock())
        .dialect(Dialect::DatasyncV3)
        .auth(slow.clone())
        .build()
        .unwrap();
    let read = || {
        let items = client.table::<Item>();
        tokio::spawn(async move { items.list(&Item::query()).await.map(|rows| rows.len()) })
    };
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
    let client = RemoteClient::builder("https://server.example")
        .transport(guard.clone())
        .clock(world.clock())
        .dialect(Dialect::DatasyncV3)
        .auth(desk.clone())
        .build()
        .unwrap();
    let all: Vec<_> = (0..20)
        .map(|_| {
            let items = client.table::<Item>();
            tokio::spawn(async move { items.list(&Item::query()).await.map(|rows| rows.len()) })
        })
        .collect();
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
    let all: Vec<_> = (0..20)
        .map(|_| {
            let items = context.remote::<Item>();
            tokio::spawn(async move { items.list(&Item::query()).await.map(|rows| rows.len()) })
        })
        .collect();
    for one in all {
        assert_eq!(one.await.unwrap().unwrap_err().kind(), ErrorKind::Unauthorized);
    }
    assert_eq!(desk.reasons().len(), 1, "a sign-in that fails is not asked for by each");
}

#[tokio::test(start_paused = true)]
async fn a_store_is_of_the_first_user_that_is_known() {
    let world = World::v3();
    let guard = Guarded::new(&world, "");
    let store = MemoryStore::new();
    let open = |token: Token| builder(&world, &guard, &Desk::of([token])).store(store.clone()).open();

    let context = open(Token::new("t1").user("ann")).await.unwrap();
    insert(&context, "a").await;
    assert_eq!(context.push().await.unwrap().status(), Status::Complete);
    guard.seen();
    drop(context);

    // Another user, by the builder or by a token: refused before anything is sent.
    let refused = builder(&world, &guard, &Desk::of([Token::new("t2")])).store(store.clone()).user("bob").open().await;
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::Schema);
    let context = open(Token::new("t2").user("bob")).await.unwrap();
    insert(&context, "b").await;
    let report = context.push().await.unwrap();
    assert_eq!(report.status(), Status::Unauthorized);
    let error = report.into_result().unwrap_err();
    assert!(format!("{error:?}").contains("belongs to another user"), "{error:?}");
    assert!(!format!("{error:?}").contains("ann"), "{error:?}");
    let pull = context.table::<Item>().pull(Item::full_pull()).await.unwrap_err();
    assert_eq!(pull.kind(), ErrorKind::Schema);
    for error in [
        context.remote::<Item>().list(&Item::query()).await.unwrap_err(),
        context.send(ApiRequest::get("api/x")).await.unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::Schema);
    }
    assert_eq!(guard.seen(), []);
    let operation = context.pending().await.unwrap().remove(0);
    assert_eq!((operation.is_unanswered(), operation.attempts()), (false, 0));
}

#[tokio::test(start_paused = true)]
async fn a_user_who_changes_while_the_context_is_open_is_refused() {
    let world = World::v3();
    let soon = world.clock().now().saturating_add(Duration::from_secs(300));
    let guard = Guarded::new(&world, "");
    let desk = Desk::of([Token::new("t1").user("ann").expires_at(soon), Token::new("t2").user("bob")]);
    let context = builder(&world, &guard, &desk).open().await.unwrap();
    insert(&context, "a").await;
    assert_eq!(context.push().await.unwrap().status(), Status::Complete);
    insert(&context, "b").await;
    tokio::time::advance(Duration::from_secs(200)).await;
    guard.seen();
    let report = context.push().await.unwrap();
    assert_eq!(report.status(), Status::Unauthorized, "{report}");
    assert_eq!(guard.seen(), [], "the token of ann would be good for a minute, but she is gone");
    // By a refusal of the server: the same.
    desk.then(Ok(Some(Token::new("t1").user("ann"))));
    assert_eq!(context.push().await.unwrap().status(), Status::Complete);
    guard.accept("t2");
    desk.then(Ok(Some(Token::new("t2").user("bob"))));
    insert(&context, "c").await;
    guard.seen();
    assert_eq!(context.push().await.unwrap().status(), Status::Unauthorized);
    assert!(guard.seen().iter().all(|token| *token == some("t1")), "bob's token was never sent");
    assert_eq!(context.pending_count().await.unwrap(), 1);
}

#[tokio::test(start_paused = true)]
async fn the_user_of_the_builder_counts_for_tokens_too() {
    let world = World::v3();
    let guard = Guarded::new(&world, "");
    let context = builder(&world, &guard, &Desk::of([Token::new("t2").user("bob")])).user("ann").open().await.unwrap();
    let error = context.remote::<Item>().list(&Item::query()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Schema);
    assert_eq!(guard.seen(), []);
}

#[tokio::test(start_paused = true)]
async fn a_wiped_store_is_of_the_next_user_unless_the_builder_names_one() {
    let world = World::v3();
    let guard = Guarded::new(&world, "");
    for (given, then) in [(None, Ok(Status::Complete)), (Some("ann"), Err(ErrorKind::Schema))] {
        let desk = Desk::of([Token::new("t1").user("ann")]);
        let mut described = builder(&world, &guard, &desk);
        if let Some(user) = given {
            described = described.user(user);
        }
        let context = described.open().await.unwrap();
        assert_eq!(context.sync().await.unwrap().status(), Status::Complete);
        context.wipe().await.unwrap();
        desk.then(Ok(Some(Token::new("t2").user("bob"))));
        guard.seen();
        let pull = context.table::<Item>().pull(Item::full_pull()).await;
        assert_eq!(pull.map(|report| report.status()).map_err(|error| error.kind()), then, "{given:?}");
        assert!(!guard.seen().contains(&some("t1")), "the token of before is forgotten");
    }
}

#[tokio::test(start_paused = true)]
async fn the_token_stays_with_its_server() {
    let elsewhere = "location: https://evil.example/tables/item";
    let world = World::v3();
    let (guard, desk) = (Guarded::new(&world, ""), Desk::of([Token::new("t1")]));
    let context = builder(&world, &guard, &desk).open().await.unwrap();
    world.always("GET", "item", answer(307, elsewhere, ""));
    let error = context.remote::<Item>().list(&Item::query()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Busy, "{error}");
    assert!(world.sent().iter().all(|line| line == "GET item?"), "all requests went to the server itself");
    // Plain http, where everybody can read it, only to this device itself or on demand.
    let plain = |endpoint: &str| WireClient::builder(endpoint).transport(Arc::new(guard.clone())).auth(desk.clone());
    assert_eq!(plain("http://server.example").build().unwrap_err().kind(), ErrorKind::Invalid);
    plain("http://127.0.0.1:9").build().unwrap();
    plain("http://server.example").allow_http().build().unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_token_that_cannot_stand_in_a_header_is_refused() {
    for secret in ["", "a\nb", "a\u{7f}", "ü"] {
        let world = World::v3();
        let (guard, desk) = (Guarded::new(&world, ""), Desk::of([Token::new(secret)]));
        let context = builder(&world, &guard, &desk).open().await.unwrap();
        let error = context.remote::<Item>().list(&Item::query()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unauthorized, "{secret:?}");
        assert_eq!(guard.seen(), []);
    }
}

/// Everything that can be shown of a sync that fails in each way.
#[tokio::test(start_paused = true)]
async fn nobody_sees_the_secret() {
    let world = World::v3();
    // The guard's refusal repeats the token, as some servers do.
    let (guard, desk) =
        (Guarded::new(&world, "other"), Desk::of([Token::new(SECRET), Token::new(format!("{SECRET}2"))]));
    let mut shown = vec![format!("{:?}", Token::new(SECRET).user("ann")), format!("{:#?}", Token::new(SECRET))];
    let described = builder(&world, &guard, &desk);
    shown.push(format!("{described:?}"));
    let context = described.open().await.unwrap();
    shown.push(format!("{context:?} {:?}", context.remote::<Item>()));
    insert(&context, "a").await;
    let sync = context.sync().await.unwrap();
    assert_eq!(sync.status(), Status::Unauthorized);
    shown.push(format!("{sync:?} {sync}"));
    let push = context.push().await.unwrap();
    shown.push(format!("{push:?} {push}"));
    for failed in push.failed() {
        shown.push(format!("{failed:?} {failed} {:?}", failed.failure()));
    }
    shown.push(format!("{:?}", push.into_result()));
    let pull = context.table::<Item>().pull(Item::full_pull()).await.unwrap();
    shown.push(format!("{pull:?} {pull}"));
    shown.push(format!("{:?}", context.pending().await.unwrap()));
    let online = context.remote::<Item>();
    let item = Item { id: id("b"), name: "A".to_owned(), count: 1 };
    for error in [
        online.list(&Item::query()).await.unwrap_err(),
        online.insert(item).await.unwrap_err(),
        context.send(ApiRequest::get("api/x")).await.unwrap().into_success().unwrap_err(),
    ] {
        assert!(error.to_string().contains("the token … is not valid"), "{error}");
        shown.push(format!("{error:?} {error}"));
    }
    let answer = context.send(ApiRequest::get("api/x").header("x-key", SECRET).query("key", SECRET)).await.unwrap();
    shown.push(format!("{answer:?}"));
    shown.push(format!(
        "{:?}",
        ApiRequest::post(format!("api?key={SECRET}")).header("x", SECRET).body("text/plain", SECRET)
    ));
    world.cut();
    guard.accept("");
    shown.push(format!("{:?}", context.sync().await.unwrap()));
    for text in shown {
        assert!(!text.contains("s3cr3t"), "{text}");
    }
}

/// With the reference server behind its access control, from the detection of its dialect on.
#[cfg(feature = "reqwest")]
#[tokio::test]
async fn a_server_with_access_control_is_synced_with() {
    use synctable_server::{Access, ColumnType, Config, Server, TableDefinition};
    let item = TableDefinition::new("item")
        .required("name", ColumnType::Text)
        .required("count", ColumnType::Int64)
        .soft_delete();
    let config = Config::new(vec![item]).access("item", |headers| {
        match headers.get("authorization").and_then(|value| value.to_str().ok()) {
            Some("Bearer t2") => Access::Full,
            _ => Access::Refused(axum::http::StatusCode::UNAUTHORIZED),
        }
    });
    let server = Server::start(config).unwrap();
    let desk = Desk::of([Token::new("t1").user("ann"), Token::new("t2").user("ann"), Token::new("t3").user("ann")]);
    let builder = || SyncContext::builder(&server.url()).store(MemoryStore::new()).table::<Item>();
    let context = builder().auth(desk.clone()).open().await.unwrap();
    insert(&context, "a").await;
    let report = context.sync().await.unwrap();
    assert_eq!(report.status(), Status::Complete, "{report}");
    assert_eq!(server.store().row("item", "a").unwrap().unwrap()["name"], "A");
    assert_eq!(desk.reasons(), [TokenReason::None, TokenReason::Refused]);

    let stranger = builder().open().await.unwrap();
    assert_eq!(stranger.sync().await.unwrap().status(), Status::Unauthorized);
}
