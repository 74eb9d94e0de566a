//! Whose store it is that a token opens.

use std::time::Duration;

use synctable::{ApiRequest, Clock as _, ErrorKind, MemoryStore, Status, Token};

use super::{Desk, Guarded, builder, insert, some};
use crate::world::World;
use crate::world::tables::Item;

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
