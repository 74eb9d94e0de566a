//! The connections to PostgreSQL.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use deadpool_postgres::{Connect, Hook, HookError, Manager, ManagerConfig, Object, Pool, RecyclingMethod, Runtime};
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::task::JoinHandle;
use tokio_postgres::{Client, Config, Error, NoTls};

use super::fault::Fault;
use crate::store::StoreError;

/// How long a request waits for a connection that others use.
const WAIT: Duration = Duration::from_secs(10);

/// How long a connection may take to be made.
const CONNECT: Duration = Duration::from_secs(5);

/// How many shapes of statements a connection keeps prepared.
const PREPARED: usize = 200;

/// A server process that stands still in a transaction loses it, and with it the lock of the stamps; an acknowledged write is on the disk,
/// whatever the database was set to.
const READER: &str = "SET idle_in_transaction_session_timeout = '10s'";
const WRITER: &str = "SET idle_in_transaction_session_timeout = '10s';
    SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off';
    SET default_transaction_isolation = 'read committed';
    SET enable_seqscan = off;
    SET enable_hashjoin = off;
    SET enable_mergejoin = off";

/// Makes connections whose input and output run on the runtime that asks, so that a request needs no other thread, unless that runtime stands
/// still while nobody waits for it, as one of a single thread does; then on the runtime of the engine.
///
/// A connection ends with its runtime, and the pool gives it to nobody from then on.
struct NearRuntime {
    engine: Handle,
}

impl NearRuntime {
    fn handle(&self) -> Handle {
        match Handle::try_current() {
            Ok(current) if current.runtime_flavor() == RuntimeFlavor::MultiThread => current,
            _ => self.engine.clone(),
        }
    }
}

type Connecting<'a> = Pin<Box<dyn Future<Output = Result<(Client, JoinHandle<()>), Error>> + Send + 'a>>;

impl Connect for NearRuntime {
    fn connect(&self, config: &Config) -> Connecting<'_> {
        let (config, handle) = (config.clone(), self.handle());
        Box::pin(async move {
            let inner = handle.clone();
            let connected = handle.spawn(async move {
                let (client, connection) = config.connect(NoTls).await?;
                let driven = inner.spawn(async move {
                    // The client sees the error too.
                    let _ = connection.await;
                });
                Ok((client, driven))
            });
            connected.await.unwrap_or_else(|_| Err(Error::__private_api_timeout()))
        })
    }
}

/// Connections for reads, and for writes: those look up few ids, always by the index, whatever the statistics of a table that grows say.
#[derive(Debug, Clone)]
pub(super) struct Pools {
    readers: Pool,
    writers: Pool,
}

impl Pools {
    pub(super) fn new(mut config: Config, connections: usize, handle: &Handle) -> Result<Self, StoreError> {
        if config.get_application_name().is_none() {
            config.application_name("synctable-server");
        }
        config.connect_timeout(CONNECT);
        let pool = |setup: &'static str| {
            let manager = Manager::from_connect(
                config.clone(),
                NearRuntime { engine: handle.clone() },
                ManagerConfig { recycling_method: RecyclingMethod::Fast },
            );
            Pool::builder(manager)
                .max_size(connections)
                .runtime(Runtime::Tokio1)
                .wait_timeout(Some(WAIT))
                .create_timeout(Some(CONNECT))
                .post_create(Hook::async_fn(move |client, _| {
                    Box::pin(async move { client.batch_execute(setup).await.map_err(HookError::Backend) })
                }))
                .build()
                .map_err(|error| StoreError::new("cannot make the pool of connections").because(error))
        };
        Ok(Self { readers: pool(READER)?, writers: pool(WRITER)? })
    }

    pub(super) async fn reader(&self) -> Result<Object, Fault> {
        connection(&self.readers).await
    }

    pub(super) async fn writer(&self) -> Result<Object, Fault> {
        connection(&self.writers).await
    }

    /// Closes the connections that nobody uses; nobody gets one any more.
    pub(super) fn close(&self) {
        self.readers.close();
        self.writers.close();
    }
}

async fn connection(pool: &Pool) -> Result<Object, Fault> {
    let client = pool.get().await.map_err(Fault::from)?;
    if client.statement_cache.size() > PREPARED {
        client.statement_cache.clear();
    }
    Ok(client)
}
