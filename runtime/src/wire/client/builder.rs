//! How a client is set up.

use std::fmt;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, RwLock};
use std::time::Duration;

use super::address::Address;
use super::{Inner, WireClient};
use crate::clock::{Clock, SystemClock};
use crate::error::{Error, ErrorKind};
use crate::wire::auth::keeper::{AuthSettings, Keeper, OnNews, OnUser};
use crate::wire::auth::{AnyProvider, AuthHeader, TokenProvider};
use crate::wire::circuit::Circuit;
use crate::wire::dialect::Dialect;
use crate::wire::extension::{Extensions, PushExtensions};
use crate::wire::retry::RetryPolicy;
use crate::wire::transport::{Headers, Limits, Transport};
use crate::wire::unreliable::NodeDatabase;

/// Sets up a [`WireClient`].
#[derive(Debug, Clone)]
#[must_use]
pub struct WireClientBuilder {
    endpoint: String,
    tables_path: String,
    transport: Option<Arc<dyn Transport>>,
    clock: Arc<dyn Clock>,
    dialect: Option<Dialect>,
    headers: Headers,
    allow_http: bool,
    timeout: Duration,
    retry: RetryPolicy,
    auth: Auth,
    limits: Limits,
    node_database: NodeDatabase,
    extensions: PushExtensions,
}

/// How requests are authenticated.
#[derive(Clone)]
struct Auth {
    provider: Option<Arc<dyn AnyProvider>>,
    header: AuthHeader,
    buffer: Duration,
    on_user: Option<OnUser>,
    on_news: Option<OnNews>,
}

impl fmt::Debug for Auth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Auth").field("provider", &self.provider).field("header", &self.header).finish_non_exhaustive()
    }
}

/// Headers that no request can choose.
pub(super) const CONNECTION_HEADERS: [&str; 7] = [
    "accept-encoding",
    "connection",
    "content-length",
    "content-type",
    "host",
    "transfer-encoding",
    "zumo-api-version",
];

/// Headers that the protocol decides.
const OWN_HEADERS: [&str; 13] = [
    "accept",
    "accept-encoding",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "host",
    "idempotency-key",
    "if-match",
    "if-none-match",
    "prefer",
    "transfer-encoding",
    "zumo-api-version",
];

impl WireClientBuilder {
    pub(super) fn new(endpoint: &str) -> Self {
        Self {
            endpoint: endpoint.to_owned(),
            tables_path: "tables".to_owned(),
            transport: None,
            clock: Arc::new(SystemClock),
            dialect: None,
            headers: Headers::new(),
            allow_http: false,
            timeout: Duration::from_secs(100),
            retry: RetryPolicy::new(),
            auth: Auth {
                provider: None,
                header: AuthHeader::default(),
                buffer: Duration::from_secs(120),
                on_user: None,
                on_news: None,
            },
            limits: Limits::default(),
            node_database: NodeDatabase::Unknown,
            extensions: PushExtensions::default(),
        }
    }

    /// Sends through another transport than the default one.
    pub fn transport(mut self, transport: Arc<dyn Transport>) -> Self {
        self.transport = Some(transport);
        self
    }

    /// Takes the time from another clock than the device's.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Says which dialect the server speaks, so that it need not be found out.
    pub fn dialect(mut self, dialect: Dialect) -> Self {
        self.dialect = Some(dialect);
        self
    }

    /// Says that a `node-v2` server keeps its rows in SQLite: filters with functions that it answers
    /// wrongly there are refused.
    pub fn node_on_sqlite(mut self) -> Self {
        self.node_database = NodeDatabase::Sqlite;
        self
    }

    /// Sets which extensions of the push protocol are used where the server announces them; all by default.
    pub fn push_extensions(mut self, extensions: PushExtensions) -> Self {
        self.extensions = extensions;
        self
    }

    /// Sets the path of the tables below the endpoint; `tables` by default.
    pub fn tables_path(mut self, path: &str) -> Self {
        path.clone_into(&mut self.tables_path);
        self
    }

