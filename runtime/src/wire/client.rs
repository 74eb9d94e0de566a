//! The client of one server: where it is, how it is reached, which dialect it speaks.

mod address;
mod api;
mod batch;
mod builder;
mod call;
mod detect;
mod exchange;
mod look;
mod narrow;
mod table;
mod write;

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

pub(crate) use batch::{BatchDelivery, Operation};
pub use builder::WireClientBuilder;
pub use look::Look;
pub use table::{DeletedRows, PageRequest, WireTable};
pub use write::WriteRequest;

use crate::clock::Clock;
use crate::error::{Error, ErrorKind};
use crate::query::predicate::Tree;
use crate::table::TableSchema;
use crate::value::Timestamp;
use crate::wire::auth::keeper::Keeper;
use crate::wire::circuit::Circuit;
use crate::wire::dialect::Dialect;
use crate::wire::extension::Extensions;
use crate::wire::failure::WireError;
use crate::wire::retry::{self, RetryPolicy};
use crate::wire::transport::{Headers, Limits, Transport};
use crate::wire::unreliable::{NodeDatabase, Unreliable};
use address::Address;
use call::CallState;

/// Speaks the tables protocol with one server; cheap to clone.
#[derive(Clone)]
pub struct WireClient(Arc<Inner>, Option<Arc<CallState>>);

struct Inner {
    address: Address,
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    headers: Headers,
    timeout: Duration,
    circuit: Circuit,
    /// Who has the token, if requests carry one.
    keeper: Option<Keeper>,
    limits: Limits,
    node_database: NodeDatabase,
    dialect: RwLock<Option<Dialect>>,
    extensions: Arc<Extensions>,
    /// Held while the dialect is being found out, so that it is done once.
    detecting: tokio::sync::Mutex<()>,
    requests: AtomicU64,
    retries: AtomicU64,
    sent_bytes: AtomicU64,
    received_bytes: AtomicU64,
}

impl fmt::Debug for WireClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WireClient")
            .field("endpoint", &self.0.address.base())
            .field("dialect", &self.known_dialect())
            .field("transport", &self.0.transport)
            .finish_non_exhaustive()
    }
}

/// What a client has sent and received since it was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Traffic {
    /// Requests that were handed to the transport, repeated and redirected ones included.
    pub requests: u64,
    /// Requests that were sent again after a failure that may pass.
    pub retries: u64,
    /// Bytes of request bodies.
    pub sent_bytes: u64,
    /// Bytes of response bodies as received.
    pub received_bytes: u64,
}

impl WireClient {
    /// Starts the client of a server; the endpoint is its URL up to the folder of the tables' path.
    pub fn builder(endpoint: &str) -> WireClientBuilder {
        WireClientBuilder::new(endpoint)
    }

    /// The endpoint, without a slash at its end.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        self.0.address.base()
    }

    /// The dialect, if it was given, remembered or found out.
    #[must_use]
    pub fn known_dialect(&self) -> Option<Dialect> {
        *self.0.dialect.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets the dialect, for example one that was found out earlier.
    pub fn set_dialect(&self, dialect: Dialect) {
        *self.0.dialect.write().unwrap_or_else(PoisonError::into_inner) = Some(dialect);
    }

    /// Forgets the dialect: it is found out anew at the next request.
    pub fn forget_dialect(&self) {
        *self.0.dialect.write().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Tells the dialect; if it is not known it is found out by asking for a row of the table.
    ///
    /// # Errors
    /// `Unsupported`: the answers fit no dialect. Else as a read of the table.
    ///
    /// # Cancellation
    /// A dropped future leaves the dialect unknown.
    pub async fn dialect(&self, table: &'static TableSchema) -> Result<Dialect, WireError> {
        if let Some(dialect) = self.known_dialect() {
            return Ok(dialect);
        }
        let _alone = self.0.detecting.lock().await;
        if let Some(dialect) = self.known_dialect() {
            return Ok(dialect);
        }
        let dialect = detect::detect(self, table).await?;
        self.set_dialect(dialect);
        Ok(dialect)
    }

    /// Tells which functions of a filter some servers of the generation answer wrongly, and refuses them
    /// where it is known that this server does.
    ///
    /// # Errors
    /// `Unsupported`: the server is known to answer a function wrongly; the message names it.
    pub(crate) fn check_filter(&self, dialect: Dialect, filter: Option<&Tree>) -> Result<Vec<Unreliable>, Error> {
        let found = filter.map(|filter| dialect.unreliable(filter)).unwrap_or_default();
        match found.first() {
            Some(Unreliable { name, wire_name, defect, .. }) if self.0.node_database == NodeDatabase::Sqlite => {
                let message = format!(
                    "`{name}` (`{wire_name}`) cannot be asked of a `{dialect}` server on SQLite: {defect}; ask with a \
                     wider filter and select locally"
                );
                Err(Error::new(ErrorKind::Unsupported, message))
            }
            _ => Ok(found),
        }
    }

    /// What is known of the extensions of the server.
    pub(crate) fn extensions(&self) -> &Arc<Extensions> {
        &self.0.extensions
    }

    /// The client's view of one table.
    #[must_use]
    pub fn table(&self, schema: &'static TableSchema) -> WireTable {
        WireTable::new(self.clone(), schema)
    }

    /// The clock that the client takes the time from.
    #[must_use]
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.0.clock
    }

    /// The client for one push, pull or other call of several requests: once one of them was let
    /// through, a circuit that opens meanwhile does not cut the call's tries and proofs.
    #[must_use]
    pub fn for_one_call(&self) -> Self {
        Self(Arc::clone(&self.0), Some(Arc::default()))
    }

    /// Forgets the token: the next request asks the provider for one.
    pub fn forget_token(&self) {
        if let Some(keeper) = &self.0.keeper {
            keeper.forget();
        }
    }

    /// How failures that may pass are met.
    #[must_use]
    pub fn retry_policy(&self) -> &RetryPolicy {
        self.0.circuit.policy()
    }

    /// When the server may be asked again: after too many failures in a row, or because it asked for a
    /// pause; `None` if it may be asked now.
    #[must_use]
    pub fn next_attempt(&self) -> Option<Timestamp> {
        self.0.circuit.next_attempt(self.0.clock.now())
    }

    /// Forgets that requests have failed: the next one is sent.
    pub fn close_circuit(&self) {
        self.0.circuit.close();
    }

    /// Repeats a read while its failure may pass, as the policy says.
    ///
    /// # Errors
    /// The failure of the last try.
    ///
    /// # Cancellation
    /// A dropped future repeats nothing more.
    pub async fn repeat<T, F>(&self, mut read: impl FnMut() -> F) -> Result<T, WireError>
    where
        F: Future<Output = Result<T, WireError>>,
    {
        let mut is_repeated = false;
        let read = || {
            if std::mem::replace(&mut is_repeated, true) {
                self.count_retry();
            }
            read()
        };
        retry::repeat(self.retry_policy(), &*self.0.clock, read).await
    }

    /// Counts a request that is sent again.
    pub(crate) fn count_retry(&self) {
        self.0.retries.fetch_add(1, Ordering::Relaxed);
    }

    /// What was sent and received until now.
    #[must_use]
    pub fn traffic(&self) -> Traffic {
        Traffic {
            requests: self.0.requests.load(Ordering::Relaxed),
            retries: self.0.retries.load(Ordering::Relaxed),
            sent_bytes: self.0.sent_bytes.load(Ordering::Relaxed),
            received_bytes: self.0.received_bytes.load(Ordering::Relaxed),
        }
    }
}
