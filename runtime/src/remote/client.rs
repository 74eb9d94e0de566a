//! A server without a local store.

use std::sync::Arc;
use std::time::Duration;

use super::RemoteTable;
use super::server::{MakeId, Server};
use crate::clock::Clock;
use crate::error::Error;
use crate::table::SyncTable;
use crate::value::{Id, Timestamp};
use crate::wire::{
    ApiRequest, ApiResponse, AuthHeader, Dialect, RetryPolicy, TokenProvider, Transport, WireClient, WireClientBuilder,
};

/// The online tables of one server, with no local store; cheap to clone.
///
/// ```no_run
/// # use synctable::{Id, SyncTable};
/// # #[derive(Debug, Clone, Default, SyncTable)]
/// # pub struct TodoItem { pub id: Id, pub title: String, pub complete: bool }
/// # async fn example() -> Result<(), synctable::Error> {
/// use synctable::RemoteClient;
///
/// let todos = RemoteClient::builder("https://todo.example").build()?.table::<TodoItem>();
/// let milk = todos.insert(TodoItem { title: "Milk".into(), ..Default::default() }).await?;
/// let open = todos.list(&TodoItem::query().filter(|t| t.complete.eq(false))).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct RemoteClient {
    server: Arc<Server>,
}

impl RemoteClient {
    /// Begins to describe the client of the server at an endpoint, such as `https://todo.example`.
    pub fn builder(endpoint: &str) -> RemoteClientBuilder {
        RemoteClientBuilder { wire: WireClient::builder(endpoint), make_id: Arc::new(Id::new) }
    }

    /// Gives the online handle of a table.
    #[must_use]
    pub fn table<T: SyncTable>(&self) -> RemoteTable<T> {
        RemoteTable::new(Arc::clone(&self.server))
    }

    /// Sends a request to another endpoint of the same server; see [`SyncContext::send`](crate::SyncContext::send).
    ///
    /// # Errors
    /// As there, but for `Schema`.
    ///
    /// # Cancellation
    /// After a dropped future the request may or may not have arrived.
    pub async fn send(&self, request: ApiRequest) -> Result<ApiResponse, Error> {
        self.server.wire.send_api(&request).await
    }

    /// Forgets the token: the next request asks the provider for one.
    pub fn forget_token(&self) {
        self.server.wire.forget_token();
    }

    /// When the server may be asked again: after too many failures in a row, or because it asked for a
    /// pause. `None` if it may be asked now.
    #[must_use]
    pub fn next_attempt(&self) -> Option<Timestamp> {
        self.server.wire.next_attempt()
    }

    /// Forgets that requests have failed, so that the next one is sent at once.
    pub fn close_circuit(&self) {
        self.server.wire.close_circuit();
    }

    /// The server generation, once it is known.
    #[must_use]
    pub fn dialect(&self) -> Option<Dialect> {
        self.server.wire.known_dialect()
    }
}

/// Describes a [`RemoteClient`]; finished by [`build`](Self::build).
///
/// ```
/// use std::time::Duration;
/// use synctable::RemoteClient;
/// use synctable::wire::Dialect;
///
/// let client = RemoteClient::builder("https://todo.example/app")
///     .dialect(Dialect::Toolkit)
///     .tables_path("api/tables")
///     .header("X-API-Key", "secret")
///     .timeout(Duration::from_secs(20))
///     .build()?;
/// # Ok::<(), synctable::Error>(())
/// ```
#[must_use = "a builder does nothing until it is built"]
pub struct RemoteClientBuilder {
    wire: WireClientBuilder,
    make_id: MakeId,
}

impl std::fmt::Debug for RemoteClientBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("RemoteClientBuilder").field(&self.wire).finish()
    }
}

impl RemoteClientBuilder {
    /// Says which server generation this is; otherwise it is detected at the first request.
    pub fn dialect(mut self, dialect: Dialect) -> Self {
        self.wire = self.wire.dialect(dialect);
        self
    }

    /// Says that a `node-v2` server keeps its rows in SQLite, where it answers some functions wrongly and
    /// without an error: filters with `starts_with`, `ends_with`, `contains`, `index_of` or `rem`, and those
    /// with functions that fail there (`len` and the parts of dates), are refused with `Unsupported`
    /// before anything is sent. Other generations are not concerned.
    ///
    /// Without this call such a filter is sent, and the report of a pull [warns](crate::PullReport::warnings).
    pub fn node_on_sqlite(mut self) -> Self {
        self.wire = self.wire.node_on_sqlite();
        self
    }

    /// Sends requests through a transport of the app's choice.
    pub fn transport(mut self, transport: impl Transport) -> Self {
        self.wire = self.wire.transport(Arc::new(transport));
        self
    }

    /// Sends requests through the app's own client, with its proxy and certificates.
    #[cfg(feature = "reqwest")]
    pub fn http(mut self, client: reqwest::Client) -> Self {
        self.wire = self.wire.transport(Arc::new(crate::wire::ReqwestTransport::with_client(client)));
        self
    }

    /// Sets the path below the endpoint where tables are; `tables` unless set.
    pub fn tables_path(mut self, path: &str) -> Self {
        self.wire = self.wire.tables_path(path);
        self
    }

    /// Adds a header to every request.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.wire = self.wire.header(name, value);
        self
    }

    /// Allows plain http to hosts other than this device. Everything sent can be read on the way.
    pub fn allow_http(mut self) -> Self {
        self.wire = self.wire.allow_http();
        self
    }

    /// Asks a provider for the token that requests carry; see [the guide](crate::guide::auth).
    pub fn auth(mut self, provider: impl TokenProvider) -> Self {
        self.wire = self.wire.auth(provider);
        self
    }

    /// Sets which header carries the token; `Authorization: Bearer` unless set.
    pub fn auth_header(mut self, header: AuthHeader) -> Self {
        self.wire = self.wire.auth_header(header);
        self
    }

    /// Sets how long before its end a token is renewed; 2 min unless set.
    pub fn renew_token_before(mut self, time: Duration) -> Self {
        self.wire = self.wire.renew_token_before(time);
        self
    }

    /// Sets how failures that may pass are met: tries, waits, and the circuit; see [`RetryPolicy`].
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.wire = self.wire.retry(policy);
        self
    }

    /// Bounds one request, from connecting to the last byte; 100 s unless set.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.wire = self.wire.timeout(timeout);
        self
    }

    /// Waits by this clock before a read is repeated.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.wire = self.wire.clock(Arc::new(clock));
        self
    }

    /// Makes the ids of rows that are inserted without one; each must be new in the whole world.
    pub fn ids(mut self, make: impl Fn() -> Id + Send + Sync + 'static) -> Self {
        self.make_id = Arc::new(make);
        self
    }

    /// Makes the client; nothing is sent.
    ///
    /// # Errors
    /// `Invalid`: the endpoint is no http or https address, or plain http to another host was not
    /// allowed; a header is not valid or belongs to the protocol. `Unsupported`: there is no
    /// transport, as the feature `reqwest` is off and none was given.
    pub fn build(self) -> Result<RemoteClient, Error> {
        Ok(RemoteClient { server: Arc::new(Server::new(self.wire.build()?, self.make_id, None)) })
    }
}
