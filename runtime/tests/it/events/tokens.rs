//! Events of the sign-in, and retries among the counters.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use synctable::{Error, ErrorKind, MemoryStore, SyncContext, Token};

use super::told;
use crate::world::net::status;
use crate::world::tables::Item;
use crate::world::{Meet, World, id};

type Given = Result<Option<Token>, Error>;

/// A context whose provider gives these one after the other, and fails then.
async fn signed_in(world: &World, gives: impl IntoIterator<Item = Given>) -> SyncContext {
    let gives: Arc<Mutex<VecDeque<Given>>> = Arc::new(Mutex::new(gives.into_iter().collect()));
    SyncContext::builder("https://server.example")
        .transport(world.clone())
        .clock(world.clock())
        .dialect(synctable::wire::Dialect::DatasyncV3)
        .store(MemoryStore::new())
        .auth(move |_reason| {
            let next = gives.lock().unwrap().pop_front();
            async move { next.unwrap_or_else(|| Err(Error::new(ErrorKind::Unauthorized, "nobody signs in"))) }
        })
        .table::<Item>()
        .open()
        .await
        .unwrap()
}

fn token(secret: &str) -> Given {
    Ok(Some(Token::new(secret)))
}

async fn pull(context: &SyncContext) {
    drop(context.table::<Item>().pull(Item::pull("all")).await.unwrap());
}

#[tokio::test(start_paused = true)]
async fn a_new_token_and_a_lost_sign_in_are_told() {
    let world = World::v3();
    let context = signed_in(&world, [token("one"), token("two"), Ok(None)]).await;
    let mut events = context.events();
    pull(&context).await;
    assert_eq!(told(&mut events)[..2], ["pull item/all starts", "TokenRefreshed"]);
    pull(&context).await;
    assert!(!told(&mut events).contains(&"TokenRefreshed".to_owned()), "it is used as long as it is good");
    world.once("GET", "item", status(401));
    pull(&context).await;
    let lines = told(&mut events);
    assert!(lines.contains(&"TokenRefreshed".to_owned()), "{lines:?}");
    assert_eq!(lines.last().unwrap(), "pull item/all ends: complete");
    world.always("GET", "item", status(401));
    for _ in 0..2 {
        pull(&context).await;
        let lines = told(&mut events);
        assert!(lines.contains(&"SignedOut".to_owned()), "{lines:?}");
        assert_eq!(lines.last().unwrap(), "pull item/all ends: unauthorized");
    }
}

#[tokio::test(start_paused = true)]
async fn requests_that_are_sent_again_are_counted() {
    let world = World::v3();
    let context = signed_in(&world, [token("one")]).await;
    context.table().insert(Item { id: id("a"), name: "x".into(), count: 1 }).await.unwrap();
    world.times(2, "POST", "item", status(503));
    world.once("GET", "item", Meet::LostReply);
    context.sync().await.unwrap().into_result().unwrap();
    let counters = context.counters();
    assert_eq!((counters.retries, counters.requests), (3, 5));
}
