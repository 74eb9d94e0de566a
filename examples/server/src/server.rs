//! A server that runs in this process.

use std::fmt;
use std::future::IntoFuture as _;
use std::net::SocketAddr;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use tokio::sync::oneshot;

use crate::{Config, Store, StoreError, router};

/// How long open requests may take once the server is told to stop.
const GRACE: Duration = Duration::from_secs(2);

/// Why a server did not start.
#[derive(Debug)]
#[non_exhaustive]
pub enum ServerError {
    /// The rows cannot be reached.
    Store(StoreError),
    /// The address cannot be listened on.
    Listen(SocketAddr, std::io::Error),
    /// The thread of the server cannot run.
    Thread(std::io::Error),
}

impl fmt::Display for ServerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Store(error) => error.fmt(f),
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
        let store = Store::open(&config.database, &config.tables).map_err(ServerError::Store)?;
        Self::start_with(config, store)
    }

    /// Starts to listen over rows that are open already: a stopped server comes back with its rows, on the same port if the settings name it.
    ///
    /// # Errors
    /// When the address cannot be listened on.
    pub fn start_with(config: Config, store: Store) -> Result<Self, ServerError> {
        let (stop, stopped) = oneshot::channel();
        let (ready, bound) = mpsc::channel();
        let routes = router(&config, store.clone());
        let wanted = config.listen;
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
                runtime.block_on(run(wanted, routes, ready, stopped));
            })
            .map_err(ServerError::Thread)?;
        let address =
            bound.recv().map_err(|_| ServerError::Thread(std::io::Error::other("it ended before it listened")))??;
        Ok(Self { address, store, stop: Some(stop), thread: Some(thread) })
    }

    /// Returns the base address, as `http://127.0.0.1:5000`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
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

    /// Stops listening, lets open requests end for at most two seconds, and returns once the port is free.
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

async fn run(
    wanted: SocketAddr,
    routes: axum::Router,
    ready: mpsc::Sender<Result<SocketAddr, ServerError>>,
    stopped: oneshot::Receiver<()>,
) {
    let bound = match tokio::net::TcpListener::bind(wanted).await {
        Ok(listener) => listener.local_addr().map(|address| (listener, address)),
        Err(error) => Err(error),
    };
    let (listener, address) = match bound {
        Ok(bound) => bound,
        Err(error) => {
            let _ = ready.send(Err(ServerError::Listen(wanted, error)));
            return;
        }
    };
    let _ = ready.send(Ok(address));
    let (drain, draining) = oneshot::channel::<()>();
    let serving = axum::serve(
        axum::serve::ListenerExt::tap_io(listener, |stream| {
            // Small answers go out at once.
            let _ = stream.set_nodelay(true);
        }),
        routes,
    )
    .with_graceful_shutdown(async move {
        let _ = stopped.await;
        let _ = drain.send(());
    });
    let limit = async move {
        let _ = draining.await;
        tokio::time::sleep(GRACE).await;
    };
    tokio::select! {
        result = serving.into_future() => {
            if let Err(error) = result {
                eprintln!("synctable-server: {error}");
            }
        }
        () = limit => {}
    }
}
