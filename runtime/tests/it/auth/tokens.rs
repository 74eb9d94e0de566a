//! Which token a request carries, and when another is asked for.

use std::sync::Arc;
use std::time::Duration;

use synctable::store::entry::FailureKind;
use synctable::wire::Dialect;
use synctable::{
    AuthHeader, Clock as _, Error, ErrorKind, MemoryStore, RemoteClient, Status, SyncContext, Token, TokenReason,
};

use super::{Desk, Guarded, builder, insert, some};
use crate::world::net::status;
use crate::world::tables::{Item, List};
use crate::world::{World, id};

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
