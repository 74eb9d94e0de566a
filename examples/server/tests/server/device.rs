//! Clients of the runtime, which reach any number of servers in turn.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use synctable::store::SqliteStore;
use synctable::wire::{
    BoxFuture, Method, Request, ReqwestTransport, Response, Transport, TransportError, TransportErrorKind,
};
use synctable::{ConflictPolicy, Id, Pull, RetryPolicy, Status, SyncContext, SyncTable, Table};

use super::process::lock;

/// The address that devices know; the balancer puts that of a server in its place.
const ORIGIN: &str = "http://127.0.0.1:1";

#[derive(Debug, Clone, Default, PartialEq, SyncTable)]
#[sync(table = "todoitem")]
pub(crate) struct TodoItem {
    pub(crate) id: Id,
    pub(crate) title: String,
    pub(crate) complete: bool,
}

/// A write that a server has acknowledged.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Acknowledged {
    pub(crate) id: String,
    /// As the answer says it; a deletion has none.
    pub(crate) version: Option<String>,
}

impl Acknowledged {
    fn new(path: &str, answer: &serde_json::Value) -> Self {
        let text = |member: &str| answer[member].as_str().map(str::to_owned);
        let deleted = || path.rsplit('/').next().unwrap_or_default().to_owned();
        Self { id: text("id").unwrap_or_else(deleted), version: text("version") }
    }
}

fn read_json(body: &[u8]) -> serde_json::Value {
    serde_json::from_slice(body).unwrap_or_default()
}

/// Sends each request to the next server; a server that is down refuses it, as a closed port does. Of the answers to writes
/// one in twenty is lost on its way.
///
/// Answers lose their date: a client that does not know the server's time looks back from the newest row that it has, which
/// with an overlap of zero is not at all.
#[derive(Debug, Clone)]
pub(crate) struct Balancer {
    http: ReqwestTransport,
    ports: Arc<Mutex<Vec<Option<u16>>>>,
    next: Arc<AtomicUsize>,
    rng: Arc<Mutex<fastrand::Rng>>,
    acknowledged: Arc<Mutex<Vec<Acknowledged>>>,
    news: Arc<tokio::sync::Notify>,
}

impl Balancer {
    pub(crate) fn new(ports: impl IntoIterator<Item = u16>, rng: fastrand::Rng) -> Self {
        Self {
            http: ReqwestTransport::new().unwrap(),
            ports: Arc::new(Mutex::new(ports.into_iter().map(Some).collect())),
            next: Arc::default(),
            rng: Arc::new(Mutex::new(rng)),
            acknowledged: Arc::default(),
            news: Arc::default(),
        }
    }

    /// Says where a server is from now on; none: it is down.
    pub(crate) fn set(&self, server: usize, port: Option<u16>) {
        lock(&self.ports)[server] = port;
    }

    pub(crate) fn acknowledged(&self) -> Vec<Acknowledged> {
        lock(&self.acknowledged).clone()
    }

    /// Waits until this many writes more than now are acknowledged.
    pub(crate) async fn wait(&self, more: usize) {
        let until = lock(&self.acknowledged).len() + more;
        loop {
            let news = self.news.notified();
            if lock(&self.acknowledged).len() >= until {
                return;
            }
            news.await;
        }
    }

    async fn exchange(&self, mut request: Request) -> Result<Response, TransportError> {
        let port = {
            let ports = lock(&self.ports);
            ports[self.next.fetch_add(1, Ordering::Relaxed) % ports.len()]
        };
        let port = port.ok_or_else(|| TransportError::new(TransportErrorKind::Unsent, "this server is down"))?;
        let path = request.url.strip_prefix(ORIGIN).unwrap().to_owned();
        let (method, sent) = (request.method, read_json(&request.body));
        request.url = format!("http://127.0.0.1:{port}{path}");
        let mut response = self.http.send(request).await?;
        response.headers = response.headers.iter().filter(|(name, _)| !name.eq_ignore_ascii_case("date")).collect();
        if method != Method::Get && (200..300).contains(&response.status) {
            if lock(&self.rng).u32(..20) == 0 {
                return Err(TransportError::new(TransportErrorKind::Unanswered, "the answer is lost"));
            }
            let answer = read_json(&response.body);
            let mut acknowledged = lock(&self.acknowledged);
            match (sent["operations"].as_array(), answer["answers"].as_array()) {
                (Some(operations), Some(answers)) => {
                    let done = operations.iter().zip(answers);
                    let done = done.filter(|(_, answer)| matches!(answer["status"].as_u64(), Some(200..300)));
                    acknowledged.extend(done.map(|(operation, answer)| {
                        Acknowledged::new(operation["path"].as_str().unwrap(), &answer["body"])
                    }));
                }
                _ => acknowledged.push(Acknowledged::new(&path, &answer)),
            }
            drop(acknowledged);
            self.news.notify_waiters();
        }
        Ok(response)
    }
}

impl Transport for Balancer {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        Box::pin(self.exchange(request))
    }
}

/// A client with a store of its own.
pub(crate) struct Device {
    context: SyncContext,
    pub(crate) items: Table<TodoItem>,
}

impl Device {
    pub(crate) async fn open(balancer: &Balancer) -> Self {
        let patience = RetryPolicy::new().tries(4).first_wait(Duration::from_millis(2)).without_circuit();
        let context = SyncContext::builder(ORIGIN)
            .store(SqliteStore::in_memory())
            .transport(balancer.clone())
            .retry(patience)
            .conflict_policy(ConflictPolicy::RemoteWins)
            .table::<TodoItem>()
            .open()
            .await
            .unwrap();
        let items = context.table::<TodoItem>();
        Self { context, items }
    }

    /// Pulls what is new, without looking back; whether it came to its end.
    pub(crate) async fn pull(&self) -> bool {
        let pull = Pull::named("all").overlap(Duration::ZERO).page_size(200).without_push();
        let report = self.items.pull(pull).await.unwrap();
        assert!(matches!(report.status(), Status::Complete | Status::Offline | Status::Unavailable), "{report}");
        report.status() == Status::Complete
    }

    /// Pushes what is pending; whether it came to its end.
    pub(crate) async fn push(&self) -> bool {
        let report = self.context.push().await.unwrap();
        assert!(report.failed().is_empty(), "{report}: {:?}", report.failed());
        report.status() == Status::Complete
    }

    pub(crate) async fn pending(&self) -> u64 {
        self.context.pending_count().await.unwrap()
    }

    /// The rows that it has, by id.
    pub(crate) async fn rows(&self) -> Vec<TodoItem> {
        let mut rows = self.items.list(&TodoItem::query()).await.unwrap();
        rows.sort_by(|a, b| a.id.as_str().cmp(b.id.as_str()));
        rows
    }
}
