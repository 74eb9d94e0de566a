//! Authentication: the token, its renewal, whose store it opens, and that nobody sees it.

mod providers;
mod secrets;
mod tokens;
mod users;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use synctable::wire::{BoxFuture, Dialect, Request, Response, Transport, TransportError};
use synctable::{
    Error, MemoryStore, RemoteClient, RemoteTable, SyncContext, SyncContextBuilder, Token, TokenProvider, TokenReason,
};
use tokio::task::JoinHandle;

use crate::world::tables::{Item, List};
use crate::world::{World, id};

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

/// A client of the world without a store.
fn client(world: &World, guard: &Guarded, provider: impl TokenProvider) -> RemoteClient {
    RemoteClient::builder("https://server.example")
        .transport(guard.clone())
        .clock(world.clock())
        .dialect(Dialect::DatasyncV3)
        .auth(provider)
        .build()
        .unwrap()
}

/// A read that goes on beside the test; gives the number of rows.
fn reads(items: RemoteTable<Item>) -> JoinHandle<Result<usize, Error>> {
    tokio::spawn(async move { items.list(&Item::query()).await.map(|rows| rows.len()) })
}

async fn insert(context: &SyncContext, id_text: &str) {
    let item = Item { id: id(id_text), name: "A".to_owned(), count: 1 };
    context.table::<Item>().insert(item).await.unwrap();
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}
