//! A server that runs in this process.

use std::fmt;
use std::net::SocketAddr;
use std::sync::mpsc;
use std::thread;

use axum_server::Handle;
use axum_server::accept::NoDelayAcceptor;
use axum_server::tls_rustls::RustlsAcceptor;
use tokio::sync::oneshot;

use crate::serve::router_until;
use crate::view::Closing;
use crate::{Config, Store, StoreError};

/// The head of a request that is larger is refused with 431; the routes refuse a long request line before, with 414.
const HEAD_BYTES: usize = 65_536;

/// Why a server did not start.
#[derive(Debug)]
#[non_exhaustive]
pub enum ServerError {
    /// The rows cannot be reached.
    Store(StoreError),
    /// An access rule does not fit the tables or the tokens.
    Access(String),
    /// The certificate or its key cannot be used.
    Tls(String),
    /// The address cannot be listened on.
    Listen(SocketAddr, std::io::Error),
    /// The thread of the server cannot run.
    Thread(std::io::Error),
}

impl fmt::Display for ServerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Store(error) => error.fmt(f),
            Self::Access(error) | Self::Tls(error) => f.write_str(error),
            Self::Listen(address, error) => write!(f, "cannot listen on {address}: {error}"),
            Self::Thread(error) => write!(f, "cannot start the thread of the server: {error}"),
        }
    }
}

impl std::error::Error for ServerError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Store(error) => Some(error),
            Self::Listen(_, error) | Self::Thread(error) => Some(error),
            Self::Access(_) | Self::Tls(_) => None,
        }
    }
}

/// A running server; dropped, it stops.
///
/// It runs on a thread of its own, so it works whatever runtime or clock the caller has.
///
/// ```
/// use synctable_server::{Config, Server, default_tables};
///
/// let server = Server::start(Config::new(default_tables()))?;
/// assert_eq!(server.url(), format!("http://127.0.0.1:{}", server.port()));
/// assert!(server.store().rows("todoitem")?.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    scheme: &'static str,
    store: Store,
    /// Invariant: some until the server is told to stop.
    stop: Option<oneshot::Sender<()>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Server {
    /// Opens the database of the settings and starts to listen.
    ///
    /// # Errors
    /// When the database cannot be opened or the address cannot be listened on.
    pub fn start(config: Config) -> Result<Self, ServerError> {
        let store =
            Store::open(&config.database, &config.dialect.tables(&config.tables)).map_err(ServerError::Store)?;
        Self::start_with(config, store)
    }

    /// Starts to listen over rows that are open already: a stopped server comes back with its rows, on the same port if the settings name it.
    ///
    /// # Errors
    /// When the address cannot be listened on.
    pub fn start_with(config: Config, store: Store) -> Result<Self, ServerError> {
        let (stop, stopped) = oneshot::channel();
        let (ready, bound) = mpsc::channel();
        let (scheme, served) = (config.scheme(), store.clone());
        let thread = thread::Builder::new()
            .name("synctable-server".to_owned())
            .spawn(move || {
                let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
                    Ok(runtime) => runtime,
                    Err(error) => {
                        let _ = ready.send(Err(ServerError::Thread(error)));
                        return;
                    }
                };
                let stop = async {
                    // Without its handle the server stops too.
                    let _ = stopped.await;
                };
                let told = ready.clone();
                let listening = move |address, _: &str| {
                    let _ = told.send(Ok(address));
                };
                if let Err(error) = runtime.block_on(serve(config, served, stop, listening)) {
                    // Nobody waits once the server has listened.
                    if let Err(unheard) = ready.send(Err(error)) {
                        tracing::error!(error = ?unheard.0, "the server failed");
                    }
                }
            })
            .map_err(ServerError::Thread)?;
        let address =
            bound.recv().map_err(|_| ServerError::Thread(std::io::Error::other("it ended before it listened")))??;
        Ok(Self { address, scheme, store, stop: Some(stop), thread: Some(thread) })
    }

    /// Returns the base address, as `http://127.0.0.1:5000`.
    pub fn url(&self) -> String {
        format!("{}://{}", self.scheme, self.address)
    }

    /// Returns the port that the server listens on.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// Returns the address that the server listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the rows, to look at, to seed and to start another server with.
    pub fn store(&self) -> Store {
        self.store.clone()
    }

    /// Stops listening, lets open requests end within the grace of the settings, and returns once the port is free.
    ///
    /// # Cancellation
    /// The server stops all the same.
    pub async fn stop(mut self) {
        let (ended, wait) = oneshot::channel();
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let waiter = thread::Builder::new().name("synctable-server-stop".to_owned()).spawn(move || {
                let _ = thread.join();
                let _ = ended.send(());
            });
            if waiter.is_ok() {
                let _ = wait.await;
            }
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            // A panic of the server's thread was printed there already.
            let _ = thread.join();
        }
    }
}

/// Serves until `stop` completes, then lets open requests end within the grace of the settings.
///
/// `listening` is called once with the base address, as `http://127.0.0.1:5000`, when connections are taken.
///
/// # Errors
/// When the settings do not fit the tables, when a file of TLS cannot be used, and when the address cannot be listened on.
///
/// # Cancellation
/// Connections are cut; what the store has begun is done all the same.
pub async fn serve(
    config: Config,
    store: Store,
    stop: impl Future<Output = ()>,
    listening: impl FnOnce(SocketAddr, &str),
) -> Result<(), ServerError> {
    if let Some(fault) = config.access.fault(&config.tables, config.tokens.is_some()) {
        return Err(ServerError::Access(fault));
    }
    let tls = match &config.tls {
        Some(files) => Some(files.load().await.map_err(ServerError::Tls)?),
        None => None,
    };
    let closing = Closing::default();
    let routes = router_until(&config, store, &closing).into_make_service_with_connect_info::<SocketAddr>();
    let wanted = config.listen;
    let failed = |error| ServerError::Listen(wanted, error);
    let listener = tokio::net::TcpListener::bind(wanted).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    listening(address, &format!("{}://{address}", config.scheme()));
    tracing::info!(%address, tables = config.tables.len(), "listening");
    let handle = Handle::new();
    let mut server = axum_server::Server::<SocketAddr>::from_listener(listener)
        .handle(handle.clone())
        .first_request_timeout(config.head_timeout)
        .accept_error_handler(|peer, error| tracing::debug!(?peer, %error, "a connection failed"));
    server.http_builder().http1().header_read_timeout(config.head_timeout).max_buf_size(HEAD_BYTES);
    let grace = config.grace;
    // Small answers go out at once.
    let serving = async move {
        match tls {
            Some(tls) => server.acceptor(RustlsAcceptor::new(tls).acceptor(NoDelayAcceptor)).serve(routes).await,
            None => server.acceptor(NoDelayAcceptor).serve(routes).await,
        }
    };
    let stopping = async {
        stop.await;
        tracing::info!(open_connections = handle.connection_count(), "stopping");
        // An open page would keep its connection for all of the grace.
        closing.close();
        handle.graceful_shutdown(Some(grace));
        std::future::pending::<()>().await;
    };
    tokio::select! {
        ended = serving => ended.map_err(failed)?,
        () = stopping => {}
    }
    tracing::info!("stopped");
    Ok(())
}