    /// Sends a header with each request.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.add(name, value);
        self
    }

    /// Allows plain http to other hosts than loopback: everything sent can be read on the way.
    pub fn allow_http(mut self) -> Self {
        self.allow_http = true;
        self
    }

    /// Sets the time for a whole request and its answer; 100 s by default.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets how failures that may pass are met.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy;
        self
    }

    /// Asks a provider for the token that requests carry.
    pub fn auth(mut self, provider: impl TokenProvider) -> Self {
        self.auth.provider = Some(Arc::new(provider));
        self
    }

    /// Sets which header carries the token; `Authorization: Bearer` by default.
    pub fn auth_header(mut self, header: AuthHeader) -> Self {
        self.auth.header = header;
        self
    }

    /// Sets how long before its end a token is renewed; 2 min by default.
    pub fn renew_token_before(mut self, time: Duration) -> Self {
        self.auth.buffer = time;
        self
    }

    /// Is told the user of each token before it is used; an error refuses the token.
    pub(crate) fn on_user(mut self, told: OnUser) -> Self {
        self.auth.on_user = Some(told);
        self
    }

    /// Is told when there is news of the token.
    pub(crate) fn on_news(mut self, told: OnNews) -> Self {
        self.auth.on_news = Some(told);
        self
    }

    /// Sets how much of an answer is read; bytes beyond 1 GiB are never.
    pub fn limits(mut self, limits: Limits) -> Self {
        // Invariant: the text of a page fits the 32-bit ranges of a batch.
        const MOST_BYTES: u64 = 1 << 30;
        self.limits = Limits {
            received_bytes: limits.received_bytes.min(MOST_BYTES),
            expanded_bytes: limits.expanded_bytes.min(MOST_BYTES),
            ..limits
        };
        self
    }

    /// Makes the client; nothing is sent.
    ///
    /// # Errors
    /// `Invalid`: the endpoint is no http(s) URL, is plain http to a host that is not loopback, or
    /// holds user info, a query or a fragment; a header is not valid or belongs to the protocol.
    /// `Unsupported`: there is no transport.
    pub fn build(self) -> Result<WireClient, Error> {
        let address = Address::new(&self.endpoint, &self.tables_path, self.allow_http)?;
        for (name, value) in self.headers.iter() {
            check_header(name, value, &OWN_HEADERS)?;
            if self.auth.provider.is_some() && name.eq_ignore_ascii_case(self.auth.header.name()) {
                let message = format!("the header `{name}` is set by `auth`; leave it out");
                return Err(Error::new(ErrorKind::Invalid, message));
            }
        }
        let Auth { provider, header, buffer, on_user, on_news } = self.auth;
        let keeper = provider.map(|provider| {
            let settings = AuthSettings { provider, header, buffer, timeout: self.timeout, on_user, on_news };
            Keeper::new(settings, Arc::clone(&self.clock))
        });
        let transport = match self.transport {
            Some(transport) => transport,
            None => default_transport()?,
        };
        let inner = Inner {
            address,
            transport,
            clock: self.clock,
            headers: self.headers,
            timeout: self.timeout,
            circuit: Circuit::new(self.retry),
            keeper,
            limits: self.limits,
            node_database: self.node_database,
            dialect: RwLock::new(self.dialect),
            extensions: Arc::new(Extensions::new(self.extensions)),
            detecting: tokio::sync::Mutex::new(()),
            requests: AtomicU64::new(0),
            retries: AtomicU64::new(0),
            sent_bytes: AtomicU64::new(0),
            received_bytes: AtomicU64::new(0),
        };
        Ok(WireClient(Arc::new(inner), None))
    }
}

#[cfg(feature = "reqwest")]
fn default_transport() -> Result<Arc<dyn Transport>, Error> {
    Ok(Arc::new(crate::wire::reqwest::ReqwestTransport::new()?))
}

#[cfg(not(feature = "reqwest"))]
fn default_transport() -> Result<Arc<dyn Transport>, Error> {
    Err(Error::new(ErrorKind::Unsupported, "there is no transport; give one, or enable the feature `reqwest`"))
}

pub(super) fn check_header(name: &str, value: &str, taken: &[&str]) -> Result<(), Error> {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if name.is_empty() || !name.bytes().all(is_token) {
        return Err(Error::new(ErrorKind::Invalid, format!("`{}` cannot name a header", name.escape_debug())));
    }
    if taken.iter().any(|own| own.eq_ignore_ascii_case(name)) {
        return Err(Error::new(
            ErrorKind::Invalid,
            format!("the header `{name}` is set by the protocol; leave it out"),
        ));
    }
    // The value is not repeated: it may be a secret.
    if value.chars().any(|next| next.is_control() && next != '\t') {
        return Err(Error::new(ErrorKind::Invalid, format!("the value of the header `{name}` has control characters")));
    }
    Ok(())
}
