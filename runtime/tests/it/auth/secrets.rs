//! A token goes to its server only, and nobody sees it.

use std::sync::Arc;

use synctable::wire::WireClient;
use synctable::{ApiRequest, ErrorKind, Status, Token};

use super::{Desk, Guarded, builder, insert};
use crate::world::net::answer;
use crate::world::tables::Item;
use crate::world::{World, id};

const SECRET: &str = "s3cr3t.t0ken.value";

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
