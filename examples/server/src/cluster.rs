//! A PostgreSQL of its own for each test process, for the tests and benches of this workspace.
//!
//! `initdb` and `pg_ctl` are taken from `PATH`, else from the newest `/usr/lib/postgresql/*/bin`. The cluster listens on
//! a socket in a temporary folder and nowhere else; run as root, it belongs to the user `postgres` or `nobody`. It is
//! stopped and its folder removed when the process ends, however it ends. `SYNCTABLE_TEST_POSTGRES=url` takes a running
//! server instead; its role must be allowed to create databases.

use std::fmt;
use std::io::Write as _;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::SystemTime;

use tokio_postgres::SimpleQueryMessage;

mod find;
mod keeper;

use keeper::Keeper;

/// Names a running server in place of a private one.
const RUNNING: &str = "SYNCTABLE_TEST_POSTGRES";
/// Set to 1, it forbids to skip what needs PostgreSQL; so does any value of `CI`.
const REQUIRED: &str = "SYNCTABLE_REQUIRE_POSTGRES";

/// Why there is no PostgreSQL, or why a statement failed.
#[derive(Debug)]
pub struct ClusterError(String);

impl fmt::Display for ClusterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ClusterError {}

/// A PostgreSQL server that tests make their databases in.
#[derive(Debug)]
pub struct Cluster {
    /// Address of the database that every server has.
    url: String,
    /// None: somebody else's server, which is left as it is.
    keeper: Option<Keeper>,
}

/// A database of one test, dropped with this.
#[derive(Debug)]
pub struct TestDatabase<'a> {
    cluster: &'a Cluster,
    name: String,
}

/// Returns the cluster of this process, which the first caller starts.
///
/// Without PostgreSQL it says on standard error that the test is skipped and why.
///
/// # Panics
/// When there is no PostgreSQL and `CI` is set or `SYNCTABLE_REQUIRE_POSTGRES` is 1.
pub fn shared(test: &str) -> Option<&'static Cluster> {
    static SHARED: OnceLock<Result<Cluster, ClusterError>> = OnceLock::new();
    let started = SHARED.get_or_init(|| match std::env::var(RUNNING) {
        Ok(url) => Ok(Cluster { url, keeper: None }),
        Err(_) => Cluster::start(),
    });
    started.as_ref().map_err(|reason| skip(test, reason)).ok()
}

/// Starts a cluster that the caller alone has, to stop it and start it again; else as [`shared`].
///
/// # Panics
/// As [`shared`] does.
pub fn own(test: &str) -> Option<Cluster> {
    Cluster::start().map_err(|reason| skip(test, &reason)).ok()
}

fn skip(test: &str, reason: &ClusterError) {
    let required = std::env::var_os("CI").is_some() || std::env::var_os(REQUIRED).is_some_and(|value| value == "1");
    assert!(!required, "{test} needs PostgreSQL, and CI or {REQUIRED}=1 forbids to skip it: {reason}");
    // Written past the test harness, which hides what a passing test prints.
    let _ = writeln!(std::io::stderr(), "SKIPPED {test}: {reason}");
}

impl Cluster {
    /// Starts a private cluster.
    ///
    /// # Errors
    /// When PostgreSQL is not installed or does not start.
    pub fn start() -> Result<Self, ClusterError> {
        let keeper = Keeper::start()?;
        Ok(Self {
            url: format!("postgres:///postgres?user=postgres&host={}", keeper.folder().display()),
            keeper: Some(keeper),
        })
    }

    /// Makes an empty database.
    ///
    /// Where the server can, its texts compare by the rules of English: a query that forgets to say how shows it.
    ///
    /// # Panics
    /// When the server does not make it.
    pub fn database(&self) -> TestDatabase<'_> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("synctable_{}_{}_{number}", std::process::id(), since.subsec_nanos());
        let made = on_connection(&self.url, async |client| {
            let version: String = client.query_one("SHOW server_version_num", &[]).await?.get(0);
            let locale = if version.parse().is_ok_and(|version: u32| version >= 150_000) {
                "LOCALE_PROVIDER icu ICU_LOCALE 'en-US' LOCALE 'C'"
            } else {
                "LOCALE 'C'"
            };
            client.batch_execute(&format!("CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' {locale}")).await
        });
        made.unwrap_or_else(|error| panic!("cannot make the database '{name}' of a test: {error}"));
        TestDatabase { cluster: self, name }
    }

    /// Ends the server as a crash does: connections break, and nothing is written that was not.
    ///
    /// # Panics
    /// When it does not stop, or is not a private one.
    pub fn crash(&self) {
        self.private().ask("crash");
    }

    /// Starts the server again and waits until it has recovered.
    ///
    /// # Panics
    /// When it does not start, or is not a private one.
    pub fn start_again(&self) {
        self.private().ask("start");
    }

    fn private(&self) -> &Keeper {
        self.keeper.as_ref().expect("a running server of somebody else is not stopped")
    }
}

impl TestDatabase<'_> {
    /// Returns the address, as `--db` takes it.
    pub fn url(&self) -> String {
        let (before, query) = self.cluster.url.split_once('?').unwrap_or((&self.cluster.url, ""));
        let start = before.find("://").map_or(0, |at| at + 3);
        let end = before[start..].find('/').map_or(before.len(), |at| start + at);
        let query = if query.is_empty() { String::new() } else { format!("?{query}") };
        format!("{}/{}{query}", &before[..end], self.name)
    }

    /// Runs statements, each in a transaction of its own unless they say otherwise.
    ///
    /// # Errors
    /// When the server refuses one.
    pub fn execute(&self, sql: &str) -> Result<(), ClusterError> {
        on_connection(&self.url(), async |client| client.batch_execute(sql).await)
    }

    /// Runs a query and gives its cells as PostgreSQL writes them.
    ///
    /// # Errors
    /// When the server refuses it.
    pub fn query(&self, sql: &str) -> Result<Vec<Vec<Option<String>>>, ClusterError> {
        let messages = on_connection(&self.url(), async |client| client.simple_query(sql).await)?;
        let rows = messages.iter().filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => Some((0..row.len()).map(|at| row.get(at).map(str::to_owned)).collect()),
            _ => None,
        });
        Ok(rows.collect())
    }
}

impl Drop for TestDatabase<'_> {
    fn drop(&mut self) {
        let dropped = on_connection(&self.cluster.url, async |client| {
            client.batch_execute(&format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name)).await
        });
        if let Err(error) = dropped {
            let _ = writeln!(std::io::stderr(), "cannot drop the database '{}' of a test: {error}", self.name);
        }
    }
}

/// Runs work over a connection, on a thread of its own: the caller may have a runtime, which must not be blocked inside.
fn on_connection<T: Send>(
    url: &str,
    work: impl AsyncFnOnce(&tokio_postgres::Client) -> Result<T, tokio_postgres::Error> + Send,
) -> Result<T, ClusterError> {
    let failed = |error: &dyn std::error::Error| {
        let source = error.source().map(|source| format!(": {source}")).unwrap_or_default();
        ClusterError(format!("{error}{source}"))
    };
    std::thread::scope(|scope| {
        let thread = scope.spawn(|| {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| failed(&error))?;
            runtime.block_on(async {
                let (client, connection) =
                    tokio_postgres::connect(url, tokio_postgres::NoTls).await.map_err(|error| failed(&error))?;
                // Its end is told to the client.
                let driver = tokio::spawn(async move { drop(connection.await) });
                let result = work(&client).await;
                drop(client);
                let _ = driver.await;
                result.map_err(|error| failed(&error))
            })
        });
        thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}
