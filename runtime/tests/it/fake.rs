//! The server in memory that apps test against.

mod app;
mod faults;
mod protocol;
mod typed;

#[path = "../data/peer.rs"]
mod peer;

use std::task::{Context, Poll, Waker};

use synctable::testing::FakeServer;
use synctable::wire::{Method, Request, Transport as _};
use synctable::{Date, Decimal, Id, MemoryStore, SyncContext, SyncTable, TimeOfDay, Timestamp, Uuid};

/// The table of the recordings: a title that may be null.
#[derive(Debug, Clone, Default, PartialEq, SyncTable)]
#[sync(table = "todoitem")]
pub(crate) struct TodoItem {
    pub(crate) id: Id,
    pub(crate) title: Option<String>,
    pub(crate) complete: bool,
}

/// The table of the recordings with a column of each type.
#[derive(Debug, Clone, Default, PartialEq, SyncTable)]
#[sync(table = "kitchen", hard_delete)]
pub(crate) struct Kitchen {
    pub(crate) id: Id,
    pub(crate) text: Option<String>,
    pub(crate) flag: Option<bool>,
    pub(crate) int32: Option<i32>,
    pub(crate) int64: Option<i64>,
    pub(crate) double: Option<f64>,
    pub(crate) decimal: Option<Decimal>,
    pub(crate) instant: Option<Timestamp>,
    pub(crate) guid: Option<Uuid>,
    pub(crate) bytes: Option<Vec<u8>>,
    pub(crate) date: Option<Date>,
    pub(crate) time: Option<TimeOfDay>,
}

fn server() -> FakeServer {
    FakeServer::new().with::<TodoItem>().with::<Kitchen>()
}

async fn device(server: &FakeServer) -> SyncContext {
    server.context().store(MemoryStore::new()).table::<TodoItem>().open().await.unwrap()
}

fn todo(id: &str, title: &str) -> TodoItem {
    TodoItem { id: Id::parse(id).unwrap(), title: Some(title.to_owned()), complete: false }
}

/// Sends a request as it stands.
fn ask(
    server: &FakeServer,
    method: &str,
    target: &str,
    headers: &[(String, String)],
    body: Option<&[u8]>,
) -> synctable::wire::Response {
    let method = match method {
        "GET" => Method::Get,
        "POST" => Method::Post,
        "PUT" => Method::Put,
        "PATCH" => Method::Patch,
        "DELETE" => Method::Delete,
        other => panic!("no verb of the client: {other}"),
    };
    let mut request = Request::new(method, format!("{}{target}", server.url()));
    request.headers = headers.iter().cloned().collect();
    request.body = body.unwrap_or_default().to_vec().into();
    let transport = server.transport();
    let mut answer = transport.send(request);
    // Without a delay the fake has its answer at once.
    match answer.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(answer) => answer.unwrap(),
        Poll::Pending => panic!("the answer is delayed"),
    }
}
